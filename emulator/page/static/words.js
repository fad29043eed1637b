// What people write, as elements: *bold*, _italic_, ~strike~, `code` and links.

import { h } from "./dom.js";

const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"']*[^\s<>"'.,;:!?)\]*_~]/i;
const MARKS = [
  ["```", "code", true],
  ["*", "strong", false],
  ["_", "em", false],
  ["~", "s", false],
  ["`", "code", true],
];

/** The text as elements and pieces of text. Line breaks are left to the style sheet. */
export function formatted(text) {
  const link = LINK.exec(text);
  const mark = firstMark(text);
  if (link && (!mark || link.index < mark.index)) return around(text, link.index, link[0].length, anchor(link[0]));
  if (!mark) return text ? [text] : [];
  const inside = mark.verbatim ? [mark.inside] : formatted(mark.inside);
  return around(text, mark.index, mark.length, h(mark.tag, {}, inside));
}

function around(text, index, length, element) {
  return [...(index ? [text.slice(0, index)] : []), element, ...formatted(text.slice(index + length))];
}

/** The mark that begins first, and ends again on its line at the end of a word. */
function firstMark(text) {
  let first = null;
  for (const [sign, tag, verbatim] of MARKS) {
    const found = marked(text, sign);
    if (found && (!first || found.index < first.index)) first = { ...found, tag, verbatim };
  }
  return first;
}

function marked(text, sign) {
  const escaped = sign.replaceAll("*", "\\*");
  const many = sign === "```" ? "[\\s\\S]" : `[^\\n${escaped}]`;
  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}])${escaped}(?=\\S)(${many}*?\\S)${escaped}(?![\\p{L}\\p{N}])`, "u",
  );
  const found = pattern.exec(text);
  return found && { index: found.index, length: found[0].length, inside: found[1] };
}

export function anchor(address, label = address) {
  const href = /^https?:/i.test(address) ? address : `https://${address}`;
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);
}

/** Without the marks, in one line: for a preview or a quotation. */
export function plain(text) {
  const holder = h("span", {}, formatted(text));
  return holder.textContent.replace(/\s+/g, " ").trim();
}

const NAMES = {
  image: "Photo", document: "Document", audio: "Voice message", video: "Video",
  sticker: "Sticker", location: "Location", unsupported: "Contact",
};

/** What a message is, in one line. */
export function gist(message) {
  if (message.kind === "email") return message.subject || plain(message.text) || "(no subject)";
  if (message.kind === "location") return message.location?.name || "Location";
  const text = plain(message.text || message.header || "");
  return text || message.file?.name || NAMES[message.kind] || "Message";
}

// The 3GPP alphabet of a text message: all else makes it one of 16 bits a character.
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED = "^{}\\[~]|€\f";

/** How a text message is sent: its characters, and the parts it takes. */
export function segments(text) {
  const letters = [...text];
  const basic = letters.every((one) => BASIC.includes(one) || EXTENDED.includes(one));
  const length = basic
    ? letters.reduce((sum, one) => sum + (EXTENDED.includes(one) ? 2 : 1), 0)
    : text.length;
  const [alone, each] = basic ? [160, 153] : [70, 67];
  return { length, parts: length <= alone ? 1 : Math.ceil(length / each), unicode: !basic };
}
