// A call on the phone: it rings, one speaks, presses keys, and hangs up. There is one at a time.

import * as api from "./api.js";
import { h, icon } from "./dom.js";
import { seconds } from "./parts.js";
import { Sound } from "./sound.js";

const KEYS = [..."123456789*0#"];
const NAMES = { "*": "star", "#": "pound" };
const STAYS_MS = 1500; // after the call, so that one reads how it ended

export class Calls {
  constructor(page) {
    this.page = page;
    this.screen = null;
  }

  /** From that phone to a number of the utility's. */
  async place(phone, ours) {
    if (this.screen) return;
    const screen = this.show(new Screen(this, phone, ours.name, ours.number));
    await screen.begin(async () => (await api.placeCall(phone.number, ours.number)).id);
  }

  /** Something changed about a call, anybody's. */
  take(call) {
    const number = call.ringing.find((one) => this.page.store.phoneOf(one));
    if (this.screen?.id === call.id) this.screen.follow(call);
    else if (number && !this.screen) this.ring(call, number);
  }

  ring(call, number) {
    const { store } = this.page;
    const name = store.numbers.find((one) => one.number === call.ours)?.name ?? call.ours;
    const phone = store.phoneOf(number);
    const screen = this.show(phone.desk ? new DeskScreen(this, phone, name, call.ours) : new Screen(this, phone, name, call.ours));
    screen.ring(call);
    this.page.say(phone.desk ? `A call is put through to ${phone.name}` : `${phone.name || number}'s phone is ringing: ${name}`);
  }

  show(screen) {
    this.screen = screen;
    screen.open();
    return screen;
  }

  /** Whatever rang meanwhile is shown now. */
  async gone() {
    this.screen = null;
    const calls = await this.page.attempt(() => api.calls());
    for (const call of calls?.value ?? []) this.take(call);
  }
}

class Screen {
  constructor(calls, phone, name, number) {
    this.calls = calls;
    this.phone = phone;
    this.id = "";
    this.over = false;
    this.muted = false;
    this.sound = new Sound((frame) => this.speak(frame));
    this.rings = false;
    this.status = h("p", { class: "call-status", role: "status" });
    this.beside = h("p", { class: "call-beside", "aria-live": "polite" });
    this.time = h("p", { class: "call-time", role: "timer", hidden: true });
    this.words = h("div", { class: "call-words", role: "log", "aria-label": "Said by the utility" });
    this.keys = h("div", { class: "call-keys", role: "group", "aria-label": "Keypad", hidden: true },
      KEYS.map((key) => h("button", {
        type: "button", class: "call-key", "aria-label": NAMES[key] ?? key, on: { click: () => this.press(key) },
      }, key)));
    this.actions = h("div", { class: "call-actions" });
    this.dialog = h("dialog", { class: "call", "aria-labelledby": "call-name" },
      h("p", { class: "call-whose" }, phone.name || phone.number),
      h("span", { class: "avatar avatar-us call-avatar", "aria-hidden": "true" }, icon("bolt")),
      h("h2", { id: "call-name" }, name), h("p", { class: "call-number" }, number),
      this.status, this.time, this.beside, this.words, this.keys, this.actions);
  }

  open() {
    // Escape is pressed too easily to hang up on somebody.
    this.dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.dialog.addEventListener("keydown", ({ key }) => {
      if (this.socket && KEYS.includes(key)) this.press(key);
    });
    this.resized = () => this.place();
    addEventListener("resize", this.resized);
    this.opener = document.activeElement;
    document.body.append(this.dialog);
    this.resized();
    this.dialog.showModal();
  }

  /** A dialog is above all of the page: its place is told to be the phone's screen. */
  place() {
    const phone = document.getElementById("phone");
    const around = phone.getBoundingClientRect();
    if (!around.width) return;
    const place = {
      left: around.left + phone.clientLeft, top: around.top + phone.clientTop,
      width: phone.clientWidth, height: phone.clientHeight,
    };
    for (const [name, value] of Object.entries(place)) this.dialog.style.setProperty(`--${name}`, `${value}px`);
  }

  get incoming() {
    return "Incoming call";
  }

  ring(call) {
    this.id = call.id;
    this.rings = true;
    this.status.textContent = this.incoming;
    this.put(this.button("hangup", "Decline", () => this.decline(), "call-off"),
      this.button("call", "Answer", () => this.answer(), "call-on"));
    this.actions.lastElementChild.focus();
  }

  async decline() {
    this.rings = false;
    await this.attempt(() => api.declineCall(this.id, this.phone.number));
    this.end("you declined");
  }

  /** The line is open before the call is taken: nothing of what is said first is missed. */
  answer() {
    this.rings = false;
    return this.begin(async () => {
      await this.connect();
      if (!this.over) await api.answerCall(this.id, this.phone.number);
      return this.id;
    });
  }

  /** `connect` gives the id of the call. */
  async begin(connect) {
    this.status.textContent = this.id ? "Connecting…" : "Calling…";
    this.muting = this.button("mic", "Mute", () => this.mute());
    this.muting.setAttribute("aria-pressed", "false");
    this.showing = this.button("keys", "Keypad", () => this.showKeys());
    this.showing.setAttribute("aria-expanded", "false");
    this.put(...this.controls(), this.button("hangup", "Hang up", () => this.hangUp(), "call-off"));
    this.actions.lastElementChild.focus();
    try {
      await this.sound.open();
      if (this.over) return;
      this.id = await connect();
      if (this.over) await api.hangUpCall(this.id, this.phone.number);
      else if (!this.socket) await this.connect();
    } catch (error) {
      this.end(error.message);
      this.calls.page.complain(error);
    }
  }

  controls() {
    return [this.muting, this.showing];
  }

  /** Returns once the line is open, or lost. */
  connect() {
    this.socket = new WebSocket(api.callLine(this.id, this.phone.number));
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("message", ({ data }) => this.hear(data));
    this.socket.addEventListener("close", () => this.end("the line was lost"));
    return new Promise((done) => {
      for (const name of ["open", "close"]) this.socket.addEventListener(name, done, { once: true });
    });
  }

  hear(data) {
    if (data instanceof ArrayBuffer) {
      this.sound.play(data.slice(4));
      return;
    }
    const event = JSON.parse(data);
    if (event.kind === "connected") this.connected();
    else if (event.kind === "text") this.words.append(h("p", {}, event.text));
    else if (event.kind === "keys") this.words.append(h("p", {}, `Keys pressed: ${event.text}`));
    else if (event.kind === "ended") this.end(event.text);
  }

  connected() {
    this.live = true;
    this.socket.send('{"live": true}');
    this.status.textContent = this.sound.hasMicrophone ? "Connected" : "Connected, without a microphone";
    this.muting.disabled = !this.sound.hasMicrophone;
    this.time.hidden = false;
    const began = performance.now();
    const tick = () => { this.time.textContent = seconds((performance.now() - began) / 1000); };
    tick();
    this.timer = setInterval(tick, 500);
  }

  speak(frame) {
    if (this.live && this.socket.readyState === WebSocket.OPEN) this.socket.send(frame);
  }

  press(key) {
    if (this.live && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ keys: key, number: this.phone.number }));
  }

  mute() {
    this.muted = !this.muted;
    this.sound.mute(this.muted);
    this.muting.setAttribute("aria-pressed", String(this.muted));
  }

  showKeys() {
    this.keys.hidden = !this.keys.hidden;
    this.showing.setAttribute("aria-expanded", String(!this.keys.hidden));
  }

  async hangUp() {
    const { id, live } = this;
    if (live) this.socket.send('{"hangUp": true}');
    this.end("you hung up");
    if (id && !live) await this.attempt(() => api.hangUpCall(id, this.phone.number));
  }

  /** What became of it elsewhere: another tab may have answered. */
  follow(call) {
    if (this.over) return;
    const rings = call.ringing.includes(this.phone.number);
    if (call.state === "ended") this.end(call.reason);
    else if (this.rings && !rings) this.end("it rings no longer");
    else this.tell(call);
  }

  /** Who else is in it, or to be: on a telephone one does not see that, here one wants to. */
  tell(call) {
    const others = (numbers) => numbers.filter((one) => one !== this.phone.number).map((one) => this.calls.page.store.phoneOf(one) ?? { number: one });
    const [rung] = others(call.ringing);
    const [other] = others(call.participants);
    const named = (one) => (one.desk ? "the agents' desk" : one.name || one.number);
    if (rung) this.beside.replaceChildren(`It rings at ${named(rung)}. `, rung.desk ? deskLink(rung) : "");
    else if (other && call.with_us) this.beside.replaceChildren(`Somebody at ${named(other)} has joined, and hears what it is about.`);
    else if (other) this.beside.replaceChildren(`You are talking with ${named(other)}.`);
    else this.beside.replaceChildren();
  }

  end(reason) {
    if (this.over) return;
    this.over = true;
    this.live = false;
    clearInterval(this.timer);
    this.socket?.close();
    this.sound.close();
    this.status.textContent = reason ? `Call ended: ${reason}` : "Call ended";
    this.beside.replaceChildren();
    this.actions.replaceChildren();
    this.keys.hidden = true;
    setTimeout(() => this.leave(), STAYS_MS);
  }

  leave() {
    removeEventListener("resize", this.resized);
    this.dialog.remove();
    if (this.opener?.isConnected) this.opener.focus();
    this.calls.gone();
  }

  attempt(act) {
    return this.calls.page.attempt(act);
  }

  put(...buttons) {
    this.actions.replaceChildren(...buttons);
  }

  button(drawing, label, press, more = "") {
    return h("button", { type: "button", class: `call-button ${more}`, on: { click: press } },
      h("span", { class: "call-round", "aria-hidden": "true" }, icon(drawing)), h("span", {}, label));
  }
}

/** At the agents' desk: who takes a call there is told what it is about, and then has it. */
class DeskScreen extends Screen {
  get incoming() {
    return "A call is put through to you";
  }

  controls() {
    return [this.muting];
  }

  tell(call) {
    const caller = this.calls.page.store.phones.get(call.phone);
    const who = caller?.name || call.phone || "a caller without a number";
    if (!call.participants.includes(this.phone.number)) return;
    this.beside.replaceChildren(call.with_us ? "First you hear what it is about; it is said to you alone." : `You have the call: talk with ${who}.`);
  }
}

function deskLink(desk) {
  return h("a", { href: `#/${encodeURIComponent(desk.number)}`, target: "_blank", rel: "noopener" }, "Open the desk in a new tab");
}
