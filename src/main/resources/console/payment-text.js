// The texts of payments. Amounts are decimals of any length: they are never converted to numbers.

import { serviceTime } from "./connection.js";
import { clock, duration, timeLeft, words } from "./format.js";

/** Formats a decimal with thousands separators. */
export function grouped(decimal) {
  const [whole, fraction] = decimal.split(".");
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? groups : groups + "." + fraction;
}

export const money = (amount, currency) => grouped(amount) + " " + currency;

/** Returns a - b; both have the fraction digits of their currency. */
export function minus(a, b) {
  const digits = (a.split(".")[1] || "").length;
  const units = (decimal) => {
    const [whole, fraction = ""] = decimal.split(".");
    return BigInt(whole + fraction.padEnd(digits, "0"));
  };
  const difference = String(units(a) - units(b)).padStart(digits + 1, "0");
  return digits === 0
    ? difference
    : difference.slice(0, -digits) + "." + difference.slice(-digits);
}

/** Formats a duration in seconds with three significant digits. */
export function took(seconds) {
  const value = Number(seconds);
  return value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : 1) + " s";
}

/** Formats the time since a time of the service. */
export const ageSince = (time) => duration(serviceTime() - Date.parse(time));

const OUTCOMES = {
  pending: "in progress",
  unknown: "unknown",
  requires_action: "waits for payer",
  authorized: "authorized",
  voided: "voided",
  success: "paid",
  failed: "failed",
  partially_refunded: "partly refunded",
  refunded: "refunded",
  disputed: "disputed",
  dispute_lost: "dispute lost",
  reversed: "reversed",
  warning_opened: "dispute warning",
  warning_closed: "dispute warning ended",
  dispute_opened: "disputed",
  dispute_won: "dispute won",
  refund_failed: "refund failed",
  withdrawn: "withdrawn",
};

const VOIDS = {
  requested: "on request",
  expired: "expired",
  canceled_by_gateway: "canceled by the gateway",
};

export const outcome = (status) => OUTCOMES[status] || status;

/** Changes of a payment's disputes, in its history. */
export const DISPUTE_CHANGES = [
  "warning_opened", "warning_closed", "dispute_opened", "dispute_won", "dispute_lost", "reversed",
];

const isOpen = (dispute) => /needs_response|under_review/.test(dispute.status);

export const needsResponse = (dispute) =>
  dispute.status.endsWith("needs_response") && Boolean(dispute.respond_by);

/** Returns the time left for the response to a dispute, or that it waits for the bank. */
function disputeText(dispute) {
  const isWarning = dispute.status.startsWith("warning_");
  return (isWarning ? "warning: " : "") + (needsResponse(dispute)
    ? "response " + timeLeft(Date.parse(dispute.respond_by), serviceTime())
    : words(dispute.status.replace("warning_", "")));
}

/** Returns the open dispute or warning with the first deadline; undefined if there is none. */
export const firstOpen = (disputes) => disputes.filter(isOpen)
  .sort((a, b) => needsResponse(b) - needsResponse(a) || (a.respond_by < b.respond_by ? -1 : 1))[0];

const isPartlyKept = (payment) => ["success", "partially_refunded"].includes(payment.status);

/** Returns whether a payment has an event after its success that an operator has to handle. */
export const needsAttention = ({ status, dispute, failed_refund }) =>
  Boolean((dispute && needsResponse(dispute)) || (failed_refund && isPartlyKept({ status })));

/** Returns what an operator needs to know about the outcome; empty for a success. */
export function explanation(payment) {
  const later = [
    payment.dispute && disputeText(payment.dispute),
    payment.failed_refund && isPartlyKept(payment)
      && "refund failed: " + money(payment.failed_refund.amount, payment.failed_refund.currency),
  ].filter(Boolean);
  return [...later, ofOutcome(payment)].filter(Boolean).join("; ");
}

function ofOutcome(payment) {
  if (payment.status === "failed") {
    return payment.error.message;
  }
  if (payment.status === "unknown") {
    return "no response from " + payment.gateway + " for " + ageSince(payment.created_at);
  }
  if (payment.status === "requires_action") {
    return "for " + ageSince(payment.created_at);
  }
  if (payment.status === "authorized") {
    return "held until " + when(payment.authorization_expires_at);
  }
  if (payment.status === "voided") {
    return VOIDS[payment.void_reason] || payment.void_reason;
  }
  if (payment.status === "success" && payment.settled_by === "operator") {
    return "settled by operators";
  }
  return payment.refunded ? money(payment.refunded, payment.currency) + " returned" : "";
}

const millis = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3,
});
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** The time zone of all times of the page. */
export const ZONE = clock.resolvedOptions().timeZone;

/** Formats a time, with its day unless it is today. */
export function when(time) {
  const at = new Date(time);
  return day.format(at) === day.format(new Date(serviceTime()))
    ? clock.format(at)
    : day.format(at).replace(/ \d{4}$/, "") + ", " + clock.format(at);
}

/** Formats a time with milliseconds, with its day unless that of another time is the same. */
export function exactly(time, other) {
  const at = new Date(time);
  const isSameDay = other && day.format(at) === day.format(new Date(other));
  return (isSameDay ? "" : day.format(at) + ", ") + millis.format(at);
}
