/** A conversation by microphone, loudspeaker and text: what is done when the box, or the person, does something. */

import { by } from "./dom.js";
import { language, nameBox, t } from "./language.js";
import { Line } from "./line.js";
import { Loudspeaker } from "./loudspeaker.js";
import { Microphone } from "./microphone.js";
import { broken } from "./obstacle.js";
import { connectSound } from "./settings.js";

const muted_key = "muted";
/** Time without the box after which the person is told what to look at. */
const patience_ms = 8000;
const refresh_ms = 1000;

/** What becomes of the session when the box says goodbye. */
const farewells = {
  idle: { again: "bye.again", forget: true },
  duration: { again: "bye.again", forget: true },
  ended: { again: "bye.again", forget: true },
  revoked: { again: "bye.pair", forget: true },
  replaced: { again: "bye.here", forget: false },
};

/** Owns the sound, the line, and the reaction to every message. */
export class Talk {
  /** The conversation is over. @type {(reason: string) => void} */
  onEnd = () => {};
  /** The box does not want to talk to this device, or not yet. @type {(refusal: import("./api.js").Refusal) => void} */
  onRefused = () => {};
  /** A connection carries the conversation. */
  onOpen = () => {};
  #view;
  #context = new AudioContext({ latencyHint: "interactive" });
  #microphone = new Microphone(this.#context);
  #loudspeaker = new Loudspeaker(this.#context, by("voice"));
  #line;
  /** The state that the box told last. */
  #told = "";
  #turn_timing = {};
  #why = null;
  #worry;
  #refresh;

  /** @param {import("./view.js").View} view */
  constructor(view) {
    this.#view = view;
    this.#line = new Line(this.#context, this.#microphone, this.#loudspeaker, {
      message: (message) => this.#handlers[message.type]?.(message),
      open: () => this.#opened(),
      lost: () => this.#lost(),
      refused: (refusal) => this.onRefused(refusal),
      quiet: () => ["listening", "muted"].includes(this.#told),
    });
    this.#mute(sessionStorage.getItem(muted_key) === "on");
  }

  /**
   * Gets the microphone ready, and the loudspeaker where the browser lets it without a tap.
   * @param {boolean} aloud false: in writing only
   * @returns {Promise<boolean>} whether the voice would be heard
   * @throws {import("./microphone.js").NoMicrophone}
   */
  async prepare(aloud) {
    const audible = this.wake();
    if (aloud) await this.#microphone.open();
    return (await audible) || this.wake();
  }

  /** Begins, or goes on where this tab left off. To be called when the voice can be heard. */
  begin() {
    const failed = (code) => this.#view.notice("microphone", t(`${code}.problem`), t(`${code}.remedy`));
    connectSound(this.#microphone, this.#loudspeaker, failed);
    this.#view.state("connecting");
    this.#worryLater();
    this.#line.keep();
    this.#refresh = setInterval(() => this.#look(), refresh_ms);
  }

  /** Hangs up and lets go of the microphone. */
  close() {
    clearTimeout(this.#worry);
    clearInterval(this.#refresh);
    this.#line.close();
    this.#microphone.close();
    this.#context.close();
  }

  /** How loud both are, 0 to 1. */
  levels() {
    return { you: this.#microphone.level(), box: this.#loudspeaker.level() };
  }

  /** @returns {Promise<boolean>} whether the browser lets the voice sound now */
  wake() {
    return this.#loudspeaker.wake();
  }

  /** The person's button: what they say is not sent any more, or is again. */
  toggleMute() {
    this.#mute(!this.#microphone.muted);
    this.#line.send({ type: "mute", on: this.#microphone.muted });
  }

  /** The person's button: the box is to be quiet, and what is on its way is not to be heard. */
  stop() {
    this.#line.link?.flush();
    this.#line.send({ type: "stop" });
  }

  /** The person wrote something. @param {string} text @returns {boolean} whether it was sent */
  write(text) {
    return this.#line.send({ type: "text", text });
  }

  /** The network, or the person, has come back. */
  hurry() {
    this.#line.hurry();
  }

  #handlers = {
    hello: (message) => this.#hello(message),
    state: ({ state }) => this.#state(state),
    partial: ({ text, stable }) => this.#view.captions.you(text, stable),
    understood: ({ turn, text }) => this.#understood(turn, text),
    saying: ({ text }) => this.#view.captions.box(text),
    turn: (message) => this.#turnOver(message),
    failed: (message) => this.#view.notice("failed", ...broken(message)),
    sound: ({ faults }) => this.#soundFaults(faults),
    muted: ({ on }) => this.#mute(on),
    bye: (message) => this.#bye(message),
  };

  #hello({ session, box, state, muted, conversation }) {
    Line.remember(session);
    nameBox(box);
    this.#view.log.replace(conversation);
    this.#view.captions.clear();
    this.#state(state);
    // Whoever muted, here or there, meant it.
    if (muted) this.#mute(true);
    else if (this.#microphone.muted) this.#line.send({ type: "mute", on: true });
  }

  #state(state) {
    this.#told = state;
    // A muted person is told so until the box itself agrees.
    this.#view.state(state === "listening" && this.#microphone.muted ? "muted" : state);
    if (state === "listening" || state === "muted") this.#view.captions.clear();
  }

  #understood(turn, text) {
    this.#view.notice("failed");
    this.#view.captions.you(text);
    this.#view.log.tell({ turn, you: text });
  }

  #turnOver({ turn, you, heard, outcome, timing, cause }) {
    this.#view.captions.spoken();
    this.#view.log.tell({ turn, you, heard, outcome });
    this.#turn_timing = timing ?? {};
    this.#why = cause && cause.why !== "usual" ? `why.${cause.why}` : null;
    this.#look();
  }

  /** What the box would do about its own microphone is no help here; and silence may be meant. */
  #soundFaults(faults) {
    const meant = this.#microphone.muted || !this.#microphone.device;
    const problems = meant ? [] : faults.map(({ fault }) => t(`sound.${fault}`));
    this.#view.notice("sound", ...problems, problems.length ? t("sound.remedy") : "");
  }

  #mute(on) {
    this.#microphone.muted = on;
    sessionStorage.setItem(muted_key, on ? "on" : "off");
    this.#view.muted(on);
    if (this.#told) this.#state(this.#told === "muted" ? "listening" : this.#told);
  }

  #bye({ reason, problem }) {
    const farewell = farewells[reason];
    if (!farewell) return this.#view.notice("bye", t(`bye.${reason}`), t("bye.soon")); // a restart: the line stays
    if (farewell.forget) Line.forget();
    const why = language() === "en" && problem ? problem : t(`bye.${reason}`);
    this.#view.notice("bye", why, t(farewell.again));
    this.#view.announce(why);
    this.close();
    this.onEnd(reason);
  }

  #opened() {
    clearTimeout(this.#worry);
    for (const topic of ["line", "bye"]) this.#view.notice(topic);
    this.onOpen();
  }

  #lost() {
    this.#view.state("offline");
    this.#view.announce(t("state.offline"));
    this.#view.captions.clear();
    this.#worryLater();
  }

  #worryLater() {
    const worried = () => this.#view.notice("line", t("unreachable.problem"), t("unreachable.remedy"));
    this.#worry = setTimeout(worried, patience_ms);
  }

  #look() {
    const link = this.#line.link;
    const { endpoint_ms, first_audio_ms } = this.#turn_timing;
    if (!link) return;
    const network = { delay_ms: link.late_ms || null, rtt_ms: link.rtt_ms || null, path: `timing.path.${link.kind}` };
    this.#view.timing({ endpoint_ms, first_audio_ms, why: this.#why, ...network });
  }
}
