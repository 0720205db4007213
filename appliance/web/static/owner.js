/** The owner's page: how the box is, who may talk to it, and what one does about both. */

import { ask, Refusal } from "./api.js";
import { prepareChoices } from "./chosen.js";
import { by, make } from "./dom.js";
import { ago, facts, lasting } from "./facts.js";
import { grouped, picture } from "./invitation.js";
import { knows, nameBox, offerLanguages, pickLanguage, t } from "./language.js";
import { showLatency } from "./latency.js";
import { sentences } from "./obstacle.js";
import { prepareUpdates, showUpdates } from "./update.js";

const refresh_ms = 5000;
const sure_ms = 4000;

let keeps_conversations = true;

pickLanguage();
offerLanguages(by("language"));
visit();

async function visit() {
  const me = await ask("GET", "/api/me").catch(() => null);
  if (!me?.owner) return refuse(me ? "not_allowed" : "unreachable");
  nameBox(me.box);
  by("all").hidden = false;
  prepareControls();
  document.addEventListener("language", () => refresh(me.device));
  document.addEventListener("visibilitychange", () => refresh(me.device));
  setInterval(() => refresh(me.device), refresh_ms);
  await refresh(me.device);
}

function refuse(code) {
  by("refusal").hidden = false;
  by("refusal").textContent = `${t(`${code}.problem`)} ${t(`${code}.remedy`)}`;
}

/** Asks for everything anew. What cannot be had stays as it is. @param {string} own id of this device */
async function refresh(own) {
  if (document.visibilityState !== "visible") return;
  await Promise.allSettled([showStatus(), showPeople(own), showConversations(), showUpdates()]);
}

async function showStatus() {
  const { models = {}, sound = {}, ...status } = await ask("GET", "/api/status");
  by("status").replaceChildren(...facts(status));
  by("models").replaceChildren(...facts(models));
  by("sound").replaceChildren(...facts(sound));
}

async function showPeople(own) {
  const [sessions, devices] = await Promise.all([ask("GET", "/api/sessions"), ask("GET", "/api/devices")]);
  const names = new Map(devices.map((device) => [device.id, device.name]));
  const name = ({ device, id }) => names.get(device) ?? device ?? id;
  showLatency(sessions, name);
  fill("sessions", sessions, (session) => [
    make("strong", {}, name(session)),
    sessionNote(session),
    session.id === "local" ? null : doubtful("owner.end", () => ask("DELETE", `/api/sessions/${session.id}`)),
  ]);
  fill("devices", devices, (device) => [
    make("strong", {}, device.name),
    deviceNote(device, own),
    doubtful("owner.revoke", () => ask("DELETE", `/api/devices/${device.id}`)),
  ]);
}

function sessionNote({ state, age_s }) {
  const known = knows(`state.${state}`) ? t(`state.${state}`) : (state ?? "");
  return [known, age_s === undefined ? "" : lasting(age_s)].filter(Boolean).join(" · ");
}

function deviceNote({ id, owner, seen }, own) {
  const marks = [owner ? t("owner.owner") : "", id === own ? t("owner.you") : ""];
  return [...marks, seen ? t("owner.seen", { time: ago(seen) }) : ""].filter(Boolean).join(" · ");
}

/** Rewrites a list, unless a button in it is about to be pressed for the second time. */
function fill(id, rows, describe) {
  if (by(id).querySelector("[data-asked]")) return;
  const items = rows.map(describe).map(([name, note, button]) =>
    make("li", {}, make("div", {}, name, make("p", { class: "note" }, note)), ...(button ? [button] : [])),
  );
  by(id).replaceChildren(...(items.length ? items : [make("li", { class: "note" }, t("owner.none"))]));
}

async function showConversations() {
  if (!keeps_conversations) return;
  const talks = await ask("GET", "/api/conversations").catch((error) => {
    if (error.status !== 404) throw error;
    keeps_conversations = false;
    return [];
  });
  const open = new Set([...by("conversations").querySelectorAll("details[open]")].map((one) => one.dataset.id));
  const items = talks.map((talk, at) => conversation(talk, open.has(String(talk.session ?? at)), at));
  by("conversations").replaceChildren(...(items.length ? items : [make("p", { class: "note" }, t("owner.none"))]));
}

function conversation({ session, name, turns = [] }, open, at) {
  const id = String(session ?? at);
  const title = name ?? turns.find(({ you }) => you)?.you ?? id;
  const element = make("details", { "data-id": id }, make("summary", {}, title));
  element.open = open;
  for (const { you, heard } of turns) {
    if (you) element.append(make("p", { class: "you" }, make("span", { class: "who" }, t("log.you")), you));
    if (heard) element.append(make("p", { class: "box" }, make("span", { class: "who" }, t("log.box")), heard));
  }
  return element;
}

/** A button that asks back before it does what cannot be undone. */
function doubtful(key, act) {
  const button = make("button", { type: "button", class: "danger" }, t(key));
  sureOnly(button, key, act);
  return button;
}

function sureOnly(button, key, act) {
  const calm = () => {
    delete button.dataset.asked;
    button.textContent = t(key);
  };
  button.addEventListener("click", async () => {
    if (button.dataset.asked === undefined) {
      button.dataset.asked = "";
      button.textContent = t("owner.sure");
      setTimeout(calm, sure_ms);
      return;
    }
    button.disabled = true;
    if (await done(act())) button.closest("li")?.remove();
    calm();
    button.disabled = false;
  });
}

/** Waits for it and tells how it went. @returns {Promise<boolean>} */
async function done(work, key) {
  try {
    await work;
    by("done").textContent = key ? t(key) : "";
    return true;
  } catch (error) {
    const { problem, remedy } = sentences(error instanceof Refusal ? error : { code: "unreachable" });
    by("done").textContent = `${problem} ${remedy}`;
    return false;
  }
}

function prepareControls() {
  sureOnly(by("restart"), "owner.restart", () => done(ask("POST", "/api/restart"), "owner.restarting"));
  sureOnly(by("echo"), "owner.echo", () => done(ask("POST", "/api/echo"), "owner.restarting"));
  sureOnly(by("forget"), "owner.forget", () => done(ask("DELETE", "/api/conversations"), "owner.forgotten"));
  prepareChoices(done);
  prepareUpdates(done, sureOnly);
  by("say").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await done(ask("POST", "/api/say", { text: by("words").value }), "owner.said")) by("words").value = "";
  });
  by("show-pin").addEventListener("click", () => digits(false));
  by("new-pin").addEventListener("click", () => digits(true));
}

/** @param {boolean} renew the old ones are valid no longer */
async function digits(renew) {
  if (renew) await ask("POST", "/api/pin");
  const { pin, svg } = await ask("GET", "/api/invitation");
  by("digits").textContent = grouped(pin);
  by("qr").src = picture(svg);
  by("qr").hidden = false;
}
