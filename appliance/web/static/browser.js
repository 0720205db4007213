/** Which browser on which device this is, for instructions that fit. Nothing else depends on it. */

const agent = navigator.userAgent;

/** @returns {"android"|"ios"|"windows"|"macos"|"linux"} */
export function system() {
  if (/Android/.test(agent)) return "android";
  // An iPad says that it is a Mac; no Mac has a touch screen.
  if (/iPhone|iPad/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1)) return "ios";
  if (/Windows/.test(agent)) return "windows";
  return /Macintosh/.test(agent) ? "macos" : "linux";
}

/** @returns {"firefox"|"safari"|"safari-ios"|"chrome"|"chrome-android"} */
export function browser() {
  if (system() === "ios") return "safari-ios";
  if (/Firefox/.test(agent)) return "firefox";
  if (/Chrome/.test(agent)) return system() === "android" ? "chrome-android" : "chrome";
  return "safari";
}

/** @returns {"phone"|"tablet"|"computer"} */
export function kind() {
  if (!["android", "ios"].includes(system())) return "computer";
  return Math.min(screen.width, screen.height) < 600 ? "phone" : "tablet";
}
