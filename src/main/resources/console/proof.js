// The proof: the payments in the ledger, and in the metrics, as the audit compared them.

import { byId, setState, setText } from "./dom.js";
import { duration, number, usd, whole } from "./format.js";

/** The audit compares every few seconds. A comparison of this age is not live. */
const MAX_AGE_MILLIS = 10000;

/** Shows the latest comparison at a time of the service's clock. */
export function showProof(status, now) {
  const proof = status && status.proof;
  const box = byId("proof");
  if (!proof) {
    setState(box, "waiting");
    setText(byId("proof-verdict"), "Not compared yet");
    setText(
      byId("proof-age"),
      status ? "The counters are not restored from the ledger yet." : "Waiting for the service.");
    return;
  }
  setText(byId("ledger-usd"), usd(proof.ledger.cents));
  setText(byId("ledger-count"), whole(proof.ledger.count));
  setText(byId("metrics-usd"), usd(proof.metrics.cents));
  setText(byId("metrics-count"), whole(proof.metrics.count));
  const age = now - status.compared_at;
  const state = verdict(status, proof, age);
  setState(box, state.name);
  setText(byId("proof-sign"), state.sign);
  setText(byId("proof-verdict"), state.words);
  setText(byId("proof-age"), age < 1500 ? "compared just now" : "compared " + duration(age) + " ago");
  setText(byId("proof-later"), proof.later.count > 0 ? ", " + number(proof.later.count, "payment") + " counted since" : "");
  setText(byId("proof-look-back"), lookBack(status, now) + baseline(proof));
}

function verdict(status, proof, age) {
  const isEqual = proof.ledger.count === proof.metrics.count
    && proof.ledger.cents === proof.metrics.cents;
  if (!isEqual || status.metrics_ledger_drift !== 0) {
    return {
      name: "different",
      sign: "≠",
      words: isEqual
        ? "Other counts differ by " + whole(status.metrics_ledger_drift)
        : "The metrics differ from the ledger",
    };
  }
  return age > MAX_AGE_MILLIS || status.paymeter_ledger_up === false
    ? { name: "old", sign: "≟", words: "Were equal to the cent" }
    : { name: "equal", sign: "=", words: "Equal to the cent" };
}

function lookBack(status, now) {
  return status.look_back_since === null
    ? "Past rows are not compared again yet."
    : "Every past row compared again in the last " + duration(now - status.look_back_since) + ".";
}

/** After the ledger went back, the exposed series start at zero. */
function baseline(proof) {
  return proof.baseline.count === 0
    ? ""
    : " " + number(-proof.baseline.count, "earlier payment") + " of the ledger are not in the exposed series.";
}
