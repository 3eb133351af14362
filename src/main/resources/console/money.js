// Money, without jargon: what was paid, what was not and why, what was refunded, what is at risk.

import { Chart, showLegend } from "./charts.js";
import { byId, create, setState, setText } from "./dom.js";
import { dollars, duration, number, title, usd, whole } from "./format.js";
import { RANGES } from "./samples.js";
import { atRisk } from "./status.js";

const MINUTE_MILLIS = 60000;
const MAX_REASONS = 6;

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

export function showMoney({ points, range, status }) {
  const card = byId("volume");
  const last = points[points.length - 1];
  if (last) {
    chart.show(points, range, undefined);
    const now = perMinute(last, points);
    const total = Object.values(now).reduce((sum, each) => sum + each, 0);
    setText(card.querySelector(".value"), dollars(total));
    setText(card.querySelector(".unit"), "USD a minute");
    showLegend(card.querySelector(".legend"), chart, now, dollars);
    showSums(points[0].money, last.money, last.at - points[0].at, range);
  }
  showRisk(status);
}

function showSums(from, to, observed, range) {
  const short = observed < RANGES[range].millis - 30000;
  setText(
    byId("money-range"),
    short ? "since the start, " + duration(observed) + " ago" : "the last " + RANGES[range].words);
  showSum("sum-paid", difference(to.paid, from.paid), "payment");
  showSum("sum-refunded", difference(to.refunded, from.refunded), "refund");
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

function showSum(id, sum, one) {
  setText(byId(id).querySelector(".usd"), usd(sum.cents) + " USD");
  setText(byId(id).querySelector(".note"), number(sum.count, one));
}

function showRisk(status) {
  const box = byId("sum-risk");
  if (!status || status.unknown.at === null) {
    setText(box.querySelector(".note"), "not known yet");
    return;
  }
  const risk = atRisk(status);
  setState(box, risk.count > 0 ? "risky" : "none");
  setText(box.querySelector(".usd"), usd(risk.cents) + " USD");
  setText(
    box.querySelector(".note"),
    risk.count === 0 ? "every outcome is known" : number(risk.count, "outcome") + " not known yet");
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
