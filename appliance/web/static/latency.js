/** Where the wait for an answer goes, one table per conversation. */

import { by, make } from "./dom.js";
import { language, t } from "./language.js";

/**
 * Shows the conversations in which somebody was answered.
 * @param {object[]} sessions as the box tells them
 * @param {(session: object) => string} name
 */
export function showLatency(sessions, name) {
  const told = sessions.filter(({ latency }) => latency?.turns);
  const open = new Set([...by("latency").querySelectorAll("details[open]")].map((one) => one.dataset.id));
  by("latency-all").hidden = told.length === 0;
  by("latency").replaceChildren(...told.map((session) => sheet(name(session), session, open.has(session.id))));
}

function sheet(name, { id, latency: { turns, last, rows, took, rtt_ms, drop_rate } }, open) {
  const heads = ["budget", "last", "p50", "p95"].map((key) => make("th", { scope: "col" }, t(`latency.${key}`)));
  const table = make("table", {}, make("caption", {}, `${name} · ${t("latency.turns", { count: turns })}`));
  table.append(make("thead", {}, make("tr", {}, make("td"), ...heads)), make("tbody", {}, ...Object.entries(rows).map(row)));
  const facts = [
    ["rtt", ms(rtt_ms)],
    ["asr_lag", ms(took.asr_lag.p50)],
    ["model", ms(took.first_token.p50)],
    ["tts_first_byte", ms(took.tts_first_byte.p50)],
    ["drop_rate", new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: 2 }).format(drop_rate)],
  ];
  const line = facts.map(([key, value]) => `${t(`latency.${key}`)} ${value}`).join(" · ");
  return make("div", { class: "latency" }, table, make("p", { class: "note" }, line), drawing(id, last, open));
}

/** The last answer, drawn by the box; asked for when somebody wants to see it. */
function drawing(id, turn, open) {
  const src = `/api/sessions/${encodeURIComponent(id)}/timeline?turn=${turn}`;
  const picture = make("img", { alt: t("latency.picture"), loading: "lazy", src });
  const details = make("details", { "data-id": id }, make("summary", {}, t("latency.picture")), picture);
  details.open = open;
  return details;
}

function row([part, { budget, last, p50, p95 }]) {
  const late = p50 !== null && p50 > budget ? { class: "late" } : {};
  const figures = [
    [{}, budget],
    [{}, last],
    [late, p50],
    [{}, p95],
  ];
  const cells = figures.map(([marks, figure]) => make("td", marks, rounded(figure)));
  return make("tr", {}, make("th", { scope: "row" }, t(`latency.${part}`)), ...cells);
}

const rounded = (figure) => (figure === null ? "–" : new Intl.NumberFormat(language()).format(Math.round(figure)));

const ms = (figure) => (figure === null || figure === undefined ? "–" : `${rounded(figure)} ms`);
