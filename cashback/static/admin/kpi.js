/* The figures' page: draws its charts in the theme's colours, and again when the theme changes. A choice sends its
   form. Without this script the tables say the same. */
(() => {
  const language = document.documentElement.lang || "en";
  const figure = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const charts = [];

  const colours = () => {
    const style = getComputedStyle(document.querySelector(".kpi"));
    const read = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      main: read("main"), second: read("second"), good: read("good-fill"), bad: read("bad-fill"), quiet: read("quiet-fill"),
      text: read("text-quiet"), grid: read("grid"), ground: read("ground"), ink: read("ink"),
    };
  };

  const fade = (colour, canvas) => {
    const context = canvas.getContext("2d");
    const shade = context.createLinearGradient(0, 0, 0, canvas.clientHeight || 240);
    shade.addColorStop(0, `${colour}38`);
    shade.addColorStop(1, `${colour}00`);
    return shade;
  };

  const sets = (chart, palette, canvas) => chart.series.map((series, index) => {
    const colour = palette[series.tone] || palette.main;
    const base = { label: series.name, data: series.values, borderColor: colour };
    if (chart.kind === "line") {
      return {
        ...base, borderWidth: 2, cubicInterpolationMode: "monotone", spanGaps: true, pointRadius: 2.5, pointHoverRadius: 5,
        pointBackgroundColor: colour, backgroundColor: index === 0 ? fade(colour, canvas) : "transparent",
        fill: index === 0, borderDash: index === 0 ? [] : [5, 4],
      };
    }
    return {
      ...base, backgroundColor: colour, borderWidth: 0, borderRadius: chart.kind === "stack" ? 0 : 3,
      maxBarThickness: chart.kind === "across" ? 22 : 18, categoryPercentage: 0.78, barPercentage: 0.9,
    };
  });

  const draw = (canvas) => {
    const chart = JSON.parse(canvas.dataset.chart);
    const palette = colours();
    const isAcross = chart.kind === "across";
    const unit = chart.unit ? ` ${chart.unit}` : "";
    const values = {
      beginAtZero: true, stacked: chart.kind === "stack", border: { display: false },
      grid: { color: palette.grid, drawTicks: false },
      ticks: { color: palette.text, precision: 0, maxTicksLimit: 6, padding: 6, callback: (value) => `${figure.format(value)}${unit}` },
    };
    const names = {
      stacked: chart.kind === "stack", border: { color: palette.grid }, grid: { display: false },
      ticks: {
        color: palette.text, maxRotation: 0, autoSkip: !isAcross, autoSkipPadding: 14, padding: 4,
        callback(value) { const name = this.getLabelForValue(value); return isAcross && name.length > 18 ? `${name.slice(0, 17)}…` : name; },
      },
    };
    return new Chart(canvas, {
      type: chart.kind === "line" ? "line" : "bar",
      data: { labels: chart.labels, datasets: sets(chart, palette, canvas) },
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, indexAxis: isAcross ? "y" : "x",
        interaction: { mode: "index", axis: isAcross ? "y" : "x", intersect: false },
        layout: { padding: { right: 8 } },
        scales: isAcross ? { x: values, y: names } : { x: names, y: values },
        plugins: {
          legend: {
            display: chart.series.length > 1, position: "top", align: "start",
            labels: { color: palette.text, boxWidth: 10, boxHeight: 10, usePointStyle: true, pointStyle: "rectRounded", padding: 14, font: { size: 12 } },
          },
          tooltip: {
            backgroundColor: palette.ink, titleColor: palette.ground, bodyColor: palette.ground, padding: 10, cornerRadius: 8,
            boxPadding: 4, usePointStyle: true,
            callbacks: { label: (item) => ` ${item.dataset.label}: ${item.raw === null ? "–" : figure.format(item.raw)}${unit}` },
          },
        },
      },
    });
  };

  const drawAll = () => {
    charts.splice(0).forEach((chart) => chart.destroy());
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    document.querySelectorAll("canvas[data-chart]").forEach((canvas) => charts.push(draw(canvas)));
  };

  document.querySelectorAll("[data-sends]").forEach((choice) => choice.addEventListener("change", () => choice.form.requestSubmit()));
  document.querySelector(".kpi")?.classList.add("has-script");
  if (!window.Chart) return;

  let isDark = null;
  const follow = () => {
    const now = document.documentElement.classList.contains("dark");
    if (now === isDark) return;
    isDark = now;
    drawAll();
  };
  new MutationObserver(follow).observe(document.documentElement, { attributeFilter: ["class"] });
  follow();
  // Before its font has come a canvas is drawn with another one.
  document.fonts?.ready.then(drawAll);
})();
