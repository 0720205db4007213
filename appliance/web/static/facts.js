/** Shows what the box tells about itself, whatever that is. */

import { make } from "./dom.js";
import { knows, language, t } from "./language.js";

/**
 * Rows of a definition list for a JSON value; nested objects become rows with longer names.
 * @param {unknown} value
 * @param {string} [name]
 * @returns {HTMLElement[]}
 */
export function facts(value, name = "") {
  if (value === null || value === undefined || value === "") return [];
  if (typeof value === "object" && !Array.isArray(value)) {
    const longer = (key) => (name ? `${name} · ${title(key)}` : title(key));
    return Object.entries(value).flatMap(([key, inner]) => facts(inner, longer(key)));
  }
  return [make("dt", {}, name), make("dd", {}, shown(value, name))];
}

/** "since 3 minutes": how long ago that was, in words. @param {string} moment ISO 8601 */
export function ago(moment) {
  const past_s = (Date.now() - Date.parse(moment)) / 1000;
  const [unit, length_s] = units.find(([, length]) => past_s >= length) ?? units.at(-1);
  return new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(-Math.round(past_s / length_s), unit);
}

/** So many seconds, in the largest unit of which there are two. @param {number} seconds */
export function lasting(seconds) {
  const [unit, length_s] = units.find(([, length]) => seconds >= 2 * length) ?? units.at(-1);
  const style = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 };
  return new Intl.NumberFormat(language(), style).format(seconds / length_s);
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const units = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** The name of a field in the language of the page, or the field's own, legibly. @param {string} key */
export const title = (key) => (knows(`fact.${key}`) ? t(`fact.${key}`) : key.replace(/_/g, " "));

function shown(value, name) {
  if (Array.isArray(value)) return value.map((one) => shown(one, name)).join(", ") || t("owner.none");
  if (typeof value === "boolean") return t(value ? "fact.yes" : "fact.no");
  if (typeof value === "object") return Object.values(value ?? {}).map(String).join(" · ");
  if (typeof value === "number" && name.endsWith(t("fact.uptime_s"))) return lasting(value);
  if (typeof value === "number") return new Intl.NumberFormat(language()).format(value);
  return String(value);
}
