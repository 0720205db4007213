/** The person's loudspeaker: whatever brings the box's voice, through one volume and one meter. */

import { Meter } from "./loudness.js";

const remembered = "volume";

/** Owns the audio element (WebRTC) and the gain (WebSocket). */
export class Loudspeaker {
  #context;
  #element;
  #gain;
  #meter;
  #source;

  /** @param {AudioContext} context @param {HTMLAudioElement} element */
  constructor(context, element) {
    this.#context = context;
    this.#element = element;
    this.#gain = new GainNode(context);
    this.#gain.connect(context.destination);
    this.#meter = new Meter(context);
    this.volume = Number(localStorage.getItem(remembered) ?? 1);
  }

  /**
   * Plays what a WebRTC connection brings. The element makes the sound, for browsers cancel its echo
   * best; the meter only listens.
   * @param {MediaStream} stream
   */
  async playStream(stream) {
    this.#listenTo(new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream }));
    this.#element.srcObject = stream;
    await this.wake();
  }

  /** Plays what a node makes. @param {AudioNode} node */
  playNode(node) {
    this.#element.srcObject = null;
    this.#listenTo(node);
    node.connect(this.#gain);
  }

  /** True when sound comes out; browsers may want a tap first. */
  async wake() {
    const started = [this.#context.resume(), this.#element.srcObject ? this.#element.play() : undefined];
    // A browser that wants a tap leaves resume() pending for ever.
    await Promise.race([Promise.allSettled(started), new Promise((done) => setTimeout(done, 500))]);
    return this.audible;
  }

  /** False while the browser waits for a tap before it lets anything sound. */
  get audible() {
    return this.#context.state === "running" && !(this.#element.srcObject && this.#element.paused);
  }

  /** 0 to 1. */
  get volume() {
    return this.#gain.gain.value;
  }

  set volume(volume) {
    this.#gain.gain.value = volume;
    this.#element.volume = volume;
    localStorage.setItem(remembered, String(volume));
  }

  /** False on iOS, whose media elements keep their own volume. */
  get adjustable() {
    const probe = new Audio();
    probe.volume = 0.5;
    return probe.volume === 0.5;
  }

  /** ms between a sample's leaving the browser and its leaving the loudspeaker. */
  get delay_ms() {
    return 1000 * ((this.#context.baseLatency || 0) + (this.#context.outputLatency || 0));
  }

  /** Loudness of what is playing. */
  level() {
    return this.#meter.read();
  }

  /** Plays nothing any more. */
  rest() {
    this.#source?.disconnect();
    this.#element.srcObject = null;
  }

  #listenTo(node) {
    this.#source?.disconnect();
    this.#source = node;
    node.connect(this.#meter.node);
  }
}
