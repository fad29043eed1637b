// Where one writes: words, what is attached, a voice note, and the message that is answered.

import { openAttachments, sendFile } from "./attaching.js";
import { h, icon, iconButton } from "./dom.js";
import { Recorder } from "./voice.js";
import { gist, segments } from "./words.js";

const LINES = 6; // that the field grows to
const CAN = { whatsapp: 4096, sms: 1600 }; // characters

export class Composer {
  constructor(thread, page) {
    this.thread = thread;
    this.page = page;
    this.quoted = null;
    const { sms } = thread;
    this.field = h("textarea", {
      rows: "1", "aria-label": sms ? "Text message" : "Message", placeholder: sms ? "Text message" : "Message",
      maxlength: String(sms ? CAN.sms : CAN.whatsapp), enterkeyhint: "send",
      on: { input: () => this.draw(), keydown: (event) => this.key(event), paste: (event) => this.pasted(event) },
    });
    this.counter = h("output", { class: "counter", "aria-label": "Length" });
    this.field.value = page.drafts.get(page.shown) ?? "";
    this.go = iconButton("send", "Send", () => this.press(), { class: "go" });
    this.answering = h("div", { class: "answering", hidden: true });
    this.recording = new Recorder(this);
    this.pill = h("div", { class: "pill" }, this.field,
      sms ? this.counter : [
        iconButton("clip", "Attach", () => openAttachments(thread), { "aria-haspopup": "dialog" }),
        iconButton("camera", "Photo", () => this.photo())]);
    const line = h("div", { class: "write" }, this.pill, this.recording.element, this.go);
    this.element = h("div", { class: `composer ${sms ? "composer-sms" : ""}` },
      sms && this.shortcuts(), this.answering, line);
  }

  leave() {
    this.recording.cancel();
    this.page.drafts.set(this.page.shown, this.words);
  }

  get words() {
    return this.field.value;
  }

  draw() {
    const { sms } = this.thread;
    const mic = !sms && !this.words.trim() && !this.recording.active;
    const [name, label] = mic ? ["mic", "Record a voice message"] : ["send", "Send"];
    if (this.go.dataset.is !== name) {
      this.go.dataset.is = name;
      this.go.setAttribute("aria-label", label);
      this.go.title = label;
      this.go.replaceChildren(icon(name));
    }
    if (sms) this.count();
    this.grow();
  }

  count() {
    const { length, parts, unicode } = segments(this.words);
    const most = unicode ? (parts > 1 ? 67 : 70) : (parts > 1 ? 153 : 160);
    this.counter.textContent = length ? `${most * parts - length} / ${parts}` : "";
    this.counter.title = `${length} characters in ${parts === 1 ? "one part" : `${parts} parts`}`;
  }

  grow() {
    this.field.style.height = "auto";
    const line = parseFloat(getComputedStyle(this.field).lineHeight) || 20;
    this.field.style.height = `${Math.min(this.field.scrollHeight, line * LINES)}px`;
  }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.press();
    } else if (event.key === "Escape" && this.quoted) {
      this.quote(null);
    }
  }

  async press() {
    if (this.recording.active) return this.recording.send();
    const text = this.words.trim();
    if (!text) {
      if (!this.thread.sms && this.go.dataset.is === "mic") await this.recording.start();
      return undefined;
    }
    const quoted = this.quoted?.id ?? "";
    this.field.value = "";
    this.quote(null);
    const sent = await this.thread.send({ text, quoted });
    if (!sent && !this.words) this.field.value = text;
    this.draw();
    this.field.focus();
    return undefined;
  }

  /** Answer that message; none again with null. */
  quote(message) {
    this.quoted = message;
    this.answering.hidden = !message;
    this.answering.replaceChildren();
    if (message) {
      const name = message.direction === "in" ? "You" : this.thread.ours.name;
      this.answering.append(
        h("div", { class: "quotation" }, h("strong", {}, name), h("span", {}, gist(message))),
        iconButton("close", "Don't answer this message", () => this.quote(null)));
      this.field.focus();
    }
    if (this.thread.atEnd) this.thread.goToEnd();
    this.draw();
  }

  photo() {
    const picker = h("input", { type: "file", accept: "image/*", capture: "environment" });
    picker.addEventListener("change", () => sendFile(this.thread, picker.files[0], this.taken()));
    picker.click();
  }

  /** The words as a file's caption, and out of the field. */
  taken() {
    const text = this.words.trim();
    this.field.value = "";
    this.draw();
    return text;
  }

  pasted(event) {
    const [file] = event.clipboardData?.files ?? [];
    if (!file || this.thread.sms) return;
    event.preventDefault();
    sendFile(this.thread, file, this.taken());
  }

  shortcuts() {
    return h("div", { class: "shortcuts", role: "group", "aria-label": "Send at once" }, ["STOP", "START", "HELP", "OUT"].map((word) =>
      h("button", { type: "button", on: { click: () => this.thread.send({ text: word }) } }, word)));
  }
}
