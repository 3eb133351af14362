// The questions: each one's figure, its alert's threshold and its chart.

import { Chart, showLegend } from "./charts.js";
import { byId, create, setState, setText } from "./dom.js";
import { duration, isNumber, percent, perSecond, seconds, whole } from "./format.js";

const WINDOW_MILLIS = 5 * 60 * 1000;

/** The objective of response times, as in rules.yml. */
const OBJECTIVE_SECONDS = 2.5;

const mapValues = (map, value) =>
  Object.fromEntries(Object.entries(map).map(([key, each]) => [key, value(each)]));

/**
 * Each question has its name in Prometheus, the chart's series (the values of a sample by label), the
 * figure of a sample, and the alert whose threshold is drawn, with the side on which it fires.
 */
export const SERVICE = [
  {
    name: "payment_success_rate",
    rate: true,
    title: "Success rate",
    wide: true,
    unit: "%",
    format: percent,
    series: (point) => ({ "success rate": point.payment_success_rate }),
    about: (point) => "of " + perSecond(point.payments_per_second + (point.refused_per_second || 0))
      + " requests a second"
      + (point.refused_per_second > 0 ? ", " + perSecond(point.refused_per_second) + " of them refused" : ""),
    idle: true,
    below: true,
    alert: { name: "PaymentSuccessRateLow", below: true },
    range: (low) => [Math.max(0, Math.min(90, Math.floor((low - 2) / 10) * 10)), 100],
  },
  {
    name: "response_time_quantiles",
    title: "Response time, slowest 1 %",
    wide: true,
    unit: "s",
    format: seconds,
    series: (point) => mapValues(point.response_time_quantiles, (quantiles) => quantiles[2]),
    about: (point, label) => "p99 of the slowest gateway, " + label,
    idle: true,
    quantiles: true,
    line: "objective",
    threshold: OBJECTIVE_SECONDS,
    range: (low, high) => [0, high],
  },
  {
    name: "avg_response_time_by_gateway",
    title: "Average response time",
    unit: "s",
    format: seconds,
    series: (point) => point.avg_response_time_by_gateway,
    about: (point, label) => "slowest: " + label,
    idle: true,
    legend: true,
    alert: { name: "PaymentResponseTimeHigh" },
    range: (low, high) => [0, high],
  },
  {
    name: "error_rate_by_severity",
    rate: true,
    title: "Errors by severity",
    unit: "/s",
    format: perSecond,
    series: (point) => point.error_rate_by_severity,
    colors: { high: "--bad", medium: "--warn" },
    figure: "high",
    about: () => "of high severity",
    legend: true,
    alert: { name: "PaymentErrorRateHighInSum", series: "high" },
    range: (low, high) => [0, high],
  },
  {
    name: "high_value_payment_ratio",
    title: "High-value payments",
    unit: "%",
    format: percent,
    series: (point) => ({ share: point.high_value_payment_ratio }),
    about: () => "above 1,000 USD",
    idle: true,
    range: (low, high) => [0, Math.max(10, Math.ceil(high / 10) * 10)],
  },
  { name: "error_budget", title: "Error budget left", budget: true },
];

/** Usage of the machine: of interest last. */
export const MACHINE = [
  {
    name: "db_connection_usage",
    title: "Database connections",
    unit: "%",
    format: whole,
    series: (point) =>
      Object.fromEntries(point.db_connection_usage.map((pool) => [pool.pool, pool.active])),
    value: (point) => Math.max(...point.db_connection_usage.map((pool) => pool.usage)),
    about: (point) => {
      const fullest = point.db_connection_usage.reduce(
        (a, b) => (b.usage > a.usage || (b.usage === a.usage && b.max > a.max) ? b : a));
      return fullest.active + " of " + fullest.max + " in use, " + fullest.pool;
    },
    legend: true,
    chartUnit: "in use",
    alert: { name: "DatabaseConnectionsHigh", unit: "in use" },
    range: (low, high) => [0, Math.max(high, 20)],
  },
  {
    name: "avg_cpu_usage",
    title: "Average CPU",
    unit: "%",
    format: whole,
    series: (point) => ({ cores: point.avg_cpu_usage }),
    about: () => "of the machine's cores",
    range: () => [0, 100],
  },
  {
    name: "memory_usage_ratio",
    title: "Memory",
    unit: "%",
    format: whole,
    series: (point) => ({ used: point.memory_usage_ratio }),
    about: () => "of the machine's memory",
    alert: { name: "MemoryUsageHigh" },
    range: () => [0, 100],
  },
];

/** Rates cover 5 minutes, or in the first minutes the time since the service's start. */
function shortWindow(point) {
  const seen = point.observed_seconds;
  return seen < WINDOW_MILLIS / 1000 - 10 ? "; measured for " + whole(seen) + " s" : "";
}

export class Card {
  constructor(question, list) {
    this.question = question;
    const copy = byId("question").content.cloneNode(true);
    this.root = copy.querySelector("article");
    this.figure = copy.querySelector(".figure");
    this.value = copy.querySelector(".value");
    this.unit = copy.querySelector(".unit");
    this.about = copy.querySelector(".about");
    this.state = copy.querySelector(".state");
    this.legend = copy.querySelector(".legend");
    this.root.dataset.question = question.name;
    this.root.classList.toggle("wide", Boolean(question.wide));
    const title = copy.querySelector("h3");
    title.textContent = question.title;
    title.id = "title-" + question.name;
    this.root.setAttribute("aria-labelledby", title.id);
    const box = copy.querySelector(".chart");
    list.append(copy);
    if (question.budget) {
      this.meters = create("div", "budgets");
      box.replaceWith(this.meters);
    } else {
      this.chart = new Chart(box, question);
    }
    if (question.quantiles) {
      this.table = quantileTable();
      this.legend.replaceWith(this.table);
    }
  }

  forget() {
    if (this.chart) {
      this.chart.forget();
    }
  }

  show(context) {
    if (this.question.budget) {
      this.showBudget(context);
      return;
    }
    const { points, thresholds, range } = context;
    const question = this.question;
    const point = points[points.length - 1];
    const series = point ? question.series(point) : {};
    const threshold = question.alert ? thresholds[question.alert.name] : question.threshold;
    const { label, value } = this.worst(series);
    const shown = question.value && point && isNumber(value) ? question.value(point) : value;
    const known = isNumber(shown) && Number.isFinite(shown);
    this.figure.classList.toggle("none", !known);
    setText(this.value, known ? question.format(shown) : this.whyNone(point, context));
    setText(this.unit, known ? question.unit : "");
    setText(this.about, known ? question.about(point, label) + (question.rate ? shortWindow(point) : "") : "");
    this.showState(value, threshold);
    if (points.length > 0) {
      this.chart.show(points, range, threshold);
    }
    if (question.legend) {
      showLegend(
        this.legend, this.chart, series,
        (each) => question.format(each) + " " + (question.chartUnit || question.unit));
    } else if (question.quantiles) {
      showQuantiles(this.table, point ? point.response_time_quantiles : {}, this.chart);
    }
  }

  /** Returns the value of the figure's label if it has one, otherwise the highest value. */
  worst(series) {
    const figure = this.question.figure;
    let worst = { label: "", value: undefined };
    for (const [label, value] of Object.entries(series)) {
      const isWorst = figure ? label === figure : !(value <= worst.value);
      if (isWorst && isNumber(value)) {
        worst = { label, value };
      }
    }
    return worst;
  }

  whyNone(point, { status, payments }) {
    if (!point) {
      return "waiting for samples";
    }
    if (status && status.metrics_ledger_drift === null) {
      return "waiting for the ledger";
    }
    if (!this.question.idle) {
      return "no reading yet";
    }
    if (payments.length === 0) {
      return "no payments yet";
    }
    return Date.parse(payments[0].settled_at) > point.at - WINDOW_MILLIS
      ? "waiting for samples"
      : "no payments in 5 minutes";
  }

  showState(value, threshold) {
    if (threshold === undefined) {
      this.root.classList.remove("beyond");
      setState(this.state, "none");
      setText(this.state, "");
      return;
    }
    const { below, unit } = this.question.alert || {};
    const beyond = isNumber(value) && (below ? value < threshold : value > threshold);
    const side = below ? "below " : "above ";
    const words = side + threshold + " " + (unit || this.question.unit);
    this.root.classList.toggle("beyond", beyond);
    setState(this.state, beyond ? "beyond" : "within");
    setText(
      this.state,
      beyond ? "⚠ " + words : this.question.alert ? "alert " + words : "objective " + threshold + " s");
  }

  showBudget({ status }) {
    const budget = status && status.budget;
    const left = budget
      ? [budget.availability.remaining, budget.latency.remaining].filter(isNumber)
      : [];
    const least = Math.min(...left);
    const known = left.length > 0;
    this.figure.classList.toggle("none", !known);
    setText(this.value, known ? remaining(least) : "no payments yet");
    setText(this.unit, known ? "%" : "");
    setText(
      this.about,
      known ? "over " + duration(Math.min(status.at - budget.since, 30 * 86400000)) + " of 30 days" : "");
    this.root.classList.toggle("beyond", known && least <= 0);
    setState(this.state, known && least <= 0 ? "beyond" : "within");
    setText(this.state, known && least <= 0 ? "⚠ exceeded" : "");
    if (this.meters.children.length === 0) {
      this.meters.append(budgetRow("Available"), budgetRow("Within 2.5 s"));
    }
    if (budget) {
      fillBudget(this.meters.children[0], budget.availability);
      fillBudget(this.meters.children[1], budget.latency);
    }
  }
}

const remaining = (share) => whole(Math.floor(100 * share)).replace("-", "−");

function budgetRow(name) {
  const row = create("div", "budget");
  const bar = create("span", "bar");
  bar.append(create("span"));
  row.append(create("span", "", name), create("b"), bar, create("span", "hush"));
  return row;
}

function fillBudget(row, budget) {
  const [, left, bar, detail] = row.children;
  const known = isNumber(budget.remaining);
  setText(left, known ? remaining(budget.remaining) + " %" : "–");
  setState(row, known && budget.remaining <= 0 ? "beyond" : "within");
  bar.firstChild.style.width = (known ? 100 * Math.max(0, Math.min(1, budget.remaining)) : 0) + "%";
  setText(
    detail,
    whole(budget.failed) + " of " + whole(budget.total) + " failed; " + 100 * budget.allowed + " % allowed");
}

function quantileTable() {
  const table = create("table", "quantiles");
  table.append(create("thead"), create("tbody"));
  const head = create("tr");
  ["Gateway", "p50", "p95", "p99"].forEach((name) => {
    const cell = create("th", "", name);
    cell.scope = "col";
    head.append(cell);
  });
  table.tHead.append(head);
  return table;
}

function showQuantiles(table, byGateway, chart) {
  const body = table.tBodies[0];
  const labels = chart.labels;
  while (body.rows.length > labels.length) {
    body.deleteRow(-1);
  }
  labels.forEach((label, i) => {
    const row = body.rows[i] || body.insertRow();
    if (row.cells.length === 0) {
      const name = create("th");
      name.scope = "row";
      name.append(create("i", "swatch"), create("span"));
      row.append(name, create("td"), create("td"), create("td"));
    }
    row.cells[0].firstChild.dataset.color = "--series-" + ((i % 3) + 1);
    row.cells[0].firstChild.dataset.dash = String(i % 3);
    setText(row.cells[0].lastChild, label);
    [0, 1, 2].forEach((n) => {
      const quantiles = byGateway[label];
      setText(row.cells[n + 1], quantiles ? atMost(quantiles[n]) : "–");
    });
  });
}

/** The highest bucket that has a bound ends at 10 s. */
const atMost = (value) => (value >= 10 ? "≥ 10 s" : seconds(value) + " s");
