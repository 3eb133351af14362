// The alerts with a condition that holds now, with their runbooks. The service evaluates them every 15 s.

import { byId, create, setState, setText } from "./dom.js";
import { time } from "./format.js";

const INTERVAL_MILLIS = 5000;

/** The shown alerts, as text: an unchanged list keeps the focus on its links. */
let shown = "";

/** Reads the alerts now and repeatedly, but not while the page is paused. */
export function startAlerts(isPaused) {
  read(isPaused);
  setInterval(() => read(isPaused), INTERVAL_MILLIS);
}

async function read(isPaused) {
  if (isPaused()) {
    return;
  }
  try {
    const response = await fetch("alerts");
    if (response.ok) {
      show(await response.json());
    }
  } catch {
    // The events show that the connection is lost.
  }
}

function show(state) {
  if (state.at === null) {
    return;
  }
  const firing = state.alerts.filter((alert) => alert.is_firing);
  const pending = state.alerts.filter((alert) => !alert.is_firing);
  setState(byId("alerts"), firing.length > 0 ? "firing" : "none");
  setText(
    byId("alerts-summary"),
    (firing.length === 0 ? "none fires" : firing.length + " firing") + ", evaluated at " + time(state.at));
  const text = JSON.stringify([state.alerts, state.in_prometheus_only]);
  if (text !== shown) {
    shown = text;
    byId("firing").replaceChildren(...firing.map(item));
    showMore(byId("pending"), pending.length + " pending, while the condition has not held long enough", pending.map(item));
    showMore(
      byId("in-prometheus-only"),
      state.in_prometheus_only.length + " evaluated by Prometheus only",
      state.in_prometheus_only.map(other));
  }
}

function showMore(details, summary, items) {
  details.hidden = items.length === 0;
  setText(details.querySelector("summary"), summary);
  details.querySelector("ul").replaceChildren(...items);
}

function item(alert) {
  const entry = create("li", "alert");
  entry.dataset.severity = alert.severity;
  const title = create("p", "title");
  const runbook = create("a", "", "Runbook");
  runbook.href = "../runbooks/" + encodeURIComponent(alert.runbook);
  runbook.setAttribute("aria-label", "Runbook: " + alert.title);
  title.append(
    create("strong", "", alert.title),
    " ",
    create("span", "hush", alert.severity + " since " + time(alert.since)),
    " ",
    runbook);
  entry.append(title, create("p", "description", alert.description));
  return entry;
}

function other(alert) {
  const window = alert.labels.long_window;
  return create("li", "hush", alert.alert + (window ? " (" + window + ")" : "") + ": " + alert.reason);
}
