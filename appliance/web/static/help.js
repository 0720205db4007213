/** The help window: the certificate step for every system, and how one talks. */

import { browser, system } from "./browser.js";
import { by, list, make } from "./dom.js";
import { steps, t } from "./language.js";

const systems = ["android", "ios", "windows", "macos", "linux", "firefox"];

/** Opens the help. */
export function openHelp() {
  showInstructions();
  by("help").showModal();
}

/** Fills in the instructions, the one for this device open. */
export function showInstructions() {
  by("systems").replaceChildren(...systems.map(instructions));
}

/** Connects the buttons that open it, and the address that ends in #help. */
export function prepareHelp() {
  for (const opener of document.querySelectorAll("[data-opens=help]")) opener.addEventListener("click", openHelp);
  if (location.hash === "#help") openHelp();
}

function instructions(name) {
  const title = make("summary", {}, t(`certificate.${name}.title`));
  const element = make("details", {}, title, list(steps(`certificate.${name}`)));
  element.open = name === (browser() === "firefox" && system() !== "android" ? "firefox" : system());
  return element;
}
