// The promises: whether the numbers are complete and equal the ledger.

import { byId, setState, setText } from "./dom.js";
import { age, dollars, whole } from "./format.js";

function showPromise(id, kept, verdict, detail) {
  const item = byId(id);
  setState(item, kept === undefined ? "unknown" : kept ? "kept" : "broken");
  setText(item.querySelector(".verdict"), verdict);
  setText(item.querySelector(".detail"), detail);
}

export function showPromises(points, thresholds) {
  const point = points[points.length - 1];
  if (!point) {
    return;
  }
  const promises = point.promises;
  const lost = promises.observations_unaccounted;
  showPromise(
    "conservation",
    lost === 0,
    lost === 0 ? "holds" : "broken",
    lost === 0
      ? "Every observation is accounted for."
      : whole(lost) + " observations are not accounted for.");
  const drift = promises.metrics_ledger_drift;
  const lag = promises.paymeter_audit_lag_seconds;
  if (drift === 0 && lag > thresholds.PaymeterAuditStalled) {
    showPromise(
      "drift", undefined, "not known", "The last comparison was " + whole(lag) + " seconds ago.");
  } else if (drift === null) {
    showPromise("drift", undefined, "not known yet", "The ledger totals are not restored yet.");
  } else {
    showPromise(
      "drift",
      drift === 0,
      whole(drift),
      drift === 0 ? "The metrics equal the ledger." : "The metrics differ from the ledger.");
  }
  const up = promises.paymeter_ledger_up;
  if (up === null) {
    showPromise("ledger", undefined, "not open yet", "The service is starting.");
  } else {
    showPromise(
      "ledger",
      up,
      up ? "up" : "down",
      up ? "The ledger is available." : "The ledger is unavailable. New payments are rejected.");
  }
  showOutcomes(promises, thresholds);
}

/** Shows a broken promise only when an alert fires, not for a short delay at a gateway. */
function showOutcomes(promises, thresholds) {
  const unknown = [
    outcomes("payment", promises, "payments_unknown", thresholds.PaymentUnknownForLong),
    outcomes("refund", promises, "refunds_unknown", thresholds.RefundUnknownForLong),
  ].filter((kind) => kind.count > 0);
  if (promises.metrics_ledger_drift === null) {
    showPromise("outcomes", undefined, "not known yet", "The ledger totals are not restored yet.");
  } else if (promises.paymeter_ledger_up === false || promises.payments_unknown === null) {
    showPromise("outcomes", undefined, "not known", "The ledger is unavailable.");
  } else if (promises.missing_accounts.length > 0) {
    showMissingAccounts(promises.missing_accounts);
  } else if (unknown.length === 0) {
    showPromise("outcomes", true, "known", "No payment or refund has an unknown outcome.");
  } else {
    const usd = unknown.reduce((sum, kind) => sum + kind.usd, 0);
    showPromise(
      "outcomes",
      unknown.some((kind) => kind.isForLong) ? false : undefined,
      unknown.map((kind) => kind.words).join(", ") + " unknown",
      "The oldest for " + age(Math.max(...unknown.map((kind) => kind.oldest))) + "; "
        + dollars(usd) + " USD in total. Inquiries are sent to their gateways.");
  }
}

/** Shows payments and refunds that stay unresolved until an instance has their account. */
function showMissingAccounts(accounts) {
  const family = "paymeter_missing_account_transfers";
  const sum = (suffix) => accounts.reduce((total, each) => total + each[family + suffix], 0);
  showPromise(
    "outcomes",
    false,
    whole(sum("")) + " in accounts that no instance has",
    accounts.map((each) => whole(each[family]) + " at " + each.gateway + " in " + each.account).join(", ")
      + "; " + dollars(sum("_usd")) + " USD in total.");
}

function outcomes(name, promises, family, longest) {
  const count = promises[family];
  const oldest = promises[family + "_oldest_seconds"];
  return {
    count,
    oldest,
    usd: promises[family + "_usd"],
    words: whole(count) + " " + name + (count === 1 ? "" : "s"),
    isForLong: oldest > longest,
  };
}
