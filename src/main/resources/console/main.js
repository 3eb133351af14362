// The console: keeps the state that the service's events carry, and shows it.

import { SHOWN_MILLIS } from "./charts.js";
import { connect } from "./connection.js";
import { startDifferences } from "./differences.js";
import { byId, setText } from "./dom.js";
import { Card, QUESTIONS } from "./figures.js";
import { time } from "./format.js";
import { startInstances } from "./instances.js";
import { forgetPayments, latestPayments, showPayments, startPayments } from "./payments.js";
import { showPromises } from "./status.js";

/** The latest state. Its lists are replaced, never modified. */
const known = { points: [], payments: [] };
/** The shown state; while paused, the state at that time. */
let shown = { ...known };
let thresholds = {};
let paused = false;
const cards = QUESTIONS.map((question) => new Card(question));

function show() {
  if (!paused) {
    shown = { ...known };
  }
  const { points, payments } = shown;
  cards.forEach((card) => card.show(points, payments, thresholds));
  // The chart may have been created before a card in the same row had a legend.
  cards.forEach((card) => card.chart.fit());
  showPromises(points, thresholds);
  showPayments(payments);
  const point = points[points.length - 1];
  if (point) {
    setText(byId("as-of"), time(point.at));
  }
}

function addPoints(more) {
  for (const point of more) {
    // The service's clock may have been set back.
    const kept = known.points.filter(
      (past) => past.at < point.at && past.at >= point.at - SHOWN_MILLIS);
    known.points = [...kept, point];
  }
}

function pause() {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  show();
}

/** The server may be a new process; it sends its complete state next. */
function greet(hello) {
  known.points = [];
  known.payments = [];
  forgetPayments();
  thresholds = hello.thresholds;
  setText(byId("instance"), hello.instance);
}

function update(more) {
  addPoints(more.points);
  known.payments = latestPayments([...known.payments, ...more.payments]);
  show();
}

byId("pause").addEventListener("click", pause);
startPayments();
startDifferences();
startInstances();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  cards.forEach((card) => card.chart.forget());
  show();
});
show();
connect(greet, update);
