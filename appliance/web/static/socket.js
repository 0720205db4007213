/** The way through a WebSocket, for networks that let no UDP through: sound as PCM, 20 ms a frame. */

import { Refusal, socketAddress, Unreachable } from "./api.js";
import { Link } from "./link.js";

const open_ms = 4000;
/** Bytes that may wait to be sent (a quarter of a second); what comes on top is old news and dropped. */
const backlog_bytes = 8000;
/** 20 ms at 16 kHz. */
const frame_bytes = 640;
/** The box takes a second without any sound for a dead connection. */
const presence_ms = 250;

/** A connection by WebSocket. */
export class SocketLink extends Link {
  kind = "socket";
  #context;
  #microphone;
  #loudspeaker;
  #socket;
  #capture;
  #playback;
  #presence;
  #buffered_ms = 0;

  /**
   * @param {AudioContext} context
   * @param {import("./microphone.js").Microphone} microphone
   * @param {import("./loudspeaker.js").Loudspeaker} loudspeaker
   * @param {(message: object) => void} onMessage
   */
  constructor(context, microphone, loudspeaker, onMessage) {
    super(onMessage);
    this.#context = context;
    this.#microphone = microphone;
    this.#loudspeaker = loudspeaker;
  }

  /**
   * Connects; resolves when sound and messages flow.
   * @param {string | null} session to be resumed
   * @throws {Refusal | Unreachable}
   */
  async open(session) {
    const query = session ? `?session=${encodeURIComponent(session)}` : "";
    await Promise.all(["capture", "playback"].map((name) => this.#context.audioWorklet.addModule(moduleOf(name))));
    this.#socket = new WebSocket(socketAddress(`/api/ws${query}`));
    this.#socket.binaryType = "arraybuffer";
    await this.#greeted();
    this.#socket.onmessage = ({ data }) => this.#take(data);
    this.#socket.onclose = () => this.close("lost");
    this.#carrySound();
    this.keepAlive();
  }

  /** @param {string | ArrayBuffer} data */
  transmit(data) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(data);
  }

  halt() {
    clearInterval(this.#presence);
    if (this.#capture) this.#microphone.node.disconnect(this.#capture);
    if (this.#socket) this.#socket.onclose = null;
    this.#socket?.close();
    this.#capture?.port.postMessage("end");
    this.#playback?.port.postMessage("end");
    this.#playback?.disconnect();
  }

  flush() {
    this.#playback?.port.postMessage("flush");
  }

  /** How late the voice leaves the loudspeaker: half the way there and back, its buffer, the sound system. */
  async delay_ms() {
    return this.rtt_ms / 2 + this.#buffered_ms + this.#loudspeaker.delay_ms;
  }

  /** The first message is a greeting, or says why there is none: a WebSocket cannot be refused in readable words. */
  #greeted() {
    return new Promise((resolve, reject) => {
      const give_up = setTimeout(() => this.#socket.close(), open_ms);
      this.#socket.onmessage = ({ data }) => {
        if (data instanceof ArrayBuffer) return;
        clearTimeout(give_up);
        const { type, ...body } = JSON.parse(data);
        if (type === "busy") return reject(new Refusal(503, { error: type, ...body }, 0));
        this.receive(data);
        resolve();
      };
      this.#socket.onclose = () => reject(new Unreachable("no WebSocket"));
    });
  }

  #carrySound() {
    this.#capture = new AudioWorkletNode(this.#context, "capture", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    this.#capture.port.onmessage = ({ data }) => this.#speak(data);
    this.#microphone.node.connect(this.#capture);
    this.#playback = new AudioWorkletNode(this.#context, "playback", { numberOfInputs: 0 });
    this.#playback.port.onmessage = ({ data }) => {
      this.#buffered_ms = data;
    };
    this.#loudspeaker.playNode(this.#playback);
    this.#presence = setInterval(() => this.#stayPresent(), presence_ms);
    this.#microphone.onTrack = () => {}; // its node stays the same, whatever feeds it
  }

  /** The system may stop all sound for a while (a phone call); the box still wants to know that we are here. */
  #stayPresent() {
    if (this.#context.state !== "running") this.transmit(new ArrayBuffer(frame_bytes));
  }

  #speak(frame) {
    if (this.#socket.bufferedAmount < backlog_bytes) this.transmit(frame);
  }

  #take(data) {
    if (!(data instanceof ArrayBuffer)) return this.receive(data);
    // Nobody plays what comes while all sound is stopped, and it would gather.
    if (this.#context.state === "running") this.#playback?.port.postMessage(data, [data]);
  }
}

const moduleOf = (name) => new URL(`./${name}.worklet.js`, import.meta.url).href;
