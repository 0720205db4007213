/** The part of the owner's page that updates the box, or makes it as new. Only boxes that were flashed have it. */

import { ask, Refusal, Unreachable } from "./api.js";
import { by } from "./dom.js";
import { t } from "./language.js";

const type = "application/octet-stream";

/**
 * @param {(work: Promise<unknown>, key?: string) => Promise<boolean>} done tells how it went
 * @param {(button: HTMLElement, key: string, act: () => Promise<unknown>) => void} sureOnly asks back
 */
export function prepareUpdates(done, sureOnly) {
  by("bundle").addEventListener("change", () => {
    by("install").disabled = !by("bundle").files.length;
  });
  by("update").addEventListener("submit", async (event) => {
    event.preventDefault();
    const [file] = by("bundle").files;
    if (!file) return;
    by("install").disabled = true;
    by("update-state").textContent = t("owner.update.receiving");
    if (await done(send(file))) by("bundle").value = "";
    by("install").disabled = !by("bundle").files.length;
    await showUpdates();
  });
  sureOnly(by("reset"), "owner.reset", () => done(ask("POST", "/api/reset", { confirm: "reset" }), "owner.resetting"));
}

/** How the last update stands. */
export async function showUpdates() {
  const status = await ask("GET", "/api/update").catch((error) => {
    if (error.status !== 404) throw error;
    return null;
  });
  by("updates").hidden = status === null;
  if (status === null) return;
  by("runs").textContent = t("owner.update.runs", { version: status.runs });
  const models = status.kind === "models" && status.state === "installed";
  const state = status.receiving ? "receiving" : models ? "models" : status.state;
  const words = { version: status.version, percent: String(status.percent) };
  by("update-state").textContent = [t(`owner.update.${state}`, words), status.problem, status.remedy].filter(Boolean).join(" – ");
}

/** The box is asked before anything is sent: a browser does not listen while it sends. */
async function send(file) {
  const { room } = await ask("GET", "/api/update");
  if (file.size > room) throw new Refusal(413, { error: "no_room", problem: t("no_room.problem"), remedy: t("no_room.remedy") }, 0);
  const request = { method: "POST", body: file, headers: { "Content-Type": type } };
  const response = await fetch("/api/update", request).catch((error) => {
    throw new Unreachable(String(error));
  });
  if (!response.ok) throw new Refusal(response.status, await response.json().catch(() => ({})), 0);
}
