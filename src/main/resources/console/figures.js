// The questions: each one's figure, its alert's threshold and its chart.

import { Chart } from "./charts.js";
import { byId, create, setState, setText } from "./dom.js";
import { isNumber, percent, perSecond, seconds, whole } from "./format.js";

const WINDOW_MILLIS = 5 * 60 * 1000;

/**
 * Each question has its name in Prometheus, the chart's series (the values of a sample by label), the
 * figure of a sample, and the alert whose threshold is drawn, with the side on which it fires.
 */
export const QUESTIONS = [
  {
    name: "payment_success_rate",
    rate: true,
    title: "Payment success rate",
    wide: true,
    unit: "%",
    format: percent,
    series: (point) => ({ "success rate": point.payment_success_rate }),
    about: (point) => "of " + perSecond(point.payments_per_second) + " payments a second",
    idle: true,
    alert: { name: "PaymentSuccessRateLow", below: true },
    range: (low) => [Math.max(0, Math.min(90, Math.floor((low - 2) / 10) * 10)), 100],
  },
  {
    name: "avg_response_time_by_gateway",
    title: "Average response time by gateway",
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
    figure: "high",
    about: () => "of high severity",
    legend: true,
    alert: { name: "PaymentErrorRateHighInSum", series: "high" },
    range: (low, high) => [0, high],
  },
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
    legendFormat: (value) => value + " in use",
    alert: { name: "DatabaseConnectionsHigh", unit: "in use" },
    range: (low, high) => [0, Math.max(high, 20)],
  },
  {
    name: "high_value_payment_ratio",
    title: "High-value payments",
    unit: "%",
    format: percent,
    series: (point) => ({ share: point.high_value_payment_ratio }),
    about: () => "above 1000 USD",
    idle: true,
    range: (low, high) => [0, Math.max(10, Math.ceil(high / 10) * 10)],
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
function shortWindow(points) {
  const seen = points[points.length - 1].at - points[0].at;
  return seen < WINDOW_MILLIS - 10000 ? "; measured for " + whole(seen / 1000) + " s" : "";
}

export class Card {
  constructor(question) {
    this.question = question;
    const copy = byId("question").content.cloneNode(true);
    this.root = copy.querySelector("article");
    this.figure = copy.querySelector(".figure");
    this.value = copy.querySelector(".value");
    this.unit = copy.querySelector(".unit");
    this.about = copy.querySelector(".about");
    this.state = copy.querySelector(".state");
    this.chartBox = copy.querySelector(".chart");
    this.legend = copy.querySelector(".legend");
    this.root.dataset.question = question.name;
    this.root.classList.toggle("wide", Boolean(question.wide));
    const title = copy.querySelector("h3");
    title.textContent = question.title;
    title.id = "title-" + question.name;
    this.root.setAttribute("aria-labelledby", title.id);
    byId("questions").append(copy);
    this.chart = new Chart(this.chartBox, question);
  }

  show(points, payments, thresholds) {
    const question = this.question;
    const point = points[points.length - 1];
    const series = point ? question.series(point) : {};
    const threshold = question.alert ? thresholds[question.alert.name] : undefined;
    const { label, value } = this.worst(series);
    const shown = question.value && point && isNumber(value) ? question.value(point) : value;
    const known = isNumber(shown) && Number.isFinite(shown);
    this.figure.classList.toggle("none", !known);
    setText(this.value, known ? question.format(shown) : this.whyNone(point, payments));
    setText(this.unit, known ? question.unit : "");
    setText(this.about, known ? question.about(point, label) + (question.rate ? shortWindow(points) : "") : "");
    this.showState(value, threshold);
    this.chart.show(points, threshold);
    this.showLegend(series);
    this.chartBox.setAttribute("aria-label", this.describe(points, threshold));
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

  whyNone(point, payments) {
    if (!point) {
      return "waiting for samples";
    }
    if (point.promises.metrics_ledger_drift === null) {
      return "the ledger totals are not restored yet";
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
    const below = this.question.alert.below;
    const beyond = isNumber(value) && (below ? value < threshold : value > threshold);
    const side = below ? "below " : "above ";
    const words = side + threshold + " " + (this.question.alert.unit || this.question.unit);
    this.root.classList.toggle("beyond", beyond);
    setState(this.state, beyond ? "beyond" : "within");
    setText(this.state, beyond ? "⚠ " + words : "alert " + words);
  }

  showLegend(series) {
    if (!this.question.legend) {
      return;
    }
    const labels = this.chart.labels;
    while (this.legend.children.length > labels.length) {
      this.legend.lastChild.remove();
    }
    labels.forEach((label, i) => {
      if (i === this.legend.children.length) {
        const item = create("li");
        item.append(create("span"), create("b"));
        this.legend.append(item);
      }
      const [name, number] = this.legend.children[i].children;
      const format = this.question.legendFormat
        || ((value) => this.question.format(value) + " " + this.question.unit);
      setText(name, label);
      setText(number, isNumber(series[label]) ? format(series[label]) : "–");
    });
  }

  describe(points, threshold) {
    const parts = this.chart.labels.map((label) => {
      const values = points.map((p) => this.question.series(p)[label]).filter(isNumber);
      return values.length === 0
        ? label + ": no values"
        : label + ": between " + this.chart.format(Math.min(...values)) + " and "
          + this.chart.format(Math.max(...values));
    });
    const line = threshold === undefined ? "" : ". Alert threshold " + threshold;
    return "Chart of " + this.question.title + " over 15 minutes. "
      + (parts.join("; ") || "No values") + line;
  }
}
