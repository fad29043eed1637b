// What is on a phone: its conversations with the utility.

import { h, icon, iconButton, reconcile } from "./dom.js";
import { brief } from "./times.js";
import { gist } from "./words.js";
import { ticks } from "./bubble.js";

const APPS = [
  { channel: "whatsapp", name: "WhatsApp", icon: "chat" },
  { channel: "sms", name: "Text messages", icon: "text" },
  { channel: "email", name: "Mail", icon: "mail" },
  { channel: "voice", name: "Calls", icon: "call" },
];

const NOTHING = { email: "No e-mail address on this phone.", voice: "No number to call." };

export class Home {
  constructor(root, page) {
    this.page = page;
    const { phone } = page.store;
    this.list = h("div", { class: "apps" });
    root.append(h("header", { class: "bar bar-home" },
      iconButton("back", "Other phones", () => page.go(), { class: "narrow-only" }),
      h("h2", { class: "bar-title", tabindex: "-1" }, h("strong", {}, phone.name || "Somebody unknown"),
        h("small", {}, phone.number)),
      iconButton("scenes", "Behind the scenes", () => page.scenes.toggle(), { class: "narrow-only" })),
    this.list);
  }

  leave() {}

  draw() {
    const { store } = this.page;
    const apps = APPS.map((app) => ({ ...app, rows: store.numbers
      .filter((ours) => ours.channel === app.channel && (app.channel !== "email" || store.phone.email))
      .map((ours) => row(store, ours)) }));
    reconcile(this.list, apps, (app) => app.channel, (app) => this.app(app));
  }

  app(app) {
    const rows = app.rows.map((one) => (app.channel === "voice" ? this.line(one) : this.entry(one, app)));
    const nothing = NOTHING[app.channel] ?? "No number to write to.";
    return h("section", { class: `app app-${app.channel}` },
      h("h3", {}, icon(app.icon), app.name),
      rows.length ? h("ul", {}, rows) : h("p", { class: "app-none" }, nothing));
  }

  line(one) {
    const { page } = this;
    return h("li", { class: "talk" },
      h("span", { class: "avatar avatar-us", "aria-hidden": "true" }, icon("bolt")),
      h("span", { class: "talk-words" },
        h("span", { class: "talk-top" }, h("strong", {}, one.name)),
        h("span", { class: "talk-last" }, h("span", { class: "talk-gist" }, one.number))),
      iconButton("call", `Call ${one.name}`, () => page.calls.place(page.store.phone, one), { class: "talk-call" }));
  }

  entry(one, app) {
    const { here } = this.page.store;
    const href = `#/${encodeURIComponent(here.number)}/${encodeURIComponent(one.id)}`;
    return h("li", {}, h("a", { href, class: "talk", data: { focus: one.id } },
      h("span", { class: `avatar avatar-us avatar-${app.channel}`, "aria-hidden": "true" }, icon("bolt")),
      h("span", { class: "talk-words" },
        h("span", { class: "talk-top" }, h("strong", {}, one.name),
          one.at && h("time", { datetime: one.at, class: one.unread ? "fresh" : "" }, brief(one.at))),
        h("span", { class: "talk-last" },
          one.mine && ticks(one.mine),
          h("span", { class: "talk-gist" }, one.last || one.number),
          one.unread && h("span", { class: "badge" }, String(one.unread),
            h("span", { class: "unseen" }, " unread"))))));
  }
}

function row(store, ours) {
  const last = store.thread(ours.registration_id).filter((it) => it.status !== "failed" || it.direction === "in").at(-1);
  return {
    id: ours.registration_id, name: ours.name, number: ours.number,
    last: last ? gist(last) : "", at: last?.at ?? "",
    mine: last?.direction === "in" && ours.channel !== "email" ? last.status : "",
    unread: store.unread(ours.registration_id),
  };
}
