// The agents' desk: where a call that is put through to a person rings, and is taken.

import { h, icon, iconButton } from "./dom.js";

const HOW = [
  "Call as a customer, in another tab, and ask for a person: it rings here.",
  "Who takes the call hears what it is about, alone; then the assistant leaves, and the two of you talk.",
  "Decline, or let it ring, and the assistant says sorry to the customer and goes on.",
];

export class Desk {
  constructor(root, page) {
    const { desk } = page.store;
    root.append(h("header", { class: "bar bar-home" },
      iconButton("back", "Phones", () => page.go(), { class: "narrow-only" }),
      h("h2", { class: "bar-title", tabindex: "-1" }, h("strong", {}, desk.name), h("small", {}, desk.number))),
    h("div", { class: "apps desk" },
      h("span", { class: "avatar avatar-desk", "aria-hidden": "true" }, icon("desk")),
      h("p", { class: "desk-now" }, "Nobody is being put through"),
      HOW.map((line) => h("p", { class: "desk-how" }, line))));
  }

  draw() {}

  leave() {}
}
