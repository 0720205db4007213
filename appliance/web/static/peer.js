/** The way through WebRTC: sound in SRTP over UDP, messages in a data channel. */

import { ask } from "./api.js";
import { Link } from "./link.js";

/** A browser looks up its own addresses in some 20 ms. After this time those that it has are enough … */
const gather_ms = 400;
/** … and a busy tablet that has none yet, but is still looking, is given this much more for the first. */
const first_ms = 1600;
const connect_ms = 3000;
/** Depth of the browser's jitter buffer: little, as interruptions count, yet enough for Wi-Fi. */
const jitter_ms = 40;

/** The box answered, but no packet gets through: UDP is blocked here. */
export class NoPath extends Error {}

/** The browser knows no network. It looks for one every 2 s, so this is what it says right after one came back. */
export class NoNetwork extends NoPath {}

/** A connection by WebRTC. */
export class PeerLink extends Link {
  kind = "peer";
  /** Id of the session that it carries, once it is open. */
  session = "";
  #peer = new RTCPeerConnection({ iceServers: [] });
  #channel = this.#peer.createDataChannel("control");
  #microphone;
  #loudspeaker;
  #sender;
  #buffered = { delay_s: 0, samples: 0 };

  /**
   * @param {import("./microphone.js").Microphone} microphone
   * @param {import("./loudspeaker.js").Loudspeaker} loudspeaker
   * @param {(message: object) => void} onMessage
   */
  constructor(microphone, loudspeaker, onMessage) {
    super(onMessage);
    this.#microphone = microphone;
    this.#loudspeaker = loudspeaker;
    this.#sender = this.#peer.addTrack(microphone.track, microphone.stream);
    this.#peer.ontrack = ({ receiver, track }) => this.#hear(receiver, track);
    this.#peer.onconnectionstatechange = () => this.#watch();
    this.#channel.onmessage = ({ data }) => this.receive(data);
    this.#channel.onclose = () => this.close("lost");
  }

  /**
   * Connects; resolves when sound and messages flow.
   * @param {string | null} session to be resumed
   * @throws {import("./api.js").Refusal | import("./api.js").Unreachable | NoPath}
   */
  async open(session) {
    try {
      await this.#peer.setLocalDescription(await this.#peer.createOffer());
      await this.#addressed();
      const { sdp, type } = this.#peer.localDescription;
      // Without a microphone browsers keep their addresses to themselves, and connect all the same.
      if (this.#microphone.device && !this.#reachable) throw new NoNetwork();
      const answer = await ask("POST", "/api/offer", { sdp, type, session });
      this.session = answer.session;
      await this.#peer.setRemoteDescription({ sdp: answer.sdp, type: answer.type });
      if (!(await within(connect_ms, this.#connected()))) throw new NoPath();
    } catch (error) {
      this.close("failed");
      throw error;
    }
    this.#microphone.onTrack = (track) => this.#sender.replaceTrack(track);
    this.keepAlive();
  }

  /** @param {string} text */
  transmit(text) {
    if (this.#channel.readyState === "open") this.#channel.send(text);
  }

  halt() {
    this.#microphone.onTrack = () => {};
    this.#channel.onclose = null;
    this.#peer.onconnectionstatechange = null;
    this.#peer.close();
  }

  /** How late the voice leaves the loudspeaker: half the way there and back, its buffer, the sound system. */
  async delay_ms() {
    const delay_s = await this.#buffer_s();
    return this.rtt_ms / 2 + 1000 * delay_s + this.#loudspeaker.delay_ms;
  }

  /** Mean wait in the jitter buffer since the last time somebody asked. */
  async #buffer_s() {
    const before = this.#buffered;
    for (const report of (await this.#peer.getStats()).values()) {
      if (report.type !== "inbound-rtp" || report.kind !== "audio") continue;
      this.#buffered = { delay_s: report.jitterBufferDelay, samples: report.jitterBufferEmittedCount };
    }
    const samples = this.#buffered.samples - before.samples;
    return samples > 0 ? (this.#buffered.delay_s - before.delay_s) / samples : NaN;
  }

  #hear(receiver, track) {
    if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = jitter_ms;
    else receiver.playoutDelayHint = jitter_ms / 1000;
    this.#loudspeaker.playStream(new MediaStream([track]));
  }

  #watch() {
    if (["disconnected", "failed", "closed"].includes(this.#peer.connectionState)) this.close("lost");
  }

  /** Waits for all addresses, then for the first: a network that answers slowly still has its other ones. */
  async #addressed() {
    if (await within(gather_ms, happened(this.#peer, "icegatheringstatechange", () => this.#searched))) return;
    await within(first_ms, happened(this.#peer, "icecandidate", () => this.#searched || this.#reachable));
  }

  /** Whether the browser has looked everywhere. Where it knows no network, that is at once. */
  get #searched() {
    return this.#peer.iceGatheringState === "complete";
  }

  get #reachable() {
    return this.#peer.localDescription.sdp.includes("a=candidate:");
  }

  #connected() {
    return happened(this.#channel, "open", () => this.#channel.readyState === "open");
  }
}

/** Waits until `test` holds, asking again at every such event. */
async function happened(target, event, test) {
  while (!test()) await new Promise((resolve) => target.addEventListener(event, resolve, { once: true }));
  return true;
}

/** What the promise brings, or undefined after so many ms. */
function within(limit_ms, promise) {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, limit_ms))]);
}
