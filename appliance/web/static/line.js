/** The line to the box: which way through the network, and what happens when it breaks. */

import { ask, Refusal } from "./api.js";
import { NoNetwork, NoPath, PeerLink } from "./peer.js";
import { SocketLink } from "./socket.js";

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
/** WebRTC that broke this often within a minute, the network being well, gives way to the WebSocket. */
const most_deaths = 2;
/** Attempts, half a second apart, in which a browser may know no network; one that never tells has no WebRTC. */
const most_blind = 8;
const healthy_ms = 60_000;

/**
 * @typedef {object} Events
 * @property {(message: object) => void} message of the box
 * @property {() => void} open a connection carries the conversation
 * @property {() => void} lost none does at the moment; the line looks for one
 * @property {(refusal: Refusal) => void} refused for good (not paired) or for now (busy)
 */

/** Keeps one conversation connected until it is closed. Owns the session's id. */
export class Line {
  /** The connection that carries the conversation now. @type {import("./link.js").Link | null} */
  link = null;
  #context;
  #microphone;
  #loudspeaker;
  #events;
  #deaths = 0;
  #suspect = false;
  #blind = 0;
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
    this.#context = context;
    this.#microphone = microphone;
    this.#loudspeaker = loudspeaker;
    this.#events = events;
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
      if (link) {
        await this.#carry(link);
        lost_at = performance.now();
      }
      const cap_ms = performance.now() - lost_at < soon_ms ? soon_pause_ms : longest_pause_ms;
      pause_ms = link ? first_pause_ms : Math.min(2 * pause_ms || first_pause_ms, cap_ms);
      if (!this.#closed) await this.#pause(this.#queued_ms || pause_ms);
    }
  }

  /** Something has changed that may bring the network back: tries now, and with every way. */
  hurry() {
    this.#deaths = 0;
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
      return await this.#open();
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
    if (suspect) this.#deaths += 1;
  }

  #refused(refusal) {
    if (refusal.status === 401) this.#closed = true;
    if (refusal.code === "busy") this.#queued_ms = queue_pause_ms;
    if (refusal.wait_s) this.#queued_ms = 1000 * refusal.wait_s;
    this.#events.refused(refusal);
  }

  async #open() {
    if (this.#deaths < most_deaths && "RTCPeerConnection" in window) {
      try {
        return await this.#openPeer();
      } catch (error) {
        if (!(error instanceof NoPath)) throw error;
        if (error instanceof NoNetwork && (this.#blind += 1) < most_blind) throw error;
        this.#deaths = most_deaths;
      }
    }
    return await this.#openSocket();
  }

  async #openPeer() {
    const link = new PeerLink(this.#microphone, this.#loudspeaker, this.#events.message);
    try {
      await link.open(Line.session);
    } finally {
      if (link.session) Line.remember(link.session); // also where only the sound finds no way: same session
    }
    return link;
  }

  async #openSocket() {
    const link = new SocketLink(this.#context, this.#microphone, this.#loudspeaker, this.#events.message);
    try {
      await link.open(Line.session);
    } catch (error) {
      this.#deaths = 0; // perhaps it was not UDP that was missing; and an offer is told why it is refused
      link.close();
      throw error;
    }
    return link;
  }

  async #carry(link) {
    const since = performance.now();
    this.link = link;
    if (this.#closed) return link.close();
    this.#events.open();
    await link.ended;
    this.link = null;
    this.#blind = 0;
    if (performance.now() - since > healthy_ms) this.#deaths = 0;
    this.#suspect = link.kind === "peer";
    if (!this.#closed) this.#events.lost();
  }

  #pause(pause_ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pause_ms);
      this.#hurry = () => resolve(clearTimeout(timer));
    });
  }
}
