/** Says a sentence with the browser's own voice, where it has one that needs no internet. */

import { language } from "./language.js";

/** @param {string} sentence */
export function sayAloud(sentence) {
  const voices = globalThis.speechSynthesis?.getVoices() ?? [];
  const voice = voices.find((one) => one.localService && one.lang.startsWith(language()));
  if (!voice) return;
  const utterance = new SpeechSynthesisUtterance(sentence);
  utterance.voice = voice;
  speechSynthesis.speak(utterance);
}
