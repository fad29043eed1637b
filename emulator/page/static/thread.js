// A conversation by WhatsApp or text message: its head, its bubbles, and where one writes.

import * as api from "./api.js";
import { bubble } from "./bubble.js";
import { Composer } from "./composer.js";
import { h, icon, iconButton, reconcile } from "./dom.js";
import { openMenu } from "./menu.js";
import { isUnread } from "./store.js";
import { day } from "./times.js";

const NEAR_END = 80; // pixels from the end where a new message may move the rest up
const SWIPE = 56; // pixels that a bubble is drawn aside to answer it
const PRESS_MS = 500;

export class Thread {
  constructor(root, page) {
    this.page = page;
    const { ours, here } = page.store;
    this.ours = ours;
    this.sms = ours.channel === "sms";
    this.list = h("ol", { class: "bubbles" });
    this.scroll = h("div", {
      class: "scroll", tabindex: "0", role: "group",
      "aria-label": "Messages. Arrow keys go from one to the next, Enter opens what can be done with it.",
      on: {
        keydown: (event) => this.key(event),
        scroll: () => this.scrolled(),
        contextmenu: (event) => this.context(event),
        touchstart: (event) => this.touched(event),
      },
    }, this.list);
    this.toEnd = iconButton("down", "Newest messages", () => this.goToEnd(), { class: "to-end", hidden: true });
    this.composer = new Composer(this, page);
    const kind = this.sms ? "Text message" : "Business account";
    root.append(h("div", { class: `thread ${this.sms ? "thread-sms" : "thread-whatsapp"}` },
      h("header", { class: "bar" },
        h("a", { class: "icon-button", href: `#/${encodeURIComponent(here.number)}`, "aria-label": "Conversations" },
          icon("back")),
        h("span", { class: "avatar avatar-us", "aria-hidden": "true" }, icon("bolt")),
        h("h2", { class: "bar-title", tabindex: "-1" }, h("strong", {}, ours.name), h("small", {}, `${kind} · ${ours.number}`)),
        iconButton("scenes", "Behind the scenes", () => page.scenes.toggle())),
      h("div", { class: "scroll-frame" }, this.scroll, this.toEnd),
      this.composer.element));
    this.atEnd = true;
  }

  leave() {
    this.composer.leave();
    document.querySelector(".menu")?.remove();
  }

  draw() {
    const messages = this.page.store.thread(this.ours.registration_id);
    const count = messages.length;
    const stays = !this.atEnd && this.count !== undefined;
    reconcile(this.list, this.items(messages), (item) => item.key, (item) => this.element(item));
    if (!stays) this.goToEnd();
    this.toEnd.hidden = this.atEnd;
    this.toEnd.classList.toggle("fresh", stays && count > this.count);
    this.count = count;
    this.composer.draw();
    this.look(messages);
  }

  /** Days, messages and, by WhatsApp, the note at the beginning. */
  items(messages) {
    const items = this.sms ? [] : [{ key: "note", note: NOTE }];
    let before = null;
    for (const message of messages) {
      const today = day(message.at);
      if (!before || day(before.at) !== today) items.push({ key: `day ${today}`, day: today });
      const follows = before && before.direction === message.direction && day(before.at) === today;
      const quoted = message.quoted ? this.page.store.message(message.quoted) : null;
      items.push({ key: message.id, message: asDrawn(message), follows: Boolean(follows), quoted });
      before = message;
    }
    return items;
  }

  element(item) {
    if (item.note) return h("li", { class: "note" }, item.note);
    if (item.day) return h("li", { class: "day" }, h("span", {}, item.day));
    return bubble(item, this);
  }

  /** On a screen that somebody looks at, messages are read. */
  look(messages) {
    if (document.hidden || this.looking || !messages.some(isUnread)) return;
    this.looking = true;
    const { here } = this.page.store;
    api.seen(here.number, this.ours.channel, this.ours.registration_id)
      .catch((error) => this.page.complain(error))
      .finally(() => {
        this.looking = false;
      });
  }

  /** Sends it; whether it went. */
  async send(said) {
    const { here } = this.page.store;
    const full = { channel: this.ours.channel, ours: this.ours.registration_id, ...said };
    this.atEnd = true;
    const sent = await this.page.attempt(() => api.say(here.number, full));
    if (sent?.value) this.page.store.takeMessage(sent.value);
    return Boolean(sent);
  }

  answer(message) {
    this.composer.quote(message);
  }

  react(message, emoji) {
    return this.send({ reaction: { message_id: message.id, emoji } });
  }

  menu(message, element) {
    openMenu(message, element, this);
  }

  goToEnd() {
    this.atEnd = true;
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.toEnd.hidden = true;
  }

  /** To a message that was quoted. */
  goTo(id) {
    const element = this.list.querySelector(`[data-key="${CSS.escape(id)}"] .bubble`);
    if (!element) return;
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
    element.classList.remove("flash");
    requestAnimationFrame(() => element.classList.add("flash"));
  }

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    this.toEnd.hidden = this.atEnd;
    if (this.atEnd) this.toEnd.classList.remove("fresh");
  }

  key(event) {
    const bubbles = [...this.list.querySelectorAll(".bubble")];
    const at = bubbles.indexOf(document.activeElement);
    if (event.target !== this.scroll && at < 0) return;
    const to = { ArrowUp: at < 0 ? bubbles.length - 1 : at - 1, ArrowDown: at < 0 ? -1 : at + 1,
      Home: 0, End: bubbles.length - 1 }[event.key];
    if (to !== undefined && bubbles[to]) {
      event.preventDefault();
      bubbles[to].focus();
    } else if (at >= 0 && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      this.context(event);
    }
  }

  context(event) {
    const element = event.target.closest?.(".bubble");
    const message = element && this.messageOf(element);
    if (!message || this.sms || event.target.closest("a")) return;
    event.preventDefault();
    this.menu(message, element);
  }

  messageOf(element) {
    return this.page.store.message(element.closest("li").dataset.key);
  }

  /** Held, its menu opens; drawn to the right, it is answered. */
  touched(event) {
    const element = event.target.closest(".bubble");
    if (!element || this.sms || event.touches.length !== 1) return;
    const [{ clientX, clientY }] = event.touches;
    const held = setTimeout(() => end(() => this.menu(this.messageOf(element), element)), PRESS_MS);
    const moved = ({ touches: [touch] }) => {
      const aside = touch.clientX - clientX;
      if (Math.abs(touch.clientY - clientY) > 24) return end();
      if (Math.abs(aside) > 8) clearTimeout(held);
      element.style.transform = aside > 8 ? `translateX(${Math.min(aside, SWIPE)}px)` : "";
      if (aside >= SWIPE) end(() => this.answer(this.messageOf(element)));
    };
    const let_go = () => end();
    const end = (then) => {
      clearTimeout(held);
      element.style.transform = "";
      this.scroll.removeEventListener("touchmove", moved);
      this.scroll.removeEventListener("touchend", let_go);
      this.scroll.removeEventListener("touchcancel", let_go);
      then?.();
    };
    this.scroll.addEventListener("touchmove", moved, { passive: true });
    this.scroll.addEventListener("touchend", let_go);
    this.scroll.addEventListener("touchcancel", let_go);
  }
}

/** A message of the utility's looks the same before and after it was read: it need not be redrawn. */
function asDrawn(message) {
  const came = message.direction === "out" && message.status === "delivered";
  return came ? { ...message, status: "read" } : message;
}

const NOTE = "This is an emulator: nothing that is written here leaves this machine.";
