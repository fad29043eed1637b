// All that the page knows, and who wants to hear when that changes.

import * as api from "./api.js";

/** What may be on a screen: a message on its way to the phone is not there yet. */
const ARRIVED = new Set(["delivered", "read", "failed"]);
/** What becomes of a message, in order. */
const STATUSES = ["accepted", "sent", "failed", "delivered", "read"];

export class Store {
  constructor() {
    this.phones = new Map(); // by number
    this.numbers = []; // the utility's
    this.desks = new Map(); // by number: where people take calls that are put through
    this.grid = null;
    this.chaos = null;
    this.faults = null;
    this.links = {};
    this.ready = false;
    this.connected = true;
    this.here = { number: "", ours: "", mail: "" };
    this._messages = new Map(); // by number of the phone: Map of messages by id
    this._loading = new Map(); // by number: ids of messages that changed meanwhile
    this._watchers = [];
    this._arrivals = [];
    this._drawing = false;
  }

  watch(watcher) {
    this._watchers.push(watcher);
  }

  /** `arrived(message)` for each message that comes onto the phone while the page is open. */
  onArrival(arrived) {
    this._arrivals.push(arrived);
  }

  changed() {
    if (this._drawing) return;
    this._drawing = true;
    queueMicrotask(() => {
      this._drawing = false;
      for (const watcher of this._watchers) watcher(this);
    });
  }

  get phone() {
    return this.phones.get(this.here.number) ?? null;
  }

  get desk() {
    return this.desks.get(this.here.number) ?? null;
  }

  /** A customer's, or a desk. */
  phoneOf(number) {
    return this.phones.get(number) ?? this.desks.get(number) ?? null;
  }

  get ours() {
    return this.numbers.find((one) => one.registration_id === this.here.ours) ?? null;
  }

  /** Ask for all of it again: at the start, and after each loss of the connection. */
  async refresh() {
    await this.look();
    await Promise.all([...this._messages.keys()].map((number) => this._load(number)));
  }

  /** The phones and the utility's numbers, which operators change. */
  async look() {
    const [overview, agents] = await Promise.all([api.overview(), api.agents()]);
    this.phones = new Map(overview.phones.map((phone) => [phone.number, phone]));
    this.numbers = overview.numbers;
    // Those that answer by themselves need nobody.
    this.desks = new Map(agents.filter((one) => one.does === "nothing")
      .map(({ number }) => [number, { number, name: "The agents' desk", desk: true }]));
    this.grid = overview.grid;
    this.chaos = overview.chaos;
    this.faults = overview.faults;
    this.links = overview.links;
    this.changed();
  }

  /** Another phone, or another conversation on it. */
  async go(here) {
    this.here = { number: "", ours: "", mail: "", ...here };
    const { number } = this.here;
    if (number && this.phones.has(number) && !this._messages.has(number)) await this._load(number);
    this.changed();
  }

  async _load(number) {
    const known = this._messages.get(number) ?? new Map();
    this._messages.set(number, known);
    const newer = new Set();
    this._loading.set(number, newer);
    for (const message of await api.messagesOf(number)) {
      if (!newer.has(message.id)) known.set(message.id, message);
    }
  }

  /** On the phone that is shown, in the order in which they came. */
  thread(ours) {
    const all = [...(this._messages.get(this.here.number)?.values() ?? [])];
    return all
      .filter((message) => message.ours === ours && isThere(message))
      .sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  }

  unread(ours) {
    return this.thread(ours).filter(isUnread).length;
  }

  message(id) {
    return this._messages.get(this.here.number)?.get(id) ?? null;
  }

  takeMessage(message) {
    const thread = this._messages.get(message.phone);
    if (!thread) return;
    this._loading.get(message.phone)?.add(message.id);
    const before = thread.get(message.id);
    // An event may be quicker than the answer to the request that it is of.
    const late = before && STATUSES.indexOf(message.status) < STATUSES.indexOf(before.status);
    thread.set(message.id, late ? { ...message, status: before.status } : message);
    const isNew = isThere(message) && !(before && isThere(before));
    if (isNew && message.direction === "out" && message.phone === this.here.number) {
      for (const arrived of this._arrivals) arrived(message);
    }
    this.changed();
  }

  takePhone(phone) {
    this.phones.set(phone.number, phone);
    this.changed();
  }

  set(values) {
    Object.assign(this, values);
    this.changed();
  }
}

export function isThere(message) {
  return message.direction === "in" || ARRIVED.has(message.status);
}

export function isUnread(message) {
  return message.direction === "out" && message.status === "delivered";
}
