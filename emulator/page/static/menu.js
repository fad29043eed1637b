// What can be done with a message: react to it, answer it, copy it, look at it as JSON.

import { h, icon } from "./dom.js";
import { openSheet } from "./sheet.js";
import { plain } from "./words.js";

const EMOJI = [["👍", "Thumbs up"], ["❤️", "Heart"], ["😂", "Laughing"], ["😮", "Surprised"], ["😢", "Sad"], ["🙏", "Thank you"]];

export function openMenu(message, element, thread) {
  document.querySelector(".menu")?.remove();
  const opener = element;
  const close = (refocus = true) => {
    menu.remove();
    document.removeEventListener("pointerdown", outside);
    if (refocus && opener.isConnected) opener.focus({ preventScroll: true });
  };
  const done = (act) => () => {
    close(false);
    act();
  };
  const outside = (event) => {
    if (!menu.contains(event.target)) close(false);
  };
  const menu = h("div", {
    class: "menu", role: "menu", "aria-label": "Message",
    on: { keydown: (event) => move(event, menu, close) },
  }, reactionRow(message, thread, done), entries(message, thread, done));
  thread.scroll.append(menu);
  place(menu, element, thread.scroll);
  document.addEventListener("pointerdown", outside);
  menu.querySelector("button").focus({ preventScroll: true });
}

function reactionRow(message, thread, done) {
  if (message.direction === "in") return null;
  const own = message.reactions.find((one) => one.by === "customer")?.emoji;
  return h("div", { class: "menu-emoji", role: "group", "aria-label": "React" }, EMOJI.map(([emoji, name]) =>
    h("button", {
      type: "button", role: "menuitemradio", "aria-checked": String(own === emoji), "aria-label": name, tabindex: "-1",
      on: { click: done(() => thread.react(message, own === emoji ? "" : emoji)) },
    }, emoji)));
}

function entries(message, thread, done) {
  const words = plain(message.text);
  const copy = () => navigator.clipboard?.writeText(words).then(() => thread.page.toast("Copied."));
  return [
    entry("reply", "Reply", done(() => thread.answer(message))),
    words && navigator.clipboard && entry("copy", "Copy", done(copy)),
    entry("code", "As JSON", done(() => showJson("The message", message))),
  ];
}

function entry(drawing, label, act) {
  return h("button", { type: "button", role: "menuitem", class: "menu-entry", tabindex: "-1", on: { click: act } },
    icon(drawing), label);
}

export function showJson(title, value) {
  openSheet(title, h("pre", { class: "json", tabindex: "0" }, JSON.stringify(value, null, 2)), { wide: true });
}

/** Near the message, and inside of what is seen of the conversation. */
function place(menu, element, scroll) {
  const frame = scroll.getBoundingClientRect();
  const at = element.getBoundingClientRect();
  const below = at.bottom + menu.offsetHeight + 12 < frame.bottom;
  const above = Math.min(at.top, frame.bottom) - menu.offsetHeight - 4;
  const top = below ? at.bottom + 4 : above;
  const left = Math.min(Math.max(at.left, frame.left + 8), frame.right - menu.offsetWidth - 8);
  menu.style.top = `${Math.max(top - frame.top, 8) + scroll.scrollTop}px`;
  menu.style.left = `${left - frame.left}px`;
}

function move(event, menu, close) {
  const buttons = [...menu.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  event.stopPropagation();
  if (step) {
    event.preventDefault();
    buttons[(at + step + buttons.length) % buttons.length].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    close();
  }
}
