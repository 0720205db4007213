/** In the audio thread: what the microphone hears, as 16 kHz PCM of 16 bits in frames of 20 ms. */

import { Resampler } from "./resampler.js";

const rate = 16_000;
const frame = 320;

class Capture extends AudioWorkletProcessor {
  #resampler = new Resampler(sampleRate, rate);
  #frame = new Int16Array(frame);
  #filled = 0;
  #alive = true;

  constructor() {
    super();
    this.port.onmessage = () => {
      this.#alive = false;
    };
  }

  /** @param {Float32Array[][]} inputs */
  process([channels]) {
    // A node without a source has no channels; the box still wants to see that somebody is there.
    const block = channels[0] ?? new Float32Array(128);
    for (const sample of this.#resampler.take(block)) this.#put(sample);
    return this.#alive;
  }

  #put(sample) {
    this.#frame[this.#filled] = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)));
    this.#filled += 1;
    if (this.#filled < frame) return;
    this.port.postMessage(this.#frame.buffer, [this.#frame.buffer]);
    this.#frame = new Int16Array(frame);
    this.#filled = 0;
  }
}

registerProcessor("capture", Capture);
