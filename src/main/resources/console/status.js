// The status: what is wrong, since when, how much it costs, and what to do.

import { byId, create, setState, setText } from "./dom.js";
import { duration, number, time, timeLeft, title, usd, whole, words } from "./format.js";
import { when } from "./payment-text.js";

/** Samples arrive every second. An unknown outcome that was read before this time is old. */
const MAX_UNKNOWN_AGE_MILLIS = 5000;

/**
 * A condition: its key, how severe it is ("bad" or "warn"), what is wrong, since when (on the
 * service's clock; null if that is not known), its cost in words, and what to do.
 */
function conditions(status, thresholds, now, connection) {
  if (!status) {
    return noConnection(connection, status);
  }
  return [
    ...noConnection(connection, status),
    ...phase(status, now),
    ...status.incidents.map((incident) => (
      incident.kind === "ledger_unavailable" ? ledgerUnavailable(incident) : gateway(incident, status))),
    ...missingAccounts(status),
    ...unknownOutcomes(status, thresholds, now),
    ...disputes(status, thresholds, now),
    ...drift(status),
    ...stalled(status, thresholds, now),
    ...unaccounted(status),
  ].map((condition) => ({ ...condition, facts: [...risk(condition, status, now), ...condition.facts] }));
}

function noConnection(connection, status) {
  return connection.name !== "lost" ? [] : [{
    key: "connection",
    level: "bad",
    title: connection.wasLive ? "Connection lost" : "No connection",
    since: connection.since,
    facts: [
      connection.wasLive
        ? "Everything else is the state at " + time(connection.since)
        : "The service does not respond, or the console has too many viewers",
      ...(status && PHASES[status.phase] ? ["the instance was " + words(status.phase)] : []),
    ],
    action: "Trying again every 2 s. Other instances may still serve payments.",
    runbook: "PaymeterTargetDown",
  }];
}

const PHASES = {
  starting: {
    level: "warn",
    title: "Starting",
    facts: ["The counters are not restored from the ledger yet. The API accepts no requests."],
    action: "If this takes more than a minute, see the log: the database is migrated, or cannot be reached.",
    runbook: "PaymeterLedgerDown",
  },
  draining: {
    level: "warn",
    title: "Shutting down",
    facts: ["Payments in flight finish; new requests are refused after the grace period."],
    action: "Other instances take over. Nothing to do if the shutdown is intended.",
    runbook: "PaymeterTargetDown",
  },
  superseded: {
    level: "bad",
    title: "Superseded",
    facts: ["Another process has taken over the identity of this instance. This one writes nothing and ends."],
    action: "Two processes must not have the same instance.id.",
    runbook: "PaymeterTargetDown",
  },
  ledger_went_back: {
    level: "bad",
    title: "The ledger went back",
    facts: ["The ledger lacks payments that were counted. The process starts again and lists them."],
    action: "Do not restore or fail over again before you have read the runbook.",
    runbook: "PaymeterLedgerWentBack",
  },
};

/** A longer start is worth a look, unless it waits for its first scrape, with restored counters. */
const MAX_START_MILLIS = 60000;

function phase(status, now) {
  const known = PHASES[status.phase];
  if (!known) {
    return [];
  }
  const isStuck = status.phase === "starting"
    && status.metrics_ledger_drift === null
    && now - status.phase_since > MAX_START_MILLIS;
  return [{
    key: "phase-" + status.phase,
    since: status.phase_since,
    ...known,
    level: isStuck ? "bad" : known.level,
  }];
}

function ledgerUnavailable(incident) {
  return {
    key: "ledger",
    level: "bad",
    title: "Ledger unavailable",
    since: incident.since,
    facts: [number(incident.refused, "request") + " refused"],
    action: "Restore the database. Until then, payments are refused with 503, before any charge.",
    runbook: "PaymeterLedgerDown",
  };
}

const BREAKERS = {
  open: "its circuit breaker is open",
  half_open: "its circuit breaker lets a trial through",
  closed: "its circuit breaker is still closed",
};

function gateway(incident, status) {
  const facts = [
    incident.timeouts > 0 ? number(incident.timeouts, "call") + " without a response" : null,
    number(incident.refused, "payment") + " not sent to it",
  ].filter(Boolean);
  return {
    key: "gateway-" + incident.subject,
    level: "bad",
    title: title(incident.subject) + " is not responding",
    since: incident.since,
    facts,
    gateway: incident.subject,
    detail: BREAKERS[incident.breaker] || "breaker " + incident.breaker,
    action: "Paymeter asks the gateway about each unknown payment; repeat nothing by hand.",
    runbook: "PaymentGatewayBreakerOpen",
  };
}

function missingAccounts(status) {
  return status.unknown.missing_accounts.map((each) => {
    const all = inAccount(each);
    return {
      key: "account-" + each.gateway + "-" + each.account,
      level: "bad",
      title: "No instance has " + nameOfMissing(each),
      since: status.unknown.at - each.oldest_seconds * 1000,
      facts: [number(all.count, "payment or refund", "payments and refunds") + " at " + each.gateway
        + " cannot be resolved", usd(all.cents) + " USD at risk"],
      action: "Start an instance with " + (each.account === ""
        ? "this gateway."
        : "the credentials of " + (each.account === OTHER ? "these accounts." : "this account.")),
      runbook: "PaymentAccountMissing",
    };
  });
}

/** Beyond the maximum, accounts are added up under this name. */
const OTHER = "other";

/** Payments that were not submitted have no account. */
function nameOfMissing({ gateway, account }) {
  if (account === "") {
    return "gateway " + gateway;
  }
  return account === OTHER ? "other accounts of " + gateway : "account " + account;
}

/** Outcomes of gateways that respond; those of other gateways are with their gateway. */
function unknownOutcomes(status, thresholds, now) {
  const silent = new Set(status.incidents.map((incident) => incident.subject));
  const hasLedger = status.incidents.every((incident) => incident.kind !== "ledger_unavailable");
  const inquiry = hasLedger ? "until it knows" : "when the ledger is available again";
  return KINDS.flatMap((kind) => Object.entries(status.unknown[kind])
    .filter(([name]) => !silent.has(name))
    .map(([name, each]) => ({ name, age: age(status, kind, name, now), ...unknownAt(status, kind, name) }))
    .filter((each) => each.count > 0)
    .map((each) => {
      const one = kind.slice(0, -1);
      return {
        key: "unknown-" + kind + each.name,
        level: each.age !== null && isLong(kind, each.age, thresholds) ? "bad" : "warn",
        title: number(each.count, one) + " at " + each.name + " with an unknown outcome",
        since: each.age === null ? null : now - each.age,
        facts: [usd(each.cents) + " USD at risk", ...oldReading(status, now)],
        action: "Paymeter asks the gateway " + inquiry + "; repeat nothing by hand.",
        runbook: kind === "payments" ? "PaymentUnknownForLong" : "RefundUnknownForLong",
      };
    }));
}

const KINDS = ["payments", "refunds"];

const isLong = (kind, millis, thresholds) => millis > 1000
  * (kind === "payments" ? thresholds.PaymentUnknownForLong : thresholds.RefundUnknownForLong);

/** Returns the milliseconds at a time since a number of seconds before the reading. */
const aged = (status, seconds, now) => now - status.unknown.at + 1000 * seconds;

/** Returns the age of the oldest at a gateway; null if that may be one on the card of a missing account. */
function age(status, kind, gateway, now) {
  const oldest = status.unknown[kind][gateway].oldest_seconds;
  const isElsewhere = status.unknown.missing_accounts.some((each) => each.gateway === gateway
    && each[kind].count > 0
    && each.oldest_seconds >= oldest - 1); // Both are read at different times.
  return isElsewhere ? null : aged(status, oldest, now);
}

export const total = (sums) => ({
  count: sums.reduce((sum, each) => sum + each.count, 0),
  cents: sums.reduce((sum, each) => sum + BigInt(each.cents), 0n),
});

const inAccount = (missing) => total([missing.payments, missing.refunds, missing.pending]);

/**
 * Returns the payments or refunds of a gateway with an unknown outcome, without those on the cards of missing
 * accounts: each is on one card.
 */
function unknownAt({ unknown }, kind, gateway) {
  const all = total([unknown[kind][gateway]]);
  const missing = total(
    unknown.missing_accounts.filter((each) => each.gateway === gateway).map((each) => each[kind]));
  const count = all.count - missing.count;
  const cents = all.cents - missing.cents;
  // Both are read at different times.
  return { count: Math.max(0, count), cents: cents < 0n ? 0n : cents };
}

/** Disputes and warnings whose first deadline is near, or has passed. */
function disputes(status, thresholds, now) {
  return status.disputes.open.filter((each) => isDue(each, thresholds, now)).map((each) => ({
    key: "dispute-" + each.kind + each.gateway,
    level: each.respond_by <= now ? "bad" : "warn",
    title: title(each.kind) + " at " + each.gateway + " without a response",
    since: null,
    until: each.respond_by,
    facts: [
      each.awaiting + " of " + number(each.count, "open " + each.kind) + " to respond to",
      usd(each.cents) + " USD " + (each.kind === "warning" ? "questioned" : "withdrawn"),
      ...oldDisputes(status, now),
    ],
    action: "Respond, or accept the dispute, at the gateway: Paymeter submits no evidence.",
    runbook: "DisputeResponseDue",
    show: "disputed",
  }));
}

/** Returns whether a response is due sooner than the threshold of the alert. */
export const isDue = ({ respond_by }, thresholds, now) =>
  respond_by !== null && respond_by - now < thresholds.DisputeResponseDue * 1000;

/** Returns a note about a reading of open disputes that is old at a time of the service's clock. */
export const oldDisputes = (status, now) => ageOfReading(status.disputes.at, now, "disputes");

function drift(status) {
  return status.metrics_ledger_drift === null || status.metrics_ledger_drift === 0 ? [] : [{
    key: "drift",
    level: "bad",
    title: "Metrics differ from the ledger",
    since: null,
    facts: [
      ...paymentDifference(status.proof),
      "the differences of all series add up to " + whole(status.metrics_ledger_drift),
    ],
    action: "Do not reconcile from these metrics until the difference is explained.",
    runbook: "PaymeterLedgerDrift",
  }];
}

/** Returns what the metrics have more, or less, than the ledger. */
function paymentDifference(proof) {
  const count = proof ? proof.metrics.count - proof.ledger.count : 0;
  const cents = proof ? BigInt(proof.metrics.cents) - BigInt(proof.ledger.cents) : 0n;
  const than = (value, less) => (value < 0 ? less : " more") + " than in the ledger";
  return [
    count === 0 ? null : number(Math.abs(count), "payment") + than(count, " fewer"),
    cents === 0n ? null : usd(cents < 0n ? -cents : cents) + " USD" + than(cents, " less"),
  ].filter(Boolean);
}

function stalled(status, thresholds, now) {
  const isStalled = status.paymeter_ledger_up === true
    && status.compared_at !== null
    && now - status.compared_at > thresholds.PaymeterAuditStalled * 1000;
  return !isStalled ? [] : [{
    key: "stalled",
    level: "warn",
    title: "Metrics are not compared with the ledger",
    since: status.compared_at,
    facts: ["later payments are counted, but not compared"],
    action: "See the runbook.",
    runbook: "PaymeterAuditStalled",
  }];
}

function unaccounted(status) {
  return status.observations_unaccounted === 0 ? [] : [{
    key: "unaccounted",
    level: "bad",
    title: number(status.observations_unaccounted, "observation") + " unaccounted for",
    since: null,
    facts: ["The metrics may be incomplete."],
    action: "This is a defect: keep the logs and report it.",
    runbook: "PaymeterBusinessObservationsDropped",
  }];
}

/** Returns the money at risk at the gateway of a card, if it has one, and what is unknown there. */
function risk(condition, status, now) {
  if (!condition.gateway) {
    return [];
  }
  const sums = KINDS.map((kind) => total(unknownOf(status, kind, condition.gateway)));
  const facts = sums.map(({ count }, i) => (
    count === 0 && KINDS[i] === "refunds" ? null : number(count, KINDS[i].slice(0, -1)) + " unknown"));
  return [
    usd(total(sums).cents) + " USD at risk",
    ...oldest(condition, status, now),
    ...facts.filter(Boolean),
    ...oldReading(status, now),
  ];
}

/** The time in which outcomes may be unknown before the gateway counts as not responding. */
const MAX_DELAY_MILLIS = 90000;

/** Returns the age of the oldest unknown outcome of a gateway if it is older than the condition. */
function oldest(condition, status, now) {
  const ages = KINDS
    .filter((kind) => condition.gateway in status.unknown[kind]
      && unknownAt(status, kind, condition.gateway).count > 0)
    .map((kind) => age(status, kind, condition.gateway, now));
  const most = Math.max(0, ...ages);
  return most > now - condition.since + MAX_DELAY_MILLIS ? ["the oldest unknown for " + duration(most)] : [];
}

/** Returns the sums of a gateway, or of all. */
const unknownOf = (status, kind, gateway) => Object.keys(status.unknown[kind])
  .filter((name) => !gateway || name === gateway)
  .map((name) => unknownAt(status, kind, name));

/** Returns a note about a reading of unknown outcomes that is old at a time of the service's clock. */
export const oldReading = (status, now) => ageOfReading(status.unknown.at, now, "unknown outcomes");

function ageOfReading(at, now, what) {
  if (at === null) {
    return [what + " not read yet"];
  }
  return now - at > MAX_UNKNOWN_AGE_MILLIS ? ["as of " + time(at) + ", " + duration(now - at) + " old"] : [];
}

/** Returns whether the unknown outcomes are those at the time of the status. */
export const isUnknownCurrent = (status) => (
  status.paymeter_ledger_up !== false && oldReading(status, status.at).length === 0);

/** Returns whether the unknown outcomes were read at all. Until the counters are restored, none were. */
export const isUnknownRead = (status) => status.unknown.at !== null && status.metrics_ledger_drift !== null;

/** Returns the number, the sum and the age of payments and refunds without a known outcome: of all cards together. */
export function atRisk(status) {
  const { payments, refunds, missing_accounts } = status.unknown;
  const all = [...Object.values(payments), ...Object.values(refunds), ...missing_accounts];
  return {
    ...total([
      ...KINDS.flatMap((kind) => unknownOf(status, kind)),
      ...missing_accounts.map(inAccount),
    ]),
    oldest: Math.max(0, ...all.map((each) => each.oldest_seconds)),
  };
}

const cards = new Map();

const worstFirst = (a, b) => (a.level === b.level ? 0 : a.level === "bad" ? -1 : 1);

/** Shows the conditions that hold, and what was checked. Returns the title of the worst one. */
export function showStatus(status, thresholds, now, connection) {
  // Without a connection, nothing gets worse here: it is the state at its time.
  const at = status && connection.name === "lost" ? status.at : now;
  const all = conditions(status, thresholds, at, connection).sort(worstFirst);
  const keys = new Set(all.map((condition) => condition.key));
  for (const [key, card] of cards) {
    if (!keys.has(key)) {
      card.root.remove();
      cards.delete(key);
    }
  }
  all.forEach((condition, i) => {
    let card = cards.get(condition.key);
    if (!card) {
      card = makeCard(condition);
      cards.set(condition.key, card);
    }
    const here = byId("incidents").children[i] || null;
    if (here !== card.root) {
      byId("incidents").insertBefore(card.root, here);
    }
    fill(card, condition, now);
  });
  showChecks(status, all, thresholds, at);
  return all.length > 0 ? all[0].title : "";
}

function makeCard(condition) {
  const root = create("li", "incident");
  const heading = create("p", "what");
  const name = create("strong");
  const since = create("span", "since");
  const facts = create("p", "facts");
  const action = create("p", "action");
  const advice = create("span");
  const runbook = create("a", "", "Runbook");
  runbook.href = "/runbooks/" + condition.runbook + ".md";
  runbook.setAttribute("aria-label", "Runbook " + condition.runbook);
  // A reader that hears what is wrong must not hear it again each second.
  since.setAttribute("aria-live", "off");
  facts.setAttribute("aria-live", "off");
  heading.append(name, since);
  action.append(advice, " ", runbook);
  if (condition.show) {
    const payments = create("a", "", "Show the payments");
    payments.href = "#payments&show=" + condition.show;
    payments.dataset.show = condition.show;
    action.append(" ", payments);
  }
  root.append(heading, facts, action);
  return { root, name, since, facts, action: advice };
}

function fill(card, condition, now) {
  setState(card.root, condition.level);
  setText(card.name, condition.title);
  setText(
    card.since,
    condition.until
      ? timeLeft(condition.until, now) + " (" + when(condition.until) + ")"
      : condition.since === null
        ? ""
        : "since " + time(condition.since) + " (" + duration(now - condition.since) + ")");
  showFacts(card.facts, condition.detail ? [...condition.facts, condition.detail] : condition.facts);
  setText(card.action, condition.action);
}

function showFacts(list, facts) {
  while (list.children.length > facts.length) {
    list.lastChild.remove();
  }
  facts.forEach((fact, i) => {
    if (i === list.children.length) {
      list.append(create("span"));
    }
    setText(list.children[i], fact);
  });
}

function showCheck(id, state, verdict) {
  setState(byId(id), state);
  setText(byId(id).querySelector(".verdict"), verdict);
}

function showChecks(status, all, thresholds, now) {
  if (!status) {
    return;
  }
  const holds = (prefix) => all.some((condition) => condition.key.startsWith(prefix));
  const up = status.paymeter_ledger_up;
  showCheck(
    "ledger",
    up === null ? "unknown" : up ? "kept" : "broken",
    up === null ? "not open yet" : up ? "available" : "unavailable");
  const silent = status.incidents.filter((incident) => incident.subject !== "");
  showCheck(
    "gateways",
    silent.length === 0 ? "kept" : "broken",
    silent.length === 0 ? "responding" : silent.map((each) => each.subject).join(", ") + " not responding");
  showOutcomes(status, thresholds, holds, now);
  const lost = status.observations_unaccounted;
  showCheck("conservation", lost === 0 ? "kept" : "broken", lost === 0 ? "all counted" : whole(lost) + " lost");
}

function showOutcomes(status, thresholds, holds, now) {
  const { count, cents, oldest } = atRisk(status);
  if (!isUnknownRead(status)) {
    showCheck("outcomes", "unknown", "not known yet");
  } else if (count === 0 && !holds("account")) {
    const isCurrent = isUnknownCurrent(status);
    showCheck("outcomes", isCurrent ? "kept" : "unknown", isCurrent ? "0 USD, all known" : "not known");
  } else {
    const isBad = holds("account") || KINDS.some((kind) => Object.values(status.unknown[kind])
      .some((each) => isLong(kind, aged(status, each.oldest_seconds, now), thresholds)));
    showCheck(
      "outcomes",
      isBad ? "broken" : "risky",
      usd(cents) + " USD, " + whole(count) + " unknown for " + duration(aged(status, oldest, now)));
  }
}
