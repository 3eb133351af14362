// The instances of a cluster, side by side. A single instance has no such table.

import { serviceTime } from "./connection.js";
import { addCell, byId, create, createRow, setState, setText } from "./dom.js";
import { isNumber, percent, perSecond, time, whole } from "./format.js";
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
/** When the shown rows were read; null before the first time. */
let readAt = null;

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
    readAt = serviceTime();
    show(body);
  } catch (problem) {
    note("old", problem.message + (readAt === null ? "" : " The rows are those of " + time(readAt) + "."));
  }
}

/** @param state that of the rows: "current", "absent" if one of them has no response, or "old" */
function note(state, text) {
  setState(byId("instances"), state);
  setText(byId("instances-note"), text);
  byId("instances-note").classList.toggle("fault", state !== "current");
}

function show({ data, payments, usd }) {
  byId("instances").hidden = !isClustered;
  if (!isClustered) {
    return;
  }
  const absent = data.filter((each) => !each.state);
  note(
    absent.length === 0 ? "current" : "absent",
    absent.length === 0
      ? "All " + data.length + " instances respond. Together they have counted "
        + whole(payments) + " payments, " + grouped(usd) + " USD."
      : "Without a response: " + absent.map((each) => each.instance).join(", ") + ".");
  byId("instances-rows").replaceChildren(...data.map(makeRow));
}

function makeRow(member) {
  const row = createRow();
  row.className = member.state ? "" : "absent";
  addCell(row, "").append(create("bdi", "", member.instance));
  const texts = figures(member.state);
  if (texts) {
    texts.forEach((text, i) => {
      addCell(row, "number", text).dataset.name = COLUMNS[i][0];
    });
  } else {
    addCell(row, "state", words(member)).colSpan = COLUMNS.length;
  }
  return row;
}

/** Returns the texts of the columns; null if there is no sample, or one of a form that this version does not know. */
function figures(state) {
  try {
    return state && state.point ? COLUMNS.map(([, text]) => text(state)) : null;
  } catch {
    return null;
  }
}

function words({ state, silent_since, reason, left_at }) {
  if (state) {
    return state.point ? "another version of Paymeter: see its own console" : "starting";
  }
  if (left_at) {
    return "✕ left the cluster before " + when(left_at);
  }
  const since = " since " + when(silent_since) + " (" + ageSince(silent_since) + ")";
  return reason === "no_state" ? "✕ starting, ending or of another version" + since : "✕ no response" + since;
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
