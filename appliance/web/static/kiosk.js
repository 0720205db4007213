/** The box's own screen: shows the conversation in the room, and invites by address and PIN when nobody speaks. */

import { ask, Refusal, socketAddress } from "./api.js";
import { by } from "./dom.js";
import { grouped, picture } from "./invitation.js";
import { nameBox, t } from "./language.js";
import { loudness } from "./loudness.js";
import { explain, sentence } from "./obstacle.js";
import { View } from "./view.js";

const again_ms = 1000;
/** Quiet time after which the invitation comes back. */
const quiet_ms = 4000;
/** The PIN is asked for again this long before it expires, and this often when the box names no time. */
const early_s = 5;
const unknown_s = 60;

/** Opens the view and keeps it connected. */
export async function kiosk() {
  document.body.classList.add("kiosk");
  const levels = { you: 0, box: 0 };
  const view = new View(() => levels);
  view.state("connecting");
  view.panel("caption");
  invite();
  for (;;) {
    await show(view, levels).catch((error) => forbidden(view, error));
    await new Promise((resolve) => setTimeout(resolve, again_ms));
  }
}

function forbidden(view, error) {
  if (!(error instanceof Refusal)) return;
  explain("not_kiosk", { link: "/" });
  view.panel("obstacle");
}

/** One connection, from its beginning to its end. */
async function show(view, levels) {
  const me = await ask("GET", "/api/me");
  if (!me.kiosk && !me.owner) throw new Refusal(403, { error: "not_kiosk" }, 0);
  nameBox(me.box);
  const socket = new WebSocket(socketAddress("/api/kiosk"));
  const reactions = reactionsOf(view, levels);
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    reactions[message.type]?.(message);
  };
  await new Promise((resolve) => {
    socket.onclose = resolve;
  });
  view.state("offline");
}

function reactionsOf(view, levels) {
  return {
    hello: ({ box, state }) => {
      nameBox(box);
      view.captions.clear();
      turnTo(view, state);
    },
    state: ({ state }) => turnTo(view, state),
    partial: ({ text, stable }) => view.captions.you(text, stable),
    understood: ({ text }) => {
      view.notice("failed");
      view.captions.you(text);
    },
    saying: ({ text }) => view.captions.box(text),
    failed: ({ problem, remedy }) => view.notice("failed", problem, sentence(remedy ?? "")),
    sound: ({ faults }) => view.notice("sound", ...faults.flatMap((one) => [one.problem, sentence(one.remedy)])),
    levels: ({ you, box }) => Object.assign(levels, { you: loudness(you), box: loudness(box) }),
    bye: ({ reason }) => view.notice("bye", t(`bye.${reason}`)),
  };
}

let quiet = 0;

/** The last words stay for a while after everybody has finished; then the invitation takes their place. */
function turnTo(view, state) {
  view.state(state);
  clearTimeout(quiet);
  if (state !== "listening") {
    by("invitation").hidden = true;
    view.panel("caption");
    return;
  }
  quiet = setTimeout(() => {
    view.captions.clear();
    by("caption").hidden = true;
    by("invitation").hidden = !by("address").textContent;
  }, by("caption").textContent ? quiet_ms : 0);
}

/** Fetches address and PIN, again and again as they expire. */
async function invite() {
  for (;;) {
    const invitation = await ask("GET", "/api/invitation").catch(() => ({}));
    if (invitation.address) {
      by("address").textContent = invitation.address.replace(/\/$/, "");
      by("fine-print").textContent = finePrint(invitation);
      by("invitation-pin").textContent = grouped(invitation.pin);
      by("qr").src = picture(invitation.svg);
    }
    const wait_s = Math.max(1, Math.min(unknown_s, (invitation.expires_s ?? early_s) - early_s));
    await new Promise((resolve) => setTimeout(resolve, 1000 * wait_s));
  }
}

/** For whoever steps closer: another address, and what to compare when the browser warns. */
function finePrint({ numeric_address, help_address, fingerprint }) {
  return [numeric_address, t("kiosk.warning", { address: help_address }), `SHA-256 ${fingerprint}`].filter(Boolean).join(" · ");
}
