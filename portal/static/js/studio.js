// The YAML editor: Ace over the textarea, checked while typing, problems lead to their line.
(() => {
  const area = document.getElementById("text");
  const form = document.getElementById("editor");
  const box = document.getElementById("ace");
  if (!area || !form) return;
  let editor = null;
  let kept = area.value;
  let timer = 0;

  const check = () => {
    clearTimeout(timer);
    timer = setTimeout(() => window.htmx && window.htmx.trigger(form, "check"), 350);
  };
  const show = (line) => {
    if (editor) { box.scrollIntoView({ block: "nearest" }); editor.gotoLine(line, 0, true); editor.focus(); return; }
    const start = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(start, start);
  };
  const mark = () => {
    if (!editor) return;
    const found = [...document.querySelectorAll("#problems [data-line]")];
    editor.session.setAnnotations(found.map((item) => ({
      row: Number(item.dataset.line) - 1, column: 0, text: item.dataset.message, type: item.dataset.severity,
    })));
  };
  const theme = () => (getComputedStyle(document.documentElement).colorScheme === "dark" || document.documentElement.dataset.bsTheme === "dark" ? "ace/theme/github_dark" : "ace/theme/github_light_default");

  if (window.ace && box) {
    window.ace.config.set("useStrictCSP", true);
    window.ace.config.set("loadWorkerFromBlob", false);
    box.hidden = false;
    area.hidden = true;
    editor = window.ace.edit(box, {
      mode: "ace/mode/yaml", theme: theme(), value: area.value, tabSize: 2, useSoftTabs: true, useWorker: false, wrap: true,
      fontSize: 13, showPrintMargin: false, enableKeyboardAccessibility: true, scrollPastEnd: 0.3, highlightActiveLine: true,
      textInputAriaLabel: box.dataset.label,
    });
    // Words come from the portal, which knows the documents around; what is typed goes along, nothing is kept.
    const complete = (_editor, session, place, _prefix, done) => {
      const body = new FormData();
      body.append("text", session.getValue());
      body.append("row", place.row);
      body.append("column", place.column);
      const token = document.querySelector('meta[name="csrf-token"]').content;
      fetch(box.dataset.complete, { method: "POST", body, headers: { "X-CSRFToken": token }, credentials: "same-origin" })
        .then((answer) => (answer.ok ? answer.json() : { words: [] }))
        .then((found) => done(null, found.words.map((word, place_) => ({ value: word.value, caption: word.value, meta: word.meaning, score: 1000 - place_ }))))
        .catch(() => done(null, []));
    };
    if (window.ace.require("ace/ext/language_tools")) {
      editor.setOptions({ enableBasicAutocompletion: true, enableLiveAutocompletion: true });
      editor.completers = [{ getCompletions: complete, identifierRegexps: [/[\w\u4e00-\u9fff.-]/] }];
    }
    editor.session.setUndoManager(new window.ace.UndoManager());
    editor.clearSelection();
    editor.session.on("change", () => { area.value = editor.getValue(); check(); });
    editor.commands.addCommand({ name: "keep", bindKey: { win: "Ctrl-S", mac: "Command-S" }, exec: () => form.requestSubmit() });
    new MutationObserver(() => editor.setTheme(theme())).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
    document.documentElement.dataset.ace = "ready";
    window.kehuEditor = editor;
  }
  area.addEventListener("input", check);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); form.requestSubmit(); }
  });
  form.addEventListener("submit", () => { kept = area.value; });
  window.addEventListener("beforeunload", (event) => { if (area.value !== kept) event.preventDefault(); });
  document.addEventListener("htmx:afterSwap", mark);
  document.addEventListener("click", (event) => {
    const item = event.target.closest("#problems [data-line]");
    if (!item) return;
    event.preventDefault();
    show(Number(item.dataset.line));
  });
  const wanted = /^#L(\d+)$/.exec(location.hash);
  if (wanted) show(Number(wanted[1]));
  mark();
})();
