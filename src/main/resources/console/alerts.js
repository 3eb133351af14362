// The alerts with a condition that holds now, with their runbooks. The service evaluates them every 15 s.

import { byId, create, setState, setText } from "./dom.js";
import { serviceTime } from "./connection.js";
import { duration, time } from "./format.js";
import { readFile, repeat } from "./service.js";

const INTERVAL_MILLIS = 5000;
/** An evaluation of this age is not current: two more should have followed it. */
const MAX_AGE_MILLIS = 45000;

/** The latest evaluation that was read. */
let latest = { at: null, alerts: [], in_prometheus_only: [] };
/** The shown alerts, as text: an unchanged list keeps the focus on its links. */
let shown = "";

/** Reads the alerts now and repeatedly, but not while the page is paused. */
export function startAlerts(isPaused) {
  repeat(async () => isPaused() || read(), INTERVAL_MILLIS);
}

async function read() {
  let isRead = true;
  try {
    latest = (await readFile("alerts")).body;
  } catch {
    isRead = false;
  }
  show(latest, isRead && latest.at !== null && serviceTime() - latest.at <= MAX_AGE_MILLIS);
}

/** Before the first evaluation of a process, there are no alerts: those of an earlier process are not shown. */
function show(state, isCurrent) {
  const firing = state.alerts.filter((alert) => alert.is_firing).sort(criticalFirst);
  const pending = state.alerts.filter((alert) => !alert.is_firing);
  setState(byId("alerts"), !isCurrent ? "unknown" : firing.length > 0 ? "firing" : "none");
  setText(byId("alerts-summary"), summary(state.at, firing.length, isCurrent));
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

const criticalFirst = (a, b) => (b.severity === "critical") - (a.severity === "critical");

function summary(at, firing, isCurrent) {
  if (at === null) {
    return "not evaluated yet";
  }
  const result = (firing === 0 ? "none fires" : firing + " firing") + ", evaluated at " + time(at);
  return isCurrent ? result : "not known now; " + duration(serviceTime() - at) + " ago: " + result;
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
