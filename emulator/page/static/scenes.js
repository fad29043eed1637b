// Behind the scenes, for whoever tries the emulator: WhatsApp's window, the phone's reach, how badly
// events are delivered, and the last of them.

import * as api from "./api.js";
import { h, icon, iconButton, reconcile } from "./dom.js";
import { showJson } from "./menu.js";
import { clock, exact, until } from "./times.js";

const REACH = [
  ["on", "On", "Messages arrive at once."],
  ["off", "Switched off", "Messages wait until it is on again."],
  ["gone", "Unreachable", "Messages fail: no such number."],
];
const SHARES = [[0, "None"], [0.2, "One in five"], [0.5, "Every second"], [1, "All"]];
const OVERLAY = matchMedia("(max-width: 71.99rem)");
const TICK_MS = 30_000;

export class Scenes {
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.log = [];
    this.window = h("div", { class: "scene-body" });
    this.reach = h("fieldset", { class: "scene-body" });
    this.grid = h("dl", { class: "scene-figures" });
    this.chaos = h("form", { class: "scene-body", on: { change: () => this.sendChaos() } });
    this.faults = this.faultForm();
    this.events = h("ol", { class: "deliveries" });
    this.none = h("p", { class: "scene-note" }, "Nothing yet.");
    this.links = h("p", { class: "scene-links" });
    root.append(
      h("header", { class: "scenes-head" }, h("h2", {}, "Behind the scenes"),
        iconButton("close", "Close", () => this.toggle(false))),
      h("div", { class: "scenes-scroll", tabindex: "-1" },
        scene("WhatsApp's 24 hours", this.window), scene("This phone", this.reach),
        scene("Events to the product", this.grid, this.chaos), scene("The provider's API", this.faults),
        scene("Last events", this.events, this.none), this.links));
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.toggle(false);
    });
    OVERLAY.addEventListener("change", () => this.cover());
    setInterval(() => this.draw(), TICK_MS);
  }

  get open() {
    return !this.root.hidden;
  }

  toggle(open = !this.open) {
    if (open) this.opener = document.activeElement;
    this.root.hidden = !open;
    document.body.classList.toggle("with-scenes", open);
    this.cover();
    if (open) {
      this.draw();
      this.root.querySelector("button").focus();
    } else if (this.opener?.isConnected) {
      this.opener.focus();
    }
  }

  /** Over the rest of the page, the rest can't be reached. */
  cover() {
    const covers = this.open && OVERLAY.matches;
    for (const id of ["people", "phone"]) document.getElementById(id).inert = covers;
  }

  draw() {
    const { store } = this.page;
    if (!this.open || !store.ready) return;
    this.drawWindow(store.phone);
    this.drawReach(store.phone);
    this.drawGrid(store);
    this.drawFaults(store.faults);
    reconcile(this.links, Object.entries(store.links), ([name]) => name, ([name, url]) =>
      h("a", { href: url, target: "_blank", rel: "noopener" }, icon("link"), name));
    this.fetchLog();
  }

  drawWindow(phone) {
    const item = { number: phone?.number, until: phone?.window_until, said: windowWords(phone) };
    reconcile(this.window, [item], () => "window", () => h("div", {},
      h("p", { class: isOpen(phone) ? "state state-good" : "state" }, item.said),
      phone && h("p", { class: "scene-buttons" },
        h("button", { type: "button", data: { focus: "shut" }, on: { click: () => this.setWindow(false) } }, "Let a day pass"),
        h("button", { type: "button", data: { focus: "open" }, on: { click: () => this.setWindow(true) } }, "Open it again")),
      h("p", { class: "scene-note" }, "It is the phone's window; the product goes by the messages it had.")));
  }

  setWindow(open) {
    return this.take(() => api.openWindow(this.page.store.here.number, open));
  }

  async take(act) {
    const changed = await this.page.attempt(act);
    if (changed) this.page.store.takePhone(changed.value);
  }

  drawReach(phone) {
    const item = { number: phone?.number, reach: phone?.reach, stopped: phone?.stopped };
    reconcile(this.reach, [item], () => "reach", () => h("div", {},
      h("p", { class: "unseen" }, "Can it be reached?"),
      phone && REACH.map(([value, name, note]) => h("label", { class: "option" },
        h("input", {
          type: "radio", name: "reach", value, checked: phone.reach === value, data: { focus: value },
          on: { change: () => this.take(() => api.reach(phone.number, value)) },
        }), h("span", {}, name, h("small", {}, note)))),
      phone?.stopped && h("p", { class: "state" }, "Said STOP by text message: START takes it back.")));
  }

  drawGrid({ grid, chaos }) {
    const state = grid.connected ? "Connected" : "Waiting for the product";
    const figures = [["Webhook", state], ["Delivered", grid.delivered], ["Waiting", grid.waiting], ["Given up", grid.dead]];
    if (grid.last_error) figures.push(["Last error", grid.last_error]);
    reconcile(this.grid, figures, ([name]) => name, ([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, String(value))));
    reconcile(this.chaos, [chaos], () => "chaos", () => h("div", {},
      h("label", { class: "line" }, "Duplicates", h("select", { name: "duplicates", data: { focus: "duplicates" } },
        SHARES.map(([share, name]) => h("option", { value: String(share), selected: share === nearest(chaos.duplicates) }, name)))),
      toggle("shuffle", "Out of order", chaos.shuffle),
      h("label", { class: "line" }, "Most in one delivery",
        h("input", { name: "batch", type: "number", min: "1", max: "5000", value: String(chaos.batch), data: { focus: "batch" } }))));
  }

  async sendChaos() {
    const values = new FormData(this.chaos);
    const chaos = {
      duplicates: Number(values.get("duplicates")), shuffle: values.has("shuffle"),
      batch: Math.max(1, Number(values.get("batch")) || 1),
    };
    const changed = await this.page.attempt(() => api.chaos(chaos));
    if (changed) this.page.store.set({ chaos: changed.value });
  }

  faultForm() {
    this.failing = h("p", { class: "state", hidden: true });
    const form = h("form", { class: "scene-body" },
      h("p", { class: "scene-note" }, "Let calls of the product's fail, and see it try again."),
      h("label", { class: "line" }, "Calls", h("input", { name: "times", type: "number", min: "0", max: "10000", value: "3" })),
      h("label", { class: "line" }, "With", h("select", { name: "status" },
        [["429", "429 Too many"], ["500", "500 Broken"], ["503", "503 Busy"]].map(([value, name]) => h("option", { value }, name)))),
      this.failing,
      h("p", { class: "scene-buttons" }, h("button", {}, "Let them fail")));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const values = new FormData(form);
      const faults = { times: Number(values.get("times")), status: Number(values.get("status")), after_s: 1 };
      const changed = await this.page.attempt(() => api.faults(faults));
      if (changed) this.page.store.set({ faults: changed.value });
    });
    return form;
  }

  drawFaults(faults) {
    this.failing.hidden = !faults.times;
    this.failing.textContent = `The next ${faults.times} calls are answered ${faults.status}.`;
  }

  async fetchLog() {
    this.stale = true;
    if (this.fetching) return;
    this.fetching = true;
    try {
      while (this.stale) {
        this.stale = false;
        this.log = await api.deliveries();
      }
    } catch (error) {
      this.page.complain(error);
    } finally {
      this.fetching = false;
    }
    this.none.hidden = this.log.length > 0;
    reconcile(this.events, this.log.toReversed(), (one) => one.id, (one) => delivery(one));
  }
}

function scene(title, ...content) {
  return h("section", { class: "scene" }, h("h3", {}, title), content);
}

function toggle(name, label, on) {
  return h("label", { class: "line" }, label,
    h("input", { type: "checkbox", role: "switch", class: "switch", name, checked: on, data: { focus: name } }));
}

function nearest(share) {
  return SHARES.map(([value]) => value).reduce((one, other) => (Math.abs(other - share) < Math.abs(one - share) ? other : one));
}

const isOpen = (phone) => Boolean(phone?.window_until && Date.parse(phone.window_until) > Date.now());

function windowWords(phone) {
  if (!phone) return "Choose a phone first.";
  if (isOpen(phone)) return `Open until ${clock(phone.window_until)}, for ${until(phone.window_until)}: anything may be sent.`;
  const why = phone.window_until ? "A day passed since the last message." : "Nothing was written yet.";
  return `Closed. ${why} Only approved templates arrive.`;
}

const STATES = { waiting: "Waiting", trying: "Trying again", delivered: "Delivered", dead: "Given up" };

function delivery(one) {
  const name = one.type.replace("Microsoft.Communication.", "");
  const tries = one.attempts > 1 ? ` at attempt ${one.attempts}` : "";
  const answer = one.answer ? ` · ${one.answer}` : "";
  return h("li", {}, h("button", { type: "button", data: { focus: "event" }, on: { click: () => showJson(name, one.event) } },
    h("span", { class: `dot dot-${one.state}`, "aria-hidden": "true" }),
    h("span", {}, h("strong", {}, name), h("small", {}, `${STATES[one.state]}${tries}${answer} · ${exact(one.at)}`)),
    icon("code")));
}
