/**
 * The box's own screen goes dark when nobody has spoken or touched it for a while. The page blackens itself, and takes a
 * title by which systemd/kiosk/screen.sh switches the panel off; any other title switches it on.
 */

import { t } from "./language.js";

const asleep = "asleep";

/** Owns the time since something happened. */
export class Sleep {
  #after_ms = 0;
  #timer = 0;
  /** What keeps it awake. @type {Set<string>} */
  #reasons = new Set();

  constructor() {
    for (const kind of ["pointerdown", "pointermove", "keydown"]) addEventListener(kind, () => this.stir(), true);
  }

  /** How long it waits from now on. @param {number} seconds 0: for ever */
  after(seconds) {
    if (seconds * 1000 === this.#after_ms) return;
    this.#after_ms = seconds * 1000;
    this.stir();
  }

  /** Whether there is something that must be seen. @param {string} reason @param {boolean} on */
  keep(reason, on) {
    if (on === this.#reasons.has(reason)) return;
    if (on) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    this.stir();
  }

  /** Something happened: it is awake, and waits anew. */
  stir() {
    clearTimeout(this.#timer);
    this.#dark(false);
    if (this.#after_ms && this.#reasons.size === 0) this.#timer = setTimeout(() => this.#dark(true), this.#after_ms);
  }

  #dark(on) {
    document.body.classList.toggle(asleep, on);
    document.title = on ? asleep : t("name");
  }
}
