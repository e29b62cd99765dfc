// Rows picked in a list: the bar of bulk actions shows how many, "all" picks the page.
(() => {
  const marks = () => [...document.querySelectorAll("[data-select]")];
  const refresh = () => {
    const bar = document.querySelector("[data-bulk]");
    if (!bar) return;
    const picked = marks().filter((mark) => mark.checked);
    bar.hidden = picked.length === 0;
    bar.querySelectorAll("[data-bulk-least]").forEach((button) => { button.disabled = picked.length < Number(button.dataset.bulkLeast); });
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

// The popover of a filter shows only the inputs its operator takes.
(() => {
  const refresh = (form) => {
    const choice = form.querySelector("[data-takes-from]");
    if (!choice) return;
    const takes = choice.selectedOptions[0].dataset.takes;
    form.querySelectorAll("[data-takes-side]").forEach((side) => {
      side.hidden = side.dataset.takesSide !== takes;
      side.querySelectorAll("input, select").forEach((input) => { input.disabled = side.hidden; });
    });
  };
  const dress = (root) => root.querySelectorAll("form.filter-form").forEach(refresh);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-takes-from]")) refresh(event.target.form);
  });
  document.addEventListener("htmx:load", (event) => dress(event.detail.elt.parentElement || event.detail.elt));
  dress(document);

  // A field picked in "Add filter", or a chip in force, opens its inputs in the same place.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-panel], a[data-popover]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const menu = link.closest(".menu-list") || document.getElementById("chip-panel");
    if (!menu) { location.assign(link.href); return; }
    if (menu.id === "chip-panel") link.closest(".listbar").querySelectorAll("details[open]").forEach((open) => { open.open = false; });
    htmx.ajax("GET", link.href, { target: menu, swap: "innerHTML", select: "unset" }).then(() => {
      menu.hidden = false;
      menu.classList.add("filter-panel");
      const first = menu.querySelector("input:not([type=hidden]):not([disabled]), select");
      if (first) first.focus();
    });
  });
  document.addEventListener("click", (event) => {
    const panel = document.getElementById("chip-panel");
    if (panel && !panel.hidden && !panel.contains(event.target) && !event.target.closest("[data-popover]")) panel.hidden = true;
  });

  // After a conflict a click puts one of both values into the form.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill]");
    if (!button) return;
    const input = document.getElementById(button.dataset.fill);
    if (!input) return;
    const values = input.multiple ? button.dataset.value.split(",") : [button.dataset.value];
    if (input.tomselect) input.tomselect.setValue(values);
    else if (input.type === "checkbox") input.checked = ["true", "True", "1", "yes"].includes(values[0]);
    else input.value = values[0];
    button.closest("tr").querySelectorAll("[data-fill]").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
  });
})();

// Cells of a stacked table that carry no label of their own get that of their column, for phones show them apart.
(() => {
  const label = () => document.querySelectorAll("table.stacked:not(.records-table)").forEach((table) => {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    table.querySelectorAll("tbody tr").forEach((row) => [...row.cells].forEach((cell, at) => {
      if (!cell.dataset.label && heads[at]) cell.dataset.label = heads[at];
    }));
  });
  document.addEventListener("htmx:afterSettle", label);
  label();
})();

// A value is changed where it stands: a double click or the key i opens its input, Escape puts it back.
(() => {
  const open = (cell) => {
    const row = cell && cell.closest("tr[data-cells]");
    if (!row || cell.querySelector("form")) return;
    htmx.ajax("GET", row.dataset.cells + cell.dataset.field, { target: cell, swap: "innerHTML", select: "unset" });
  };
  document.addEventListener("dblclick", (event) => { if (!event.target.closest("a, button, input, select, textarea")) open(event.target.closest("td[data-field]")); });
  document.addEventListener("change-here", (event) => open(event.target));
  document.addEventListener("keydown", (event) => {
    const cell = event.key === "Escape" && event.target.closest("td[data-field]");
    const cancel = cell && cell.querySelector(".cell-form [type=button]");
    if (cancel) cancel.click();
  });
  // The row now has the version of what was saved, so that a change of many does not take it for somebody else's.
  document.addEventListener("htmx:afterSettle", () => document.querySelectorAll("td[data-field] > .cell[data-version]").forEach((saved) => {
    const row = saved.closest("tr");
    const pick = row.querySelector("[data-select]");
    if (pick) pick.value = `${pick.value.split(".")[0]}.${saved.dataset.version}`;
    const link = row.classList.contains("is-current") && row.querySelector("[data-open]");
    if (link && document.activeElement === document.body) link.focus();
  }));

  // Shift and a click take a column as a further key of the order.
  document.addEventListener("click", (event) => {
    const link = event.shiftKey && event.target.closest("a[data-also]");
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    location.assign(link.dataset.also);
  }, true);
})();
