// The list of the latest payments.

import { byId, create, setText } from "./dom.js";
import { seconds, time, whole, words } from "./format.js";
import { showRecord, startRecord } from "./record.js";

const ROWS = 50;

/** The shown payments. */
let payments = [];
/** The row whose record is shown. */
let opened = null;
/** Table rows by payment id. */
const rows = new Map();
/** The number of payments since the service's start. */
const countedPayments = () => (payments.length === 0 ? 0 : payments[0].number);
const onlyFailed = () => document.querySelector("input[name=which]:checked").value === "failed";

/** Returns the latest payments and the latest failed ones. */
export function latestPayments(payments) {
  let all = 0;
  let failed = 0;
  return [...payments]
    .sort((a, b) => b.number - a.number)
    .filter(
      (payment) => all++ < ROWS || (payment.status === "failed" && failed < ROWS && ++failed));
}

export function showPayments(latest) {
  payments = latest;
  const counted = countedPayments();
  const shown = payments
    .filter((payment) => !onlyFailed() || payment.status === "failed")
    .slice(0, ROWS);
  const shownIds = new Set(shown.map((payment) => payment.id));
  for (const [id, row] of rows) {
    // Keeps the focused row, and returns the focus to it when its record is closed.
    if (!shownIds.has(id) && !row.contains(document.activeElement) && row !== opened) {
      row.remove();
      rows.delete(id);
    }
  }
  let after = null;
  for (const payment of shown) {
    let row = rows.get(payment.id);
    if (!row) {
      row = makeRow(payment);
      rows.set(payment.id, row);
      byId("rows").insertBefore(row, after ? after.nextSibling : byId("rows").firstChild);
    }
    after = row;
  }
  byId("payments-table").hidden = shown.length === 0;
  byId("no-payments").hidden = shown.length > 0;
  setText(
    byId("no-payments"), counted === 0 ? "No payments yet." : "None of the latest payments failed.");
  setText(
    byId("payments-count"),
    counted === 0 ? "" : whole(counted) + " since the start; the latest first");
}

function makeRow(payment) {
  const failed = payment.status === "failed";
  const row = create("tr", "new " + (failed ? "failed" : "success"));
  const cell = (className, text) => {
    const made = create("td", className, text);
    made.setAttribute("role", "cell");
    row.append(made);
    return made;
  };
  row.setAttribute("role", "row");
  cell("time", time(payment.settled_at));
  const open = create("button");
  open.type = "button";
  open.append(create("bdi", "", payment.order_id));
  open.title = payment.order_id;
  cell("order").append(open);
  cell("amount number", payment.amount + " ").append(create("span", "currency", payment.currency));
  cell("tier", payment.user_tier);
  cell("method", words(payment.payment_method));
  cell("gateway", payment.gateway);
  cell("took number", seconds(payment.duration) + " s");
  cell("outcome", failed ? "failed" : "paid");
  row.addEventListener("click", () => {
    opened = row;
    showRecord(payment);
  });
  return row;
}

export function startPayments() {
  startRecord();
  document.querySelectorAll("input[name=which]").forEach(
    (choice) => choice.addEventListener("change", () => showPayments(payments)));
}
