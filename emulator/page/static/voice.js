// A voice note: recorded where there is a microphone, else a sound file in its place.

import { sendFile } from "./attaching.js";
import { h, iconButton } from "./dom.js";
import { seconds } from "./parts.js";

// WhatsApp's own kind first, then what other browsers record.
const KINDS = ["audio/ogg;codecs=opus", "audio/mp4;codecs=opus", "audio/mp4", "audio/webm;codecs=opus"];
const MOST_S = 120;

export class Recorder {
  constructor(composer) {
    this.composer = composer;
    this.recorder = null;
    this.time = h("span", { class: "recording-time" }, "0:00");
    this.element = h("div", { class: "recording", role: "group", "aria-label": "Recording", hidden: true },
      iconButton("bin", "Throw the recording away", () => this.cancel()),
      h("span", { class: "recording-dot", "aria-hidden": "true" }), this.time,
      h("span", { class: "recording-words" }, "Recording"));
  }

  get active() {
    return this.recorder !== null;
  }

  async start() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      this.fromFile();
      return;
    }
    const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one));
    this.pieces = [];
    this.recorder = new MediaRecorder(stream, kind ? { mimeType: kind } : {});
    this.recorder.addEventListener("dataavailable", (event) => this.pieces.push(event.data));
    this.recorder.start();
    this.began = performance.now();
    this.timer = setInterval(() => this.tick(), 250);
    this.show(true);
  }

  tick() {
    const so_far = (performance.now() - this.began) / 1000;
    this.time.textContent = seconds(so_far);
    if (so_far >= MOST_S) this.send();
  }

  show(on) {
    this.element.hidden = !on;
    this.composer.pill.hidden = on;
    this.time.textContent = "0:00";
    this.composer.draw();
  }

  async send() {
    const { recorder, pieces } = this;
    const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
    this.end();
    await stopped;
    const kind = recorder.mimeType.split(";")[0];
    const name = `voice.${kind.split("/")[1]}`;
    await sendFile(this.composer.thread, new File(pieces, name, { type: kind }));
  }

  cancel() {
    if (this.active) this.end();
  }

  end() {
    clearInterval(this.timer);
    this.recorder.stop();
    for (const track of this.recorder.stream.getTracks()) track.stop();
    this.recorder = null;
    this.show(false);
  }

  fromFile() {
    const picker = h("input", { type: "file", accept: "audio/*" });
    picker.addEventListener("change", () => sendFile(this.composer.thread, picker.files[0]));
    this.composer.page.toast("There is no microphone here: choose a sound file.");
    picker.click();
  }
}
