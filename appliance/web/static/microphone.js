/** The person's microphone: asked for, chosen, muted, listened to, and replaced when it is unplugged. */

import { Meter } from "./loudness.js";

const remembered = "microphone";
/** No automatic gain: it pumps between syllables, by up to 13 dB, and the box corrects levels itself. */
const wishes = { echoCancellation: true, noiseSuppression: true, autoGainControl: false, channelCount: 1 };

/** Names of what stands in the way, by what getUserMedia throws. */
const obstacles = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "absent",
  OverconstrainedError: "absent",
  NotReadableError: "taken",
  AbortError: "taken",
};

/** The microphone cannot be had; `code` names the obstacle. */
export class NoMicrophone extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Owns the track that is sent. Without a microphone it is a silent one, which proves that the link lives. */
export class Microphone {
  /** Called with the new track whenever another one is sent. @type {(track: MediaStreamTrack) => void} */
  onTrack = () => {};
  #context;
  #meter;
  #stream;
  #source;
  #muted = false;
  /** It was unplugged, and no other could take over. */
  #missing = false;

  /** @param {AudioContext} context */
  constructor(context) {
    this.#context = context;
    this.#meter = new Meter(context);
    this.#take(silent(context));
  }

  /**
   * Asks for a microphone: this one, or the one chosen before, or any.
   * @param {string} [device]
   * @throws {NoMicrophone}
   */
  async open(device = localStorage.getItem(remembered) ?? "") {
    const audio = device ? { ...wishes, deviceId: { ideal: device } } : wishes;
    const stream = await navigator.mediaDevices.getUserMedia({ audio }).catch((error) => {
      throw new NoMicrophone(obstacles[error.name] ?? "taken");
    });
    stream.getAudioTracks()[0].addEventListener("ended", () => this.#lost(stream));
    this.#take(stream);
    this.#missing = false;
  }

  /** Something was plugged in: perhaps what was missed. */
  async recover() {
    if (this.#missing) await this.open().catch(() => {}); // it was something else
  }

  /** Another microphone, remembered for the next visit. @param {string} device */
  async choose(device) {
    localStorage.setItem(remembered, device);
    await this.open(device);
  }

  /** Sends silence from now on, and lets go of the microphone. */
  silence() {
    this.#missing = false;
    this.#take(silent(this.#context));
  }

  /** Lets go of it for good. */
  close() {
    this.track.stop();
  }

  get track() {
    return this.#stream.getAudioTracks()[0];
  }

  get stream() {
    return this.#stream;
  }

  /** Where its sound leaves, for whoever sends it. @type {AudioNode} */
  get node() {
    return this.#meter.node;
  }

  /** Which device it is, "" when there is none. */
  get device() {
    return this.track.getSettings().deviceId ?? "";
  }

  get muted() {
    return this.#muted;
  }

  /** A muted track sends zeros: nothing that is said leaves the browser. */
  set muted(muted) {
    this.#muted = muted;
    this.track.enabled = !muted;
  }

  /** Loudness of what is sent. */
  level() {
    return this.#meter.read();
  }

  #take(stream) {
    this.#source?.disconnect();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = stream;
    this.track.enabled = !this.#muted;
    this.#source = new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream });
    this.#source.connect(this.#meter.node);
    this.onTrack(this.track);
  }

  /** Unplugged: another one takes over, or silence until there is one. @param {MediaStream} stream */
  #lost(stream) {
    if (stream !== this.#stream) return;
    this.open().catch(() => {
      this.silence();
      this.#missing = true;
    });
  }
}

/** A stream of zeros. A destination that nothing feeds sends no packets at all. @param {AudioContext} context */
function silent(context) {
  const destination = new MediaStreamAudioDestinationNode(context);
  const zero = new ConstantSourceNode(context, { offset: 0 });
  zero.connect(destination);
  zero.start();
  return destination.stream;
}

/** All microphones there are. @returns {Promise<MediaDeviceInfo[]>} */
export async function microphones() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter((device) => device.kind === "audioinput" && device.deviceId);
}
