// The microphone and the speaker of a call.

export class Sound {
  // heard: given each frame of the microphone (an ArrayBuffer) and its level, 0 to 1. told: given
  // the speaker's level and counts, ten times a second. lost: called when the microphone is gone.
  constructor({ heard, told, lost }) {
    this.heard = heard;
    this.told = told;
    this.lost = lost;
  }

  // Raises what getUserMedia does, or a NotSupportedError where pages have no microphone at all.
  async open() {
    if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode)
      throw new DOMException("no microphone for pages", "NotSupportedError");
    this.context = new AudioContext({ latencyHint: "interactive" });
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
      // Somebody may have hung up while the browser asked for leave.
      if (this.context.state === "closed") throw new DOMException("closed", "AbortError");
      await this.context.audioWorklet.addModule("/static/phone/capture.js");
      await this.context.audioWorklet.addModule("/static/phone/playback.js");
      await this.context.resume();
      this.connect();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  connect() {
    this.capture = new AudioWorkletNode(this.context, "capture", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    this.capture.port.onmessage = ({ data }) => this.heard(data.frame, data.level);
    this.context.createMediaStreamSource(this.stream).connect(this.capture);
    this.playback = new AudioWorkletNode(this.context, "playback", { numberOfInputs: 0 });
    this.playback.port.onmessage = ({ data }) => this.told(data);
    this.playback.connect(this.context.destination);
    this.stream.getAudioTracks()[0].addEventListener("ended", () => this.lost());
  }

  play(frame) {
    this.playback?.port.postMessage({ frame }, [frame]);
  }

  stop() {
    this.playback?.port.postMessage({ stop: true });
  }

  mute(muted) {
    this.capture?.port.postMessage({ muted });
  }

  async close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    if (this.context && this.context.state !== "closed") await this.context.close();
    this.capture = null;
    this.playback = null;
  }
}
