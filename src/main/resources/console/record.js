// The record of one payment.

import { byId, create, setText } from "./dom.js";
import { words } from "./format.js";

export function showRecord(payment) {
  const fields = byId("record-fields");
  fields.replaceChildren();
  const field = (name, text, className) => {
    fields.append(create("dt", "", name), create("dd", className, text));
  };
  setText(byId("record-title"), payment.status === "failed" ? "Failed payment" : "Payment");
  if (payment.error) {
    field("Error", payment.error.message, "failed");
    field("Code", payment.error.code, "code");
    field("Type", payment.error.type, "code");
  }
  field("Trace id", payment.trace_id || "none: the payment was not traced", payment.trace_id && "code");
  field("Order", payment.order_id);
  field("User", payment.user_id);
  field("Amount", payment.amount + " " + payment.currency
    + (payment.currency === "USD" ? "" : " (" + payment.amount_usd + " USD)"));
  field("Tier", payment.user_tier);
  field("Method", words(payment.payment_method));
  field("Gateway", payment.gateway);
  field("Took", payment.duration + " s");
  field("Accepted", payment.created_at);
  field("Settled", payment.settled_at);
  field("Payment", payment.id, "code");
  field("Transaction", payment.transaction_id, "code");
  byId("record").showModal();
}

export function startRecord() {
  byId("record-close").addEventListener("click", () => byId("record").close());
}
