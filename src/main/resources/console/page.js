// The console: keeps the state that the service's events carry, and shows it.

import { startAlerts } from "./alerts.js";
import { connect, connection, serviceTime, setServiceTime } from "./connection.js";
import { startDifferences } from "./differences.js";
import { byId, setState, setText } from "./dom.js";
import { Card, MACHINE, SERVICE } from "./figures.js";
import { duration, time } from "./format.js";
import { startInstances } from "./instances.js";
import { forgetMoney, showMoney, startMoney } from "./money.js";
import {
  forgetPayments, latestPayments, showPayments, startPayments, suggestPayment,
} from "./payments.js";
import { showProof } from "./proof.js";
import { RANGES, readSamples, withSample } from "./samples.js";
import { showStatus } from "./status.js";
import { startTrail } from "./trail.js";

/** The latest state. Its lists are replaced, never modified. */
const known = { points: [], payments: [], status: null, range: "15m" };
/** The shown state; while paused, the state at that time. */
let shown = { ...known };
let thresholds = {};
let paused = false;
/** Time until a failed read of samples is repeated. */
const RETRY_MILLIS = 2000;
/** Numbers the reads of samples: only the latest one counts. */
let reads = 0;
/** The samples that have arrived during a read; null if none is running. */
let arrived = null;
const cards = [
  ...SERVICE.map((question) => new Card(question, byId("questions"))),
  ...MACHINE.map((question) => new Card(question, byId("machine"))),
];

/** Shows the state: figures, charts and payments change only with it. */
function show() {
  if (!paused) {
    shown = { ...known };
  }
  const { points, payments, status, range } = shown;
  const context = { points, range, status, payments, thresholds };
  cards.forEach((card) => card.show(context));
  showMoney(context);
  showPayments(payments);
  setText(byId("range-text"), "the last " + RANGES[range].words);
  tick();
}

/** Shows what changes with time alone: ages, and whether the page is live. */
function tick() {
  const isLive = connection.name === "live" && !paused;
  const stateAt = shown.status ? shown.status.at : null;
  // Without news, ages grow; paused, they are those of the shown state.
  const now = paused && stateAt !== null ? stateAt : serviceTime();
  const stale = stateAt === null || isLive ? "" : duration(serviceTime() - stateAt) + " old";
  document.body.dataset.live = String(isLive);
  document.querySelectorAll(".age").forEach((each) => setText(each, stale));
  setText(byId("as-of"), stateAt === null ? "--:--:--" : time(stateAt));
  setState(byId("connection"), paused && connection.name === "live" ? "paused" : connection.name);
  setText(
    byId("connection-text"),
    isLive ? "Live" : words() + (stale && " · " + stale));
  showProof(shown.status, now);
  const worst = showStatus(shown.status, thresholds, now, connection);
  const isKnown = connection.name !== "connecting";
  document.title = (isKnown && worst ? worst + " – " : "") + "Paymeter console";
}

function words() {
  return connection.name === "lost" ? "Connection lost" : paused ? "Paused" : "Connecting";
}

function pause() {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  setText(byId("pause"), paused ? "Resume" : "Pause");
  show();
}

/** The server may be a new process, whose totals begin again; it sends its payments next. */
function greet(hello) {
  known.payments = [];
  forgetPayments();
  thresholds = hello.thresholds;
  setText(byId("instance"), hello.instance);
  read(known.range);
}

/** The address of the API is empty until the API is ready. */
function showApi(api) {
  byId("api-link").hidden = !api;
  if (api) {
    byId("api-link").href = ofApi(api, "/docs/");
  }
  suggestPayment(api && ofApi(api, "/v1/payments"));
}

/** An address of all interfaces is reachable under the name of this page. */
function ofApi(api, path) {
  const url = new URL(path, api);
  if (/^(0\.0\.0\.0|\[::\])$/.test(url.hostname)) {
    url.hostname = location.hostname;
  }
  return url.href;
}

/**
 * Reads the samples of a range, again if that fails, until another read begins. Without a connection, the last ones
 * remain.
 */
async function read(range) {
  const mine = ++reads;
  arrived = [];
  let points = null;
  try {
    points = await readSamples(range);
  } catch {
    setTimeout(() => mine === reads && read(range), RETRY_MILLIS);
  }
  if (mine === reads && (points || connection.name === "live")) {
    keep(points, range);
  }
}

/**
 * Keeps samples that were read, or none if they could not be, and those that have arrived meanwhile. While paused,
 * another range is shown up to that time.
 */
function keep(points, range) {
  if (points === null) {
    known.points = [];
  } else {
    if (paused && shown.status && range !== shown.range) {
      shown = { ...shown, range, points: points.filter((point) => point.at <= shown.status.at) };
    }
    const last = points.length === 0 ? 0 : points[points.length - 1].at;
    known.points = arrived.filter((point) => point.at > last)
      .reduce((all, point) => withSample(all, point, range), points);
    arrived = null;
  }
  show();
}

/** During a read, samples are not added to the others, which may be of another process or range. */
function add(point) {
  if (arrived) {
    arrived.push(point);
  } else {
    known.points = withSample(known.points, point, known.range);
  }
}

function update(more) {
  more.points.forEach(add);
  known.payments = latestPayments([...known.payments, ...more.payments]);
  if (more.status) {
    known.status = more.status;
    setServiceTime(more.status.at);
    showApi(more.status.api);
  }
  show();
}

function choose(range) {
  known.range = range;
  read(range);
}

byId("pause").addEventListener("click", pause);
document.querySelectorAll("input[name=range]").forEach(
  (choice) => choice.addEventListener("change", () => choose(choice.value)));
startPayments();
startDifferences();
startInstances();
startTrail();
startMoney(show);
startAlerts(() => paused);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  cards.forEach((card) => card.forget());
  forgetMoney();
  show();
});
show();
connect(greet, update, tick);
setInterval(tick, 1000);
