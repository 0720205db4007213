/** What was said: live captions below the circle, and the log beside it. */

import { make } from "./dom.js";
import { t } from "./language.js";

/**
 * One turn as the box tells it.
 * @typedef {{turn: number, you?: string, heard?: string, outcome?: string}} Turn
 */

/** Turns that the page keeps; more is the box's business. */
const most_turns = 200;
/** This close to the end of the log one is at its end. */
const near_px = 48;

/** The words that are being said right now: what is certain firm, the rest faint. */
export class Captions {
  #element;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  /** The person speaks. @param {string} text @param {number} stable characters that will hardly change */
  you(text, stable = text.length) {
    this.#show("you", make("span", {}, text.slice(0, stable)), make("span", { class: "faint" }, text.slice(stable)));
  }

  /** The box speaks. @param {string} text */
  box(text) {
    this.#show("box", text);
  }

  /** The box has spoken; what the person says meanwhile stays. */
  spoken() {
    if (this.#element.dataset.who === "box") this.clear();
  }

  clear() {
    this.#show("nobody");
  }

  #show(who, ...content) {
    this.#element.dataset.who = who;
    this.#element.replaceChildren(...content);
    this.#element.scrollTop = this.#element.scrollHeight;
  }
}

/** The conversation, one list item per turn. Every turn stands in it once, however often it is told. */
export class Log {
  #list;
  #frame;
  /** The newest turn is in sight; whoever reads further up is left in peace. */
  #following = true;
  /** @type {Map<number, Turn>} */
  #turns = new Map();

  /** @param {HTMLOListElement} list */
  constructor(list) {
    this.#list = list;
    this.#frame = list.parentElement;
    this.#frame.addEventListener("scroll", () => {
      this.#following = this.#frame.scrollHeight - this.#frame.scrollTop - this.#frame.clientHeight < near_px;
    });
    new ResizeObserver(() => this.#follow()).observe(this.#frame);
    document.addEventListener("language", () => this.replace([...this.#turns.values()]));
  }

  /** All turns there are, oldest first. @param {Turn[]} turns */
  replace(turns) {
    this.#turns = new Map();
    this.#list.replaceChildren();
    // A reader who has heard all that already need not hear it again.
    this.#frame.setAttribute("aria-live", "off");
    for (const turn of turns) this.tell(turn);
    requestAnimationFrame(() => this.#frame.setAttribute("aria-live", "polite"));
  }

  /** Something new about a turn. @param {Turn} news */
  tell(news) {
    const turn = { ...this.#turns.get(news.turn), ...news };
    this.#turns.set(turn.turn, turn);
    const item = this.#item(turn.turn);
    if (turn.you && !item.querySelector(".you")) item.append(line("you", t("log.you"), turn.you));
    if (turn.outcome && !item.querySelector(".box")) item.append(reply(turn));
    this.#prune();
    this.#follow();
  }

  #follow() {
    if (this.#following) this.#frame.scrollTop = this.#frame.scrollHeight;
  }

  #item(number) {
    const known = this.#list.querySelector(`[data-turn="${Number(number)}"]`);
    if (known) return known;
    const item = make("li", { "data-turn": String(number) });
    this.#list.append(item);
    return item;
  }

  #prune() {
    if (this.#turns.size <= most_turns) return;
    const [oldest] = this.#turns.keys();
    this.#turns.delete(oldest);
    this.#item(oldest).remove();
  }
}

function line(who, name, text) {
  return make("p", { class: who }, make("span", { class: "who" }, name), make("span", { class: "words" }, text));
}

function reply({ heard = "", outcome }) {
  const element = line("box", t("log.box"), heard);
  if (outcome !== "answered") element.append(make("span", { class: "mark" }, t(`log.${outcome}`)));
  return element;
}
