// Whose phone: the demo customers, somebody unknown, and numbers of one's own.

import * as api from "./api.js";
import { h, hue, icon, initials, reconcile } from "./dom.js";
import { openSheet } from "./sheet.js";

export class People {
  constructor(root, page) {
    this.page = page;
    this.list = h("ul", { class: "people-list" });
    this.links = h("p", { class: "people-links" });
    this.desks = h("div");
    const add = h("button", { type: "button", class: "people-add", on: { click: () => this.add() } },
      icon("plus"), "A number of your own");
    const scenes = h("button", {
      type: "button", class: "people-add", on: { click: () => page.scenes.toggle() },
    }, icon("scenes"), "Behind the scenes");
    root.append(
      h("header", { class: "people-head" },
        h("h1", { tabindex: "-1" }, "Customers' phones"),
        h("p", {}, "Be a customer: write by WhatsApp, text message or e-mail, or call, and see what comes back.")),
      this.list, h("div", { class: "people-foot" }, this.desks, add, scenes, this.links));
  }

  draw() {
    const { phones, desks, here, links } = this.page.store;
    const items = [...phones.values()].map((phone) => ({
      number: phone.number, name: phone.name, story: phone.story, unread: phone.unread,
      reach: phone.reach, here: phone.number === here.number,
    }));
    reconcile(this.list, items, (item) => item.number, (item) => this.entry(item));
    if (this.at !== here.number) {
      this.at = here.number;
      this.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    }
    const places = [...desks.values()].map((desk) => ({ ...desk, here: desk.number === here.number }));
    reconcile(this.desks, places, (desk) => desk.number, (desk) => h("a", {
      class: "people-add", href: `#/${encodeURIComponent(desk.number)}`, "aria-current": desk.here ? "true" : null,
      data: { focus: "desk" },
    }, icon("desk"), desk.name));
    reconcile(this.links, Object.entries(links ?? {}), ([name]) => name, ([name, url]) =>
      h("a", { href: url, target: "_blank", rel: "noopener" }, name));
  }

  entry(item) {
    const name = item.name || "Somebody unknown";
    const say = item.story || (item.name ? "" : "Nobody the utility knows: a new number.");
    return h("li", {},
      h("a", {
        href: `#/${encodeURIComponent(item.number)}`, class: "person",
        "aria-current": item.here ? "true" : null, data: { focus: "person" },
      },
      avatar(item.name || "?"),
      h("span", { class: "person-words" },
        h("span", { class: "person-top" },
          h("strong", {}, name),
          item.unread && h("span", { class: "badge" }, String(item.unread),
            h("span", { class: "unseen" }, " unread"))),
        h("span", { class: "person-number" }, item.number, REACH[item.reach] ?? ""),
        say && h("span", { class: "person-story" }, say))));
  }

  add() {
    const number = h("input", {
      name: "number", type: "tel", required: true, placeholder: "+1 503 555 0123", autocomplete: "off",
    });
    const name = h("input", { name: "name", maxlength: "80", autocomplete: "off" });
    const form = h("form", { class: "form" },
      h("label", {}, "Number, with its country code", number),
      h("label", {}, "Name (optional)", name),
      h("button", { class: "primary" }, "Add"));
    const sheet = openSheet("A number of your own", form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const clean = number.value.replace(/[\s().-]/g, "");
      if (!/^\+[1-9]\d{5,14}$/.test(clean)) {
        this.page.toast("A number begins with + and its country code: +15035550123.");
        number.focus();
        return;
      }
      const made = await this.page.attempt(() => api.newPhone({ number: clean, name: name.value.trim() }));
      if (!made) return;
      this.page.store.takePhone(made.value);
      sheet.close();
      this.page.go(made.value.number);
    });
  }
}

const REACH = { off: " · switched off", gone: " · unreachable" };

export function avatar(name) {
  const letters = initials(name);
  return h("span", { class: `avatar ${hue(name)}`, "aria-hidden": "true" },
    letters || icon("people"));
}
