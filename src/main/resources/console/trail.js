// The audit trail: the latest actions of all operators and API keys, or those on one payment.

import { addressWith, linkTo, parameter, setParameters } from "./address.js";
import { addCell, byId, create, createRow, setText } from "./dom.js";
import { words } from "./format.js";
import { when, ZONE } from "./payment-text.js";
import { currentOperator, readFile, repeat } from "./service.js";

const ROWS = 50;
const READ_MILLIS = 5000;
const MAX_DETAILS = 200;
const PAYMENT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The value of the parameter that selects all actions; others are the id of a payment. */
const ALL = "all";

/** The shown actions, as text: unchanged rows keep the focus on their links. */
let shown = "";

const subject = () => parameter("trail");

async function refresh() {
  const of = subject();
  const query = of === ALL ? "" : "&subject=" + encodeURIComponent(of);
  let actions = null;
  let fault = "";
  try {
    actions = (await readFile("../actions?limit=" + ROWS + query)).body.data;
  } catch (problem) {
    fault = problem.message;
  }
  if (of === subject()) {
    setText(byId("trail-fault"), fault);
    if (actions) {
      show(actions);
    }
  }
}

function show(actions) {
  byId("trail-empty").hidden = actions.length > 0;
  byId("trail-table").hidden = actions.length === 0;
  const text = JSON.stringify(actions);
  if (text !== shown) {
    shown = text;
    byId("trail-rows").replaceChildren(...actions.map(makeRow));
  }
}

function makeRow(action) {
  const row = createRow();
  const time = addCell(row, "", when(action.at));
  time.title = action.at;
  addTexts(addCell(row, "", ""), action.key, action.merchant && "of " + action.merchant);
  const what = addCell(row, "wrap", "");
  what.append(create("b", "", words(action.action)));
  if (action.subject !== action.action) {
    what.append(" ", subjectOf(action));
  }
  addMore(what, detailsOf(action));
  const source = addCell(row, "source", "");
  source.title = action.user_agent || "";
  addTexts(
    source, action.client_address, action.forwarded_for && "for " + action.forwarded_for, action.user_agent);
  addCell(row, "wrap", "").append(resultOf(action));
  return row;
}

function addTexts(cell, first, ...others) {
  cell.append(create("bdi", "", first));
  others.forEach((text) => addMore(cell, text));
}

/** Adds a line, if there is a text. */
function addMore(cell, text) {
  if (text) {
    cell.append(create("bdi", "more", text));
  }
}

/** A payment is a link to its record. */
function subjectOf(action) {
  if (!PAYMENT_ID.test(action.subject)) {
    return create("bdi", "", action.subject);
  }
  const link = linkTo({ trail: "", payment: action.subject }, action.subject);
  link.className = "code";
  return link;
}

/** Returns the fields of the request, which may be an object of any form. */
function detailsOf({ details, reason }) {
  const texts = Object.entries(details || {})
    .filter(([name]) => name !== "id") // Of a settlement, which the outcome names.
    .map(([name, value]) => name + ": " + (typeof value === "string" ? value : JSON.stringify(value)));
  const text = details ? texts.join("; ") : reason || "";
  return text.length > MAX_DETAILS ? text.slice(0, MAX_DETAILS) + "…" : text;
}

/** The result is absent if the process ended, or lost the ledger, before it was stored. */
function resultOf({ status, outcome }) {
  if (status === undefined) {
    return create("span", "outcome pending", "no result is stored");
  }
  const isDone = status < 400;
  const result = create("span");
  result.append(
    create("span", "outcome " + (isDone ? "success" : "failed"), (isDone ? "done" : "not done") + " (" + status + ")"));
  addMore(result, outcome === "done" ? "" : outcome.replace(/^rejected: /, ""));
  return result;
}

// ---- Opening and closing ---------------------------------------------------------------------

function readAddress() {
  const of = subject();
  if (!of) {
    byId("trail").close();
    return;
  }
  shown = "";
  byId("trail-rows").replaceChildren();
  byId("trail-table").hidden = true;
  byId("trail-empty").hidden = true;
  setText(byId("trail-about"), (of === ALL ? "the latest " + ROWS + " actions" : "of payment " + of) + ", times in " + ZONE);
  byId("trail-all").hidden = of === ALL;
  byId("trail-all").href = addressWith({ trail: ALL });
  if (!byId("trail").open) {
    byId("trail").showModal();
  }
  refresh();
}

/** Opens the trail of all actions, or of those on a payment. */
export function openTrail(of) {
  setParameters({ trail: of });
  readAddress();
}

export function startTrail() {
  byId("trail-open").addEventListener("click", (event) => {
    event.preventDefault();
    openTrail(ALL);
  });
  byId("trail-close").addEventListener("click", () => byId("trail").close());
  byId("trail").addEventListener("close", () => setParameters({ trail: "" }));
  addEventListener("hashchange", readAddress);
  readAddress();
  repeat(async () => byId("trail").open && refresh(), READ_MILLIS);
  currentOperator().then(
    ({ scopes }) => {
      byId("trail-open").hidden = !scopes.includes("operate");
    },
    () => {}); // The trail reports its own problem.
}
