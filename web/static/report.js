"use strict";
// Reporting a danger on a phone: position from the device or a tap on the map, town from the
// position, one press sends once. Without this script the
// form works with typed coordinates or only a town. Texts from data are set as text only.
(function () {
  const form = document.querySelector(".report-form");
  if (!form) return;
  const words = form.dataset;
  const [lon, lat, town] = ["lon", "lat", "town"].map((name) => form.elements[name]);
  const status = form.querySelector(".place-status");
  const townStatus = form.querySelector(".town-status");
  let chosenByHand = town.value !== "";
  let asked = 0;

  // Map: the towns in grey, the place as a dot.
  const box = form.querySelector(".place-map");
  const [west, south, east, north] = box.dataset.bounds.split(",").map(Number);
  const district = [[south, west], [north, east]];
  const map = L.map(box, { zoomSnap: 0.25, attributionControl: false, zoomControl: false, scrollWheelZoom: false });
  L.control.zoom({ position: "bottomright" }).addTo(map);
  map.fitBounds(district, { animate: false, padding: [6, 6] });
  let marker = null;

  function dot(at) {
    if (!marker) marker = L.circleMarker(at, { radius: 8, color: "#ffffff", weight: 3, fillColor: "#1a1a1a", fillOpacity: 1, interactive: false }).addTo(map);
    marker.setLatLng(at);
    marker.bringToFront();
  }

  async function drawTowns() {
    const answer = await fetch("/report/towns.geojson");
    if (!answer.ok) return;
    L.geoJSON(await answer.json(), {
      style: { color: "#ffffff", weight: 1.5, fillColor: "#dfe3e8", fillOpacity: 1 },
      interactive: false,
      onEachFeature: (feature, layer) => layer.bindTooltip(document.createTextNode(feature.properties.name).textContent.replace(/[<>&]/g, ""), { permanent: true, direction: "center", className: "place-town" }),
    }).addTo(map);
    if (marker) marker.bringToFront();
  }

  function near() {
    return Number.isFinite(parseFloat(lon.value)) && Number.isFinite(parseFloat(lat.value)) ? [parseFloat(lat.value), parseFloat(lon.value)] : null;
  }

  function far(metres) {
    return metres < 1000 ? words.metres.replace("{far}", String(Math.round(metres))) : words.kilometres.replace("{far}", (metres / 1000).toFixed(1));
  }

  async function findTown() {
    const at = near();
    if (!at) return;
    const turn = ++asked;
    const answer = await fetch(`/report/place?lon=${at[1]}&lat=${at[0]}`);
    if (!answer.ok || turn !== asked) return;
    const found = await answer.json();
    townStatus.textContent = "";
    if (found.town === null) {
      if (found.metres_outside !== null) {
        status.textContent = words.outside.replace("{far}", far(found.metres_outside));
        map.fitBounds(district, { animate: false, padding: [6, 6] });
      }
      return;
    }
    if (chosenByHand && town.value !== found.town) {
      townStatus.textContent = words.other.replace("{town}", found.name);
      return;
    }
    town.value = found.town;
    if (town.value === found.town) townStatus.textContent = words.town.replace("{town}", found.name);
  }

  function place(at, zoom) {
    lat.value = at[0].toFixed(6);
    lon.value = at[1].toFixed(6);
    dot(at);
    if (zoom) map.setView(at, Math.max(map.getZoom(), zoom), { animate: false });
    findTown();
  }

  map.on("click", function (event) {
    status.textContent = words.picked;
    chosenByHand = false;
    place([event.latlng.lat, event.latlng.lng]);
  });

  function locate() {
    if (!navigator.geolocation) {
      status.textContent = words.refused;
      return;
    }
    status.textContent = words.locating;
    navigator.geolocation.getCurrentPosition(
      function (found) {
        status.textContent = words.located.replace("{metres}", String(Math.max(1, Math.round(found.coords.accuracy))));
        place([found.coords.latitude, found.coords.longitude], 13);
      },
      function () { if (!near()) status.textContent = words.refused; },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  }

  form.querySelector(".place-again").addEventListener("click", function () {
    chosenByHand = false;
    locate();
  });
  town.addEventListener("change", function () {
    chosenByHand = town.value !== "";
    townStatus.textContent = "";
  });
  for (const input of [lon, lat]) {
    input.addEventListener("change", function () {
      const at = near();
      if (at) { dot(at); map.setView(at, Math.max(map.getZoom(), 13), { animate: false }); findTown(); }
    });
  }
  drawTowns();
  if (near()) { dot(near()); map.setView(near(), 13, { animate: false }); findTown(); }
  else locate();

  // One press, one report; coming back to the page gives the button back.
  const send = form.querySelector('button[type="submit"]');
  const title = send.textContent;
  form.addEventListener("submit", function () {
    send.disabled = true;
    send.textContent = words.sending;
  });
  window.addEventListener("pageshow", function () {
    send.disabled = false;
    send.textContent = title;
  });
  const faults = form.querySelector(".form-faults");
  if (faults) faults.focus();
})();
