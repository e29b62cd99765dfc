// A new field: only the inputs that its type asks for are shown.
(() => {
  const type = document.getElementById("type");
  if (!type) return;
  const parts = [...document.querySelectorAll("[data-types]")];
  const fit = () => parts.forEach((part) => { part.hidden = !part.dataset.types.split(" ").includes(type.value); });
  type.addEventListener("change", fit);
  fit();
})();
