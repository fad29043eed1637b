// What can be sent besides words: files, a place, and what the utility can't read.

import * as api from "./api.js";
import { h, icon } from "./dom.js";
import { openSheet } from "./sheet.js";

const MOST_BYTES = 16_000_000;

export function openAttachments(thread) {
  const act = (then) => () => {
    sheet.close();
    then();
  };
  const sheet = openSheet("Attach", h("div", { class: "attachments" },
    entry("photo", "Photo", act(() => pick(thread, "image/*"))),
    entry("document", "Document", act(() => pick(thread, ""))),
    entry("sound", "Sound file", act(() => pick(thread, "audio/*"))),
    entry("pin", "Location", act(() => openPlaces(thread))),
    entry("sticker", "Sticker", act(() => sendSticker(thread))),
    entry("people", "Contact", act(() => thread.send({ unsupported: "contacts" })))));
}

function entry(drawing, label, press) {
  return h("button", { type: "button", class: `attachment attachment-${drawing}`, on: { click: press } },
    h("span", {}, icon(drawing)), label);
}

function pick(thread, accept) {
  const picker = h("input", { type: "file", accept: accept || null });
  picker.addEventListener("change", () => sendFile(thread, picker.files[0], thread.composer.taken()));
  picker.click();
}

/** Whether it went. */
export async function sendFile(thread, file, caption = "") {
  if (!file) return false;
  if (file.size > MOST_BYTES) {
    thread.page.toast("That file is too large: 16 MB at most.");
    return false;
  }
  const { number } = thread.page.store.here;
  const kept = await thread.page.attempt(() => api.upload(number, file, file.name || "file"));
  if (!kept) return false;
  const quoted = thread.composer.quoted?.id ?? "";
  thread.composer.quote(null);
  return thread.send({ file: kept.value.id, text: caption, quoted });
}

/** A drawing of our own, as a sticker is one: a small WebP. */
async function sendSticker(thread) {
  const canvas = h("canvas", { width: "256", height: "256" });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#ffd166";
  pen.strokeStyle = "#7a4b00";
  pen.lineWidth = 10;
  pen.beginPath();
  pen.arc(128, 128, 112, 0, Math.PI * 2);
  pen.fill();
  pen.stroke();
  pen.beginPath();
  pen.arc(128, 140, 60, 0.15 * Math.PI, 0.85 * Math.PI);
  pen.stroke();
  pen.fillStyle = "#7a4b00";
  for (const x of [92, 164]) {
    pen.beginPath();
    pen.arc(x, 100, 13, 0, Math.PI * 2);
    pen.fill();
  }
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/webp"));
  await sendFile(thread, new File([blob], "sticker.webp", { type: "image/webp" }));
}

function openPlaces(thread) {
  const { phone } = thread.page.store;
  const places = phone.places ?? [];
  const field = (name, label, most) => h("label", {}, label,
    h("input", { name, required: true, inputmode: "text", autocomplete: "off", placeholder: most }));
  const form = h("form", { class: "form" },
    h("div", { class: "form-two" },
      field("latitude", "Latitude", "45.52345"), field("longitude", "Longitude", "-122.67621")),
    h("button", { class: "primary" }, "Send this place"));
  const list = h("div", { class: "places" }, places.map((place) =>
    h("button", { type: "button", on: { click: () => send(place) } }, icon("pin"),
      h("span", {}, h("strong", {}, place.name), place.address && h("small", {}, place.address)))));
  const sheet = openSheet("Send a location", [places.length > 0 && list, form].filter(Boolean).map((it) => it));
  const send = (place) => {
    sheet.close();
    thread.send({ location: place });
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = new FormData(form);
    const [latitude, longitude] = ["latitude", "longitude"].map((name) => Number(values.get(name)));
    if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) {
      thread.page.toast("A latitude is between -90 and 90, a longitude between -180 and 180.");
      return;
    }
    send({ latitude, longitude });
  });
}
