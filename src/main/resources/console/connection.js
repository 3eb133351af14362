// The connection to the service: its events, and whether it is live.

import { byId, setState, setText } from "./dom.js";
import { time } from "./format.js";

const RECONNECT_MILLIS = 2000;
/** Samples arrive every 5 s. After this time without one, the connection counts as lost. */
const CONNECTION_TIMEOUT_MILLIS = 20000;

let source = null;
let lastNews = 0;
let isLive = false;
let receivers;

/**
 * Connects, and reconnects whenever the connection is lost.
 *
 * `hello` receives the constant data of a service, which sends its complete state next; `update`
 * receives additions.
 */
export function connect(hello, update) {
  receivers = { hello, update };
  open();
  setInterval(watch, 1000);
}

function open() {
  lastNews = Date.now();
  source = new EventSource("events");
  source.addEventListener("hello", (event) => {
    receivers.hello(JSON.parse(event.data));
    live();
  });
  source.addEventListener("update", (event) => {
    lastNews = Date.now();
    receivers.update(JSON.parse(event.data));
  });
  source.addEventListener("again", () => {
    source.close();
    open();
  });
  source.onerror = lost;
}

function live() {
  isLive = true;
  lastNews = Date.now();
  byId("lost").hidden = true;
  setState(byId("connection"), "live");
  setText(byId("connection-text"), "Live");
  document.title = "Paymeter console";
}

/** Reconnects explicitly, because a browser does not retry after an error response. */
function lost() {
  source.close();
  source = null;
  if (isLive || byId("lost").hidden) {
    setText(
      byId("lost"),
      isLive
        ? "Connection lost at " + time(lastNews)
          + ". The page shows the state at that time. Trying again until the service responds."
        : "The service does not respond, or the console has too many clients. Trying again.");
    byId("lost").hidden = false;
    document.title = "Connection lost – Paymeter console";
  }
  isLive = false;
  setState(byId("connection"), "lost");
  setText(byId("connection-text"), "Connection lost");
  setTimeout(open, RECONNECT_MILLIS);
}

function watch() {
  if (source && Date.now() - lastNews > CONNECTION_TIMEOUT_MILLIS) {
    lost();
  }
}
