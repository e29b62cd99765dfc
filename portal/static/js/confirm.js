// Asks in the one dialog before a form or an htmx request with data-confirm goes on.
(() => {
  const dialog = document.getElementById("confirm");
  const agreed = new WeakSet();

  const ask = (element, go) => {
    const button = document.getElementById("confirm-yes");
    document.getElementById("confirm-title").textContent = element.dataset.confirm;
    document.getElementById("confirm-detail").textContent = element.dataset.confirmDetail || "";
    button.textContent = element.dataset.confirmLabel || button.dataset.label;
    button.className = element.dataset.confirmKind === "primary" ? "btn btn-primary" : "btn btn-danger";
    dialog.returnValue = "no";
    dialog.onclose = () => { if (dialog.returnValue === "yes") go(); };
    dialog.showModal();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const submitter = event.submitter;
    const asked = submitter && submitter.dataset.confirm ? submitter : form.dataset.confirm ? form : null;
    if (!asked || agreed.has(form)) { agreed.delete(form); return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(asked, () => { agreed.add(form); form.requestSubmit(submitter || undefined); });
  }, true);

  document.addEventListener("htmx:confirm", (event) => {
    const element = event.detail.elt;
    if (!element.dataset.confirm || element.tagName === "FORM") return;
    event.preventDefault();
    ask(element, () => event.detail.issueRequest(true));
  });
})();
