/** The settings window: microphone, volume, language, keys. */

import { by, make } from "./dom.js";
import { offerLanguages, t } from "./language.js";
import { microphones } from "./microphone.js";

const nothing = "nothing";

/** Connects what needs no microphone: it works from the first look at the page. */
export function prepareSettings() {
  by("open-settings").addEventListener("click", () => by("settings").showModal());
  offerLanguages(by("language"));
  // A click beside a window closes it.
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }
}

/**
 * Connects what the person talks and hears with.
 * @param {import("./microphone.js").Microphone} microphone
 * @param {import("./loudspeaker.js").Loudspeaker} loudspeaker
 * @param {(obstacle: string) => void} failed a microphone was chosen and cannot be had
 */
export function connectSound(microphone, loudspeaker, failed) {
  const choice = by("microphone");
  const refresh = async () => {
    await microphone.recover();
    await listMicrophones(choice, microphone);
  };
  choice.disabled = false;
  choice.onchange = async () => {
    if (choice.value === nothing) microphone.silence();
    else await microphone.choose(choice.value).catch((error) => failed(error.code));
    await refresh();
  };
  navigator.mediaDevices.ondevicechange = refresh;
  refresh();
  const volume = by("volume");
  volume.disabled = !loudspeaker.adjustable;
  by("volume-fixed").hidden = loudspeaker.adjustable;
  volume.value = String(loudspeaker.volume);
  volume.oninput = () => {
    loudspeaker.volume = Number(volume.value);
  };
}

async function listMicrophones(choice, microphone) {
  const devices = await microphones();
  choice.replaceChildren(
    ...devices.map(({ deviceId, label }, at) =>
      make("option", { value: deviceId }, label || t("settings.unnamed", { n: at + 1 })),
    ),
    make("option", { value: nothing, "data-t": "settings.nothing" }, t("settings.nothing")),
  );
  choice.value = microphone.device || nothing;
  if (choice.selectedIndex < 0) choice.value = nothing;
}
