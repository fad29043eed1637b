// What a bubble may hold besides words: files, places, and what can be pressed.

import { h, icon, iconButton } from "./dom.js";
import { chooseFrom } from "./choosing.js";
import { openSheet } from "./sheet.js";

export function file(message, thread) {
  const { file: one, kind } = message;
  if (kind === "sticker") return h("img", { class: "sticker", src: one.url, alt: "Sticker" });
  if (one.content_type.startsWith("image/")) return picture(message, thread);
  if (one.content_type.startsWith("audio/")) return voice(one);
  if (one.content_type.startsWith("video/")) return h("video", { class: "video", src: one.url, controls: true });
  return paper(one);
}

function picture({ file: one, text }, thread) {
  const alt = text || one.name || "Photo";
  const image = h("img", { src: one.url, alt, on: {
    load: () => {
      if (thread.atEnd) thread.goToEnd();
    },
  } });
  return h("button", {
    type: "button", class: "picture", "aria-label": `Open: ${alt}`, data: { focus: "picture" },
    on: { click: () => openSheet(alt, h("img", { class: "enlarged", src: one.url, alt }), { wide: true }) },
  }, image);
}

function paper(one) {
  const kind = (one.name.split(".").pop() || one.content_type.split("/").pop()).toUpperCase().slice(0, 5);
  return h("a", { class: "paper", href: one.url, target: "_blank", rel: "noopener", data: { focus: "paper" } },
    h("span", { class: "paper-kind", "aria-hidden": "true" }, icon("document"), h("b", {}, kind)),
    h("span", { class: "paper-words" },
      h("strong", {}, one.name || "Document"),
      h("small", {}, `${kind} · ${size(one.size)}`)));
}

export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A voice note: played, halted, and gone to a place in it. */
function voice(one) {
  const audio = new Audio(one.url);
  audio.preload = "metadata";
  const time = h("span", { class: "voice-time" }, "0:00");
  const line = h("input", {
    type: "range", min: "0", max: "100", value: "0", step: "0.1", "aria-label": "Place in the voice message",
    on: { input: () => { if (lasts(audio)) audio.currentTime = (line.value / 100) * audio.duration; } },
  });
  const play = iconButton("play", "Play", () => (audio.paused ? audio.play() : audio.pause()), { class: "voice-play" });
  const draw = () => {
    const name = audio.paused ? "Play" : "Pause";
    play.setAttribute("aria-label", name);
    play.title = name;
    play.replaceChildren(icon(name.toLowerCase()));
    const at = audio.currentTime || (lasts(audio) ? audio.duration : 0);
    time.textContent = seconds(at);
    line.value = lasts(audio) ? (audio.currentTime / audio.duration) * 100 : 0;
  };
  for (const event of ["play", "pause", "ended", "timeupdate", "loadedmetadata"]) audio.addEventListener(event, draw);
  return h("div", { class: "voice" }, play, line, time, icon("mic"));
}

const lasts = (audio) => Number.isFinite(audio.duration) && audio.duration > 0;

export function seconds(total) {
  const whole = Math.round(total);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function location(place) {
  const where = `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`;
  return h("div", { class: "place" },
    h("div", { class: "place-map", "aria-hidden": "true" }, icon("pin")),
    h("p", { class: "place-words" },
      place.name && h("strong", {}, place.name),
      place.address && h("span", {}, place.address),
      h("small", {}, where)));
}

/** Buttons, the button of a list, or a link: what can be pressed below a message. */
export function choices(message, thread) {
  const { buttons, sections, link, menu, chosen } = message;
  const entries = [];
  if (!link) entries.push(...buttons.map((button) => replyButton(message, button, thread)));
  if (sections.length) {
    entries.push(h("button", {
      type: "button", class: "choice", "aria-haspopup": "dialog", data: { focus: "menu" },
      on: { click: () => chooseFrom(message, thread) },
    }, icon("list"), menu || "Choose"));
  }
  if (link) {
    entries.push(h("a", { class: "choice", href: link, target: "_blank", rel: "noopener noreferrer" },
      icon("link"), buttons[0]?.title || "Open"));
  }
  return entries.length ? h("div", { class: "choices", data: { chosen } }, entries) : null;
}

function replyButton(message, button, thread) {
  const was = message.chosen === button.id;
  return h("button", {
    type: "button", class: "choice", "aria-pressed": String(was), data: { focus: `button ${button.id}` },
    on: { click: () => thread.send({ press: { message_id: message.id, id: button.id } }) },
  }, icon(was ? "check" : "reply"), button.title);
}
