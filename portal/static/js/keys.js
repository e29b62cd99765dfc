// Keys: Ctrl-K searches everything, / the list, j/k walk the rows, Enter or o open, e edit, i change a value where it
// stands, x select, n/p page, ? shows them.
(() => {
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const current = () => document.querySelector("[data-row].is-current");
  const typing = (element) => element.closest("input, textarea, select, [contenteditable], .ts-control, dialog[open], .ace_editor");

  const walk = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    all.forEach((row) => row.classList.remove("is-current"));
    next.classList.add("is-current");
    const link = next.querySelector("[data-open]");
    if (link) link.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };

  const press = (selector) => {
    const found = (current() && current().querySelector(selector)) || document.querySelector(`main ${selector}, ${selector}`);
    if (found) found.click();
    return Boolean(found);
  };

  // A row of a list has no button of its own to edit it: its form comes back to the list.
  const edit = () => {
    const row = current();
    if (!row || !row.dataset.cells) return press('[data-key="e"]');
    const back = encodeURIComponent(location.pathname + location.search);
    location.assign(`${row.dataset.cells.replace(/cells\/$/, "edit")}?back=${back}`);
    return true;
  };
  const focus = (...ids) => { const box = ids.map((id) => document.getElementById(id)).find(Boolean); if (box) { box.focus(); box.select(); } };

  const acts = {
    j: () => walk(1),
    k: () => walk(-1),
    o: () => current() && press("[data-open]"),
    e: edit,
    i: () => { const cell = current() && current().querySelector("td[data-field]"); if (cell) cell.dispatchEvent(new Event("change-here", { bubbles: true })); },
    x: () => current() && press("[data-select]"),
    n: () => press('[data-key="n"]'),
    p: () => press('[data-key="p"]'),
    c: () => press('[data-key="c"]'),
    "/": () => focus("list-q", "q"),
    "?": () => document.getElementById("keys") && document.getElementById("keys").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      const box = document.getElementById("q");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const act = acts[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})();
