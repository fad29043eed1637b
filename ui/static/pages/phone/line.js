// The line to the server: the media protocol of Azure Communication Services over a WebSocket, and
// what the softphone shows beside it.

const RATE = 16_000;
const FRAME_BYTES = 640;
const BEHIND = 64_000; // bytes that may wait to be sent: more than a second of audio

export class Line {
  // on: handlers by kind, in lower case ("audiodata", "transcript", ...), each given the message's
  // part of that name; and "closed", given whether the line was ever open.
  constructor(address, on) {
    this.on = on;
    this.opened = false;
    this.socket = new WebSocket(address);
    this.socket.onopen = () => this.begin();
    this.socket.onmessage = ({ data }) => this.read(data);
    this.socket.onclose = () => on.closed(this.opened);
  }

  begin() {
    this.opened = true;
    const audioMetadata = { subscriptionId: "", encoding: "PCM", sampleRate: RATE, channels: 1, length: FRAME_BYTES };
    this.say({ kind: "AudioMetadata", audioMetadata });
    this.on.open();
  }

  say(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  // A frame that can't go soon is of no use later.
  speak(frame) {
    if (this.socket.bufferedAmount > BEHIND) return;
    const data = btoa(String.fromCharCode(...new Uint8Array(frame)));
    this.say({ kind: "AudioData", audioData: { data, silent: false } });
  }

  press(digit) {
    this.say({ kind: "DtmfData", dtmfData: { data: digit } });
  }

  answer(accepted) {
    this.say({ kind: "Transfer", transfer: { accepted } });
  }

  read(text) {
    const message = JSON.parse(text);
    const part = message[message.Kind];
    if (message.Kind === "AudioData") this.on.audiodata(bytes(part.Data));
    else this.on[message.Kind.toLowerCase()]?.(part);
  }

  close() {
    this.socket.close(1000);
  }
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}
