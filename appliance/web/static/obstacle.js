/** What stands in the way of talking: the exact reason, the remedy, and the buttons that help. */

import { browser } from "./browser.js";
import { by, list, make } from "./dom.js";
import { knows, language, steps, t } from "./language.js";

/**
 * The box's refusal, in the language of the page. The box's own English sentences are more exact than
 * ours, so they come first where they can be read.
 * @param {{code: string, body?: {problem?: string, remedy?: string}}} refusal
 */
export function sentences({ code, body = {} }) {
  if (language() === "en" && body.problem) return { problem: body.problem, remedy: sentence(body.remedy ?? "") };
  const known = knows(`${code}.problem`) ? code : "unknown";
  return { problem: t(`${known}.problem`), remedy: t(`${known}.remedy`) };
}

/**
 * Something broke at the box: what, and what mends it. Its own sentences are more exact, and English.
 * @param {{stage: string, failure: string, problem: string, remedy: string}} message
 */
export function broken({ stage, failure, problem, remedy }) {
  if (language() === "en" || !knows(`failure.${failure}`)) return [problem, sentence(remedy ?? "")];
  return [t(`failure.${failure}`, { stage: t(`stage.${stage}`) })];
}

/**
 * What is wrong with the sound of the box's own microphone, and what to do there.
 * @param {{fault: string, problem: string, remedy: string}[]} faults
 */
export function soundFaults(faults) {
  if (language() === "en") return faults.flatMap(({ problem, remedy }) => [problem, sentence(remedy ?? "")]);
  return faults.map(({ fault }) => t(`sound.${fault}`));
}

/** Begins with a capital letter and ends with a full stop. @param {string} text */
export function sentence(text) {
  if (!text) return "";
  return text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/**
 * Explains an obstacle.
 * @param {string} code as in the strings: `${code}.problem`
 * @param {{values?: Record<string, string|number>, actions?: Record<string, () => void>, link?: string}} [more]
 *   what stands in braces; buttons by the key of their text; an address to go to
 */
export function explain(code, { values = {}, actions = {}, link } = {}) {
  by("problem").textContent = t(`${code}.problem`, values);
  by("remedy").textContent = t(`${code}.remedy`, values);
  by("steps").replaceChildren(...details(code, link));
  by("actions").replaceChildren(...Object.entries(actions).map(([key, act]) => button(key, act)));
  by("obstacle").dataset.code = code;
}

function details(code, link) {
  if (link) return [make("a", { href: link, class: "address" }, link)];
  if (code !== "refused") return [];
  return [list(steps(`allow.${browser()}`)), make("p", { class: "note" }, t("allow.system"))];
}

function button(key, act) {
  const element = make("button", { type: "button" }, t(key));
  element.addEventListener("click", act);
  return element;
}
