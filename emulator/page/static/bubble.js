// One message: its bubble, with what it quotes, holds and offers, its time and its ticks.

import { h, icon, iconButton } from "./dom.js";
import { choices, file, location } from "./parts.js";
import { clock, exact } from "./times.js";
import { formatted, gist, segments } from "./words.js";

const TICKS = {
  accepted: ["clock", "Waiting"],
  sent: ["tick", "Sent"],
  delivered: ["ticks", "Delivered"],
  read: ["ticks", "Read"],
  failed: ["alert", "Not delivered"],
};

/** Up to three of them, and nothing else: drawn large. */
const EMOJI = /^(?:\p{Extended_Pictographic}[\u200D\uFE0F\p{Extended_Pictographic}\p{Emoji_Modifier}]*\s?){1,3}$/u;

/** What became of a message of the customer's. */
export function ticks(status) {
  const [name, label] = TICKS[status];
  const drawing = icon(name, label);
  drawing.classList.add("ticks", `ticks-${status}`);
  return drawing;
}

/** An entry of the conversation: `{message, follows, quoted}`, in a `Thread`. */
export function bubble(item, thread) {
  const { message, follows } = item;
  if (message.direction === "out" && message.status === "failed") return lost(message);
  const mine = message.direction === "in";
  const who = mine ? "You" : thread.ours.name;
  const bare = message.kind === "sticker";
  const classes = ["bubble", `bubble-${message.kind}`, bare && "bubble-bare", EMOJI.test(message.text) && "bubble-emoji"];
  return h("li", { class: `row ${mine ? "row-mine" : "row-theirs"}${follows ? "" : " row-first"}` },
    h("article", {
      class: classes.filter(Boolean).join(" "), tabindex: "-1", data: { focus: "bubble" },
      "aria-label": `${who}, ${clock(message.at)}: ${gist(message)}`,
    },
    !thread.sms && iconButton("down", "Message menu", (event) =>
      thread.menu(message, event.currentTarget.closest(".bubble")), { class: "bubble-menu", tabindex: "-1" }),
    message.quoted && quotation(item, thread),
    contents(message, thread),
    foot(message, mine, thread.sms),
    choices(message, thread)),
    message.reactions.length > 0 && reactions(message, thread),
    mine && message.status === "failed" && h("p", { class: "failed" }, reasonOf(message)));
}

function contents(message, thread) {
  return [
    message.header && h("p", { class: "bubble-header" }, formatted(message.header)),
    message.file && file(message, thread),
    message.location && location(message.location),
    message.kind === "unsupported" && h("p", { class: "bubble-odd" }, icon("people"), message.text || "A contact card"),
    message.text && message.kind !== "unsupported" && h("p", { class: "bubble-text" }, formatted(message.text)),
    message.footer && h("p", { class: "bubble-footer" }, message.footer),
  ];
}

function foot(message, mine, sms) {
  const parts = sms && message.text ? segments(message.text).parts : 0;
  return h("p", { class: "bubble-foot" },
    parts > 1 && h("span", {}, `${parts} parts`),
    h("time", { datetime: message.at, title: exact(message.at) }, clock(message.at)),
    mine && (!sms || message.status === "failed") && ticks(message.status));
}

function quotation({ message, quoted }, thread) {
  const name = quoted?.direction === "in" ? "You" : thread.ours.name;
  return h("button", {
    type: "button", class: `quotation ${quoted?.direction === "in" ? "quotation-mine" : ""}`,
    on: { click: () => thread.goTo(message.quoted) },
  }, h("strong", {}, name), h("span", {}, quoted ? gist(quoted) : "A message that is gone"));
}

function reactions(message, thread) {
  const own = message.reactions.find((one) => one.by === "customer");
  const said = message.reactions.map((one) => `${one.emoji} by ${one.by === "us" ? thread.ours.name : "you"}`);
  return h("button", {
    type: "button", class: "reactions", disabled: !own, data: { focus: "reactions" },
    "aria-label": `Reactions: ${said.join(", ")}.${own ? " Press to take yours away." : ""}`,
    on: { click: () => thread.react(message, "") },
  }, message.reactions.map((one) => h("span", {}, one.emoji)));
}

/** A message of the utility's that never came: the customer would not see it, whoever tries does. */
function lost(message) {
  return h("li", { class: "lost-message" },
    h("p", {}, icon("alert"), h("strong", {}, "Not delivered to this phone")),
    h("p", { class: "lost-gist" }, `${message.template ? "Template" : "Message"}: ${gist(message)}`),
    h("p", {}, message.reason || "No reason was given."),
    h("time", { datetime: message.at }, clock(message.at)));
}

function reasonOf(message) {
  return `Not delivered. ${message.reason || "The utility could not be reached."}`;
}
