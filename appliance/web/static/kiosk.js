/** The box's own screen: shows the conversation in the room, and invites by address and PIN when nobody speaks. */

import { ask, Refusal, socketAddress } from "./api.js";
import { by, make } from "./dom.js";
import { grouped, picture } from "./invitation.js";
import { prepareKeys } from "./keys.js";
import { nameBox, speak, t } from "./language.js";
import { loudness } from "./loudness.js";
import { broken, explain, soundFaults } from "./obstacle.js";
import { Sleep } from "./sleep.js";
import { View } from "./view.js";

const again_ms = 1000;
/** Quiet time after which the invitation comes back. */
const quiet_ms = 4000;
/** The PIN is asked for again this long before it expires, and this often at least. */
const early_s = 5;
const most_s = 60;
/** Of a settings file's mistakes: the rest is on the stick. */
const most_lines = 4;
/** States in which nobody waits for anything. */
const calm = ["listening", "muted"];
/** A box that has no owner looks more often whether it has one now. */
const new_s = 5;

/** Opens the view and keeps it connected. */
export async function kiosk() {
  document.body.classList.add("kiosk");
  const sleep = new Sleep();
  invite(sleep);
  const screen = new Kiosk(sleep);
  for (;;) {
    await screen.show();
    await new Promise((resolve) => setTimeout(resolve, again_ms));
  }
}

/** Owns the connection to the conversation in the room, and has its two buttons. */
class Kiosk {
  #levels = { you: 0, box: 0 };
  #view = new View(() => this.#levels);
  #muted = false;
  /** @type {WebSocket} */
  #socket;
  #quiet = 0;
  #sleep;

  /** @param {Sleep} sleep */
  constructor(sleep) {
    this.#sleep = sleep;
    this.#view.state("connecting");
    this.#view.panel("caption");
    const mute = () => this.#tell({ type: "mute", on: !this.#muted });
    const stop = () => this.#tell({ type: "stop" });
    by("mute").addEventListener("click", mute);
    by("stop").addEventListener("click", stop);
    prepareKeys({ Escape: stop, m: mute });
  }

  /** One connection, from its beginning to its end. */
  async show() {
    try {
      const me = await ask("GET", "/api/me");
      if (!me.kiosk && !me.owner) throw new Refusal(403, {}, 0);
      if (me.kiosk) speak(me.language);
      nameBox(me.box);
      this.#sleep.after(me.screen_off_s);
      await this.#follow();
    } catch (error) {
      if (error.code === "starting") location.reload(); // to be shown how far it is
      else if (error instanceof Refusal) this.#forbidden();
    }
  }

  async #follow() {
    this.#socket = new WebSocket(socketAddress("/api/kiosk"));
    this.#socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      this.#handlers[message.type]?.(message);
    };
    await new Promise((resolve) => {
      this.#socket.onclose = resolve;
    });
    by("bar").hidden = true;
    this.#turnTo("offline");
  }

  #handlers = {
    hello: (message) => this.#hello(message),
    state: ({ state }) => this.#turnTo(state),
    partial: ({ text, stable }) => this.#view.captions.you(text, stable),
    understood: ({ text }) => this.#understood(text),
    saying: ({ text }) => this.#view.captions.box(text),
    failed: (message) => this.#notice("failed", ...broken(message)),
    sound: ({ faults }) => this.#notice("sound", ...soundFaults(faults)),
    levels: ({ you, box }) => Object.assign(this.#levels, { you: loudness(you), box: loudness(box) }),
    muted: ({ on }) => this.#mute(on),
    bye: ({ reason }) => this.#notice("bye", t(`bye.${reason}`)),
  };

  #notice(topic, ...texts) {
    this.#view.notice(topic, ...texts);
    this.#sleep.stir();
  }

  #hello({ box, state, muted }) {
    nameBox(box);
    this.#view.notice("bye");
    this.#view.captions.clear();
    by("bar").hidden = false;
    this.#mute(muted);
    this.#turnTo(state);
  }

  #understood(text) {
    this.#view.notice("failed");
    this.#view.captions.you(text);
  }

  #mute(on) {
    this.#muted = on;
    this.#view.muted(on);
  }

  /** The last words stay for a while after everybody has finished; then the invitation takes their place. */
  #turnTo(state) {
    this.#view.state(state);
    this.#sleep.keep("state", !calm.includes(state));
    clearTimeout(this.#quiet);
    if (state === "listening" || state === "muted") {
      this.#quiet = setTimeout(() => this.#invite(), by("caption").textContent ? quiet_ms : 0);
      return;
    }
    by("invitation").hidden = true;
    this.#view.panel("caption");
  }

  #invite() {
    this.#view.captions.clear();
    by("caption").hidden = true;
    by("invitation").hidden = !by("address").textContent;
  }

  #forbidden() {
    explain("not_kiosk", { link: "/" });
    this.#view.panel("obstacle");
  }

  #tell(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

/** Fetches address and PIN, again and again as they expire. */
async function invite(sleep) {
  for (;;) {
    const invitation = await ask("GET", "/api/invitation").catch(() => ({}));
    if (invitation.address) {
      by("address").textContent = invitation.address.replace(/\/$/, "");
      by("fine-print").textContent = finePrint(invitation);
      by("invitation-pin").textContent = grouped(invitation.pin);
      by("qr").src = picture(invitation.svg);
      by("first").hidden = invitation.owned !== false;
      setUp(invitation);
      sleep.keep("setup", invitation.owned === false || invitation.setup?.state === "refused");
    }
    const wait_s = Math.max(1, Math.min(invitation.owned === false ? new_s : most_s, (invitation.expires_s ?? 0) - early_s));
    await new Promise((resolve) => setTimeout(resolve, 1000 * wait_s));
  }
}

/** What became of the settings file on a USB stick. What was applied is news only until the box has an owner. */
function setUp({ owned, setup = {} }) {
  const lines = { refused: setup.problems, update: setup.problems, updating: setup.problems, applied: owned ? [] : setup.told }[setup.state] ?? [];
  const [title, list] = by("setup").children;
  by("setup").hidden = lines.length === 0;
  by("setup").dataset.state = setup.state ?? "none";
  title.textContent = lines.length ? t(`kiosk.setup.${setup.state}`) : "";
  list.replaceChildren(...lines.slice(0, most_lines).map((line) => make("li", {}, line)));
}

/** For whoever steps closer: another address, and what to compare when the browser warns. */
function finePrint({ numeric_address, help_address, fingerprint }) {
  const warning = t("kiosk.warning", { address: help_address });
  return [numeric_address, warning, `SHA-256 ${fingerprint}`].filter(Boolean).join(" · ");
}
