// A stream of samples at one rate, brought to another: a windowed sinc, one filter for each phase
// of the ratio in its lowest terms (48,000 to 16,000: one; 44,100: 160).

const ZEROS = 12; // of the sinc, on each side
const PASSED = 0.92; // of the lower rate's band

export class Resampler {
  constructor(from, to) {
    const common = divisor(from, to);
    this.up = to / common;
    this.down = from / common;
    const cutoff = (Math.min(1, to / from) * PASSED) / 2; // cycles a sample of what comes in
    this.half = Math.ceil(ZEROS / (2 * cutoff));
    this.filters = Array.from({ length: this.up }, (_, phase) =>
      filter(cutoff, this.half, phase / this.up),
    );
    this.kept = new Float32Array(2 * this.half - 1);
    this.at = 0; // of the next sample, in what is kept and comes in
    this.phase = 0;
  }

  // The samples that can be made once these have come.
  push(samples) {
    const all = new Float32Array(this.kept.length + samples.length);
    all.set(this.kept);
    all.set(samples, this.kept.length);
    const length = 2 * this.half;
    const made = [];
    while (this.at + length <= all.length) {
      const weights = this.filters[this.phase];
      let sum = 0;
      for (let index = 0; index < length; index += 1) sum += weights[index] * all[this.at + index];
      made.push(sum);
      this.phase += this.down;
      this.at += Math.floor(this.phase / this.up);
      this.phase %= this.up;
    }
    const from = all.length - this.kept.length;
    this.kept.set(all.subarray(from));
    this.at -= from;
    return Float32Array.from(made);
  }
}

function filter(cutoff, half, offset) {
  const weights = new Float32Array(2 * half);
  let sum = 0;
  for (let index = 0; index < weights.length; index += 1) {
    const distance = index - half + 1 - offset;
    const angle = 2 * Math.PI * cutoff * distance;
    const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
    const hann = Math.abs(distance) < half ? 0.5 + 0.5 * Math.cos((Math.PI * distance) / half) : 0;
    weights[index] = sinc * hann;
    sum += weights[index];
  }
  return weights.map((weight) => weight / sum);
}

function divisor(one, other) {
  return other === 0 ? one : divisor(other, one % other);
}
