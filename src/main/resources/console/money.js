// Money, without jargon: what was paid, what was not and why, what was refunded, what is at risk.

import { Chart, showLegend } from "./charts.js";
import { byId, create, setState, setText } from "./dom.js";
import { dollars, duration, number, time, timeLeft, title, usd, whole } from "./format.js";
import { RANGES } from "./samples.js";
import { atRisk, isDue, isUnknownCurrent, isUnknownRead, oldDisputes, oldReading, total } from "./status.js";

const MINUTE_MILLIS = 60000;
const MAX_REASONS = 6;
/** The first sample of a range may be later than its beginning by this time, and by two steps. */
const MARGIN_MILLIS = 30000;

let split = "gateway";
let chart = null;

/** The money counted until a sample, by the chosen label, per minute of the time before it. */
const question = {
  title: "dollars paid per minute",
  unit: "USD",
  format: dollars,
  series: (point, points) => perMinute(point, points),
  range: (low, high) => [0, high],
};

/** Totals are those since the start of the service: a difference is what was paid between. */
function perMinute(point, points) {
  const before = earlier(point, points);
  if (!before) {
    return {};
  }
  const minutes = (point.at - before.at) / MINUTE_MILLIS;
  return Object.fromEntries(Object.entries(point.money[split]).map(
    ([label, cents]) => [label, Number(BigInt(cents) - BigInt(before.money[split][label] || 0)) / 100 / minutes]));
}

/** Returns the sample a minute or more before another, or the first one. */
function earlier(point, points) {
  let found = null;
  for (const each of points) {
    if (each.at > point.at - MINUTE_MILLIS) {
      break;
    }
    found = each;
  }
  return found || (points[0] && points[0].at < point.at ? points[0] : null);
}

export function startMoney(show) {
  const card = byId("volume");
  chart = new Chart(card.querySelector(".chart"), question);
  document.querySelectorAll("input[name=split]").forEach((choice) => choice.addEventListener("change", () => {
    split = choice.value;
    chart.forget();
    show();
  }));
}

export function forgetMoney() {
  chart.forget();
}

export function showMoney({ points, range, status, thresholds }) {
  const card = byId("volume");
  const last = points[points.length - 1];
  if (last) {
    chart.show(points, range, undefined);
    const now = perMinute(last, points);
    const perMinuteNow = Object.values(now).reduce((sum, each) => sum + each, 0);
    setText(card.querySelector(".value"), dollars(perMinuteNow));
    setText(card.querySelector(".unit"), "USD a minute");
    showLegend(card.querySelector(".legend"), chart, now, dollars);
    showSums(points[0], last, range);
  }
  showRisk(status);
  showDisputes(status, thresholds);
}

function showSums(first, last, range) {
  const from = first.money;
  const to = last.money;
  const observed = last.at - first.at;
  const { millis, step } = RANGES[range];
  const short = observed < millis - Math.max(MARGIN_MILLIS, 2 * step);
  setText(
    byId("money-range"),
    (short ? "since the start, " + duration(observed) + " ago" : "the last " + RANGES[range].words)
      + ", until " + time(last.at));
  showSum("sum-paid", difference(to.paid, from.paid), "payment");
  const returned = difference(to.failed_refunds, from.failed_refunds);
  showSum(
    "sum-refunded",
    difference(to.refunded, from.refunded),
    "refund",
    returned.count > 0 ? whole(returned.count) + " failed later: " + usd(returned.cents) + " USD" : "");
  const failed = Object.entries(to.failed)
    .map(([code, sum]) => ({ code, ...difference(sum, from.failed[code] || { count: 0, cents: "0" }) }))
    .filter((each) => each.count > 0)
    .sort((a, b) => b.count - a.count);
  const count = failed.reduce((sum, each) => sum + each.count, 0);
  setText(byId("failed-usd"), usd(failed.reduce((sum, each) => sum + each.cents, 0n)));
  setText(byId("failed-note"), number(count, "payment"));
  showReasons(failed, count);
}

const difference = (to, from) => ({
  count: to.count - from.count,
  cents: BigInt(to.cents) - BigInt(from.cents),
});

function showSum(id, sum, one, more = "") {
  setText(byId(id).querySelector(".usd"), usd(sum.cents) + " USD");
  setText(
    byId(id).querySelector(".note"), [number(sum.count, one), more].filter(Boolean).join("; "));
}

/** The state is shown together with its time: the age of a reading is that at this time. */
function showRisk(status) {
  if (!status || !isUnknownRead(status)) {
    showRiskAs("old", "–", ["not known yet"]);
    return;
  }
  const risk = atRisk(status);
  const isKnown = isUnknownCurrent(status);
  showRiskAs(
    !isKnown ? "old" : risk.count > 0 ? "risky" : "none",
    usd(risk.cents) + " USD",
    [outcomes(risk.count, isKnown), ...oldReading(status, status.at)]);
}

/** Money is withdrawn by disputes, and not yet by warnings. Without either, nothing is shown. */
function showDisputes(status, thresholds) {
  const open = status ? status.disputes.open : [];
  const box = byId("sum-disputed");
  box.hidden = open.length === 0;
  if (open.length > 0) {
    const [withdrawn, questioned] = ["dispute", "warning"].map((kind) => total(open.filter((each) => each.kind === kind)));
    const deadlines = open.map((each) => each.respond_by).filter((at) => at !== null);
    const old = oldDisputes(status, status.at);
    const due = open.filter((each) => isDue(each, thresholds, status.at));
    setState(
      box,
      old.length > 0 ? "old" : due.some((each) => each.respond_by <= status.at) ? "late" : due.length > 0 ? "risky" : "none");
    setText(box.querySelector(".usd"), usd(withdrawn.cents) + " USD");
    setText(box.querySelector(".note"), [
      withdrawn.count > 0 ? number(withdrawn.count, "open dispute") : "",
      questioned.count > 0 ? number(questioned.count, "warning") + " about " + usd(questioned.cents) + " USD" : "",
      deadlines.length > 0 ? "first response " + timeLeft(Math.min(...deadlines), status.at) : "nothing to respond to",
      ...old,
    ].filter(Boolean).join(", "));
  }
}

function outcomes(count, isKnown) {
  if (count > 0) {
    return number(count, "outcome") + " not known yet";
  }
  return isKnown ? "every outcome is known" : "not known now";
}

function showRiskAs(state, amount, notes) {
  const box = byId("sum-risk");
  setState(box, state);
  setText(box.querySelector(".usd"), amount);
  setText(box.querySelector(".note"), notes.join(", "));
}

function showReasons(failed, count) {
  const list = byId("reasons");
  const shown = failed.slice(0, MAX_REASONS);
  while (list.children.length > shown.length) {
    list.lastChild.remove();
  }
  shown.forEach((each, i) => {
    if (i === list.children.length) {
      const item = create("li");
      const bar = create("span", "bar");
      bar.append(create("span"));
      item.append(create("span", "reason"), create("b"), bar);
      list.append(item);
    }
    const [reason, amount, bar] = list.children[i].children;
    setText(reason, title(each.code));
    setText(amount, whole(each.count));
    bar.firstChild.style.width = (100 * each.count) / count + "%";
  });
}
