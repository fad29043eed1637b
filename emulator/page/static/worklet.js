// In the audio thread of a call, at 16 kHz: the microphone as frames of 20 ms in 16 bits, and the
// frames that come, one after the other.

const FRAME = 320; // samples
const WAIT = 3 * FRAME; // before the first of a stretch is played: one that comes late leaves no gap
const MOST = 16_000 * 5; // samples that may wait

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.muted = false;
    this.port.onmessage = ({ data }) => { this.muted = data.muted; };
  }

  process([input]) {
    for (const sample of input[0] ?? []) this.take(this.muted ? 0 : Math.max(-1, Math.min(1, sample)));
    return true;
  }

  take(sample) {
    this.frame[this.filled++] = Math.round(sample * 32_767);
    if (this.filled < FRAME) return;
    this.port.postMessage(this.frame.buffer, [this.frame.buffer]);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
  }
}

class Speaker extends AudioWorkletProcessor {
  constructor() {
    super();
    this.waiting = [];
    this.length = 0;
    this.playing = false;
    this.port.onmessage = ({ data }) => {
      if (this.length > MOST) return;
      for (const sample of new Int16Array(data)) this.waiting.push(sample / 32_768);
      this.length = this.waiting.length;
    };
  }

  process(_inputs, [output]) {
    const [out] = output;
    this.playing = this.length > 0 && (this.playing || this.length >= WAIT);
    if (this.playing) {
      out.set(this.waiting.splice(0, out.length));
      this.length = this.waiting.length;
    }
    return true;
  }
}

registerProcessor("microphone", Microphone);
registerProcessor("speaker", Speaker);
