// In the audio thread: the frames that come, at the pace of the speaker. They wait a little, so
// that one that comes late leaves no gap; after a gap they wait longer. Told to stop, it is silent
// within 5 ms, and what waited is forgotten.
import { Resampler } from "/static/phone/resample.js";

const RATE = 16_000;
const WAIT_S = 0.06;
const LONGER_S = 0.02;
const LONGEST_S = 0.2;
const FADE_S = 0.005;
const MOST_S = 10; // that may wait
const TELL_S = 0.1;

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(RATE, sampleRate);
    this.waiting = []; // pieces, each at the rate of the speaker
    this.head = 0; // of the first piece, what was played
    this.length = 0; // samples that wait
    this.patience = WAIT_S * sampleRate;
    this.waited = 0;
    this.playing = false;
    this.fading = new Float32Array(0);
    this.told = 0;
    this.power = 0;
    this.counts = { frames: 0, played: 0, loud: 0, gaps: 0, stops: 0 };
    this.port.onmessage = ({ data }) => (data.stop ? this.stop() : this.take(data.frame));
  }

  take(frame) {
    const samples = new Int16Array(frame);
    const piece = this.resampler.push(Float32Array.from(samples, (sample) => sample / 32_768));
    this.counts.frames += 1;
    if (this.length + piece.length > MOST_S * sampleRate) return;
    this.waiting.push(piece);
    this.length += piece.length;
  }

  stop() {
    const tail = this.playing ? this.next(Math.round(FADE_S * sampleRate)) : new Float32Array(0);
    this.fading = tail.map((sample, index) => sample * (1 - index / tail.length));
    this.waiting = [];
    this.head = 0;
    this.length = 0;
    this.playing = false;
    this.waited = 0;
    this.counts.stops += 1;
  }

  process(_inputs, [output]) {
    const out = output[0];
    if (this.fading.length) this.fade(out);
    else if (this.ready(out.length)) out.set(this.next(out.length));
    for (const other of output.slice(1)) other.set(out);
    this.tell(out);
    return true;
  }

  fade(out) {
    const part = this.fading.subarray(0, out.length);
    out.set(part);
    this.fading = this.fading.slice(part.length);
  }

  ready(wanted) {
    if (this.playing) return true;
    if (this.length) this.waited += wanted;
    this.playing = this.length > 0 && this.waited >= this.patience;
    return this.playing;
  }

  // The next samples; fewer where there are no more, and then the wait begins anew.
  next(wanted) {
    const made = new Float32Array(Math.min(wanted, this.length));
    let filled = 0;
    while (filled < made.length) {
      const piece = this.waiting[0];
      const part = piece.subarray(this.head, this.head + made.length - filled);
      made.set(part, filled);
      filled += part.length;
      this.head += part.length;
      if (this.head === piece.length) {
        this.waiting.shift();
        this.head = 0;
      }
    }
    this.length -= made.length;
    this.counts.played += made.length / sampleRate;
    if (made.length < wanted) this.ranOut(made);
    return made;
  }

  // A reply that is over ends in quiet; one that breaks off came too slowly.
  ranOut(last) {
    this.playing = false;
    this.waited = 0;
    if (!last.some((sample) => Math.abs(sample) > 0.02)) return;
    this.counts.gaps += 1;
    this.patience = Math.min(this.patience + LONGER_S * sampleRate, LONGEST_S * sampleRate);
  }

  tell(out) {
    for (const sample of out) this.power += sample * sample;
    this.told += out.length;
    if (this.told < TELL_S * sampleRate) return;
    const level = Math.sqrt(this.power / this.told);
    if (level > 0.005) this.counts.loud += this.told / sampleRate;
    this.port.postMessage({ level, waiting: this.length / sampleRate, ...this.counts });
    this.told = 0;
    this.power = 0;
  }
}

registerProcessor("playback", Playback);
