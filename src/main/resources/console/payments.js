// The list of payments: live, filtered, or found by a reference.

import { parameter, setParameters } from "./address.js";
import { addCell, byId, create, createRow, setText } from "./dom.js";
import { whole, words } from "./format.js";
import { explanation, grouped, needsAttention, outcome, took, when, ZONE } from "./payment-text.js";
import { openRecord, startRecord } from "./record.js";
import { read, repeat } from "./service.js";
import { showProposals } from "./settlements.js";

const ROWS = 50;
const POLL_MILLIS = 1000;
/** Intervals of the reads of the ledger; counted payments arrive with the events of the page. */
const LIST_MILLIS = 5000;
const LIVE_LIST_MILLIS = 10000;
const TYPING_MILLIS = 300;

const FILTERS = {
  all: { statuses: [""], empty: "No payments yet." },
  unknown: { statuses: ["unknown"], empty: "No payment has an unknown outcome." },
  requires_action: { statuses: ["requires_action"], empty: "No payment waits for its payer." },
  authorized: { statuses: ["authorized"], empty: "No payment waits for its capture." },
  failed: { statuses: ["failed"], empty: "No payment failed." },
  refunded: {
    statuses: ["refunded", "partially_refunded"],
    has: (payment) => payment.failed_refund,
    empty: "No payment was refunded.",
  },
  disputed: {
    statuses: ["disputed", "dispute_lost", "reversed"],
    has: (payment) => payment.dispute,
    empty: "No payment is disputed.",
  },
};
const ID = /^(txn_)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MERCHANT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Payments by id: those that the events of the page carry, and those of the latest lists. */
const known = new Map();
/** The ids that a search has found; null without a search. */
let found = null;
let fault = "";
/** Number of payments since the service's start. */
let counted = 0;
/** Numbers the reads, so that the result of an earlier one is not shown after that of a later one. */
let reads = 0;
let nextRead = 0;
let nextCount = 0;
const rows = new Map();
/** Open disputes, and refunds that failed later, by the id of their payment. */
let disputes = new Map();
let failedRefunds = new Map();
/** Their number in the ledger: while it is 0, they are not read. */
let laterEvents = 0;

/** Filters whose payments also arrive with the events of the page. */
const isLive = (name) => name === "all" || name === "failed";
const isPaused = () => byId("pause").getAttribute("aria-pressed") === "true";
const filter = () => document.querySelector("input[name=which]:checked").value;
const search = () => byId("find").value.trim();

/** Returns the payments of events that are not displaced by newer ones. */
export function latestPayments(payments) {
  let all = 0;
  let failed = 0;
  return [...payments]
    .sort((a, b) => b.number - a.number)
    .filter(
      (payment) => all++ < ROWS || (payment.status === "failed" && failed < ROWS && ++failed));
}

/** Shows the payments of events; they are of this instance. */
export function showPayments(latest) {
  counted = latest.length === 0 ? 0 : latest[0].number;
  latest.forEach((payment) => {
    const { id, number, trace_id } = payment;
    const other = known.get(id);
    // The ledger may already have a refund or a dispute of it.
    const isLater = other && other.settled_at;
    known.set(id, isLater ? { ...other, number, trace_id } : payment);
  });
  forget();
  show();
}

/** A new process sends its complete state. What a search has found is in the ledger. */
export function forgetPayments() {
  const kept = new Set(found || []);
  [...known.keys()].filter((id) => !kept.has(id)).forEach((id) => known.delete(id));
  nextRead = 0;
}

/** Adds or replaces payments of the ledger. The trace of an event is kept. */
export function addPayments(payments) {
  payments.forEach((payment) => known.set(payment.id, {
    ...known.get(payment.id),
    ...payment,
    dispute: disputes.get(payment.id),
    failed_refund: failedRefunds.get(payment.id),
  }));
}

const newestFirst = (a, b) =>
  a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : a.id < b.id ? 1 : -1;

function shownIn(name) {
  const { statuses, has } = FILTERS[name];
  return [...known.values()]
    .filter((payment) => name === "all" || statuses.includes(payment.status) || (has && has(payment)))
    .sort(newestFirst)
    .slice(0, ROWS);
}

/** Keeps the payments that a filter can show. */
function forget() {
  const kept = new Set(found || []);
  Object.keys(FILTERS).forEach((name) => shownIn(name).forEach((payment) => kept.add(payment.id)));
  [...known.keys()].filter((id) => !kept.has(id)).forEach((id) => known.delete(id));
}

function show() {
  const shown = found === null
    ? shownIn(filter())
    : found.map((id) => known.get(id)).filter(Boolean).sort(newestFirst);
  showRows(shown);
  byId("payments-table").hidden = shown.length === 0;
  byId("no-payments").hidden = shown.length > 0;
  byId("first-payment").hidden = shown.length > 0 || found !== null || filter() !== "all" || fault !== ""
    || byId("first-command").textContent === "";
  if (shown.length === 0) {
    setText(byId("no-payments-text"), fault || (found === null
      ? FILTERS[filter()].empty
      : "No payment has this order, user, merchant or id."));
  }
  setText(byId("payments-fault"), shown.length > 0 ? fault : "");
  setText(
    byId("payments-count"),
    counted === 0 ? "" : whole(counted) + " since the start, the latest first");
}

function showRows(shown) {
  const ids = new Set(shown.map((payment) => payment.id));
  for (const [id, row] of rows) {
    // Keeps the focused row, and returns the focus to it when its record is closed.
    if (!ids.has(id) && !row.contains(document.activeElement)) {
      row.remove();
      rows.delete(id);
    }
  }
  let next = byId("rows").firstChild;
  for (const payment of shown) {
    let row = rows.get(payment.id);
    if (!row) {
      row = makeRow(payment);
      rows.set(payment.id, row);
    }
    fill(row, payment);
    if (row === next) {
      next = next.nextSibling;
    } else {
      byId("rows").insertBefore(row, next);
    }
  }
}

function makeRow(payment) {
  const row = createRow();
  const cell = (className) => addCell(row, className);
  cell("time").title = payment.created_at;
  const result = cell("outcome");
  result.append(create("span", "word"), create("span", "reason"));
  const open = create("button");
  open.type = "button";
  open.title = payment.order_id;
  open.append(create("bdi", "", payment.order_id));
  cell("order").append(open);
  const user = cell("user");
  user.title = payment.user_id;
  user.append(create("bdi", "", payment.user_id));
  const amount = cell("amount number");
  amount.append(
    create("span", "", grouped(payment.amount)), " ", create("span", "currency", payment.currency));
  cell("gateway");
  cell("method").textContent = words(payment.payment_method);
  cell("tier").textContent = payment.user_tier;
  cell("took number");
  row.addEventListener("click", () => openRecord(known.get(payment.id) || payment, open));
  return row;
}

/** Writes what changes. */
function fill(row, payment) {
  if (row.className !== payment.status) {
    row.className = payment.status;
  }
  const part = (css) => row.querySelector(css);
  setText(part(".time"), when(payment.created_at));
  setText(part(".word"), outcome(payment.status));
  setText(part(".reason"), explanation(payment));
  part(".reason").classList.toggle("attention", needsAttention(payment));
  part(".reason").title = explanation(payment);
  setText(part(".gateway"), payment.gateway);
  setText(part(".took"), payment.duration === undefined ? "–" : took(payment.duration));
}

// ---- Reads of the ledger ---------------------------------------------------------------------

async function list(query) {
  const { body } = await read("payments?limit=" + ROWS + (query && "&" + query));
  return body;
}

/** Reads what the filter or the search selects. While paused, only after a choice. */
async function refresh() {
  const mine = ++reads;
  const text = search();
  const name = filter();
  nextRead = Date.now() + (text || isLive(name) ? LIVE_LIST_MILLIS : LIST_MILLIS);
  let payments;
  let message = "";
  try {
    await readLaterEvents();
    payments = text ? await find(text) : await filtered(name);
  } catch (problem) {
    payments = [];
    message = problem.status === 503
      ? "The ledger is not available: only payments that this instance has counted are shown."
      : problem.message;
  }
  if (mine !== reads) {
    return;
  }
  fault = message;
  addPayments(payments);
  if (text) {
    found = payments.map((payment) => payment.id);
  } else if (!message && !isLive(name) && payments.length < ROWS) {
    forgetOthers(name, new Set(payments.map((payment) => payment.id)));
  }
  forget();
  show();
}

/** Payments whose state has changed are in another list. */
function forgetOthers(name, listed) {
  [...known.values()]
    .filter((payment) => FILTERS[name].statuses.includes(payment.status) && !listed.has(payment.id))
    .forEach((payment) => known.delete(payment.id));
}

/** Reads the open disputes and the refunds that failed later, at most as many as rows, with their payments. */
async function readLaterEvents() {
  const { body } = laterEvents === 0
    ? { body: { disputes: [], failed_refunds: [] } }
    : await read("later-events");
  const byPayment = (events) => new Map(events.map((event) => [event.payment.id, event]).reverse());
  disputes = byPayment(body.disputes);
  failedRefunds = byPayment(body.failed_refunds);
  addPayments([...known.values()]);
  addPayments([...body.disputes, ...body.failed_refunds].map((event) => event.payment));
}

async function filtered(name) {
  const lists = await Promise.all(
    FILTERS[name].statuses.map((status) => list(status && "status=" + status)));
  return lists.flatMap((body) => body.data);
}

/** Finds a payment by its id, or payments by their order, user or merchant. */
async function find(text) {
  if (ID.test(text)) {
    try {
      return [(await read("payments/" + text)).body];
    } catch (problem) {
      if (problem.status !== 404) {
        throw problem;
      }
    }
  }
  const value = encodeURIComponent(text);
  const lists = await Promise.all([
    list("order_id=" + value),
    list("user_id=" + value),
    ...(MERCHANT.test(text) ? [list("merchant=" + value)] : []),
  ]);
  const byPayment = new Map(lists.flatMap((body) => body.data).map((each) => [each.id, each]));
  return [...byPayment.values()];
}

async function count() {
  nextCount = Date.now() + LIST_MILLIS;
  try {
    const { body } = await read("counts");
    if (body.later_events !== laterEvents) {
      laterEvents = body.later_events;
      nextRead = 0;
    }
    showProposals(body.proposed);
    for (const name of Object.keys(FILTERS)) {
      const number = body[name];
      setText(
        document.querySelector("[data-count=" + name + "]"),
        number > body.max ? whole(body.max) + "+" : whole(number));
    }
  } catch {
    document.querySelectorAll("[data-count]").forEach((number) => setText(number, ""));
  }
}

/** Returns a step that reads if the time has come, and the page is not paused. */
const whenDue = (due, step) => async () => isPaused() || Date.now() < due() || step();

/** Reads again soon, after an action. */
export function refreshSoon() {
  nextRead = 0;
  nextCount = 0;
}

// ---- Choices ---------------------------------------------------------------------------------

/** Shows what the address states: another one may be entered, or be the previous one. */
function readAddress() {
  const name = parameter("show");
  const choice = document.querySelector("input[name=which][value='" + (FILTERS[name] ? name : "all") + "']");
  choice.checked = true;
  byId("find").value = parameter("find");
  choose();
}

function choose() {
  const text = search();
  const name = filter();
  setParameters({ show: name === "all" ? "" : name, find: text });
  found = text ? [] : null;
  fault = "";
  byId("payments").classList.toggle("found", Boolean(text));
  show();
  if (text || !isLive(name) || !isPaused()) {
    refresh();
  }
}

/** Moves the focus between rows. */
function moveFocus(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const buttons = [...byId("rows").querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const next = buttons[at + step];
  if (step && at >= 0 && next) {
    event.preventDefault();
    next.focus();
  }
}

function focusSearch(event) {
  if (event.key === "/" && !event.target.closest("input, textarea, dialog")) {
    event.preventDefault();
    byId("find").focus();
  }
}

/** Suggests the first payment; without an address, the API is not ready. */
export function suggestPayment(url) {
  const order = JSON.stringify({ order_id: "order_1", user_id: "user_1", amount: "12.50" });
  setText(
    byId("first-command"), url && "curl -H 'Content-Type: application/json' -d '" + order + "' " + url);
}

/** Follows a link to the payments of a filter. */
function followLink(event) {
  const link = event.target.closest("a[data-show]");
  if (link) {
    event.preventDefault();
    document.querySelector("input[name=which][value='" + link.dataset.show + "']").checked = true;
    byId("find").value = "";
    choose();
    byId("payments").scrollIntoView();
    byId("payments").focus({ preventScroll: true });
  }
}

export function startPayments() {
  setText(byId("zone"), ZONE);
  startRecord({ changed: (payment) => {
    addPayments([payment]);
    show();
    refreshSoon();
  } });
  document.querySelectorAll("input[name=which]").forEach(
    (choice) => choice.addEventListener("change", () => {
      byId("find").value = "";
      choose();
    }));
  let typing;
  byId("find").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(choose, TYPING_MILLIS);
  });
  byId("rows").addEventListener("keydown", moveFocus);
  document.addEventListener("keydown", focusSearch);
  document.addEventListener("click", followLink);
  addEventListener("hashchange", readAddress);
  readAddress();
  repeat(whenDue(() => nextCount, count), POLL_MILLIS);
  repeat(whenDue(() => nextRead, refresh), POLL_MILLIS);
}
