// Better inputs where JavaScript runs: pickers for dates, search in long choices, relations found while typing.
(() => {
  const chinese = document.documentElement.lang.startsWith("zh");

  const dates = (root) => root.querySelectorAll("input[data-date], input[data-datetime]").forEach((input) => {
    if (input._flatpickr) return;
    const timed = "datetime" in input.dataset;
    input.type = "text";
    flatpickr(input, { allowInput: true, enableTime: timed, time_24hr: true, dateFormat: timed ? "Y-m-d H:i" : "Y-m-d", locale: chinese ? "zh" : "default", disableMobile: true });
  });

  const load = (address) => (text, done) => {
    const url = new URL(address, location.href);
    url.searchParams.set("q", text);
    fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.json() : { items: [] }))
      .then((found) => done((found.items || found).map((item) => (Array.isArray(item) ? { value: String(item[0]), text: item[1] } : item))))
      .catch(() => done());
  };

  const nothing = () => {
    const note = document.createElement("div");
    note.className = "no-results";
    note.textContent = chinese ? "没有匹配项" : "No match";
    return note;
  };

  const selects = (root) => root.querySelectorAll("select[data-search], select[data-choices], select[data-remote], select[data-tags], input[data-tags]").forEach((select) => {
    if (select.tomselect) return;
    const remote = select.dataset.remote;
    const box = new TomSelect(select, {
      plugins: select.multiple || "tags" in select.dataset ? ["remove_button"] : [],
      create: "tags" in select.dataset, persist: false, maxOptions: 200, delimiter: ",",
      allowEmptyOption: select.tagName === "SELECT" && !select.multiple, hideSelected: false, valueField: "value", labelField: "text", searchField: ["text"],
      preload: remote ? "focus" : false, load: remote ? load(remote) : null, shouldLoad: () => true,
      score: remote ? () => () => 1 : undefined,
      render: { no_results: nothing, option_create: (data, escape) => `<div class="create">${chinese ? "添加" : "Add"} <strong>${escape(data.input)}</strong></div>` },
    });
    select.setAttribute("aria-hidden", "true");  // the box that Tom Select draws stands for it
    const label = select.id && document.querySelector(`label[for="${CSS.escape(select.id)}"], label[for="${CSS.escape(select.id)}-ts-control"]`);
    if (!label && select.getAttribute("aria-label")) box.control_input.setAttribute("aria-label", select.getAttribute("aria-label"));
  });

  // A browser names its file button in its own language; here it speaks the page's, and the real input lies over it.
  const files = (root) => root.querySelectorAll("input[type=file].form-control").forEach((input) => {
    if (input.parentElement.classList.contains("file-pick")) return;
    const box = document.createElement("div");
    const button = document.createElement("span");
    const name = document.createElement("span");
    box.className = "file-pick";
    button.className = "btn btn-sm";
    name.className = "file-pick-name";
    button.textContent = input.multiple ? (chinese ? "选择文件…" : "Choose files…") : (chinese ? "选择文件…" : "Choose a file…");
    const say = () => {
      const count = input.files.length;
      name.textContent = count > 1 ? (chinese ? `${count} 个文件` : `${count} files`) : count ? input.files[0].name : (chinese ? "未选择文件" : "No file chosen");
    };
    // What the server would refuse is told before anybody waits for it; the rest of the form stays as it is.
    const weigh = () => {
      const most = Number(document.body.dataset.uploadMegabytes);
      const isLarge = [...input.files].reduce((sum, file) => sum + file.size, 0) > most * 1024 * 1024;
      input.setCustomValidity(!isLarge ? "" : chinese ? `文件不能超过 ${most} MB。` : `Files of more than ${most} MB are not taken.`);
      if (isLarge) input.reportValidity();
    };
    [button, name].forEach((part) => part.setAttribute("aria-hidden", "true"));
    input.before(box);
    box.append(input, button, name);
    input.addEventListener("change", say);
    if (!input.closest("[data-files]")) input.addEventListener("change", weigh);  // there each file is weighed alone
    say();
  });

  const autosubmit = (event) => {
    const element = event.target.closest("[data-autosubmit]");
    if (element && element.form) element.form.requestSubmit();
  };

  const dress = (root) => { dates(root); selects(root); files(root); };
  document.addEventListener("change", autosubmit);
  document.addEventListener("htmx:load", (event) => dress(event.detail.elt));
  dress(document);

  // A page that begins with something to attend to has the focus there.
  const first = document.querySelector("main [data-focus]");
  if (first) first.focus();

  // Nobody loses typed text by a slip: a changed form warns before the page is left.
  let dirty = false;
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-guard]")) dirty = true; });
  document.addEventListener("submit", () => { dirty = false; });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
})();
