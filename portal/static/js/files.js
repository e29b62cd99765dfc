// Files on a record: dropping them, choosing them is enough, and how far the upload is.
(() => {
  const chinese = document.documentElement.lang.startsWith("zh");
  const form = (element) => element && element.closest && element.closest("form[data-files]");
  const say = (message) => document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: { message, level: "danger" } }));

  // What is too large is not sent at all; the others are.
  const keep = (box, files) => {
    const most = Number(box.dataset.files) * 1024 * 1024;
    const kept = new DataTransfer();
    [...files].forEach((file) => {
      if (file.size <= most) kept.items.add(file);
      else say(chinese ? `“${file.name}”超过 ${box.dataset.files} MB，未上传。` : `“${file.name}” is larger than ${box.dataset.files} MB and was not sent.`);
    });
    const input = box.querySelector("input[type=file]");
    input.files = kept.files;
    if (kept.files.length) box.requestSubmit();
  };

  document.addEventListener("change", (event) => {
    const box = event.target.type === "file" && form(event.target);
    if (box) keep(box, event.target.files);
  });
  const panel = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files") && event.target.closest && event.target.closest("#files");
  document.addEventListener("dragover", (event) => {
    const place = panel(event);
    if (!place || !place.querySelector("form[data-files]")) return;
    event.preventDefault();
    place.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    const place = event.target.closest && event.target.closest("#files");
    if (place && !place.contains(event.relatedTarget)) place.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    const place = panel(event);
    const box = place && place.querySelector("form[data-files]");
    if (!box) return;
    event.preventDefault();
    place.classList.remove("is-over");
    keep(box, event.dataTransfer.files);
  });

  document.addEventListener("htmx:xhr:progress", (event) => {
    const box = form(event.target);
    const bar = box && box.querySelector("progress");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = (100 * event.detail.loaded) / event.detail.total;
  });
  // While something is being sent the panel must not be drawn anew under it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const place = document.getElementById("files");
    if (event.target === place && place.querySelector("form[data-files].htmx-request")) event.preventDefault();
  });
})();
