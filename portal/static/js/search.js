// The drop-down under the search box: arrows walk the hits, Escape closes it, and once more leaves the box.
(() => {
  const box = document.querySelector("[data-search]");
  if (!box) return;
  const input = box.querySelector("input");
  const hits = box.querySelector(".search-hits");
  const links = () => [...hits.querySelectorAll("a")];
  const close = () => { hits.replaceChildren(); };

  box.addEventListener("keydown", (event) => {
    const all = links();
    const at = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown" && all.length) { event.preventDefault(); all[Math.min(at + 1, all.length - 1)].focus(); }
    if (event.key === "ArrowUp" && all.length) { event.preventDefault(); (at > 0 ? all[at - 1] : input).focus(); }
    if (event.key === "Escape") { if (all.length || hits.textContent.trim()) { close(); input.focus(); } else input.blur(); }
  });
  document.addEventListener("click", (event) => { if (!box.contains(event.target)) close(); });
  box.addEventListener("focusout", (event) => { if (event.relatedTarget && !box.contains(event.relatedTarget)) close(); });
})();
