// A kept reply is filled in by the server and put where the cursor stands.
document.addEventListener("change", async (event) => {
  const list = event.target.closest("[data-canned]");
  if (!list || !list.value) return;
  const answer = await fetch(list.dataset.canned + encodeURIComponent(list.value), { headers: { "X-Requested-With": "fetch" } });
  if (answer.ok) {
    const area = document.getElementById("body");
    area.setRangeText(await answer.text(), area.selectionStart, area.selectionEnd, "end");
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  list.value = "";
});
