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

  // Leaflet's own titles are English.
  for (const way of ["in", "out"]) {
    const button = frame.querySelector(`.leaflet-control-zoom-${way}`);
    const said = way === "in" ? frame.dataset.zoomIn : frame.dataset.zoomOut;
    if (button && said) {
      button.title = said;
      button.setAttribute("aria-label", said);
    }
  }

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
    const edge = narrow ? [8, 8] : [24, 20];
    map.setMinZoom(0);
    // No town lies behind the strip of facts.
    map.fitBounds(bounds, { animate: false, paddingTopLeft: [edge[0], facts.offsetHeight + 12], paddingBottomRight: edge });
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
    if (town.unusual) name.append(element("i", "dot"));
    const level = element("span", "label-level");
    level.append(element("b", "", town.word));
    // What a rule set and what moved stay in every shape of a label: they say why to look.
    if (town.ruled) level.append(element("span", "label-ruled", town.ruled));
    if (town.mark) level.append(element("span", "label-mark", town.mark));
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

  // Every town carries name, word of the level and score. A label that would cover another one or
  // leave its town moves a little, loses 镇 or 街道, then its dot, then stands in three lines,
  // then hangs over a neighbour; where even that is too large it stands outside the district with
  // a line to its town. On a
  // map of very many towns the score, the name and at last the whole label are left out until the
  // reader zooms in.
  const WHOLE = ["", "label-core", "label-bare", "label-three"];
  const SHAPES = WHOLE.concat(["label-name-only", "label-word"]);
  const MANY = 40;
  const CELL = 160;
  const MOST_OF_NINE = 6;
  const MOVES = offsets(8, 40);

  function offsets(step, far) {
    const found = [];
    for (let x = -far; x <= far; x += step)
      for (let y = -far; y <= far; y += step) if (Math.hypot(x, y) <= far) found.push([x, y]);
    return found.sort((one, other) => Math.hypot(one[0], one[1]) - Math.hypot(other[0], other[1]));
  }

  // Sizes are the same at every zoom: one layout for each shape, not one for each label.
  let sizes = null;
  function measure() {
    sizes = SHAPES.map(function (shape) {
      for (const { label, plain } of labels) label.className = `${plain} ${shape}`;
      return labels.map(({ label }) => [label.offsetWidth, label.offsetHeight]);
    });
  }

  function boxAt(x, y, [width, height]) {
    return { x: x, y: y, left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
  }

  function around(box) {
    const points = [];
    for (const x of [box.left, box.x, box.right])
      for (const y of [box.top + 2, box.y, box.bottom - 2]) points.push(new DOMPoint(x, y));
    return points;
  }

  function staysInside(path, box) {
    return around(box).every((point) => path.isPointInFill(point));
  }

  function cellsOf(box) {
    const cells = [];
    for (let x = Math.floor((box.left - 2) / CELL); x <= Math.floor((box.right + 2) / CELL); x++)
      for (let y = Math.floor((box.top - 1) / CELL); y <= Math.floor((box.bottom + 1) / CELL); y++) cells.push(`${x},${y}`);
    return cells;
  }

  function meet(box, other) {
    return box.left < other.right + 2 && other.left < box.right + 2 && box.top < other.bottom + 1 && other.top < box.bottom + 1;
  }

  function isFree(box, taken) {
    return !cellsOf(box).some((cell) => (taken.get(cell) || []).some((other) => meet(box, other)));
  }

  function take(box, taken) {
    for (const cell of cellsOf(box)) {
      if (!taken.has(cell)) taken.set(cell, []);
      taken.get(cell).push(box);
    }
  }

  // On the whole district no label is cut by the frame; a reader who zooms in may move the map.
  function inFrame(box, limits) {
    return !limits || (box.left >= limits.left && box.right <= limits.right && box.top >= limits.top && box.bottom <= limits.bottom);
  }

  function insideOf(i, middle, taken, limits) {
    const path = labels[i].layer.getElement();
    const few = labels.length <= MANY;
    const moves = few ? MOVES : [[0, 0]];
    for (let shape = 0; shape < (few ? WHOLE : SHAPES).length; shape++) {
      for (const [x, y] of moves) {
        const box = boxAt(middle.x + x, middle.y + y, sizes[shape][i]);
        if (staysInside(path, box) && inFrame(box, limits) && isFree(box, taken)) return { shape: SHAPES[shape], box: box };
      }
    }
    return few ? overhanging(i, middle, taken, limits, ["label-bare", "label-three"]) : null;
  }

  // A label a little larger than its town: its middle row and most of its edge lie in the town,
  // and its halo keeps it legible where it hangs over a neighbour.
  function overhanging(i, middle, taken, limits, shapes) {
    const path = labels[i].layer.getElement();
    for (const shape of shapes) {
      for (const [x, y] of MOVES) {
        const box = boxAt(middle.x + x, middle.y + y, sizes[SHAPES.indexOf(shape)][i]);
        const within = around(box).filter((point) => path.isPointInFill(point));
        if (within.length >= MOST_OF_NINE && path.isPointInFill(new DOMPoint(box.x, box.y)) && inFrame(box, limits) && isFree(box, taken))
          return { shape: shape, box: box };
      }
    }
    return null;
  }

  // The frame as places of the map, and what stands on it in its corners.
  function room(taken) {
    const [first, size] = [map.containerPointToLayerPoint([0, 0]), map.getSize()];
    const outer = frame.getBoundingClientRect();
    for (const each of [facts, ...frame.querySelectorAll(".leaflet-control")]) {
      const at = each.getBoundingClientRect();
      const [left, top] = [first.x + at.left - outer.left, first.y + at.top - outer.top];
      if (at.width) take({ left: left, top: top, right: left + at.width, bottom: top + at.height }, taken);
    }
    return { left: first.x + 4, top: first.y + 4, right: first.x + size.x - 4, bottom: first.y + size.y - 4 };
  }

  function outsideOf(i, middle, taken, edges, crossing = false) {
    const shape = WHOLE.indexOf("label-bare");
    const [width, height] = sizes[shape][i];
    const places = [];
    for (let x = edges.left + width / 2; x <= edges.right - width / 2; x += 8)
      for (let y = edges.top + height / 2; y <= edges.bottom - height / 2; y += 8) places.push([x, y]);
    const far = ([x, y]) => Math.hypot(x - middle.x, y - middle.y);
    places.sort((one, other) => far(one) - far(other));
    const paths = labels.map(({ layer }) => layer.getElement());
    for (const [x, y] of places) {
      const box = boxAt(x, y, [width, height]);
      const clear = boxAt(x, y, [width + 4, height + 4]);
      if (!isFree(box, taken) || paths.some((path) => around(clear).some((point) => path.isPointInFill(point)))) continue;
      const points = leadOf(box, middle, paths[i]);
      if (points.every(({ x, y }) => isFree({ left: x, right: x, top: y, bottom: y }, taken))) return { shape: "label-bare label-outside", box: box, points: points };
      if (crossing) return { shape: "label-bare label-outside", box: box, points: points, lost: 0.5 };
    }
    return null;
  }

  // The line of a label outside, point by point: from its edge to a little inside its town.
  function leadOf(box, middle, path) {
    const start = L.point(Math.min(Math.max(middle.x, box.left), box.right), Math.min(Math.max(middle.y, box.top), box.bottom));
    const steps = Math.max(2, Math.ceil(start.distanceTo(middle) / 4));
    const points = [];
    let inside = 0;
    for (let step = 0; step <= steps && inside < 3; step++) {
      points.push(start.add(middle.subtract(start).multiplyBy(step / steps)));
      if (path.isPointInFill(new DOMPoint(points[step].x, points[step].y))) inside++;
    }
    return points;
  }

  let leads = [];
  function lead(points) {
    const ends = [map.layerPointToLatLng(points[0]), map.layerPointToLatLng(points[points.length - 1])];
    for (const [color, weight] of [["#ffffff", 4], ["#1a1a1a", 1.5]]) leads.push(L.polyline(ends, { color: color, weight: weight, opacity: 1, interactive: false, className: "label-lead" }).addTo(map));
  }

  // Where every label stands when they are placed in this order.
  function placed(order, middles) {
    const taken = new Map();
    const few = labels.length <= MANY;
    const whole = few && map.getZoom() <= home.zoom + 0.01;
    const limits = whole ? room(new Map()) : null;
    const found = [];
    for (const i of order) {
      found[i] = insideOf(i, middles[i], taken, limits);
      if (found[i]) take(found[i].box, taken);
    }
    const left = few ? order.filter((i) => !found[i]) : [];
    const edges = left.length ? room(taken) : null;
    for (const i of left) {
      found[i] = outsideOf(i, middles[i], taken, edges);
      if (!found[i]) found[i] = outsideOf(i, middles[i], taken, edges, true);
      if (!found[i]) found[i] = shortened(i, middles[i], taken, limits);
      if (found[i]) take(found[i].box, taken);
    }
    return found;
  }

  // Less than the whole label; nothing rather than words upon words.
  function shortened(i, middle, taken, limits) {
    for (const [lost, shape] of [[1, "label-name-only"], [3, "label-word"]]) {
      const found = overhanging(i, middle, taken, limits, [shape]);
      if (found) return { ...found, lost: lost };
    }
    return null;
  }

  // A label that found no room for its score, nor a way out that strikes through no other label, is
  // placed first in the next round.
  const ROUNDS = 4;
  function bestPlaced(middles) {
    let order = labels.map((_, i) => i);
    let best = null;
    let least = Infinity;
    for (let round = 0; round < ROUNDS && least; round++) {
      const found = placed(order, middles);
      const short = order.filter((i) => !found[i] || found[i].lost);
      const lost = short.reduce((sum, i) => sum + (found[i] ? found[i].lost : 9), 0);
      if (lost < least) [best, least] = [found, lost];
      order = short.concat(order.filter((i) => !short.includes(i)));
    }
    return best;
  }

  function settle() {
    if (!sizes) measure();
    leads.forEach((line) => line.remove());
    leads = [];
    const middles = labels.map(({ at }) => map.latLngToLayerPoint(at));
    bestPlaced(middles).forEach(function (found, i) {
      const { label, plain } = labels[i];
      if (found && found.points) lead(found.points);
      label.className = `${plain} ${found ? found.shape : "label-hidden"}`;
      label.style.left = found ? `${found.box.x - middles[i].x}px` : "";
      label.style.top = found ? `${found.box.y - middles[i].y}px` : "";
    });
  }

  // Layers.
  const STYLES = {
    hazard_sources: { radius: 9, color: "#ffffff", weight: 2, fillColor: "#1b2229", fillOpacity: 1 },
    shelters: { radius: 5, color: "#ffffff", weight: 1.5, fillColor: "#1b2229", fillOpacity: 1 },
    risk_points: { radius: 3, color: "#1b2229", weight: 1.5, fillColor: "#ffffff", fillOpacity: 1 },
  };
  // ▲ hazard source, ■ shelter, ○ risk point: no two kinds of point look alike in grey.
  const CORNERS = { hazard_sources: [[0, -1], [0.95, 0.7], [-0.95, 0.7]], shelters: [[-1, -1], [1, -1], [1, 1], [-1, 1]] };
  const Cornered = L.CircleMarker.extend({
    _updatePath: function () {
      const [at, size] = [this._point, this._radius];
      const places = this.options.corners.map(([x, y]) => `${at.x + x * size} ${at.y + y * size}`);
      this._renderer._setPath(this, this._empty() ? "M0 0" : `M${places.join("L")}Z`);
    },
  });
  function symbol(layer, at) {
    const options = Object.assign({ className: `point point-${layer}`, corners: CORNERS[layer] }, STYLES[layer]);
    return CORNERS[layer] ? new Cornered(at, options) : L.circleMarker(at, options);
  }
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
      pointToLayer: (feature, at) => symbol(layer, at),
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
    // Over points a label stands on a plate of its town's colour.
    frame.classList.toggle("map-points", Boolean(document.querySelector("input[data-layer]:checked")));
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
