// The actions on a payment. Each is confirmed in a dialog of its own, and recorded with the operator's key.

import { byId, setText } from "./dom.js";
import { grouped, minus, money } from "./payment-text.js";
import { act, currentOperator, newIdempotencyKey } from "./service.js";

/** The payment that the actions concern, with its refunds. */
let subject = null;
/** The refund of the open dialog: a repeated request has the same key, and is executed once. */
let refundKey = "";
let changed;

/** Returns the amount that can still be refunded. */
function rest({ payment, refunds }) {
  const reserved = (refunds || [])
    .filter((refund) => refund.status === "pending" || refund.status === "unknown")
    .map((refund) => refund.amount);
  return [payment.refunded, ...reserved].filter(Boolean)
    .reduce((left, amount) => minus(left, amount), payment.amount);
}

const isRefundable = ({ payment, refunds }) =>
  refunds !== null
  && !payment.source
  && ["success", "partially_refunded"].includes(payment.status)
  && /[1-9]/.test(rest({ payment, refunds }));

const isUnknown = ({ payment, refunds }) =>
  payment.status === "unknown" || (refunds || []).some((refund) => refund.status === "unknown");

/** Offers the actions that the state of a payment allows. */
export function actionsOf(shown) {
  subject = shown;
  byId("refund-open").hidden = !isRefundable(shown);
  byId("inquire-open").hidden = !isUnknown(shown);
}

async function restrict() {
  const { name, scopes } = await currentOperator();
  for (const [id, scope] of [["refund-open", "refund"], ["inquire-open", "operate"]]) {
    const isAllowed = scopes.includes(scope);
    byId(id).disabled = !isAllowed;
    byId(id).title = isAllowed ? "" : "The API key of " + name + " lacks the scope " + scope + ".";
  }
}

// ---- Dialogs ---------------------------------------------------------------------------------

/** Connects a dialog: its form runs an action, which keeps the dialog open if it fails. */
export function startDialog(name, run) {
  const dialog = byId(name);
  const submit = dialog.querySelector("[type=submit]");
  const fault = dialog.querySelector(".fault");
  dialog.querySelector(".cancel").addEventListener("click", () => dialog.close());
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    setText(fault, "");
    try {
      await run();
      dialog.close();
    } catch (problem) {
      setText(
        fault,
        problem.message + (problem.requestId ? " Request " + problem.requestId + "." : ""));
    } finally {
      submit.disabled = false;
    }
  });
}

export function openDialog(name) {
  const dialog = byId(name);
  setText(dialog.querySelector(".fault"), "");
  dialog.showModal();
}

function openRefund() {
  const { payment } = subject;
  refundKey = newIdempotencyKey();
  byId("refund-amount").value = rest(subject);
  byId("refund-reason").value = "";
  setText(byId("refund-currency"), payment.currency);
  setText(
    byId("refund-text"),
    "Returns money of the order “" + payment.order_id + "” to the customer, at " + payment.gateway
      + ". At most " + money(rest(subject), payment.currency) + ". This cannot be undone.");
  showRefundAmount();
  openDialog("refund");
}

function showRefundAmount() {
  const amount = byId("refund-amount").value.trim();
  setText(
    byId("refund-submit"),
    "Refund " + (/^\d+(\.\d+)?$/.test(amount) ? grouped(amount) + " " + subject.payment.currency : ""));
}

async function refund() {
  const { payment } = subject;
  const body = {
    amount: byId("refund-amount").value.trim(),
    reason: byId("refund-reason").value.trim(),
  };
  try {
    const { body: made, requestId } =
      await act("payments/" + payment.id + "/refunds", body, refundKey);
    report(
      "Refund of " + money(made.amount, made.currency)
        + (made.status === "success" ? " made." : " submitted; its outcome is " + made.status + "."),
      requestId);
  } catch (problem) {
    if (problem.body.refund) {
      refundKey = newIdempotencyKey(); // The gateway declined this one: another attempt is another refund.
    }
    throw problem;
  } finally {
    changed();
  }
}

async function inquire() {
  const { payment } = subject;
  const { requestId } = await act("payments/" + payment.id + "/inquiries");
  report("Asking " + payment.gateway + " now; the record shows the outcome when there is evidence.", requestId);
  changed();
}

function report(text, requestId) {
  setText(byId("action-result"), text + " Request " + requestId + ".");
}

/** @param onChange is called when an action may have changed the payment */
export function startActions(onChange) {
  changed = onChange;
  byId("refund-open").addEventListener("click", openRefund);
  byId("refund-amount").addEventListener("input", showRefundAmount);
  startDialog("refund", refund);
  byId("inquire-open").addEventListener("click", () => {
    setText(
      byId("inquire-text"),
      "Asks " + subject.payment.gateway + " for the outcome now, before the next scheduled inquiry. "
        + "The payment is not submitted again.");
    openDialog("inquire");
  });
  startDialog("inquire", inquire);
  restrict().catch(() => {}); // Each action reports its own problem.
}
