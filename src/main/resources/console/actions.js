// The actions on a payment. Each is confirmed in a dialog of its own, and recorded with the operator's key.

import { byId, setText } from "./dom.js";
import { grouped, minus, money } from "./payment-text.js";
import { act, currentOperator, newIdempotencyKey } from "./service.js";

/** The shown payment, with its refunds. */
let subject = null;
/** The target of each opened dialog: fixed when it opens, even if the page shows another payment then. */
const targets = new Map();
/** Keys of refunds with an outcome that is not known here, by payment: another attempt is the same refund. */
const refundKeys = new Map();
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
  if (!subject || subject.payment.id !== shown.payment.id) {
    ["refund", "inquire"].forEach((name) => byId(name).close());
  }
  subject = shown;
  byId("refund-open").hidden = !isRefundable(shown);
  byId("inquire-open").hidden = !isUnknown(shown);
}

async function restrict() {
  const { scopes } = await currentOperator();
  for (const [id, scope] of [["refund-open", "refund"], ["inquire-open", "operate"]]) {
    const isAllowed = scopes.includes(scope);
    byId(id).disabled = !isAllowed;
    byId(id).title = isAllowed ? "" : "Needs an API key with the scope " + scope + ".";
  }
}

// ---- Dialogs ---------------------------------------------------------------------------------

/**
 * Connects a dialog: its form runs an action on the dialog's target. If the action fails, the dialog
 * stays open; if it was closed or opened for another target meanwhile, it is left as it is.
 */
export function startDialog(name, run) {
  const dialog = byId(name);
  const submit = dialog.querySelector("[type=submit]");
  const fault = dialog.querySelector(".fault");
  dialog.querySelector(".cancel").addEventListener("click", () => dialog.close());
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const target = targets.get(name);
    const isCurrent = () => dialog.open && targets.get(name) === target;
    submit.disabled = true;
    setText(fault, "");
    try {
      await run(target);
      if (isCurrent()) {
        dialog.close();
      }
    } catch (problem) {
      if (isCurrent()) {
        setText(
          fault,
          problem.message + (problem.requestId ? " Request " + problem.requestId + "." : ""));
      }
    } finally {
      if (isCurrent()) {
        submit.disabled = false;
      }
    }
  });
}

/** @param target an object of its own for each opening */
export function openDialog(name, target) {
  const dialog = byId(name);
  targets.set(name, target);
  dialog.querySelector("[type=submit]").disabled = false;
  setText(dialog.querySelector(".fault"), "");
  dialog.showModal();
}

function openRefund() {
  const { payment } = subject;
  byId("refund-amount").value = rest(subject);
  byId("refund-reason").value = "";
  setText(byId("refund-currency"), payment.currency);
  setText(
    byId("refund-text"),
    "Returns money of the order “" + payment.order_id + "” to the customer, at " + payment.gateway
      + ". At most " + money(rest(subject), payment.currency) + ". This cannot be undone."
      + (refundKeys.has(payment.id)
        ? " The outcome of the last attempt is not known: the same amount and reason repeat it, and do"
          + " not refund twice."
        : ""));
  openDialog("refund", { payment });
  showRefundAmount();
}

function showRefundAmount() {
  const amount = byId("refund-amount").value.trim();
  const { currency } = targets.get("refund").payment;
  setText(
    byId("refund-submit"),
    "Refund " + (/^\d+(\.\d+)?$/.test(amount) ? grouped(amount) + " " + currency : ""));
}

/** Returns whether a response excludes that the refund is made, or will be, under its key. */
const isFinal = ({ status, body }) =>
  body.refund !== undefined
  || [400, 401, 403, 404, 422].includes(status) && !/idempotency-key-mismatch$/.test(body.type);

async function refund({ payment }) {
  const body = {
    amount: byId("refund-amount").value.trim(),
    reason: byId("refund-reason").value.trim(),
  };
  const key = refundKeys.get(payment.id) || newIdempotencyKey();
  refundKeys.set(payment.id, key);
  try {
    const { body: made, requestId } = await act("payments/" + payment.id + "/refunds", body, key);
    refundKeys.delete(payment.id);
    report(
      payment,
      "Refund of " + money(made.amount, made.currency)
        + (made.status === "success" ? " made." : " submitted; its outcome is " + made.status + "."),
      requestId);
  } catch (problem) {
    if (isFinal(problem)) {
      refundKeys.delete(payment.id);
    }
    throw problem;
  } finally {
    changed();
  }
}

async function inquire({ payment }) {
  const { requestId } = await act("payments/" + payment.id + "/inquiries");
  report(
    payment,
    "Asking " + payment.gateway + " now; the record shows the outcome when there is evidence.",
    requestId);
  changed();
}

/** Shows a result in the record of its payment, if that is still shown. */
function report(payment, text, requestId) {
  if (subject.payment.id === payment.id) {
    setText(byId("action-result"), text + " Request " + requestId + ".");
  }
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
    openDialog("inquire", { payment: subject.payment });
  });
  startDialog("inquire", inquire);
  restrict().catch(() => {}); // Each action reports its own problem.
}
