// In the audio thread: the microphone, as frames of 20 ms at 16 kHz in 16 bits. Muted, they are
// silent, so that the call's time goes on.
import { Resampler } from "/static/phone/resample.js";

const RATE = 16_000;
const FRAME = 320; // samples

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, RATE);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.power = 0;
    this.muted = false;
    this.port.onmessage = ({ data }) => {
      this.muted = data.muted;
    };
  }

  process([input]) {
    // A microphone that is gone gives no channel: what was said ends in silence.
    const samples = this.resampler.push(input[0] ?? new Float32Array(128));
    for (const sample of samples) this.take(this.muted ? 0 : sample);
    return true;
  }

  take(sample) {
    const within = Math.max(-1, Math.min(1, sample));
    this.power += within * within;
    this.frame[this.filled] = Math.round(within * 32_767);
    this.filled += 1;
    if (this.filled < FRAME) return;
    const level = Math.sqrt(this.power / FRAME);
    this.port.postMessage({ frame: this.frame.buffer, level }, [this.frame.buffer]);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.power = 0;
  }
}

registerProcessor("capture", Capture);
