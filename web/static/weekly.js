"use strict";
// The weeks: the list of weeks goes on choosing, a place named in the address opens, and ECharts
// draws the radar of a town. The same numbers stand in the table below the picture.
(function () {
  const pick = document.getElementById("week-pick");
  if (pick) {
    pick.form.classList.add("week-pick-script");
    pick.addEventListener("change", function () { pick.form.submit(); });
  }

  // An indicator opens the records in the row below it.
  function unfold() {
    const place = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (!place || !place.matches("details, .week-indicator")) return;
    const next = place.nextElementSibling;
    const folded = place.tagName === "DETAILS" ? place : next && next.querySelector("details");
    if (folded) folded.open = true;
    place.scrollIntoView({ block: "start" });
  }
  window.addEventListener("hashchange", unfold);
  unfold();

  const box = document.getElementById("radar");
  const data = document.getElementById("radar-data");
  if (!box || !data || !window.echarts) return;
  const radar = JSON.parse(data.textContent);
  const known = radar.series.filter((one) => one.values.some((value) => value !== null));
  if (!known.length) return;

  const INK = "#1a1a1a";
  const GREY = "#5a636c";
  // The key of the legend is drawn as its line is: whole, in dashes, in dots.
  const key = (long, gap) => `path://${Array.from({ length: Math.ceil(26 / (long + gap)) }, (_, i) => `M${i * (long + gap)} 0h${long}v3h-${long}z`).join("")}`;
  const LOOKS = [
    { line: { color: INK, width: 2.5 }, area: { color: "rgba(26, 26, 26, 0.10)" }, symbol: "circle", key: key(26, 0) },
    { line: { color: "#6b747d", width: 1.5, type: "dashed" }, symbol: "none", key: key(7, 3) },
    { line: { color: "#7d868f", width: 1.5, type: "dotted" }, symbol: "none", key: key(3, 3) },
  ];

  // Several words, or more than six Chinese signs, break in two, so that they stay in the picture.
  function broken(name) {
    const words = name.split(" ");
    if (words.length === 1 && /^[a-z]+$/i.test(name)) return name;
    if (words.length > 1) return words.slice(0, Math.ceil(words.length / 2)).join(" ") + "\n" + words.slice(Math.ceil(words.length / 2)).join(" ");
    return name.length > 6 ? name.slice(0, Math.ceil(name.length / 2)) + "\n" + name.slice(Math.ceil(name.length / 2)) : name;
  }

  function shown(value) {
    return value === null ? radar.unknown : value.toFixed(1) + "%";
  }

  function options(font) {
    const text = { fontFamily: font, fontSize: 13, color: INK };
    return {
      animation: false,
      textStyle: { fontFamily: font },
      legend: { bottom: 0, itemWidth: 26, itemHeight: 3, textStyle: text, data: radar.series.map((one, i) => ({ name: one.name, icon: LOOKS[i].key })) },
      tooltip: {
        renderMode: "richText",
        confine: true,
        textStyle: text,
        formatter: (point) => [point.name].concat(radar.axes.map((axis, i) => `${axis}  ${shown(radar.series[point.dataIndex].values[i])}`)).join("\n"),
      },
      radar: {
        center: ["50%", "47%"],
        radius: "62%",
        indicator: radar.axes.map((axis) => ({ name: broken(axis), max: 100, min: 0 })),
        axisName: Object.assign({}, text, { color: GREY, lineHeight: 17 }),
        splitNumber: 4,
        splitArea: { show: false },
        splitLine: { lineStyle: { color: "#d9dee3" } },
        axisLine: { lineStyle: { color: "#d9dee3" } },
      },
      series: [{
        type: "radar",
        data: radar.series.map((one, i) => ({
          name: one.name,
          value: one.values.map((value) => (value === null ? "-" : value)),
          symbol: LOOKS[i].symbol,
          symbolSize: 5,
          lineStyle: LOOKS[i].line,
          itemStyle: { color: LOOKS[i].line.color },
          areaStyle: LOOKS[i].area,
        })),
      }],
    };
  }

  // The canvas draws with the fonts that are there: the pieces with these signs come first.
  const font = window.getComputedStyle(document.body).fontFamily;
  const signs = radar.axes.concat(radar.series.map((one) => one.name), radar.unknown).join("");
  const chart = window.echarts.init(box, null, { renderer: "canvas" });
  const draw = () => chart.setOption(options(font), true);
  const redraw = function () { draw(); box.dataset.drawn = "fonts"; };
  draw();
  document.fonts.load(`13px ${font}`, signs).then(redraw, redraw);
  new ResizeObserver(() => chart.resize()).observe(box);
  window.addEventListener("beforeprint", () => chart.resize());
})();
