// The instances of a cluster, side by side. A single instance has no such table.

import { addCell, byId, create, createRow, setText } from "./dom.js";
import { isNumber, percent, perSecond, whole } from "./format.js";
import { ageSince, grouped, took, when } from "./payment-text.js";
import { read, repeat } from "./service.js";

const READ_MILLIS = 5000;

/** The columns: a heading, and the text of an instance's latest sample and totals. */
const COLUMNS = [
  ["Payments/s", ({ point }) => number(point.payments_per_second, perSecond)],
  ["Success", ({ point }) => number(point.payment_success_rate, (value) => percent(value) + " %")],
  ["Slowest gateway", ({ point }) => slowest(point.avg_response_time_by_gateway)],
  ["High errors/s", ({ point }) => number(point.error_rate_by_severity.high, perSecond)],
  ["Connections", ({ point }) => fullest(point.db_connection_usage)],
  ["CPU", ({ point }) => number(point.avg_cpu_usage, (value) => whole(value) + " %")],
  ["Drift", ({ metrics_ledger_drift }) => number(metrics_ledger_drift, whole)],
  ["Counted", ({ payments }) => whole(payments)],
  ["USD", ({ usd }) => grouped(usd)],
];

let isClustered = true;

const number = (value, format) => (isNumber(value) ? format(value) : "–");

function slowest(byGateway) {
  const [gateway, seconds] = Object.entries(byGateway)
    .reduce((worst, each) => (each[1] > worst[1] ? each : worst), ["", -1]);
  return gateway ? gateway + " " + took(seconds) : "–";
}

function fullest(pools) {
  const pool = pools.reduce((worst, each) => (each.usage > worst.usage ? each : worst), { usage: -1 });
  return pool.usage < 0 ? "–" : pool.active + " of " + pool.max;
}

/** Reads the states, except while the page is paused. */
async function refresh() {
  if (!isClustered || byId("pause").getAttribute("aria-pressed") === "true") {
    return;
  }
  try {
    const { body } = await read("instances");
    isClustered = body.data.length > 0;
    show(body);
  } catch (problem) {
    setText(byId("instances-note"), problem.message);
  }
}

function show({ data, payments, usd }) {
  byId("instances").hidden = !isClustered;
  if (!isClustered) {
    return;
  }
  const absent = data.filter((each) => !each.state);
  setText(
    byId("instances-note"),
    absent.length === 0
      ? "All " + data.length + " instances respond. Together they have counted "
        + whole(payments) + " payments, " + grouped(usd) + " USD."
      : "Without a response: " + absent.map((each) => each.instance).join(", ") + ".");
  byId("instances-note").classList.toggle("fault", absent.length > 0);
  byId("instances-rows").replaceChildren(...data.map(makeRow));
}

function makeRow({ instance, state, silent_since, left_at }) {
  const row = createRow();
  row.className = state ? "" : "absent";
  const cell = (className, text) => addCell(row, className, text);
  cell("").append(create("bdi", "", instance));
  if (!state || !state.point) {
    const words = state
      ? "starting"
      : left_at
        ? "✕ left the cluster at " + when(left_at)
        : "✕ no response since " + when(silent_since) + " (" + ageSince(silent_since) + ")";
    cell("state", words).colSpan = COLUMNS.length;
    return row;
  }
  for (const [heading, text] of COLUMNS) {
    cell("number", text(state)).dataset.name = heading;
  }
  return row;
}

export function startInstances() {
  byId("instances-heads").append(...COLUMNS.map(([heading]) => {
    const head = create("th", "number", heading);
    head.setAttribute("role", "columnheader");
    head.scope = "col";
    return head;
  }));
  repeat(refresh, READ_MILLIS);
}
