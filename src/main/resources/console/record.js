// The record of one payment: what the ledger has about it, and the actions on it.

import { actionsOf, startActions } from "./actions.js";
import { addressWith, parameter, setParameters } from "./address.js";
import { byId, create, setText } from "./dom.js";
import { words } from "./format.js";
import { exactly, explanation, money, outcome, took, when, ZONE } from "./payment-text.js";
import { read, repeat } from "./service.js";

const REFRESH_MILLIS = 2000;

/** The shown payment, its history and its refunds; null parts are not read yet. */
let shown = null;
let openedFrom = null;
let listeners;

/** Opens the record of a payment, of which the list knows at least the id. */
export function openRecord(payment, button) {
  openedFrom = button;
  shown = { payment, history: null, refunds: null, fault: "" };
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
  const path = "payments/" + encodeURIComponent(of.payment.id);
  try {
    const [payment, history, refunds] = await Promise.all(
      [read(path), read(path + "/history"), read(path + "/refunds?limit=100")]);
    if (shown === of) {
      of.payment = { ...of.payment, ...payment.body };
      of.history = history.body.data;
      of.refunds = refunds.body.data;
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
  const { payment, history, refunds, fault } = shown;
  const isKnown = payment.status !== undefined;
  setText(byId("record-fault"), fault);
  setText(byId("record-title"), isKnown
    ? "Payment of " + money(payment.amount, payment.currency) : "Payment " + payment.id);
  byId("record-state").className = isKnown ? "outcome " + payment.status : "";
  setText(byId("record-state"), isKnown ? outcome(payment.status) : "");
  setText(byId("record-why"), isKnown ? explanation(payment) : "");
  byId("record-link").href = addressWith({});
  byId("record-details").hidden = !isKnown;
  actionsOf(shown);
  if (isKnown) {
    renderFields(payment);
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
    ["Settled", payment.settled_at && exactly(payment.settled_at, payment.created_at)],
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

// ---- History and refunds ---------------------------------------------------------------------

function renderHistory(payment, history) {
  const list = byId("record-history");
  const steps = history || [];
  byId("record-history-section").hidden = steps.length === 0;
  list.replaceChildren(...steps.map((step, i) => {
    const item = create("li", step.status);
    item.append(
      create("span", "outcome", outcome(step.change || step.status)),
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
    const reference = create("span", "code");
    reference.append(create("bdi", "", refund.reference), copyButton("refund", refund.reference));
    item.append(
      create("span", "outcome", refund.status === "success" ? "refunded" : outcome(refund.status)),
      create("span", "at", money(refund.amount, refund.currency)),
      create("span", "at", exactly(refund.created_at)),
      create("span", "at", refund.failed_at ? "failed " + exactly(refund.failed_at) : ""),
      create("span", "hush", (refund.error && refund.error.message) || refund.reason || ""),
      reference);
    return item;
  }));
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
  startActions(() => shown && refresh());
  addEventListener("hashchange", readAddress);
  repeat(async () => shown && refresh(), REFRESH_MILLIS);
  readAddress();
}
