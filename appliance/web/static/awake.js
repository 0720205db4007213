/** Keeps a phone's screen on while it is being talked to; most phones take the microphone away with it. */

/** Asks for it; a browser that does not know how, or does not want to, is not pressed. */
export async function keepAwake() {
  await navigator.wakeLock?.request("screen").catch(() => {});
}
