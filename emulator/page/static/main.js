// The page: whose phone, what is on it, and what happens behind it. The address says where one is:
// #/<number of the phone>/<the utility's number>/<an e-mail>.

import * as api from "./api.js";
import { Calls } from "./calling.js";
import { Desk } from "./desk.js";
import { Home } from "./home.js";
import { Mail } from "./mail.js";
import { People } from "./people.js";
import { Scenes } from "./scenes.js";
import { Store } from "./store.js";
import { Thread } from "./thread.js";
import { gist } from "./words.js";

const WIDE = matchMedia("(min-width: 46rem)");

class Page {
  constructor() {
    this.store = new Store();
    this.people = new People(document.getElementById("people"), this);
    this.scenes = new Scenes(document.getElementById("scenes"), this);
    this.calls = new Calls(this);
    this.phone = document.getElementById("phone");
    this.lost = document.getElementById("lost");
    this.announcer = document.getElementById("announcer");
    this.view = null;
    this.shown = "";
    this.drafts = new Map(); // what was written and not sent, by conversation
    this.store.watch(() => this.draw());
    this.store.onArrival((message) => this.announce(message));
  }

  open() {
    addEventListener("hashchange", () => this.follow());
    document.addEventListener("visibilitychange", () => this.store.changed());
    const handlers = {
      message: (message) => this.store.takeMessage(message),
      phone: (phone) => this.store.takePhone(phone),
      grid: (grid) => this.store.set({ grid }),
      call: (call) => this.calls.take(call),
    };
    api.listen(handlers, () => this.connected(), () => this.store.set({ connected: false }));
  }

  async connected() {
    try {
      await this.store.refresh();
      for (const call of await api.calls()) this.calls.take(call);
    } catch (error) {
      this.complain(error);
      return;
    }
    await this.follow();
    this.store.set({ connected: true, ready: true });
  }

  /** To where the address says; on a wide page without one, to the first phone. */
  async follow() {
    const [number = "", ours = "", mail = ""] = location.hash
      .replace(/^#\/?/, "").split("/").map(decodeURIComponent);
    const first = this.store.phones.keys().next().value;
    if (!number && WIDE.matches && first) return this.go(first, "", "", { replace: true });
    try {
      await this.store.go({ number, ours, mail });
      if (this.store.ready && !ours) await this.store.look();
    } catch (error) {
      this.complain(error);
    }
  }

  go(number = "", ours = "", mail = "", { replace = false } = {}) {
    const parts = [number, ours, mail].filter(Boolean).map(encodeURIComponent);
    const hash = `#/${parts.join("/")}`;
    if (!replace) {
      location.hash = hash;
      return undefined;
    }
    history.replaceState(null, "", hash);
    return this.follow();
  }

  draw() {
    const { store } = this;
    if (!store.ready) return;
    document.body.dataset.at = store.here.number ? "phone" : "people";
    this.people.draw();
    this.scenes.draw();
    this.drawLoss();
    const wanted = this.wanted();
    if (wanted !== this.shown) {
      this.view?.leave();
      const first = !this.shown;
      this.shown = wanted;
      this.view = this.make();
      this.view?.draw();
      if (!first) this.takeFocus();
    } else {
      this.view?.draw();
    }
    this.title();
  }

  drawLoss() {
    const { connected } = this.store;
    this.lost.classList.toggle("shown", !connected);
    const words = connected ? "" : "The emulator can't be reached. Trying again...";
    if (this.lost.textContent !== words) this.lost.textContent = words;
  }

  wanted() {
    const { phone, ours, desk } = this.store;
    if (desk) return `desk ${desk.number}`;
    if (!phone) return this.store.here.number ? "unknown" : "none";
    return ours ? `${phone.number} ${ours.registration_id}` : phone.number;
  }

  make() {
    const { phone, ours, desk } = this.store;
    this.phone.replaceChildren();
    if (desk) return new Desk(this.phone, this);
    if (!phone) {
      if (this.store.here.number) this.go("", "", "", { replace: true });
      return null;
    }
    if (!ours) return new Home(this.phone, this);
    return ours.channel === "email" ? new Mail(this.phone, this) : new Thread(this.phone, this);
  }

  /** What had the focus is gone: it goes to the new screen's title, or to where one writes. */
  takeFocus() {
    const { activeElement } = document;
    if (activeElement !== document.body && activeElement.checkVisibility()) return;
    const field = WIDE.matches ? this.phone.querySelector(".pill textarea") : null;
    (field ?? this.phone.querySelector("h2") ?? document.querySelector("#people h1"))?.focus();
  }

  title() {
    const { phone, store } = this;
    const name = store.phone?.name || store.phone?.number;
    const unread = store.phone?.unread ? `(${store.phone.unread}) ` : "";
    const said = store.desk?.name ?? (name ? `${name}'s phone` : "Phone");
    document.title = name || store.desk ? `${unread}${said}` : "A customer's phone";
    if (phone.getAttribute("aria-label") !== said) phone.setAttribute("aria-label", said);
  }

  announce(message) {
    this.say(`New message: ${gist(message)}`);
  }

  /** Said to a screen reader. */
  say(words) {
    this.announcer.textContent = words;
  }

  /** What went wrong, to be read for a moment, and said. */
  complain(error) {
    if (!(error instanceof api.Refused)) throw error;
    this.toast(error.message);
  }

  toast(words) {
    this.say(words);
    document.querySelector(".toast")?.remove();
    const toast = document.createElement("p");
    toast.className = "toast";
    toast.textContent = words;
    toast.addEventListener("animationend", () => toast.remove());
    (document.querySelector("dialog[open]") ?? document.body).append(toast);
  }

  /** Does it, and says so if it was refused: whether it worked. */
  async attempt(act) {
    try {
      return { value: await act() };
    } catch (error) {
      this.complain(error);
      return null;
    }
  }
}

new Page().open();
