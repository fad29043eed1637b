// The outage map: our own GeoJSON on Leaflet, kept up to date by server-sent events. All words come
// from the server. Without this script the tables are there, whole.
"use strict";

const page = {
  map: document.getElementById("map"),
  legend: document.querySelector(".outage-legend"),
  news: document.getElementById("news"),
  summary: document.getElementById("summary"),
  asOf: document.getElementById("as-of"),
  renewing: document.getElementById("renewing"),
  live: document.getElementById("live"),
  search: document.querySelector(".outage-search"),
  answer: document.getElementById("answer"),
  own: document.querySelector("[data-own]"),
  truck: document.getElementById("truck"),
};
const AGAIN_AFTER_MS = 10_000;
const SILENT_MS = 45_000; // three heartbeats: the connection is gone, though nobody said so
const POPUP = { closeButton: false, autoPanPaddingTopLeft: [55, 10] };
const PLACE = 13; // the zoom at which a place is looked at

const shown = new Map(); // id: {feature, area, pin, crew, way}
let map = null;
let areasOf = {}; // by ZIP code
let chosen = null;

// --- the page's words ---------------------------------------------------------------------------

function sectionOf(view) {
  return ["planned", "restored"].includes(view.state) ? view.state : "active";
}

function fill(element, view) {
  for (const place of element.querySelectorAll("[data-field]")) {
    const name = place.dataset.field;
    if (name === "steps") fillSteps(place, view.steps);
    else if (name in view) place.textContent = view[name];
    if (name === "status") place.className = `tl-chip tl-state-${view.state}`;
  }
}

function fillSteps(list, steps) {
  list.replaceChildren(
    ...steps.map((step) => {
      const item = document.createElement("li");
      const label = document.createElement("span");
      const said = document.createElement("span");
      item.dataset.state = step.state;
      if (step.state === "now") item.setAttribute("aria-current", "step");
      label.textContent = step.label;
      said.className = "tl-hidden";
      said.textContent = ` (${step.said})`;
      item.append(label, said);
      return item;
    }),
  );
}

function rowOf(view) {
  return document.querySelector(`.outage-row[data-outage="${CSS.escape(view.id)}"]`);
}

function putRow(view, fresh) {
  const body = document.querySelector(`#${sectionOf(view)} tbody`);
  let row = rowOf(view);
  if (!row || row.parentElement !== body) {
    row?.remove();
    row = body.closest(".tl-scroll").querySelector("template").content.querySelector("tr").cloneNode(true);
    row.dataset.outage = view.id;
    if (fresh) body.prepend(row);
    else body.append(row);
  }
  row.classList.toggle("fresh", fresh);
  row.querySelector("[data-show]").hidden = map === null;
  fill(row, view);
}

function countRows() {
  for (const section of ["active", "planned", "restored"]) {
    const table = document.getElementById(section);
    const none = table.querySelector("tbody tr") === null;
    table.classList.toggle("empty", none);
    table.parentElement.hidden = none;
    document.querySelector(`[data-none="${section}"]`).hidden = !none;
  }
}

function say(words) {
  if (words) page.news.textContent = words;
}

function stand({ as_of: asOf, fresh, summary }) {
  if (asOf) page.asOf.textContent = asOf;
  if (fresh !== undefined) page.renewing.hidden = fresh;
  if (summary && asOf) page.summary.textContent = summary;
}

function connected(on) {
  page.live.hidden = false;
  page.live.textContent = on ? page.live.dataset.on : page.live.dataset.off;
  page.live.classList.toggle("tl-good", on);
  page.live.classList.toggle("tl-warn", !on);
}

// --- the map ------------------------------------------------------------------------------------

const at = ([longitude, latitude]) => [latitude, longitude];

async function drawGround() {
  const answer = await fetch("/outages/ground");
  if (!answer.ok || !window.L) return;
  const ground = await answer.json();
  page.map.hidden = false;
  page.legend.hidden = false;
  map = L.map(page.map, {
    attributionControl: false,
    zoomControl: false,
    zoomSnap: 0.25,
    scrollWheelZoom: false,
    dragging: !L.Browser.mobile,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  const words = page.map.dataset;
  L.control.zoom({ zoomInTitle: words.in, zoomOutTitle: words.out }).addTo(map);
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  const plain = { interactive: false };
  const drawn = L.geoJSON(ground, {
    ...plain,
    style: (feature) => ({ className: feature.properties.kind }),
    pointToLayer: (feature, place) => yard(place, words.yard),
    onEachFeature: (feature) => name(feature.properties),
  }).addTo(map);
  const bounds = drawn.getBounds();
  map.fitBounds(bounds, { padding: [8, 8] });
  map.setMinZoom(map.getZoom() - 0.5);
  map.setMaxZoom(16);
  map.setMaxBounds(bounds.pad(0.4));
  areasOf = Object.fromEntries(
    drawn
      .getLayers()
      .filter((layer) => layer.feature.properties.zip)
      .map((layer) => [layer.feature.properties.zip, layer]),
  );
}

function yard(place, title) {
  const icon = L.divIcon({ className: "yard", iconSize: [11, 11] });
  return L.marker(place, { icon, title, keyboard: false, interactive: false });
}

function name({ name: town, zip, label }) {
  if (!label) return;
  const text = document.createElement("span");
  const bold = document.createElement("b");
  bold.textContent = town;
  text.append(bold, zip);
  const icon = L.divIcon({ className: "map-name", html: text, iconSize: null });
  L.marker(at(label), { icon, interactive: false, keyboard: false, zIndexOffset: -1000 }).addTo(map);
}

function draw(feature) {
  const view = feature.properties;
  const before = shown.get(view.id);
  if (!map) {
    shown.set(view.id, { feature });
    return;
  }
  before?.area?.remove();
  before?.pin?.remove();
  before?.way?.remove();
  const area = L.geoJSON(feature, {
    style: { className: `out out-${view.state} tl-state-${view.state}`, fillOpacity: 1, opacity: 1 },
  })
    .bindPopup(() => popup(view), POPUP)
    .addTo(map);
  area.eachLayer((layer) => layer.getElement()?.setAttribute("aria-hidden", "true"));
  shown.set(view.id, { feature, area, pin: pin(view), crew: crew(view, before?.crew), way: way(view) });
  if (chosen === view.id) mark(view.id);
}

function pin(view) {
  const label = document.createElement("span");
  label.textContent = view.size;
  const icon = L.divIcon({
    className: `pin tl-state-${view.state}`,
    html: label,
    iconSize: null,
    popupAnchor: [0, -34],
  });
  const marker = L.marker(at(view.middle), { icon, title: view.label, riseOnHover: true })
    .bindPopup(() => popup(view), POPUP)
    .addTo(map);
  marker.getElement().setAttribute("aria-label", view.label);
  return marker;
}

function crew(view, before) {
  if (!view.crew_at) {
    before?.remove();
    return null;
  }
  if (before) {
    const icon = before.getElement();
    const label = `${view.place}: ${view.crew}`;
    icon.setAttribute("aria-label", label);
    icon.title = label;
    if (!before.getLatLng().equals(at(view.crew_at))) {
      icon.classList.add("moving");
      icon.addEventListener("transitionend", () => icon.classList.remove("moving"), { once: true });
      map.once("zoomstart", () => icon.classList.remove("moving"));
      before.setLatLng(at(view.crew_at));
    }
    return before;
  }
  const icon = L.divIcon({
    className: "crew",
    html: page.truck.content.firstElementChild.outerHTML,
    iconSize: [28, 20],
  });
  const label = `${view.place}: ${view.crew}`;
  const marker = L.marker(at(view.crew_at), { icon, title: label, keyboard: false }).addTo(map);
  marker.getElement().setAttribute("role", "img");
  marker.getElement().setAttribute("aria-label", label);
  return marker;
}

function way(view) {
  if (view.state !== "en_route" || !view.crew_at) return null;
  return L.polyline([at(view.crew_at), at(view.middle)], {
    className: "way",
    interactive: false,
  }).addTo(map);
}

function popup(view) {
  const box = document.createElement("div");
  const parts = [
    ["strong", view.place],
    ["span", `${view.status}, ${view.customers}`],
    ["span", view.expected],
    ["span", view.confidence],
    ["span", view.crew],
  ];
  for (const [tag, text] of parts) {
    if (!text) continue;
    const part = document.createElement(tag);
    part.textContent = text;
    box.append(part);
  }
  return box;
}

function mark(id) {
  const one = shown.get(id);
  if (!map || !one?.area) return null;
  const before = shown.get(chosen);
  before?.area?.eachLayer((layer) => layer.getElement()?.classList.remove("chosen"));
  chosen = id;
  one.area.eachLayer((layer) => layer.getElement()?.classList.add("chosen"));
  return one;
}

function choose(id, { still = false, popup: opens = true } = {}) {
  const one = mark(id);
  if (!one) return false;
  const animate = !still && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  map.fitBounds(one.area.getBounds(), { maxZoom: PLACE + 0.5, padding: [40, 40], animate });
  if (opens) one.pin.openPopup();
  return true;
}

// --- what comes in ------------------------------------------------------------------------------

function forget(id) {
  const one = shown.get(id);
  for (const layer of [one?.area, one?.pin, one?.crew, one?.way]) layer?.remove();
  shown.delete(id);
  document.querySelector(`.outage-row[data-outage="${CSS.escape(id)}"]`)?.remove();
}

function put(feature, fresh) {
  const view = feature.properties;
  draw(feature);
  putRow(view, fresh);
  if (page.own?.dataset.own === view.id) fill(page.own, view);
}

function takeAll(data) {
  const ids = new Set(data.features.map((feature) => feature.properties.id));
  for (const row of document.querySelectorAll(".outage-row")) {
    if (!ids.has(row.dataset.outage)) forget(row.dataset.outage);
  }
  for (const id of [...shown.keys()]) if (!ids.has(id)) forget(id);
  for (const feature of data.features) put(feature, false);
  stand(data);
  countRows();
}

function takeChange(data) {
  for (const id of data.gone) forget(id);
  for (const feature of data.features) {
    const view = feature.properties;
    put(feature, !shown.has(view.id));
  }
  stand({ ...data, fresh: true });
  countRows();
  say(data.said);
}

let source = null;
let heard = 0;

function listen() {
  if (document.hidden || source) return;
  heard = Date.now();
  source = new EventSource("/outages/events");
  source.addEventListener("open", () => connected(true));
  source.addEventListener("snapshot", (event) => {
    takeAll(JSON.parse(event.data));
    document.documentElement.dataset.outages = "ready";
    showOwn();
  });
  source.addEventListener("change", (event) => takeChange(JSON.parse(event.data)));
  source.addEventListener("pulse", (event) => stand(JSON.parse(event.data)));
  for (const name of ["open", "snapshot", "change", "pulse"]) {
    source.addEventListener(name, () => (heard = Date.now()));
  }
  source.addEventListener("error", () => {
    connected(false);
    // Turned away, the browser gives up; we come back.
    if (source?.readyState === EventSource.CLOSED) {
      leave();
      setTimeout(listen, AGAIN_AFTER_MS);
    }
  });
}

// A browser has few connections to a site: a page that nobody looks at gives its own back.
function leave() {
  source?.close();
  source = null;
}

function anew() {
  connected(false);
  leave();
  listen();
}

let ownShown = false;
function showOwn() {
  if (ownShown) return;
  const asked = page.own?.dataset.own ?? new URLSearchParams(location.search).get("outage");
  if (asked) ownShown = choose(asked, { still: true, popup: !page.own });
}

async function search(event) {
  event.preventDefault();
  const words = new URLSearchParams(new FormData(page.search));
  let found = null;
  try {
    const answer = await fetch(`/outages/search?${words}`);
    if (answer.ok) found = await answer.json();
  } catch {
    found = null; // offline: said below
  }
  page.answer.hidden = false;
  page.answer.textContent = found ? found.answer : page.answer.dataset.failed;
  if (!found || !map) return;
  if (found.outages.length) choose(found.outages[0]);
  else if (areasOf[found.zip]) map.fitBounds(areasOf[found.zip].getBounds(), { padding: [8, 8] });
}

async function start() {
  try {
    await drawGround();
  } catch {
    page.map.hidden = true; // the tables say it all
  }
  page.search?.addEventListener("submit", search);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show]");
    if (!button) return;
    choose(button.closest("[data-outage]").dataset.outage);
    page.map.scrollIntoView({ block: "nearest" });
    page.map.focus({ preventScroll: true });
  });
  countRows();
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
  addEventListener("offline", anew);
  addEventListener("online", anew);
  setInterval(() => source && Date.now() - heard > SILENT_MS && anew(), AGAIN_AFTER_MS);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", listen);
  listen();
}

start();
