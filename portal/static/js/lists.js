// Rows picked in a list: the bar of bulk actions shows how many, "all" picks the page.
(() => {
  const marks = () => [...document.querySelectorAll("[data-select]")];
  const refresh = () => {
    const bar = document.querySelector("[data-bulk]");
    if (!bar) return;
    const picked = marks().filter((mark) => mark.checked);
    bar.hidden = picked.length === 0;
    bar.querySelector("[data-bulk-count]").textContent = String(picked.length);
    const all = document.querySelector("[data-select-all]");
    if (all) {
      all.checked = picked.length > 0 && picked.length === marks().length;
      all.indeterminate = picked.length > 0 && !all.checked;
    }
    marks().forEach((mark) => mark.closest("[data-row]").classList.toggle("is-picked", mark.checked));
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) marks().forEach((mark) => { mark.checked = event.target.checked; });
    if (event.target.matches("[data-select], [data-select-all]")) refresh();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-bulk-clear]")) return;
    marks().forEach((mark) => { mark.checked = false; });
    refresh();
  });
  document.addEventListener("htmx:afterSettle", refresh);
  refresh();
})();
