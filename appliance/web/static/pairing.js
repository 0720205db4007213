/** The form that lets a device in: six digits that the box shows. */

import { ask, Refusal } from "./api.js";
import { kind } from "./browser.js";
import { by } from "./dom.js";
import { t } from "./language.js";
import { sentences } from "./obstacle.js";

const digits = 6;

/** Asks until the device is paired. */
export function paired() {
  by("device").value ||= t(`device.${kind()}`);
  return new Promise((resolve) => {
    by("pair").onsubmit = async (event) => {
      event.preventDefault();
      if (await tried()) resolve();
    };
    takeFromAddress();
    // The sixth digit is the last: nobody need look for the button.
    by("pin").oninput = () => by("pin").value.length === digits && by("pair").requestSubmit();
  });
}

/** Whoever came by the QR code has brought the digits behind the `#`, where servers and logs do not see them. */
function takeFromAddress() {
  const [, pin] = location.hash.match(/^#pin=([0-9]{6})$/) ?? [];
  if (!pin) return;
  history.replaceState(null, "", location.pathname);
  by("pin").value = pin;
  by("pair").requestSubmit();
}

async function tried() {
  by("pair-button").disabled = true;
  try {
    await ask("POST", "/api/pair", { pin: by("pin").value, name: by("device").value });
    return true;
  } catch (error) {
    by("pair-problem").textContent = wording(error);
    by("pin").value = "";
    if (error.status === 429) await wait(error.wait_s || 1);
    return false;
  } finally {
    by("pair-button").disabled = false;
    by("pin").focus();
  }
}

function wording(error) {
  const { problem, remedy } = sentences(error instanceof Refusal ? error : { code: "unreachable" });
  const left = error.body?.tries_left;
  const tries = left === undefined ? "" : left === 1 ? t("pair.try") : t("pair.tries", { n: left });
  return [problem, remedy, tries].filter(Boolean).join(" ");
}

/** Counts down, so that the wait is no riddle. @param {number} seconds */
async function wait(seconds) {
  by("pin").disabled = true;
  for (let left = Math.ceil(seconds); left > 0; left -= 1) {
    by("pair-wait").textContent = t("pair.wait", { n: left });
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  by("pair-wait").textContent = "";
  by("pin").disabled = false;
}
