/** How loud something is, from 0 (silent) to 1 (as loud as speech gets), the way an ear judges it. */

const quietest_db = -60;
const loudest_db = -12;

/** Loudness of an RMS between 0 and 1. @param {number} rms */
export function loudness(rms) {
  const level_db = 20 * Math.log10(Math.max(rms, 1e-6));
  return Math.min(1, Math.max(0, (level_db - quietest_db) / (loudest_db - quietest_db)));
}

/** Hears what goes through a node of an AudioContext. */
export class Meter {
  #analyser;
  #samples;

  /** @param {AudioContext} context */
  constructor(context) {
    this.#analyser = new AnalyserNode(context, { fftSize: 1024 });
    this.#samples = new Float32Array(this.#analyser.fftSize);
  }

  /** Where the sound goes in. */
  get node() {
    return this.#analyser;
  }

  /** Loudness of the last 20 ms or so. */
  read() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length;
    return loudness(Math.sqrt(power));
  }
}
