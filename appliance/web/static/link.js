/** What both ways through the network have in common. */

const heartbeat_ms = 1000;
/** Longer than a box under full load stays silent, shorter than browsers take to notice (5 s and more). */
const silence_ms = 4000;
/** The same when there is reason to doubt. */
const challenge_ms = 1000;

/**
 * One connection to the box: WebRTC or WebSocket. It ends once, and then `ended` says why.
 * Derived classes set up the connection and know `transmit`, `halt` and `delay_ms`.
 */
export class Link {
  /** Called with every message of the box, in order. @type {(message: object) => void} */
  onMessage;
  /** Resolves when the connection is over. @type {Promise<string>} */
  ended;
  /** Network, there and back. */
  rtt_ms = 0;
  /** How late the box's voice is here. */
  late_ms = 0;
  #end;
  #beat;
  #unanswered_since = Infinity;
  #answered = 0;

  /** @param {(message: object) => void} onMessage */
  constructor(onMessage) {
    this.onMessage = onMessage;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Tells the box something. @param {object} message */
  send(message) {
    this.transmit(JSON.stringify(message));
  }

  /** Drops the sound that waits to be played, where this link holds any. */
  flush() {}

  /** @param {string} why */
  close(why = "closed") {
    clearInterval(this.#beat);
    this.halt();
    this.#end(why);
  }

  /** Asks whether anybody is there. */
  check() {
    this.#unanswered_since = Math.min(this.#unanswered_since, performance.now());
    this.send({ type: "ping", t: performance.now() });
  }

  /** Something has happened to the network: whoever does not answer at once is gone. */
  challenge() {
    const answered = this.#answered;
    this.check();
    setTimeout(() => this.#answered === answered && this.close("silent"), challenge_ms);
  }

  /** From now on the box is asked every second whether it is there, and told how late its voice is. */
  keepAlive() {
    this.#beat = setInterval(() => this.#pulse(), heartbeat_ms);
    this.check();
  }

  /** @param {string} text one message of the box */
  receive(text) {
    const message = JSON.parse(text);
    if (message.type === "pong") this.#alive(message.t);
    else if (message.type === "flush") this.flush();
    else this.onMessage(message);
  }

  #alive(t) {
    this.rtt_ms = performance.now() - t;
    this.#unanswered_since = Infinity;
    this.#answered += 1;
  }

  async #pulse() {
    if (performance.now() - this.#unanswered_since > silence_ms) return this.close("silent");
    this.check();
    const delay_ms = await this.delay_ms();
    if (!Number.isFinite(delay_ms)) return;
    this.late_ms = Math.round(delay_ms);
    const rtt = this.#answered ? { rtt_ms: Math.round(10 * this.rtt_ms) / 10 } : {};
    this.send({ type: "played", delay_ms: this.late_ms, ...rtt });
  }
}
