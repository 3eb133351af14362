// The record of one payment: what the ledger has about it, and the actions on it.

import { actionsOf, startActions } from "./actions.js";
import { addressWith, parameter, setParameters } from "./address.js";
import { byId, create, setText } from "./dom.js";
import { words } from "./format.js";
import {
  DISPUTE_CHANGES, exactly, explanation, firstOpen, money, needsAttention, needsResponse, outcome, took,
  when, ZONE,
} from "./payment-text.js";
import { read, repeat } from "./service.js";
import { renderSettlement, settlementOf } from "./settlements.js";
import { openTrail } from "./trail.js";

const REFRESH_MILLIS = 2000;

/** The shown payment, its history, refunds, disputes and manual settlement; null parts are not read yet. */
let shown = null;
/** Numbers the reads: the result of an earlier one is older, and may arrive later. */
let reads = 0;
let openedFrom = null;
let listeners;

/** Opens the record of a payment, of which the list knows at least the id. */
export function openRecord(payment, button) {
  openedFrom = button;
  shown = { payment, history: null, refunds: null, disputes: [], settlement: null, fault: "" };
  setParameters({ payment: payment.id });
  setText(byId("action-result"), "");
  render();
  if (!byId("record").open) {
    byId("record").showModal();
  }
  refresh();
}

async function refresh() {
  const of = shown;
  const mine = ++reads;
  const path = "payments/" + encodeURIComponent(of.payment.id);
  try {
    const [payment, history, refunds] = await Promise.all(
      [read(path), read(path + "/history"), read(path + "/refunds?limit=100")]);
    const isDisputed = history.body.data.some((step) => DISPUTE_CHANGES.includes(step.change));
    const [disputes, settlement] = await Promise.all(
      [isDisputed ? read(path + "/disputes") : null, settlementOf(payment.body)]);
    if (shown === of && mine === reads) {
      of.history = history.body.data;
      of.refunds = refunds.body.data;
      of.disputes = disputes ? disputes.body.data : [];
      of.settlement = settlement;
      of.payment = {
        ...of.payment,
        ...payment.body,
        dispute: firstOpen(of.disputes),
        failed_refund: of.refunds.find((refund) => refund.failed_at),
      };
      of.fault = "";
      listeners.changed(of.payment);
    }
  } catch (problem) {
    of.fault = problem.message;
  }
  if (shown === of) {
    render();
  }
}

function render() {
  const { payment, history, refunds, disputes, settlement, fault } = shown;
  const isKnown = payment.status !== undefined;
  setText(byId("record-fault"), fault);
  setText(byId("record-title"), isKnown
    ? "Payment of " + money(payment.amount, payment.currency) : "Payment " + payment.id);
  byId("record-state").className = isKnown ? "outcome " + payment.status : "";
  setText(byId("record-state"), isKnown ? outcome(payment.status) : "");
  setText(byId("record-why"), isKnown ? explanation(payment) : "");
  byId("record-why").classList.toggle("attention", isKnown && needsAttention(payment));
  byId("record-link").href = addressWith({ trail: "" });
  byId("record-trail").href = addressWith({ trail: payment.id });
  byId("record-details").hidden = !isKnown;
  actionsOf(shown);
  if (isKnown) {
    renderFields(payment);
    renderSettlement(settlement);
    renderDisputes(disputes);
    renderHistory(payment, history);
    renderRefunds(refunds);
  }
}

// ---- Fields ----------------------------------------------------------------------------------

function renderFields(payment) {
  const fields = [
    ["Order", payment.order_id, true],
    ["User", payment.user_id, true],
    ["Merchant", payment.merchant, true],
    ["Amount", money(payment.amount, payment.currency)
      + (payment.currency === "USD" ? "" : " (" + money(payment.amount_usd, "USD") + ")")],
    ["Authorized", payment.authorized_amount && money(payment.authorized_amount, payment.currency)],
    ["Expires", payment.status === "authorized" && when(payment.authorization_expires_at)],
    ["Refunded", payment.refunded && money(payment.refunded, payment.currency)],
    ["Gateway", payment.gateway],
    ["Method", words(payment.payment_method)],
    ["Tier", payment.user_tier],
    ["Customer", payment.customer, true],
    ["Description", payment.description],
    ["Metadata", payment.metadata
      && Object.entries(payment.metadata).map(([name, text]) => name + ": " + text).join(", ")],
    ["Took", payment.duration === undefined ? "" : took(payment.duration)],
    ["Accepted", exactly(payment.created_at)],
    ["Settled", payment.settled_at && exactly(payment.settled_at, payment.created_at)
      + (payment.settled_by ? ", by operators" : "")],
    ["Error", payment.error && payment.error.code + " (" + payment.error.type + ")"],
    ["Reported by", payment.source && payment.source + ", as " + payment.source_id],
    ["Payment", payment.id, true],
    ["Transaction", payment.transaction_id, true],
    ["Trace", payment.trace_id, true],
  ].filter(([, text]) => text);
  const list = byId("record-fields");
  // Rewritten only if something has changed: a selected text stays selected.
  const state = JSON.stringify(fields);
  if (list.dataset.fields !== state) {
    list.dataset.fields = state;
    list.replaceChildren(...fields.flatMap(([name, text, isReference]) =>
      [create("dt", "", name), value(name, text, isReference)]));
  }
}

function value(name, text, isReference) {
  const description = create("dd", isReference ? "code" : "");
  description.append(create("bdi", "", text));
  if (isReference) {
    description.append(copyButton(name, text));
  }
  return description;
}

function copyButton(name, text) {
  const button = create("button", "copy", "Copy");
  button.type = "button";
  button.setAttribute("aria-label", "Copy " + name.toLowerCase());
  button.addEventListener("click", () => copy(button, text));
  return button;
}

/** Without a secure context, there is no clipboard; the text is selected instead. */
async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    confirm(button, "Copied");
  } catch {
    const range = document.createRange();
    range.selectNodeContents(button.previousElementSibling || button);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    confirm(button, "Selected");
  }
}

function confirm(button, word) {
  const before = button.textContent;
  setText(button, word);
  setTimeout(() => setText(button, before), 1500);
}

// ---- Disputes, history and refunds -----------------------------------------------------------

/** The sign of an ended dispute; an open one has that of a disputed payment. */
const DISPUTE_SIGNS = {
  won: "success", lost: "failed", reversed: "reversed", warning_closed: "success", prevented: "success",
};

function renderDisputes(disputes) {
  byId("record-disputes-section").hidden = disputes.length === 0;
  byId("record-disputes").replaceChildren(...disputes.map((dispute) => {
    const item = create("li", DISPUTE_SIGNS[dispute.status] || "disputed");
    item.append(
      create("span", "outcome", words(dispute.status)),
      create("span", "at", money(dispute.amount, dispute.currency)),
      create("span", "at", dispute.fee ? "fee " + money(dispute.fee, dispute.fee_currency) : ""),
      create("bdi", "hush", dispute.reason && words(dispute.reason)),
      create("span", "at attention", needsResponse(dispute) ? "respond by " + when(dispute.respond_by) : ""),
      create("span", "hush", "since " + exactly(dispute.created_at)),
      referenceOf("dispute", dispute.reference));
    return item;
  }));
}

function referenceOf(name, text) {
  const reference = create("span", "code");
  reference.append(create("bdi", "", text), copyButton(name, text));
  return reference;
}

function renderHistory(payment, history) {
  const list = byId("record-history");
  const steps = history || [];
  byId("record-history-section").hidden = steps.length === 0;
  list.replaceChildren(...steps.map((step, i) => {
    const item = create("li", step.change || step.status);
    item.append(
      create("span", "outcome", outcome(step.change || step.status)
        + (step.settled_by ? " by operators" : "")),
      create("span", "hush", step.gateway),
      create("span", "at", exactly(step.at, payment.created_at)),
      create("span", "hush", i === 0 ? "" : "+ " + took(sinceSeconds(steps[i - 1].at, step.at))));
    return item;
  }));
}

const sinceSeconds = (from, to) => Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);

function renderRefunds(refunds) {
  const list = byId("record-refunds");
  byId("record-refunds-section").hidden = !refunds || refunds.length === 0;
  list.replaceChildren(...(refunds || []).map((refund) => {
    const item = create("li", refund.status);
    item.append(
      create("span", "outcome", refundOutcome(refund)),
      create("span", "at", money(refund.amount, refund.currency)),
      create("span", "at", exactly(refund.created_at)),
      create("span", "at", refund.failed_at ? "failed " + exactly(refund.failed_at) : ""),
      create("bdi", "hush", (refund.error && refund.error.message) || ""),
      create("bdi", "hush", refund.reason || ""),
      referenceOf("refund", refund.reference));
    return item;
  }));
}

function refundOutcome(refund) {
  if (refund.failed_at) {
    return "failed after it had succeeded";
  }
  return refund.status === "success" ? "refunded" : outcome(refund.status);
}

// ---- Opening and closing ---------------------------------------------------------------------

function readAddress() {
  const id = parameter("payment");
  if (id && (!shown || shown.payment.id !== id)) {
    openRecord({ id }, null);
  } else if (!id && shown) {
    byId("record").close();
  }
}

function closed() {
  shown = null;
  setParameters({ payment: "" });
  if (openedFrom && openedFrom.isConnected) {
    openedFrom.focus();
  }
}

export function startRecord({ changed }) {
  listeners = { changed };
  setText(byId("record-zone"), "Times in " + ZONE);
  byId("record-close").addEventListener("click", () => byId("record").close());
  byId("record").addEventListener("close", closed);
  byId("record-link").addEventListener("click", (event) => {
    event.preventDefault();
    copy(byId("record-link"), new URL(byId("record-link").href, location.href).href);
  });
  byId("record-trail").addEventListener("click", (event) => {
    event.preventDefault();
    openTrail(shown.payment.id);
  });
  startActions(() => shown && refresh());
  addEventListener("hashchange", readAddress);
  repeat(async () => shown && refresh(), REFRESH_MILLIS);
  readAddress();
}
