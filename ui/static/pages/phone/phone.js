// The softphone's page: who calls, the call itself, and what is shown of it. All words come from the
// server.
import { Line } from "/static/phone/line.js";
import { Sound } from "/static/phone/audio.js";
import { Said, Figures } from "/static/phone/shown.js";

const DRAIN_MS = 3_000;
const FALL = 0.8; // of a level's bar, from one moment to the next
const WHY_NOT = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "taken",
  AbortError: "taken",
};

const at = (id) => document.getElementById(id);
const root = at("phone");
const words = root.dataset;
const said = new Said(at("said"), at("partly"), at("nothing"), words);
const figures = new Figures(at("figures"), at("heard-s"), at("gaps"));
let call = null;

class Call {
  constructor(caller) {
    this.caller = caller;
    this.muted = false;
    this.waiting = 0; // seconds of audio that are yet to be heard
    this.sound = new Sound({
      heard: (frame, level) => this.heard(frame, level),
      told: (counts) => this.told(counts),
      lost: () => said.notice(words.unplugged),
    });
  }

  // Raises an error whose `said` is fit to be shown.
  async place() {
    try {
      await this.sound.open();
    } catch (error) {
      throw saying(wordsFor(error));
    }
    const url = await ticket(this.caller.number);
    if (this.isOver) return;
    this.line = new Line(url, {
      open: () => this.begin(),
      audiodata: (frame) => this.sound.play(frame),
      stopaudio: () => this.sound.stop(),
      transcript: (it) => said.transcript(it),
      step: (it) => said.step(it.label),
      notice: (it) => said.notice(it.text),
      agent: (it) => showAgent(it.name),
      latency: (it) => figures.latency(it.stages),
      transfer: (it) => ring(it),
      ended: (it) => this.ended(it.outcome),
      closed: (opened) => this.closed(opened),
    });
  }

  begin() {
    this.began = performance.now();
    root.dataset.standing = "calling";
    at("standing").textContent = words.oncall;
    this.clock = setInterval(() => this.tick(), 500);
    this.tick();
  }

  tick() {
    const seconds = Math.floor((performance.now() - this.began) / 1000);
    at("timer").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  heard(frame, level) {
    if (this.outcome) return;
    this.line?.speak(frame);
    meter(at("level-you"), this.muted ? 0 : level);
  }

  told(counts) {
    this.waiting = counts.waiting;
    meter(at("level-us"), counts.level);
    figures.heard(counts);
    if (this.outcome && !counts.waiting) this.close(words[this.outcome] ?? words.over);
  }

  mute() {
    this.muted = !this.muted;
    this.sound.mute(this.muted);
    at("mute").setAttribute("aria-pressed", String(this.muted));
    at("mute-label").textContent = this.muted ? words.unmute : words.mute;
  }

  // What we said last is heard to its end before the line is let go.
  ended(outcome) {
    this.outcome = outcome;
    setTimeout(() => this.close(words[outcome] ?? words.over), DRAIN_MS);
  }

  closed(opened) {
    if (this.outcome) return;
    if (opened) this.close(words.lost);
    else this.close("", words.refused);
  }

  async close(notice, trouble = "") {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.clock);
    this.line?.close();
    if (notice) said.notice(notice);
    await this.sound.close();
    if (call === this) stand(trouble);
  }
}

function saying(text) {
  return Object.assign(new Error(text), { said: text });
}

function wordsFor(error) {
  if (error.name === "NotSupportedError" && !window.isSecureContext) return words.insecure;
  return words[WHY_NOT[error.name]] ?? words.none;
}

// The address of the line for a call from a number.
async function ticket(number) {
  let answer;
  try {
    answer = await fetch("/phone/calls", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ from: number }),
    });
  } catch {
    throw saying(words.refused);
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw saying(typeof body.detail === "string" ? body.detail : words.refused);
  const url = new URL(body.url, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

// --- who calls ------------------------------------------------------------------------------------

function chosen() {
  const radio = document.querySelector("input[name=from]:checked");
  const label = radio.closest(".caller");
  const number = radio.value || at("number").value.trim();
  return {
    number,
    name: radio.value ? label.querySelector(".caller-name").textContent : "",
    face: label.querySelector(".caller-face").textContent,
  };
}

function showOther() {
  at("other").hidden = document.querySelector("input[name=from]:checked").value !== "";
}

async function place(event) {
  event.preventDefault();
  const caller = chosen();
  if (!/^\+?[\d\s().-]{6,}$/.test(caller.number)) {
    trouble(words.another);
    at("number").focus();
    return;
  }
  trouble("");
  said.clear();
  figures.clear();
  begin(caller);
  const placed = new Call(caller);
  call = placed;
  try {
    await placed.place();
  } catch (error) {
    if (placed.isOver) return;
    await placed.close("", error.said ?? words.refused);
  }
}

// --- what is shown --------------------------------------------------------------------------------

function begin(caller) {
  root.dataset.standing = "connecting";
  at("callers").hidden = true;
  at("calling").hidden = false;
  at("party-face").textContent = caller.face;
  at("party-name").textContent = caller.name;
  at("party-number").textContent = caller.number;
  at("standing").textContent = words.connecting;
  at("timer").textContent = "";
  at("mute").setAttribute("aria-pressed", "false");
  at("mute-label").textContent = words.mute;
  at("pressed").textContent = "";
  showAgent("");
  ring({ ringing: false });
  at("hang-up").focus();
}

function stand(text) {
  call = null;
  root.dataset.standing = "idle";
  at("calling").hidden = true;
  at("callers").hidden = false;
  trouble(text);
  at("call").focus();
}

function trouble(text) {
  at("trouble").textContent = text;
  at("trouble").hidden = !text;
}

function showAgent(name) {
  at("agent").textContent = name;
  at("agent").hidden = !name;
}

function ring({ ringing, summary, language }) {
  const answered = at("ringing").contains(document.activeElement);
  at("ringing").hidden = !ringing;
  at("ringing-summary").textContent = summary ?? "";
  at("ringing-summary").lang = language ?? "";
  if (ringing) at("accept").focus();
  else if (answered) at("hang-up").focus(); // what had the focus is gone
}

// Loudness as people feel it: 60 dB from one end to the other, and it falls slowly.
function meter(element, level) {
  const loud = level > 0.001 ? 1 + Math.log10(level) / 3 : 0;
  const was = Number(element.dataset.loud ?? 0);
  const now = Math.max(loud, was * FALL);
  element.dataset.loud = now.toFixed(3);
  element.firstElementChild.style.transform = `scaleX(${Math.min(1, now).toFixed(3)})`;
}

function press(digit) {
  call?.line?.press(digit);
  at("pressed").textContent += digit;
}

function toggleKeys() {
  const open = at("keypad").hidden;
  at("keypad").hidden = !open;
  at("keys").setAttribute("aria-expanded", String(open));
}

at("callers").addEventListener("submit", place);
at("callers").addEventListener("change", showOther);
at("mute").addEventListener("click", () => call?.mute());
at("keys").addEventListener("click", toggleKeys);
at("keypad").addEventListener("click", (event) => {
  if (event.target.dataset.digit) press(event.target.dataset.digit);
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (root.dataset.standing !== "calling" || typing || event.ctrlKey || event.metaKey) return;
  if (/^[0-9*#]$/.test(event.key)) press(event.key);
});
at("hang-up").addEventListener("click", () => call?.close(words.over));
at("accept").addEventListener("click", () => call?.line?.answer(true));
at("decline").addEventListener("click", () => call?.line?.answer(false));
window.addEventListener("pagehide", () => call?.close(""));
showOther();
