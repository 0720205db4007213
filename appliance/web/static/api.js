/** The box's HTTP interface: what is asked, how long one waits, and how it says no. */

const patience_ms = 4000;

/** The box said no, and why. */
export class Refusal extends Error {
  /** @param {number} status @param {{error?: string, problem?: string, remedy?: string}} body @param {number} wait_s */
  constructor(status, body, wait_s) {
    super(body.problem ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.error ?? (status === 401 ? "not_paired" : "unknown");
    this.body = body;
    this.wait_s = wait_s;
  }
}

/** Nothing answered at all: switched off, out of the network, or still starting. */
export class Unreachable extends Error {
  code = "unreachable";
}

/**
 * One question to the box.
 * @param {string} method
 * @param {string} path
 * @param {object} [body] sent as JSON
 * @param {number} [timeout_ms]
 * @returns {Promise<any>} what it answered
 * @throws {Refusal | Unreachable}
 */
export async function ask(method, path, body, timeout_ms = patience_ms) {
  const request = { method, cache: "no-store", signal: AbortSignal.timeout(timeout_ms) };
  if (method !== "GET") {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body ?? {});
  }
  const response = await fetch(path, request).catch((error) => {
    throw new Unreachable(String(error));
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, answer, Number(response.headers.get("Retry-After") ?? 0));
  return answer;
}

/** The address of a WebSocket of the box. @param {string} path */
export const socketAddress = (path) => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
