// A card dragged to another column is saved like any other change; the board then shows how things stand.
(() => {
  const address = () => document.getElementById("board").dataset.board;
  const refresh = () => htmx.ajax("GET", address(), { target: "#board", select: "#board", swap: "outerHTML" });
  const send = (form) => htmx.ajax("POST", form.getAttribute("action"), { source: form, values: Object.fromEntries(new FormData(form)), target: "#board", swap: "none" }).then(refresh, refresh);
  const dress = () => document.querySelectorAll("#board [data-lane]").forEach((lane) => {
    if (lane.dataset.ready || !window.Sortable) return;
    lane.dataset.ready = "1";
    window.Sortable.create(lane, {
      group: "board", draggable: ".card-item", filter: "select, button, a", preventOnFilter: false, forceFallback: true, animation: 120,
      onMove: (event) => event.dragged.classList.contains("is-movable") && event.to.dataset.lane !== "",
      onEnd: (event) => {
        if (event.from === event.to) return;
        const form = event.item.querySelector(".card-move");
        form.querySelector("select").value = event.to.dataset.lane;
        send(form);
      },
    });
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("#board .card-move")) return;
    event.preventDefault();
    send(event.target);
  });
  document.addEventListener("htmx:afterSettle", dress);
  dress();
})();
