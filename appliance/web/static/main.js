/** The page: from the first look to the conversation. */

import { sayAloud } from "./aloud.js";
import { ask } from "./api.js";
import { keepAwake } from "./awake.js";
import { by } from "./dom.js";
import { openHelp, prepareHelp } from "./help.js";
import { prepareKeys } from "./keys.js";
import { nameBox, pickLanguage, t } from "./language.js";
import { Line } from "./line.js";
import { explain, sentences } from "./obstacle.js";
import { paired } from "./pairing.js";
import { prepareSettings } from "./settings.js";
import { Talk } from "./talk.js";
import { View } from "./view.js";

const again_ms = 1000;

/** @type {Talk | null} */
let talk = null;
/** @type {View} */
let view;

pickLanguage();
prepareHelp();
prepareSettings();
if (new URLSearchParams(location.search).has("kiosk")) import("./kiosk.js").then(({ kiosk }) => kiosk());
else visit();

async function visit() {
  view = new View(() => talk?.levels() ?? { you: 0, box: 0 });
  prepareControls();
  view.state("connecting");
  const me = await acquainted();
  if (!window.isSecureContext) return insecure(me.address);
  if (!navigator.mediaDevices || !window.AudioContext) return stuck("old");
  if (!me.paired) await pair();
  if (Line.session) begin(true);
  else atDoor();
}

/** Who we are to the box. Asks until it answers. */
async function acquainted() {
  for (;;) {
    try {
      const me = await ask("GET", "/api/me");
      nameBox(me.box);
      by("owner").hidden = !me.owner;
      return me;
    } catch {
      if (!window.isSecureContext) return { address: secureAddress() };
      stuck("unreachable");
      await new Promise((resolve) => setTimeout(resolve, again_ms));
    }
  }
}

const secureAddress = () => `https://${location.hostname}:8443/`;

function insecure(address) {
  const link = location.hostname.endsWith(".local") || !address ? secureAddress() : address;
  stuck("insecure", { link, actions: { "certificate.button": openHelp } });
}

function stuck(code, more) {
  explain(code, more);
  view.state("idle");
  view.panel("obstacle");
}

function atDoor() {
  view.state("idle");
  view.panel("door");
}

async function pair() {
  view.state("idle");
  view.panel("pair");
  await paired();
  const me = await acquainted(); // the first device of all is the owner's
  if (me.owner) view.notice("owner", t("pair.owner"));
}

/** @param {boolean} aloud */
async function begin(aloud) {
  talk?.close();
  const mine = new Talk(view);
  talk = mine;
  mine.onEnd = (reason) => ended(reason);
  mine.onRefused = (refusal) => refused(refusal);
  mine.onOpen = () => opened(mine);
  view.notice("owner");
  view.panel("caption");
  try {
    if (!(await mine.prepare(aloud))) await tapped(mine);
    if (talk === mine) mine.begin();
  } catch (error) {
    talk = null;
    mine.close();
    const actions = { again: () => begin(true), "text.only": () => begin(false) };
    stuck(error.code ?? "unknown", { actions });
  }
}

/** After a reload a browser may want one tap before it lets a page be heard. */
async function tapped(mine) {
  by("wake").hidden = false;
  by("wake").focus();
  do await new Promise((resolve) => by("wake").addEventListener("click", resolve, { once: true }));
  while (!(await mine.wake()));
  by("wake").hidden = true;
}

async function opened(mine) {
  view.panel("caption");
  by("bar").hidden = false;
  document.body.dataset.talking = "yes";
  if (document.activeElement === document.body) by("mute").focus();
  keepAwake();
  if (!(await mine.wake())) await tapped(mine);
}

function ended(reason) {
  talk = null;
  by("bar").hidden = true;
  view.state("ended");
  if (reason === "revoked") pair().then(atDoor);
  else view.panel("door");
}

function refused(refusal) {
  if (refusal.status === 401) {
    Line.forget();
    talk.close();
    talk = null;
    view.notice("bye", t("not_paired.problem"));
    return pair().then(() => begin(true));
  }
  if (["unknown", "too_often"].includes(refusal.code)) return; // it is starting, or asked too often: no news
  if (refusal.code !== "busy") return view.notice("line", ...Object.values(sentences(refusal)));
  const place = refusal.body.place ?? 0; // nobody stands at place 0: the queue is full
  explain(place ? "busy" : "full", { values: { n: place } });
  if (!by("obstacle").hidden) return; // said already; only the number has changed
  sayAloud(t("busy.problem"));
  view.panel("obstacle");
}

function prepareControls() {
  by("talk").addEventListener("click", () => begin(true));
  by("mute").addEventListener("click", () => talk?.toggleMute());
  by("stop").addEventListener("click", () => talk?.stop());
  by("text").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = by("words").value.trim();
    if (text && talk?.write(text)) by("words").value = "";
  });
  prepareKeys({
    Escape: () => talk?.stop(),
    m: () => talk?.toggleMute(),
    t: () => by("words").focus(),
    s: () => by("settings").showModal(),
    "?": openHelp,
  });
  addEventListener("online", () => talk?.hurry());
  navigator.connection?.addEventListener("change", () => talk?.hurry());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") returned();
  });
}

function returned() {
  talk?.hurry();
  if (talk) keepAwake(); // browsers drop the lock with every look elsewhere
}
