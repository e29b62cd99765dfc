// Messages in the corner: from the server's HX-Trigger {"toast": {message, level, undo}} or from the page itself.
(() => {
  const MARKS = { success: "circle-check", info: "info-circle", warning: "alert-triangle", danger: "alert-circle" };
  const area = () => document.getElementById("toasts");
  const make = (tag, attributes = {}, text = "") => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    element.textContent = text;
    return element;
  };

  const mark = (level) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    Object.entries({ class: "icon", fill: "none", stroke: "currentColor", "stroke-width": "1.75", "aria-hidden": "true" }).forEach(([name, value]) => svg.setAttribute(name, value));
    const use = document.createElementNS(space, "use");
    use.setAttribute("href", `${area().dataset.sprite}#${MARKS[level] || MARKS.info}`);
    svg.append(use);
    return svg;
  };

  const undoForm = (address) => {
    const form = make("form", { method: "post", action: address });
    const token = make("input", { type: "hidden", name: "csrf_token" });
    token.value = document.querySelector('meta[name="csrf-token"]').content;
    form.append(token, make("button", { class: "btn btn-sm btn-link", type: "submit" }, area().dataset.undo));
    return form;
  };

  // A message goes by itself, but not while a person points at it or has the focus in it; errors stay.
  const leave = (note, level) => {
    if (level === "danger") return;
    const wait = note.querySelector("form") ? 12000 : 6000;
    setTimeout(function go() {
      if (note.matches(":hover, :focus-within")) setTimeout(go, 2000);
      else note.remove();
    }, wait);
  };

  const show = ({ message, level = "success", undo = null }) => {
    const note = make("div", { class: `toast-note toast-${level}`, "data-toast": "" });
    note.append(mark(level), make("p", {}, message));
    if (undo && undo.startsWith("/") && !undo.startsWith("//")) note.append(undoForm(undo));
    note.append(make("button", { class: "btn-close", type: "button", "data-toast-close": "", "aria-label": area().dataset.close }));
    area().append(note);
    leave(note, level);
  };

  document.addEventListener("toast", (event) => { if (event.detail && event.detail.message) show(event.detail); });
  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-toast-close]");
    if (close) close.closest("[data-toast]").remove();
  });
  document.querySelectorAll("#toasts [data-toast]").forEach((note) => leave(note, note.classList.contains("toast-danger") ? "danger" : ""));
})();
