/** Single keys for whoever has a keyboard. They can be switched off, as speech input types letters too. */

import { by } from "./dom.js";

const remembered = "keys";

/** @param {Record<string, () => void>} actions by key */
export function prepareKeys(actions) {
  const wanted = by("single-keys");
  wanted.checked = localStorage.getItem(remembered) !== "off";
  wanted.addEventListener("change", () => localStorage.setItem(remembered, wanted.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    document.body.dataset.keyboard = "yes";
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key !== "Escape" && (!wanted.checked || event.target.matches("input, select, textarea"))) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
