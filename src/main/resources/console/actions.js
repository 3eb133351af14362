// The actions on a payment. Each is confirmed in a dialog of its own, and recorded with the operator's key.

import { byId, definitions, setText } from "./dom.js";
import { grouped, minus, money, outcome } from "./payment-text.js";
import { act, currentOperator, newIdempotencyKey, post } from "./service.js";
import { contentOf, removeProposal } from "./settlements.js";

/** The shown payment, with its refunds and its manual settlement. */
let subject = null;
/** The target of each opened dialog: fixed when it opens, even if the page shows another payment then. */
const targets = new Map();
/** Keys of requests with an outcome that is not known here, by path: another attempt is the same request. */
const keys = new Map();
/** The actions with the scopes that they need; each has a button and a dialog of this name. */
const SCOPES = {
  capture: "pay", void: "pay", refund: "refund", inquire: "operate", approve: "operate", withdraw: "operate",
};
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

const isAuthorized = ({ payment }) => payment.status === "authorized";

const isUnknown = ({ payment, refunds }) =>
  payment.status === "unknown" || (refunds || []).some((refund) => refund.status === "unknown");

/** A successful refund may have failed later. */
const mayHaveChanged = ({ refunds }) => (refunds || []).some((refund) => refund.status === "success");

/** Offers the actions that the state of a payment allows. */
export function actionsOf(shown) {
  if (!subject || subject.payment.id !== shown.payment.id) {
    Object.keys(SCOPES).forEach((name) => byId(name).close());
  }
  subject = shown;
  byId("capture-open").hidden = !isAuthorized(shown);
  byId("void-open").hidden = !isAuthorized(shown);
  byId("refund-open").hidden = !isRefundable(shown);
  byId("inquire-open").hidden = !isUnknown(shown) && !mayHaveChanged(shown);
  byId("approve-open").hidden = !isOpen(shown.settlement);
  byId("withdraw-open").hidden = !shown.settlement || shown.settlement.state !== "proposed";
}

/** Returns whether a settlement waits for an approval; an interrupted one waits for another. */
const isOpen = (settlement) => Boolean(settlement) && ["proposed", "approved"].includes(settlement.state);

async function restrict() {
  const { scopes } = await currentOperator();
  for (const [name, scope] of Object.entries(SCOPES)) {
    const isAllowed = scopes.includes(scope);
    byId(name + "-open").disabled = !isAllowed;
    byId(name + "-open").title = isAllowed ? "" : "Needs an API key with the scope " + scope + ".";
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

/** Opens a dialog with an amount, which its button repeats. */
function openAmount(name, verb, amount) {
  const { payment } = subject;
  byId(name + "-amount").value = amount;
  setText(byId(name + "-currency"), payment.currency);
  openDialog(name, { payment });
  showAmount(name, verb);
}

function showAmount(name, verb) {
  const amount = byId(name + "-amount").value.trim();
  const { currency } = targets.get(name).payment;
  setText(
    byId(name + "-submit"),
    verb + " " + (/^\d+(\.\d+)?$/.test(amount) ? grouped(amount) + " " + currency : ""));
}

const pathOf = (payment, action) => "payments/" + payment.id + "/" + action;

/** Returns whether a response excludes that the request is carried out, or will be, under its key. */
const isFinal = ({ status, body }) =>
  body.refund !== undefined || body.payment !== undefined
  || [400, 401, 403, 404, 422].includes(status) && !/idempotency-key-mismatch$/.test(body.type);

/** Requests an action that moves or releases money, once: an attempt without an outcome is repeated under its key. */
async function actOnce(path, body) {
  const key = keys.get(path) || newIdempotencyKey();
  keys.set(path, key);
  try {
    const response = await act(path, body, key);
    keys.delete(path);
    return response;
  } catch (problem) {
    if (isFinal(problem)) {
      keys.delete(path);
    }
    throw problem;
  } finally {
    changed();
  }
}

// ---- Captures and voids ----------------------------------------------------------------------

function openCapture() {
  const { payment } = subject;
  setText(
    byId("capture-text"),
    "Takes money for the order “" + payment.order_id + "” from the customer, at " + payment.gateway
      + ". At most " + money(payment.amount, payment.currency) + "; what is not captured is released."
      + " There is one capture.");
  openAmount("capture", "Capture", payment.amount);
}

async function capture({ payment }) {
  const { body: after, requestId } = await actOnce(
    pathOf(payment, "capture"), { amount: byId("capture-amount").value.trim() });
  report(
    payment,
    after.status === "success" ? "Captured " + money(after.amount, after.currency) + "."
      : "Capture submitted; its outcome is " + after.status + ".",
    requestId);
}

function openVoid() {
  const { payment } = subject;
  setText(
    byId("void-text"),
    "Releases the " + money(payment.amount, payment.currency) + " that " + payment.gateway
      + " holds for the order “" + payment.order_id + "”. They cannot be captured any more.");
  openDialog("void", { payment });
}

async function cancel({ payment }) {
  const { body: after, requestId } = await actOnce(pathOf(payment, "void"));
  report(
    payment,
    after.status === "voided" ? "Voided." : "Void submitted; its outcome is " + after.status + ".",
    requestId);
}

// ---- Refunds and inquiries -------------------------------------------------------------------

function openRefund() {
  const { payment } = subject;
  byId("refund-reason").value = "";
  setText(
    byId("refund-text"),
    "Returns money of the order “" + payment.order_id + "” to the customer, at " + payment.gateway
      + ". At most " + money(rest(subject), payment.currency) + ". This cannot be undone."
      + (keys.has(pathOf(payment, "refunds"))
        ? " The outcome of the last attempt is not known: the same amount and reason repeat it, and do"
          + " not refund twice."
        : ""));
  openAmount("refund", "Refund", rest(subject));
}

async function refund({ payment }) {
  const { body: made, requestId } = await actOnce(pathOf(payment, "refunds"), {
    amount: byId("refund-amount").value.trim(),
    reason: byId("refund-reason").value.trim(),
  });
  report(
    payment,
    "Refund of " + money(made.amount, made.currency)
      + (made.status === "success" ? " made." : " submitted; its outcome is " + made.status + "."),
    requestId);
}

async function inquire({ payment }) {
  const { requestId } = await act(pathOf(payment, "inquiries"));
  report(
    payment,
    "Asking " + payment.gateway + " now; the record shows the outcome when there is evidence.",
    requestId);
  changed();
}

// ---- Manual settlements ----------------------------------------------------------------------

function openApproval() {
  const { payment, settlement } = subject;
  const result = outcome(settlement.status);
  setText(
    byId("approve-text"),
    "Settles the " + money(payment.amount, payment.currency) + " of the order “" + payment.order_id + "” as "
      + result + ", although " + payment.gateway + " gives no evidence.");
  byId("approve-fields").replaceChildren(...definitions(contentOf(settlement)));
  setText(byId("approve-submit"), "Approve as " + result);
  openDialog("approve", { payment, settlement });
}

function openWithdrawal() {
  const { payment, settlement } = subject;
  setText(
    byId("withdraw-text"),
    "Withdraws the proposal of " + settlement.proposed.key + " to settle the order “" + payment.order_id + "” as "
      + outcome(settlement.status) + ". The payment stays unknown; another settlement can be proposed.");
  openDialog("withdraw", { payment, settlement });
}

/** Approves, or withdraws, the settlement that the dialog has shown: another one has another id. */
async function decide(step, { payment, settlement }) {
  try {
    const { body: after, requestId } = await post(
      "../payments/" + payment.id + "/settlement/" + step, { id: settlement.id });
    removeProposal(settlement);
    report(
      payment,
      after.state === "settled" ? "Settled as " + outcome(after.status) + "." : "The settlement is " + after.state + ".",
      requestId);
  } finally {
    changed();
  }
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
  byId("capture-open").addEventListener("click", openCapture);
  byId("capture-amount").addEventListener("input", () => showAmount("capture", "Capture"));
  startDialog("capture", capture);
  byId("void-open").addEventListener("click", openVoid);
  startDialog("void", cancel);
  byId("refund-open").addEventListener("click", openRefund);
  byId("refund-amount").addEventListener("input", () => showAmount("refund", "Refund"));
  startDialog("refund", refund);
  byId("inquire-open").addEventListener("click", () => {
    setText(
      byId("inquire-text"),
      isUnknown(subject)
        ? "Asks " + subject.payment.gateway + " for the outcome now, before the next scheduled inquiry. "
          + "The payment is not submitted again."
        : "Asks " + subject.payment.gateway + " whether successful refunds have failed since. "
          + "Nothing is refunded again.");
    openDialog("inquire", { payment: subject.payment });
  });
  startDialog("inquire", inquire);
  byId("approve-open").addEventListener("click", openApproval);
  startDialog("approve", (target) => decide("approve", target));
  byId("withdraw-open").addEventListener("click", openWithdrawal);
  startDialog("withdraw", (target) => decide("withdraw", target));
  restrict().catch(() => {}); // Each action reports its own problem.
}
