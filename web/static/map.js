"use strict";
// The map of a day: fits the district, labels each town as text, lets hover, focus and click work,
// and loads switched-on layers once, as one GeoJSON layer each. Text from data is only ever set
// as text, never as HTML.
(function () {
  const { map, towns, bounds } = window.riskmap;
  const frame = document.querySelector(".map-frame");
  const facts = frame.querySelector(".map-facts");
  const home = { zoom: 0 };
  if (map.attributionControl) map.attributionControl.setPrefix(false);

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // A phone page must scroll past the map: one finger drags only once the reader has zoomed in.
  function fit() {
    map.invalidateSize({ pan: false });
    const narrow = frame.clientWidth < 640;
    const top = narrow ? facts.offsetHeight + 12 : 20;
    map.setMinZoom(0);
    map.fitBounds(bounds, { animate: false, paddingTopLeft: [narrow ? 8 : 24, top], paddingBottomRight: [narrow ? 8 : 24, narrow ? 8 : 20] });
    home.zoom = map.getZoom();
    map.setMinZoom(home.zoom - 0.5);
    steer();
  }

  function steer() {
    const fingers = window.matchMedia("(pointer: coarse)").matches;
    if (fingers && map.getZoom() <= home.zoom + 0.01) map.dragging.disable();
    else map.dragging.enable();
  }

  // Moving a path to the front takes it out of the page for a moment and with it the focus.
  let moving = false;
  function outline(layer, on) {
    const path = layer.getElement();
    path.classList.toggle("town-on", on);
    if (on && path !== path.parentNode.lastElementChild) {
      const focused = document.activeElement === path;
      moving = true;
      layer.bringToFront();
      if (focused) path.focus({ preventScroll: true });
      moving = false;
    }
    const row = rowOf(layer.feature.properties.code);
    if (row) row.classList.toggle("town-link-on", on);
  }

  const rows = new Map(Array.from(document.querySelectorAll(".town-link"), (row) => [row.dataset.code, row]));
  function rowOf(code) {
    return rows.get(code);
  }

  // The name as people say it where there is no room: without 街道, 镇, 乡.
  function core(name) {
    const short = name.replace(/(街道|镇|乡|鎮|鄉)$/, "");
    return short.length >= 2 ? short : name;
  }

  function labelOf(town) {
    const label = element("div", `town-label level-text-${town.level}`);
    const name = element("span", "label-name");
    name.append(element("span", "name-full", town.name), element("span", "name-core", core(town.name)));
    if (town.mark) name.append(element("span", "label-mark", town.mark));
    if (town.unusual) name.append(element("i", "dot"));
    const level = element("span", "label-level");
    level.append(element("b", "", town.word));
    if (town.score) level.append(" ", element("span", "label-score", town.score));
    label.append(name, level);
    label.setAttribute("aria-hidden", "true");
    return label;
  }

  const labels = [];
  towns.eachLayer(function (layer) {
    const town = layer.feature.properties;
    const label = labelOf(town);
    const icon = L.divIcon({ className: "town-icon", html: label, iconSize: [0, 0] });
    L.marker(town.at, { icon: icon, interactive: false, keyboard: false }).addTo(map);
    labels.push({ label: label, layer: layer, at: town.at, plain: label.className, weight: town.score ? Number(town.score) : 101 });
    layer.on({
      mouseover: () => outline(layer, true),
      mouseout: () => outline(layer, false),
      click: () => { window.location.href = town.href; },
    });
    const path = layer.getElement();
    path.setAttribute("tabindex", "0");
    path.setAttribute("role", "link");
    path.setAttribute("aria-label", town.title);
    path.addEventListener("focus", () => { if (!moving) outline(layer, true); });
    path.addEventListener("blur", () => { if (!moving) outline(layer, false); });
    path.addEventListener("keydown", (event) => { if (event.key === "Enter") window.location.href = town.href; });
    const row = rowOf(town.code);
    if (row) {
      row.addEventListener("mouseenter", () => outline(layer, true));
      row.addEventListener("mouseleave", () => outline(layer, false));
    }
  });
  labels.sort((one, other) => other.weight - one.weight);

  // A label that would cover another one or leave its town loses 镇 or 街道, then its marks, then
  // the score, then the name. The word of the level stays, but on a map of very many towns a word
  // that finds no room is left out until the reader zooms in.
  const SHAPES = ["", "label-core", "label-bare", "label-name-only", "label-word"];
  const MANY = 40;
  const CELL = 160;

  // Sizes are the same at every zoom: one layout for each shape, not one for each label.
  let sizes = null;
  function measure() {
    sizes = SHAPES.map(function (shape) {
      for (const { label, plain } of labels) label.className = `${plain} ${shape}`;
      return labels.map(({ label }) => [label.offsetWidth, label.offsetHeight]);
    });
  }

  function staysInside(path, middle, width, height) {
    const right = width / 2 - 2;
    const down = height / 2 - 3;
    const corners = [[-right, -down], [right, -down], [-right, down], [right, down], [-right, 0], [right, 0]];
    return corners.every(([x, y]) => path.isPointInFill(new DOMPoint(middle.x + x, middle.y + y)));
  }

  function cellsOf(box) {
    const cells = [];
    for (let x = Math.floor(box.left / CELL); x <= Math.floor(box.right / CELL); x++)
      for (let y = Math.floor(box.top / CELL); y <= Math.floor(box.bottom / CELL); y++) cells.push(`${x},${y}`);
    return cells;
  }

  function settle() {
    if (!sizes) measure();
    const taken = new Map();
    const chosen = labels.map(function ({ layer, at }, i) {
      const middle = map.latLngToLayerPoint(at);
      const path = layer.getElement();
      let box, cells, fits, shape;
      for (shape = 0; shape < SHAPES.length; shape++) {
        const [width, height] = sizes[shape][i];
        box = { left: middle.x - width / 2, right: middle.x + width / 2, top: middle.y - height / 2, bottom: middle.y + height / 2 };
        cells = cellsOf({ left: box.left - 2, right: box.right + 2, top: box.top - 1, bottom: box.bottom + 1 });
        fits = !cells.some((cell) => (taken.get(cell) || []).some((other) => box.left < other.right + 2 && other.left < box.right + 2 && box.top < other.bottom + 1 && other.top < box.bottom + 1));
        if (fits && staysInside(path, middle, width, height)) break;
      }
      const last = shape === SHAPES.length;
      if (last && labels.length > MANY) return "label-hidden";
      for (const cell of cells) {
        if (!taken.has(cell)) taken.set(cell, []);
        taken.get(cell).push(box);
      }
      return SHAPES[last ? SHAPES.length - 1 : shape];
    });
    labels.forEach(({ label, plain }, i) => { label.className = `${plain} ${chosen[i]}`; });
  }

  // Layers.
  const STYLES = {
    hazard_sources: { radius: 7, color: "#ffffff", weight: 2, fillColor: "#1b2229", fillOpacity: 1 },
    shelters: { radius: 5, color: "#1b2229", weight: 2, fillColor: "#ffffff", fillOpacity: 1 },
    risk_points: { radius: 3.5, color: "#ffffff", weight: 1, fillColor: "#1b2229", fillOpacity: 0.85 },
  };
  const OUTLINE = { color: "#1b2229", weight: 2, fill: false };
  const LIMIT = 2000;
  const loaded = new Map();
  const status = document.querySelector(".switch-status");

  function rowAddress(layer, id) {
    const place = encodeURIComponent(id);
    return layer === "hazard_sources" ? `/hazard-sources/${place}` : `/layers/${layer}?id=${place}`;
  }

  function popupOf(layer, feature) {
    const box = element("div", "row-popup");
    box.append(element("p", "row-name", String(feature.properties.name || feature.id || "")));
    const id = feature.id || feature.properties.id;
    if (id) {
      const link = element("a", "", frame.dataset.row);
      link.href = rowAddress(layer, id);
      box.append(link);
    }
    return box;
  }

  // Over shifted tiles the layers are asked for in the datum of the tiles.
  const datum = frame.dataset.datum === "wgs84" ? "" : `&datum=${frame.dataset.datum}`;

  async function load(layer) {
    const answer = await fetch(`/api/v1/layers/${layer}?bbox=${frame.dataset.bbox}&limit=${LIMIT}${datum}`);
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    const drawn = L.geoJSON(Object.assign({}, found, { features: found.features.concat(middles(found.features)) }), {
      style: (feature) => (feature.geometry.type === "Point" ? STYLES[layer] : OUTLINE),
      pointToLayer: (feature, at) => L.circleMarker(at, Object.assign({ className: `point point-${layer}` }, STYLES[layer])),
      onEachFeature: (feature, each) => each.bindPopup(() => popupOf(layer, feature)),
    });
    return { drawn: drawn, all: found.numberMatched, shown: found.features.length };
  }

  // A boundary of a few metres cannot be seen at this scale: it gets a point in its middle too.
  function middles(features) {
    return features.filter((one) => one.geometry && !/Point$/.test(one.geometry.type)).map(function (one) {
      const middle = L.geoJSON(one).getBounds().getCenter();
      return Object.assign({}, one, { geometry: { type: "Point", coordinates: [middle.lng, middle.lat] } });
    });
  }

  function say(template, values) {
    status.textContent = template.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
  }

  async function toggle(box) {
    const layer = box.dataset.layer;
    const name = box.dataset.name;
    if (!box.checked) {
      if (loaded.has(layer)) map.removeLayer(loaded.get(layer).drawn);
      status.textContent = "";
      return;
    }
    try {
      if (!loaded.has(layer)) {
        say(frame.dataset.loading, {});
        loaded.set(layer, await load(layer));
      }
      const { drawn, all, shown } = loaded.get(layer);
      if (box.checked) drawn.addTo(map);
      if (!shown) say(frame.dataset.empty, { name: name });
      else if (shown < all) say(frame.dataset.partial, { name: name, all: all, shown: shown });
      else status.textContent = "";
    } catch (error) {
      box.checked = false;
      say(frame.dataset.failed, { name: name });
    }
  }
  document.querySelectorAll("input[data-layer]").forEach((box) => box.addEventListener("change", () => toggle(box)));

  // The slider of days; the page of a week has none.
  const slider = document.querySelector(".slider");
  if (slider) slide(slider);

  function slide(slider) {
    const range = slider.querySelector("input");
    const dates = slider.dataset.dates.split(",");
    const english = document.documentElement.lang === "en";
    const spoken = new Intl.DateTimeFormat(english ? "en-GB" : "zh-CN", { month: english ? "short" : "numeric", day: "numeric", timeZone: "UTC" });
    range.addEventListener("input", function () {
      const text = english ? spoken.format(new Date(dates[range.value])) : dates[range.value].slice(5).replace(/^0?(\d+)-0?(\d+)$/, "$1月$2日");
      slider.querySelector("output").textContent = text;
      range.setAttribute("aria-valuetext", text);
    });
    range.addEventListener("change", function () { window.location.href = `/map/${dates[range.value]}`; });
  }

  map.on("zoomend", function () { steer(); settle(); });
  fit();
  settle();
  if (document.fonts) document.fonts.ready.then(function () { sizes = null; settle(); });
  window.addEventListener("beforeprint", function () { fit(); sizes = null; settle(); });
  window.matchMedia("print").addEventListener("change", function () { fit(); sizes = null; settle(); });
  let waiting = 0;
  window.addEventListener("resize", function () {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(function () { fit(); sizes = null; settle(); }, 150);
  });
})();
