/** In the audio thread: plays frames of 48 kHz PCM of 16 bits from a short buffer of its own. */

import { Resampler } from "./resampler.js";

const rate = 48_000;
/** Sound that is waited for before it starts, s: one frame may be late. */
const cushion_s = 0.04;
/** Sound that may wait, s. When full, the oldest is dropped down to the cushion. */
const most_s = 0.12;
/** Length of a fade, s: short enough to be silence at once, long enough not to click. */
const fade_s = 0.005;
/** Seconds between two reports of how much waits. */
const report_s = 0.5;

class Playback extends AudioWorkletProcessor {
  #resampler = sampleRate === rate ? { take: (block) => block } : new Resampler(rate, sampleRate);
  #waiting = new Float32Array(0);
  #playing = false;
  #gain = 0;
  #since_report = 0;
  #alive = true;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.#obey(data);
  }

  /** @param {Float32Array[][]} _inputs @param {Float32Array[][]} outputs */
  process(_inputs, [[output]]) {
    if (!this.#playing && this.#waiting.length >= cushion_s * sampleRate) this.#playing = true;
    if (this.#playing) this.#play(output);
    this.#report(output.length);
    return this.#alive;
  }

  /** @param {ArrayBuffer | "flush" | "end"} data */
  #obey(data) {
    if (data === "flush") this.#flush();
    else if (data === "end") this.#alive = false;
    else this.#take(new Int16Array(data));
  }

  #take(pcm) {
    const block = this.#resampler.take(Float32Array.from(pcm, (sample) => sample / 32768));
    const joined = new Float32Array(this.#waiting.length + block.length);
    joined.set(this.#waiting);
    joined.set(block, this.#waiting.length);
    const late = joined.length > most_s * sampleRate;
    this.#waiting = late ? joined.slice(-Math.round(cushion_s * sampleRate)) : joined;
    if (late) this.#gain = 0;
  }

  /** What waits is dropped, but for the few milliseconds that it takes to fade out. */
  #flush() {
    const tail = this.#waiting.slice(0, this.#playing ? Math.round(fade_s * sampleRate) : 0);
    this.#waiting = tail.map((sample, at) => sample * (1 - at / tail.length));
  }

  /** Fades in after every gap; an empty buffer is a gap, and the cushion is awaited again. */
  #play(output) {
    const count = Math.min(output.length, this.#waiting.length);
    for (let at = 0; at < count; at += 1) {
      this.#gain = Math.min(1, this.#gain + 1 / (fade_s * sampleRate));
      output[at] = this.#waiting[at] * this.#gain;
    }
    this.#waiting = this.#waiting.subarray(count);
    if (count < output.length) {
      this.#playing = false;
      this.#gain = 0;
    }
  }

  #report(count) {
    this.#since_report += count / sampleRate;
    if (this.#since_report < report_s) return;
    this.#since_report = 0;
    this.port.postMessage((1000 * this.#waiting.length) / sampleRate);
  }
}

registerProcessor("playback", Playback);
