// Cards of a layout: dragged with the mouse or lifted with the keyboard; each drop is one act that goes into the draft.
(() => {
  const outline = () => document.getElementById("layout");
  let lifted = null;  // the card in hand, and where it came from

  const tell = (text) => { document.getElementById("layout-said").textContent = text; };
  const say = (words, facts) => tell(Object.entries(facts).reduce((text, [key, value]) => text.replace(`{${key}}`, value), outline().dataset[words]));
  const name = (card) => card.querySelector("[data-grip]").textContent.trim();
  // One act after the other, each with the stamp of the answer before.
  const waiting = [];
  let busy = false;
  const next = () => {
    if (busy || !waiting.length) return;
    const form = outline();
    const values = { ...Object.fromEntries(new FormData(form)), act: waiting.shift() };
    const done = () => { busy = false; next(); };
    busy = true;
    htmx.ajax("POST", form.getAttribute("action"), { source: form, target: form, swap: "outerHTML show:none", values }).then(done, done);
  };
  const send = (act) => { waiting.push(act); next(); };
  const drop = (card) => {
    const lane = card.parentElement;
    const next = card.nextElementSibling;
    send(["move", lane.dataset.group, card.dataset.card, lane.dataset.lane, next ? next.dataset.card : ""].join("/"));
  };

  const lanes = (group) => [...outline().querySelectorAll(`[data-lane][data-group="${group}"]`)];
  const walk = (card, key) => {
    const lane = card.parentElement;
    const all = lanes(lane.dataset.group);
    const other = all[all.indexOf(lane) + (key === "ArrowRight" ? 1 : -1)];
    if (key === "ArrowUp" && card.previousElementSibling) lane.insertBefore(card, card.previousElementSibling);
    else if (key === "ArrowDown" && card.nextElementSibling) lane.insertBefore(card.nextElementSibling, card);
    else if ((key === "ArrowLeft" || key === "ArrowRight") && other) other.append(card);
    const now = card.parentElement;
    card.querySelector("[data-grip]").focus();
    card.scrollIntoView({ block: "nearest" });
    say("moved", { card: name(card), lane: now.dataset.name, place: [...now.children].indexOf(card) + 1, count: now.children.length });
  };
  const lift = (card) => {
    lifted = { card, lane: card.parentElement, next: card.nextElementSibling };
    card.classList.add("is-lifted");
    say("lifted", { card: name(card) });
  };
  const put = (keep) => {
    const { card, lane, next } = lifted;
    lifted = null;
    card.classList.remove("is-lifted");
    const moved = card.parentElement !== lane || card.nextElementSibling !== next;
    if (keep && moved) { drop(card); return; }
    if (moved) lane.insertBefore(card, next);
    card.querySelector("[data-grip]").focus();
    say("cancelled", { card: name(card) });
  };

  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest("#layout [data-grip]");
    if (!grip) return;
    const card = grip.closest("[data-card]");
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (lifted) put(true); else lift(card);
    } else if (lifted && event.key === "Escape") put(false);
    else if (lifted && event.key.startsWith("Arrow")) { event.preventDefault(); walk(card, event.key); }
  });
  // Ctrl-Z takes a change back and Ctrl-Shift-Z does it again, but within an input they are the browser's own.
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !outline() || lifted) return;
    if (event.target.closest("input:not([type=hidden]), textarea, [contenteditable]")) return;
    const key = event.key.toLowerCase();
    const act = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : "";
    if (act) { event.preventDefault(); send(act); }
  });
  document.addEventListener("focusout", (event) => {
    if (lifted && event.relatedTarget && !lifted.card.contains(event.relatedTarget)) put(false);
  });

  const dress = () => {
    if (!window.Sortable || !outline()) return;
    outline().querySelectorAll("[data-lane]").forEach((lane) => {
      if (lane.dataset.ready) return;
      lane.dataset.ready = "1";
      window.Sortable.create(lane, {
        group: lane.dataset.group, draggable: "[data-card]", filter: "details", preventOnFilter: false, forceFallback: true, animation: 120, delay: 120, delayOnTouchOnly: true,
        onEnd: (event) => { if (event.from !== event.to || event.oldIndex !== event.newIndex) drop(event.item); },
      });
    });
    const sections = outline().querySelector("[data-sections]");
    if (!sections || sections.dataset.ready) return;
    sections.dataset.ready = "1";
    window.Sortable.create(sections, {
      draggable: "[data-section]", handle: ".lay-section-grip", forceFallback: true, animation: 120,
      onEnd: (event) => { if (event.oldDraggableIndex !== event.newDraggableIndex) send(`shift/${event.oldDraggableIndex}/${event.newDraggableIndex}`); },
    });
  };

  // What is being typed while the answer comes is kept, and so is the place of the cursor.
  let typed = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const at = document.activeElement;
    typed = event.detail.target.id === "layout" && at && at.id ? { id: at.id, value: at.matches("input") ? at.value : null } : null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    dress();
    const at = typed && document.getElementById(typed.id);
    if (at) { at.focus(); if (typed.value !== null) at.value = typed.value; }
    typed = null;
  });
  dress();
})();
