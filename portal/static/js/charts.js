// Draws every [data-chart] from its JSON: SVG, in the colours of the theme, without inline styles in tooltips.
(() => {
  const colour = (name) => {
    const probe = document.createElement("i");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  let loading;  // once: a second copy of the library would not know the charts of the first
  const library = () => loading ??= window.echarts ? Promise.resolve() : new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = document.body.dataset.echarts;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });

  const theme = () => {
    const line = colour("--line");
    const text = colour("--ink-soft");
    const axis = { axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: text }, splitLine: { lineStyle: { color: line } }, nameTextStyle: { color: text } };
    return {
      color: ["#128079", "#d99a1d", "#3f7fd0", "#c2553b", "#7a5bb5", "#5f9e4a", "#b0477d", "#7b8a8f"],
      backgroundColor: "transparent",
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: text },
      title: { textStyle: { color: colour("--ink") } },
      legend: { textStyle: { color: text } },
      tooltip: { backgroundColor: colour("--surface"), borderColor: line, textStyle: { color: colour("--ink") } },
      categoryAxis: axis, valueAxis: axis, timeAxis: axis, logAxis: axis,
      pie: { label: { color: text }, labelLine: { lineStyle: { color: line } } }, bar: { label: { color: text } },
    };
  };

  const draw = (box) => {
    const option = JSON.parse(box.dataset.chart);  // of the box itself: scripts do not outlive a swap
    // HTML tooltips carry style attributes, which the policy forbids; rich text is drawn in the SVG itself.
    option.tooltip = { trigger: "axis", ...option.tooltip, renderMode: "richText" };
    delete option.color;  // the page has its own palette, in both themes
    option.animation = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    const old = echarts.getInstanceByDom(box);
    if (old) old.dispose();
    const chart = echarts.init(box, theme(), { renderer: "svg" });
    chart.setOption(option);
    chart.on("click", (item) => {
      const href = item.data && item.data.href;
      if (typeof href === "string" && href.startsWith("/") && !href.startsWith("//")) location.assign(href);
    });
    new ResizeObserver(() => { if (!chart.isDisposed()) chart.resize(); }).observe(box);
  };

  const dress = (root) => {
    const boxes = [...root.querySelectorAll("[data-chart]")];
    if (root.matches && root.matches("[data-chart]")) boxes.push(root);
    if (boxes.length) library().then(() => boxes.forEach(draw));
  };
  document.addEventListener("htmx:load", (event) => dress(event.detail.elt));
  dress(document);
  new MutationObserver(() => dress(document)).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
})();
