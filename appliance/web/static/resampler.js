/** Changes the rate of sound, one block after the other. Used in the audio thread. */

/** Zero crossings of the kernel on either side: 60 dB against aliases, 1 ms of delay at 16 kHz. */
const reach = 16;
/** Fractions of a sample that the kernel is tabulated for. */
const phases = 64;

/** Owns the kernel and the last few samples of the block before. */
export class Resampler {
  #step;
  #half;
  #kernel;
  #kept;
  #position;

  /** @param {number} from Hz @param {number} to Hz */
  constructor(from, to) {
    this.#step = from / to;
    const band = Math.min(1, to / from) * 0.92; // what is left above is the slope of the filter
    this.#half = Math.ceil(reach / band);
    this.#kernel = tabulate(this.#half, band);
    this.#kept = new Float32Array(2 * this.#half);
    this.#position = this.#half;
  }

  /** @param {Float32Array} block @returns {Float32Array} the same sound at the other rate */
  take(block) {
    const input = new Float32Array(this.#kept.length + block.length);
    input.set(this.#kept);
    input.set(block, this.#kept.length);
    const output = [];
    for (; this.#position + this.#half < input.length; this.#position += this.#step) {
      output.push(this.#at(input, this.#position));
    }
    this.#kept = input.slice(-2 * this.#half);
    this.#position -= block.length;
    return Float32Array.from(output);
  }

  #at(input, position) {
    const whole = Math.floor(position);
    const row = Math.round((position - whole) * phases) * 2 * this.#half;
    let sum = 0;
    for (let tap = 0; tap < 2 * this.#half; tap += 1) {
      sum += input[whole - this.#half + 1 + tap] * this.#kernel[row + tap];
    }
    return sum;
  }
}

/** A low pass (sinc under a Blackman window) for every fraction of a sample, each of gain one. */
function tabulate(half, band) {
  const table = new Float32Array((phases + 1) * 2 * half);
  for (let phase = 0; phase <= phases; phase += 1) {
    const row = table.subarray(phase * 2 * half, (phase + 1) * 2 * half);
    for (let tap = 0; tap < row.length; tap += 1) row[tap] = weight(tap - half + 1 - phase / phases, half, band);
    const gain = row.reduce((sum, value) => sum + value, 0);
    for (let tap = 0; tap < row.length; tap += 1) row[tap] /= gain;
  }
  return table;
}

function weight(x, half, band) {
  if (Math.abs(x) >= half) return 0;
  const angle = Math.PI * x * band;
  const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
  const turn = (Math.PI * x) / half;
  return sinc * (0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn));
}
