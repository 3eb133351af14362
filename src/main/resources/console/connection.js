// The connection to the service: its events, and whether it is live.

const RECONNECT_MILLIS = 2000;
/** The status arrives every second. After this time without it, the connection counts as lost. */
const CONNECTION_TIMEOUT_MILLIS = 10000;
/** A browser has six connections to a host: hidden tabs and pages left must not hold them all. */
const MAX_HIDDEN_MILLIS = 5000;

/**
 * The state of the connection: "connecting", "live" or "lost", since a time of the service's clock,
 * and whether it was live before.
 */
export const connection = { name: "connecting", since: Date.now(), wasLive: false };

/** The service's clock minus this machine's. */
let offset = 0;

/** Returns the time of the service's clock at a time of this machine's. All times of the page are the service's. */
export const serviceTime = (local = Date.now()) => local + offset;

/** Sets the service's clock. */
export function setServiceTime(at) {
  offset = at - Date.now();
}

let source = null;
/** The time of this machine's clock. */
let lastNews = 0;
/** Set while the page is disconnected because it is hidden or was left. */
let isSuspended = false;
let suspension;
let receivers;

/**
 * Connects, and reconnects whenever the connection is lost.
 *
 * `hello` receives the constant data of a service, which sends its payments next; `update` receives
 * additions; `changed` is called when the state of the connection changes.
 */
export function connect(hello, update, changed) {
  receivers = { hello, update, changed };
  open();
  setInterval(watch, 1000);
  document.addEventListener("visibilitychange", suspendWhileHidden);
  // A browser keeps a page that was left, with its connections, for a minute, to return to it.
  addEventListener("pagehide", suspend);
  addEventListener("pageshow", suspendWhileHidden);
  suspendWhileHidden();
}

function suspendWhileHidden() {
  clearTimeout(suspension);
  if (document.hidden) {
    suspension = setTimeout(suspend, MAX_HIDDEN_MILLIS);
  } else if (isSuspended) {
    isSuspended = false;
    open();
  }
}

function suspend() {
  isSuspended = true;
  if (source) {
    source.close();
    source = null;
  }
  enter("connecting", serviceTime(lastNews));
}

function open() {
  if (isSuspended || source) {
    return;
  }
  lastNews = Date.now();
  source = new EventSource("events");
  source.addEventListener("hello", (event) => {
    lastNews = Date.now();
    receivers.hello(JSON.parse(event.data));
    enter("live", serviceTime(lastNews));
  });
  source.addEventListener("update", (event) => {
    lastNews = Date.now();
    receivers.update(JSON.parse(event.data));
  });
  source.addEventListener("again", () => {
    source.close();
    source = null;
    open();
  });
  source.onerror = lost;
}

function enter(name, since) {
  if (connection.name !== name) {
    Object.assign(connection, {
      name,
      since,
      wasLive: connection.wasLive || connection.name === "live",
    });
    receivers.changed();
  }
}

/** Reconnects explicitly, because a browser does not retry after an error response. */
function lost() {
  source.close();
  source = null;
  enter("lost", serviceTime(lastNews));
  setTimeout(open, RECONNECT_MILLIS);
}

function watch() {
  if (source && Date.now() - lastNews > CONNECTION_TIMEOUT_MILLIS) {
    lost();
  }
}
