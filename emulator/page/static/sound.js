// The microphone and the speaker of a call.

const RATE = 16_000;

export class Sound {
  /** `said` is given each 20 ms of the microphone, as an ArrayBuffer. */
  constructor(said) {
    this.said = said;
    this.hasMicrophone = false;
  }

  /** Without a microphone there is the speaker alone. */
  async open() {
    this.context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
    await this.context.audioWorklet.addModule("/static/worklet.js");
    this.speaker = new AudioWorkletNode(this.context, "speaker", { numberOfInputs: 0 });
    this.speaker.connect(this.context.destination);
    await this.context.resume();
    try {
      await this.listen();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }

  async listen() {
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    if (this.context.state === "closed") return this.release();
    this.microphone = new AudioWorkletNode(this.context, "microphone", {
      numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit",
    });
    this.microphone.port.onmessage = ({ data }) => this.said(data);
    this.context.createMediaStreamSource(this.stream).connect(this.microphone);
    this.hasMicrophone = true;
    return undefined;
  }

  play(frame) {
    this.speaker.port.postMessage(frame, [frame]);
  }

  mute(muted) {
    this.microphone?.port.postMessage({ muted });
  }

  release() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
  }

  async close() {
    this.release();
    if (this.context && this.context.state !== "closed") await this.context.close();
  }
}
