// Two records side by side: left and right choose a value (as radios do), up and down walk the fields, Enter merges.
(() => {
  const form = document.querySelector("[data-choose]");
  if (!form) return;
  const groups = () => [...new Set([...form.querySelectorAll("input[type=radio]")].map((one) => one.name))];
  const chosen = (name) => form.querySelector(`input[name="${name}"]:checked`) || form.querySelector(`input[name="${name}"]`);

  form.addEventListener("keydown", (event) => {
    if (event.target.type !== "radio" || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const names = groups();
    const at = names.indexOf(event.target.name) + (event.key === "ArrowDown" ? 1 : -1);
    if (names[at]) chosen(names[at]).focus();
  });
  const first = chosen("keep");
  if (first) first.focus({ preventScroll: true });
})();
