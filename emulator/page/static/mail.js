// The customer's mail: what came, one of them to read, and a letter to write.

import * as api from "./api.js";
import { h, icon, iconButton, reconcile } from "./dom.js";
import { avatar } from "./people.js";
import { size } from "./parts.js";
import { openSheet } from "./sheet.js";
import { isUnread } from "./store.js";
import { brief, clock, day } from "./times.js";
import { plain } from "./words.js";

export class Mail {
  constructor(root, page) {
    this.page = page;
    this.ours = page.store.ours;
    this.here = page.store.here.number;
    this.root = h("div", { class: "mailbox" });
    root.append(this.root);
    this.shown = null;
  }

  leave() {}

  draw() {
    const { store } = this.page;
    const message = store.here.mail ? store.message(store.here.mail) : null;
    const wanted = message ? message.id : "list";
    if (wanted !== this.shown) {
      this.root.replaceChildren();
      this.shown = wanted;
      if (message) this.open(message);
      else this.openList();
    }
    if (!message) this.drawList(store.thread(this.ours.registration_id).toReversed());
    else if (isUnread(message)) this.read(message);
  }

  read(message) {
    if (this.reading === message.id) return;
    this.reading = message.id;
    api.seen(this.here, "email", this.ours.registration_id, message.id).catch((error) => this.page.complain(error));
  }

  openList() {
    this.list = h("ul", { class: "mails" });
    this.nothing = h("p", { class: "app-none" }, "No mail yet.");
    this.root.append(
      this.bar("Inbox", this.page.store.phone.email, `#/${encodeURIComponent(this.here)}`, "Conversations"),
      h("div", { class: "mails-scroll" }, this.list, this.nothing),
      h("button", { type: "button", class: "write-mail", on: { click: () => this.write() } }, icon("plus"), "Write"));
  }

  bar(title, under, back, backName) {
    return h("header", { class: "bar bar-mail" },
      h("a", { class: "icon-button", href: back, "aria-label": backName }, icon("back")),
      h("h2", { class: "bar-title", tabindex: "-1" }, h("strong", {}, title), under && h("small", {}, under)),
      iconButton("scenes", "Behind the scenes", () => this.page.scenes.toggle()));
  }

  drawList(messages) {
    reconcile(this.list, messages, (message) => message.id, (message) => this.entry(message));
    this.nothing.hidden = messages.length > 0;
  }

  entry(message) {
    const mine = message.direction === "in";
    const who = mine ? `To ${this.ours.name}` : this.ours.name;
    const fresh = isUnread(message);
    return h("li", {}, h("a", {
      href: this.at(message.id), class: `mail ${fresh ? "mail-fresh" : ""}`, data: { focus: "mail" },
    },
    avatar(mine ? this.page.store.phone.name || "?" : this.ours.name),
    h("span", { class: "mail-words" },
      h("span", { class: "mail-top" }, h("strong", {}, who), fresh && h("span", { class: "unseen" }, " unread"),
        h("time", { datetime: message.at }, brief(message.at))),
      h("span", { class: "mail-subject" }, message.subject || "(no subject)"),
      h("span", { class: "mail-start" }, plain(message.text).slice(0, 120)))));
  }

  at(id) {
    return `#/${[this.here, this.ours.registration_id, id].map(encodeURIComponent).join("/")}`;
  }

  open(message) {
    const mine = message.direction === "in";
    const { phone } = this.page.store;
    const [from, to] = mine ? [phone.email, this.ours.number] : [this.ours.number, phone.email];
    this.root.append(
      this.bar("Mail", "", `#/${encodeURIComponent(this.here)}/${encodeURIComponent(this.ours.registration_id)}`, "Inbox"),
      h("article", { class: "letter" },
        h("h3", {}, message.subject || "(no subject)"),
        h("div", { class: "letter-head" }, avatar(mine ? phone.name || "?" : this.ours.name),
          h("p", {}, h("strong", {}, mine ? phone.name || "You" : this.ours.name),
            h("small", {}, `${from} to ${to}`)),
          h("time", { datetime: message.at }, `${day(message.at)}, ${clock(message.at)}`)),
        message.html ? frame(message) : h("div", { class: "letter-text" }, message.text),
        message.files.length > 0 && h("ul", { class: "letter-files" }, message.files.map((one) =>
          h("li", {}, h("a", { href: one.url, target: "_blank", rel: "noopener" }, icon("document"),
            h("span", {}, one.name, h("small", {}, size(one.size)))))))),
      h("footer", { class: "letter-foot" },
        h("button", { type: "button", class: "primary", on: { click: () => this.write(message) } }, icon("reply"), "Reply")));
  }

  /** A new letter, or the answer to one. */
  write(answered = null) {
    const subject = answered ? `Re: ${answered.subject.replace(/^(re:\s*)+/i, "")}` : "";
    const form = h("form", { class: "form" },
      h("p", { class: "form-to" }, `To ${this.ours.name} <${this.ours.number}>`),
      h("label", {}, "Subject", h("input", { name: "subject", maxlength: "400", value: subject })),
      h("label", {}, "Message", h("textarea", { name: "text", rows: "8", required: true })),
      h("label", {}, "File (optional)", h("input", { name: "file", type: "file" })),
      h("button", { class: "primary" }, icon("send"), "Send"));
    const sheet = openSheet(answered ? "Reply" : "New mail", form);
    form.elements[answered ? "text" : "subject"].focus();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await this.send(new FormData(form), answered)) sheet.close();
    });
  }

  async send(values, answered) {
    const file = values.get("file");
    const sent = await this.page.attempt(async () => {
      const kept = file?.size ? await api.upload(this.here, file, file.name) : null;
      return api.say(this.here, {
        channel: "email", ours: this.ours.registration_id, subject: values.get("subject").trim(),
        text: values.get("text").trim(), quoted: answered?.id ?? "", file: kept?.id ?? null,
      });
    });
    if (!sent) return false;
    this.page.store.takeMessage(sent.value);
    this.page.toast("Sent.");
    return true;
  }
}

/** Its own page in a frame: no script of a mail runs, and its links open in a tab. */
function frame(message) {
  return h("iframe", {
    class: "letter-frame", src: api.mailPage(message.id), title: message.subject || "The mail",
    sandbox: "allow-popups allow-popups-to-escape-sandbox",
  });
}
