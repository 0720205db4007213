/** The language of the page: which one, and every sentence in it. */

import de from "./strings.de.js";
import en from "./strings.en.js";

/** @type {Record<string, Record<string, string>>} */
const languages = { en, de };

const remembered = "language";
const fallback = "en";

let current = fallback;
/** Values that every sentence may name, such as the box. @type {Record<string, string|number>} */
const everywhere = { box: "Voice box" };

/** The language in use, "en" or "de". */
export const language = () => current;

/** True when there is such a sentence. @param {string} key */
export const knows = (key) => key in en;

/**
 * One sentence in the language of the page.
 * @param {string} key
 * @param {Record<string, string|number>} [values] what stands in braces
 */
export function t(key, values = {}) {
  const sentence = languages[current][key] ?? en[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? everywhere[name] ?? ""));
}

/** The steps of an instruction. @param {string} key */
export const steps = (key) => t(key).split("|");

/** What the box is called from now on. @param {string} name */
export function nameBox(name) {
  everywhere.box = name;
  translate();
}

/** Picks the language: chosen before, or the browser's, or English. */
export function pickLanguage() {
  const wanted = [localStorage.getItem(remembered), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  current = wanted.find((code) => code !== null && code in languages) ?? fallback;
  translate();
}

/** The language that the box itself was given: for its own screen, where nobody chose another. @param {string} code */
export function speak(code) {
  if (code in languages && !localStorage.getItem(remembered)) current = code;
}

/** Changes the language of the page, now and for the next visit. @param {string} code */
function chooseLanguage(code) {
  localStorage.setItem(remembered, code);
  current = code;
  translate();
  document.dispatchEvent(new Event("language"));
}

/** Fills a choice of languages. @param {HTMLSelectElement} choice */
export function offerLanguages(choice) {
  for (const [code, sentences] of Object.entries(languages)) {
    const option = new Option(sentences.language, code);
    option.lang = code;
    choice.append(option);
  }
  choice.value = current;
  choice.addEventListener("change", () => chooseLanguage(choice.value));
}

/** Writes every marked text and label in the language of the page. */
function translate() {
  document.documentElement.lang = current;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", t(element.dataset.label));
    element.title = t(element.dataset.label);
  }
  for (const element of document.querySelectorAll("[data-hint]")) element.placeholder = t(element.dataset.hint);
}
