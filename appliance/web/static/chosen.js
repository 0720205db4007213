/** What the owner may choose: a few settings of the box, one at a time. */

import { ask } from "./api.js";
import { by, make } from "./dom.js";

/** Settings by name, as the box has them now. @type {Map<string, unknown>} */
let known = new Map();

/** Fills the form. @param {(work: Promise<unknown>, key: string) => Promise<boolean>} done tells how it went */
export async function prepareChoices(done) {
  const sections = await ask("GET", "/api/choices");
  known = new Map(Object.entries(sections).flatMap(([section, keys]) => named(section, keys)));
  by("setting").parentElement.hidden = known.size === 0;
  by("setting-name").replaceChildren(...[...known.keys()].map((name) => make("option", { value: name }, name)));
  by("setting-name").addEventListener("change", show);
  by("setting").addEventListener("submit", (event) => {
    event.preventDefault();
    done(change(valueOf(by("setting-value").value)), "owner.settings.saved");
  });
  by("setting-reset").addEventListener("click", () => done(change(null), "owner.settings.saved"));
  show();
}

const named = (section, keys) => Object.entries(keys).map(([key, value]) => [`${section}.${key}`, value]);

function show() {
  by("setting-value").value = String(known.get(by("setting-name").value) ?? "");
}

function change(value) {
  const [section, key] = by("setting-name").value.split(".");
  return ask("PUT", `/api/settings/${section}/${key}`, { value });
}

/** Numbers, yes and no as such, everything else as text: what is wrong with it the box says. @param {string} text */
function valueOf(text) {
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
