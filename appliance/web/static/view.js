/** The one screen: what it shows at the moment. It decides nothing. */

import { by, make, showOnly } from "./dom.js";
import { Captions, Log } from "./conversation.js";
import { t } from "./language.js";
import { modes, Orb } from "./orb.js";

const panels = ["door", "pair", "obstacle", "caption"];

/** Owns everything on the screen that changes. */
export class View {
  captions = new Captions(by("caption"));
  log = new Log(by("log"));
  #orb;
  #state = "idle";
  #timing = null;
  #notices = new Map();

  /** @param {() => {you: number, box: number}} levels loudness, 0 to 1 */
  constructor(levels) {
    this.#orb = new Orb(by("orb"), levels);
    document.addEventListener("language", () => {
      this.state(this.#state);
      this.timing(this.#timing);
    });
  }

  /** Whose turn it is, in colour, form and words. @param {string} state */
  state(state) {
    this.#state = state;
    this.#orb.mode = modes[state] ?? "listening";
    document.body.dataset.state = state;
    by("state").textContent = t(`state.${state}`);
  }

  /** What stands below the circle. @param {"door"|"pair"|"obstacle"|"caption"} name */
  panel(name) {
    showOnly(panels.map(by), by(name));
    document.body.dataset.panel = name;
    by(name).querySelector("[data-focus]")?.focus();
  }

  /** A screen reader says this once; for news that the eye sees anyway. @param {string} text */
  announce(text) {
    by("announce").textContent = text;
  }

  /** Says something in passing, or no longer. @param {string} topic @param {...string} texts */
  notice(topic, ...texts) {
    this.#notices.set(topic, texts.filter(Boolean));
    const all = [...this.#notices.values()].flat();
    by("notice").replaceChildren(...all.map((text) => make("p", {}, text)));
    by("notice").hidden = all.length === 0;
  }

  /** @param {boolean} on */
  muted(on) {
    by("mute").dataset.on = String(on);
    by("mute-label").dataset.t = on ? "mute.off" : "mute.on";
    by("mute-label").textContent = t(by("mute-label").dataset.t);
  }

  /**
   * How fast the last turn was, and the network now.
   * @param {Record<string, number|string|null> | null} values ms, or the key of a text
   */
  timing(values) {
    this.#timing = values;
    const rows = Object.entries(values ?? {}).filter(([, value]) => value !== null && value !== undefined);
    by("timing-none").hidden = rows.length > 0;
    by("timing").replaceChildren(
      ...rows.flatMap(([name, value]) => [make("dt", {}, t(`timing.${name}`)), make("dd", {}, measured(value))]),
    );
  }
}

function measured(value) {
  return typeof value === "number" ? t("timing.ms", { n: Math.round(value) }) : t(value);
}
