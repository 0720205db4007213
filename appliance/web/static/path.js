/** Which way through the network: WebRTC where it works, the WebSocket where it does not, and never for ever. */

import { NoNetwork, NoPath, PeerLink } from "./peer.js";
import { SocketLink } from "./socket.js";

/** WebRTC that broke this often within a minute, the network being well, gives way to the WebSocket. */
const most_deaths = 2;
const healthy_ms = 60_000;
/** A browser looks for networks every 2 s; one that knew none when the line came back knows it by then. */
const blind_ms = 2500;
/** Where WebRTC did not work it is tried again after this time, and then half as often each time … */
const sour_ms = 300_000;
/** … down to this. */
const longest_ms = 3_600_000;

/** Opens connections of one conversation. Owns what was learned about both ways. */
export class Path {
  #makers;
  #deaths = 0;
  /** When WebRTC may be tried again while a WebSocket carries the conversation, in ms from its start. */
  #patience_ms = 0;

  /**
   * @param {AudioContext} context
   * @param {import("./microphone.js").Microphone} microphone
   * @param {import("./loudspeaker.js").Loudspeaker} loudspeaker
   * @param {(message: object) => void} message of the box
   */
  constructor(context, microphone, loudspeaker, message) {
    this.#makers = {
      peer: () => new PeerLink(microphone, loudspeaker, message),
      socket: () => new SocketLink(context, microphone, loudspeaker, message),
    };
  }

  /** Whether another attempt with WebRTC is worth it while a WebSocket works, and after how many ms. */
  get patience_ms() {
    return "RTCPeerConnection" in window ? this.#patience_ms : Infinity;
  }

  /** Forgets what went wrong: the network is another one now. */
  renew() {
    this.#deaths = 0;
    this.#patience_ms = blind_ms;
  }

  /** WebRTC broke, and the network had no part in it. */
  died() {
    this.#deaths += 1;
  }

  /** A connection served for so many ms. */
  served(ms) {
    if (ms > healthy_ms) this.#deaths = 0;
  }

  /**
   * Connects by the best way there is at this moment.
   * @param {string | null} session to be resumed
   * @param {(session: string) => void} named called when the box has said which session it is
   * @returns {Promise<import("./link.js").Link>}
   * @throws {import("./api.js").Refusal | import("./api.js").Unreachable}
   */
  async open(session, named) {
    let known = session;
    if (this.#deaths < most_deaths && "RTCPeerConnection" in window) {
      try {
        return await this.better(session, (name) => named((known = name)));
      } catch (error) {
        if (!(error instanceof NoPath)) throw error;
        if (!(error instanceof NoNetwork)) this.#deaths = most_deaths;
      }
    } else this.#patience_ms ||= sour_ms;
    return await this.#openSocket(known);
  }

  /**
   * Connects by WebRTC, which is better where it works.
   * @throws {import("./api.js").Refusal | import("./api.js").Unreachable | NoPath}
   */
  async better(session, named) {
    const link = this.#makers.peer();
    try {
      await link.open(session);
      return link;
    } catch (error) {
      if (error instanceof NoNetwork) this.#patience_ms = blind_ms;
      else this.#patience_ms = Math.min(Math.max(2 * this.#patience_ms, sour_ms), longest_ms);
      throw error;
    } finally {
      if (link.session) named(link.session); // also where only the sound finds no way: same session
    }
  }

  async #openSocket(session) {
    const link = this.#makers.socket();
    try {
      await link.open(session);
      return link;
    } catch (error) {
      this.#deaths = 0; // perhaps it was not UDP that was missing
      link.close();
      throw error;
    }
  }
}
