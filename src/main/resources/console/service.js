// Requests to the service's lists and actions.

const ROOT = "v1/";

/** A response that is a problem (RFC 9457), or no response. */
export class Problem extends Error {
  constructor(status, detail, requestId, body) {
    super(detail);
    this.status = status;
    this.requestId = requestId;
    this.body = body;
  }
}

/** Reads fail after this time: a connection to a host that is gone would keep them for minutes. */
const READ_TIMEOUT_MILLIS = 15000;

/** Reads a file beside the page. */
export const readFile = (path) =>
  send(path, { cache: "no-store", signal: AbortSignal.timeout(READ_TIMEOUT_MILLIS) });

export const read = (path) => readFile(ROOT + path);

/**
 * Requests an action. No page of another origin can send the header Paymeter-Console.
 *
 * With an idempotency key, the same request can be repeated: it is executed once.
 */
export const act = (path, body, idempotencyKey) => post(ROOT + path, body, idempotencyKey);

/** Requests an action of a route beside the page. */
export function post(path, body, idempotencyKey) {
  const headers = { "Paymeter-Console": "1" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  if (idempotencyKey) {
    headers["Idempotency-Key"] = idempotencyKey;
  }
  return send(path, {
    method: "POST",
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

async function send(path, options) {
  let response;
  let body = {};
  try {
    response = await fetch(path, options);
    body = await response.json();
  } catch {
    if (!response || response.ok) {
      throw new Problem(0, "The service did not respond.", "", {});
    }
  }
  const requestId = response.headers.get("X-Request-Id") || "";
  if (!response.ok) {
    const fields = (body.errors || [])
      .map((error) => error.field + ": expected " + error.expected).join("; ");
    throw new Problem(
      response.status,
      (body.detail || "The service responded with the status " + response.status + ".")
        + (fields ? " " + fields + "." : ""),
      requestId,
      body);
  }
  return { body, requestId };
}

/** Runs a step now and, even if it fails, again and again, with a pause after each, while the page is visible. */
export async function repeat(step, pauseMillis) {
  try {
    if (!document.hidden) {
      await step();
    }
  } finally {
    setTimeout(() => repeat(step, pauseMillis), pauseMillis);
  }
}

/** Returns a new key; randomUUID needs a secure context, which plain HTTP to another host is not. */
export function newIdempotencyKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

let operator;

/** Returns the name and the scopes of the operator's key. */
export function currentOperator() {
  operator ??= read("operator").then(({ body }) => body, (problem) => {
    operator = undefined;
    throw problem;
  });
  return operator;
}
