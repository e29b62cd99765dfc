// htmx under a strict policy: the token goes with every unsafe request, errors are shown, focus stays where it was.
(() => {
  const token = () => document.querySelector('meta[name="csrf-token"]').content;

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
  });

  // A form with errors (422) and a conflict (409) answer with a piece worth showing.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([409, 422].includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  const fail = (event) => {
    const area = document.getElementById("toasts");
    const status = event.detail.xhr ? event.detail.xhr.status : 0;
    const words = document.documentElement.lang.startsWith("zh")
      ? { 0: "连接中断，请重试。", 401: "登录已过期，请重新登录。", 403: "您没有权限这样做。", 404: "找不到这条记录。", 429: "操作太频繁，请稍候。", 503: "数据库暂时繁忙或无法连接，没有保存。您填的内容还在，请再试一次。", 507: "磁盘空间已满，没有保存。您填的内容还在，请联系管理员。" }
      : { 0: "The connection was lost. Try again.", 401: "Your sign-in has ended. Sign in again.", 403: "You may not do this.", 404: "This record was not found.", 429: "Too many requests. Wait a moment.", 503: "The database is busy or away. Nothing was saved; what you typed is still here. Try again.", 507: "The disk is full. Nothing was saved; what you typed is still here. Tell the administrator." };
    const other = document.documentElement.lang.startsWith("zh") ? "服务器没能完成，请重试。" : "The server could not finish this. Try again.";
    if (area) document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: { message: words[status] || other, level: "danger" } }));
  };
  document.addEventListener("htmx:responseError", fail);
  document.addEventListener("htmx:sendError", fail);

  // After a swap the focus goes to what the piece marks, or back to the element with the same id.
  let focused = null;
  document.addEventListener("htmx:beforeRequest", () => { focused = document.activeElement && document.activeElement.id; });
  document.addEventListener("htmx:afterSettle", (event) => {
    const wanted = event.target.querySelector && event.target.querySelector("[data-focus]");
    if (wanted) wanted.focus();
    else if (focused && document.activeElement === document.body) {
      const again = document.getElementById(focused);
      if (again) again.focus();
    }
  });

  // What was unfolded stays unfolded when the piece around it is drawn again.
  let unfolded = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    unfolded = [...event.detail.target.querySelectorAll("details.keeps-open[id][open]")].map((part) => part.id);
  });
  document.addEventListener("htmx:afterSwap", () => unfolded.forEach((id) => {
    const part = document.getElementById(id);
    if (part) part.open = true;
  }));

  // In a long navigation the present entry is in sight.
  document.addEventListener("DOMContentLoaded", () => {
    const entry = document.querySelector(".nav-entry[aria-current]");
    if (entry) entry.scrollIntoView({ block: "nearest" });
  });

  // On a phone the chosen tab of a record is in sight, without moving the page.
  const showTab = () => {
    const tab = document.querySelector(".tabs .tab[aria-current]");
    if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 24;
  };
  document.addEventListener("DOMContentLoaded", showTab);
  document.addEventListener("htmx:afterSettle", showTab);

  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-nav-toggle]");
    if (toggle) {
      const shown = document.body.classList.toggle("nav-shown");
      const opener = document.querySelector(".nav-open");
      opener.setAttribute("aria-expanded", String(shown));
      if (shown) document.querySelector("#nav .nav-close").focus(); else opener.focus();
    }
    // Menus close when a click lands outside.
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog).showModal();
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) closer.closest("dialog").close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    if (document.body.classList.contains("nav-shown")) document.querySelector(".nav-close").click();
  });
})();

// Drawers: a link with data-drawer opens at the right edge instead of as a page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-drawer]");
  const drawer = document.getElementById("drawer");
  if (!link || !drawer || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  document.getElementById("drawer-title").textContent = link.dataset.drawer;
  htmx.ajax("GET", link.href, { target: "#drawer-body", swap: "innerHTML" }).then(() => drawer.showModal());
});
document.addEventListener("click", (event) => {
  if (event.target.matches("dialog[open].drawer, dialog[open].dialog")) event.target.close();
});
