// Templates for quick entry: one click fills the fields of a follow-up.
(() => {
  const area = document.querySelector("[data-phrases]");
  if (!area) return;
  const form = area.closest("form");
  area.hidden = false;

  const put = (key, value) => {
    const input = form.elements.namedItem(key) || form.elements.namedItem(`field_${key}`);
    if (!input || !value) return;
    if (input.tomselect) input.tomselect.setValue(value);
    else if (input._flatpickr) input._flatpickr.setDate(value, true);
    else input.value = value;
    (input.dispatchEvent ? input : form).dispatchEvent(new Event("input", { bubbles: true }));
  };

  area.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-way]");
    if (!button) return;
    put("way", button.dataset.way);
    put("summary", button.dataset.summary);
    put("next_step", button.dataset.nextStep);
    put("next_due", button.dataset.nextDue);
    const summary = form.elements.namedItem("summary") || form.elements.namedItem("field_summary");
    if (summary) summary.focus();
  });
})();
