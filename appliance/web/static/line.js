/** The line to the box: what happens when it breaks, and when a better one is to be had. */

import { ask, Refusal } from "./api.js";
import { Path } from "./path.js";

const remembered = "session";
const first_pause_ms = 250;
/** Whoever comes back into the network within a minute is to be heard within 2 s … */
const soon_pause_ms = 500;
const soon_ms = 60_000;
/** … and a box that stays away need not be asked that often. */
const longest_pause_ms = 2000;
/** A box in the same network answers within this time, or not at all. */
const probe_ms = 700;
/** Between two looks at the queue; the box lets a device ask every 2 s, and forgets it after 10 s. */
const queue_pause_ms = 3000;
/** Between two looks whether nobody speaks, so that a better way may take over unnoticed. */
const quiet_pause_ms = 400;

/**
 * @typedef {object} Events
 * @property {(message: object) => void} message of the box
 * @property {() => void} open a connection carries the conversation
 * @property {() => void} lost none does at the moment; the line looks for one
 * @property {(refusal: Refusal) => void} refused for good (not paired) or for now (busy)
 * @property {() => boolean} quiet whether nobody speaks, neither the person nor the box
 */

/** Keeps one conversation connected until it is closed. Owns the session's id. */
export class Line {
  /** The connection that carries the conversation now. @type {import("./link.js").Link | null} */
  link = null;
  #loudspeaker;
  #events;
  #path;
  #suspect = false;
  #succeeding = false;
  #closed = false;
  #queued_ms = 0;
  #hurry = () => {};

  /**
   * @param {AudioContext} context
   * @param {import("./microphone.js").Microphone} microphone
   * @param {import("./loudspeaker.js").Loudspeaker} loudspeaker
   * @param {Events} events
   */
  constructor(context, microphone, loudspeaker, events) {
    this.#loudspeaker = loudspeaker;
    this.#events = events;
    this.#path = new Path(context, microphone, loudspeaker, (message) => this.#take(message));
  }

  /** Id of the conversation that this tab had, if it had one. */
  static get session() {
    return sessionStorage.getItem(remembered);
  }

  /** The conversation is over: the next one begins anew. */
  static forget() {
    sessionStorage.removeItem(remembered);
  }

  /** The box has said which session this is. @param {string} session */
  static remember(session) {
    sessionStorage.setItem(remembered, session);
  }

  /** Tells the box something. @param {object} message @returns {boolean} whether anything carried it */
  send(message) {
    this.link?.send(message);
    return this.link !== null;
  }

  /** Connects, again and again, until closed or refused. */
  async keep() {
    let lost_at = performance.now();
    let pause_ms = 0;
    while (!this.#closed) {
      const link = await this.#attempt(pause_ms > 0);
      for (let carrier = link; carrier; lost_at = performance.now()) carrier = await this.#carry(carrier);
      const cap_ms = performance.now() - lost_at < soon_ms ? soon_pause_ms : longest_pause_ms;
      pause_ms = link ? first_pause_ms : Math.min(2 * pause_ms || first_pause_ms, cap_ms);
      if (!this.#closed) await this.#pause(this.#queued_ms || pause_ms);
    }
  }

  /** Something has changed that may bring the network back: tries now, and with every way. */
  hurry() {
    this.#path.renew();
    this.#hurry();
    this.link?.challenge();
  }

  /** Hangs up. */
  close() {
    this.#closed = true;
    this.#hurry();
    this.link?.close();
    this.#loudspeaker.rest();
  }

  /** One attempt to connect, null when it failed. */
  async #attempt(again) {
    this.#queued_ms = 0;
    try {
      if (again) await this.#probe();
      return await this.#path.open(Line.session, Line.remember);
    } catch (error) {
      if (error instanceof Refusal) this.#refused(error);
      return null;
    }
  }

  /**
   * A cheap question first: an offer into a dead network would hang for longer than it takes to return.
   * It also tells whether WebRTC died alone, or with the network and without any guilt.
   */
  async #probe() {
    const suspect = this.#suspect;
    this.#suspect = false;
    await ask("GET", "/healthz", undefined, probe_ms);
    if (suspect) this.#path.died();
  }

  #refused(refusal) {
    if (refusal.status === 401) this.#closed = true;
    if (refusal.code === "busy") this.#queued_ms = queue_pause_ms;
    if (refusal.wait_s) this.#queued_ms = 1000 * refusal.wait_s;
    this.#events.refused(refusal);
  }

  /** Lets a connection carry the conversation until it ends. Returns the one that has taken its place, if any. */
  async #carry(link) {
    const since = performance.now();
    this.link = link;
    if (this.#closed) return link.close();
    this.#events.open();
    const better = link.kind === "socket" ? await this.#outgrow(link) : await link.ended.then(() => null);
    this.link = null;
    this.#path.served(performance.now() - since);
    this.#suspect = link.kind === "peer";
    if (!this.#closed && !better) this.#events.lost();
    return better;
  }

  /** While a WebSocket works, tries WebRTC from time to time, and returns it. Null: the WebSocket has ended. */
  async #outgrow(link) {
    const ended = link.ended.then(() => true);
    let pause_ms = this.#path.patience_ms;
    while (!(await Promise.race([ended, this.#pause(pause_ms)]))) {
      pause_ms = quiet_pause_ms;
      if (!this.#events.quiet()) continue;
      const better = await this.#succeed(link);
      if (better) return better;
      pause_ms = this.#path.patience_ms;
    }
    return null;
  }

  /** The box says goodbye to whoever is replaced: to the old connection, and nobody need hear of it. */
  async #succeed(link) {
    this.#succeeding = true;
    try {
      const better = await this.#path.better(Line.session, Line.remember);
      link.close("outgrown");
      return better;
    } catch {
      return null; // what we have works, and says so if it does not
    } finally {
      this.#succeeding = false;
    }
  }

  #take(message) {
    if (!(this.#succeeding && message.type === "bye" && message.reason === "replaced")) this.#events.message(message);
  }

  #pause(pause_ms) {
    return new Promise((resolve) => {
      const timer = Number.isFinite(pause_ms) ? setTimeout(resolve, pause_ms) : 0;
      this.#hurry = () => resolve(clearTimeout(timer));
    });
  }
}
