// Charts of samples over time, drawn by uPlot, with a readout by mouse, touch and keyboard.

import { create, setText } from "./dom.js";
import { duration, hourAndMinute, isNumber, time } from "./format.js";
import { RANGES } from "./samples.js";
import uPlot from "./uplot.js";

/** The shortest time that a chart shows: a new service has few samples. */
const MIN_SHOWN_MILLIS = 60000;
/** The time in seconds up to which the axis shows seconds. */
const SECONDS_SHOWN = 240;
/** The space left of a label of the time axis. */
const MIN_LABEL_PIXELS = 24;
/** A value is clipped if it is above this multiple of what almost all others are below. */
const OUTLIER = 3;
const USUAL_SHARE = 0.95;

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 4], [12, 4]];

/** The colour and the dashes of a series: its meaning, or its position. */
export const seriesColor = (question, label, i) =>
  (question.colors && question.colors[label]) || "--series-" + ((i % 3) + 1);
export const seriesDash = (i) => DASHES[i % DASHES.length];

export class Chart {
  /**
   * `question` has `title`, `series` (the values of a sample by label), `format`, `unit`, and
   * `range` (the axis for a lowest and a highest value).
   */
  constructor(box, question) {
    this.box = box;
    this.question = question;
    this.labels = [];
    this.points = [];
    this.plot = null;
    this.limit = Infinity;
    this.canvas = create("div", "plot");
    this.readout = create("div", "readout");
    this.readout.hidden = true;
    box.append(this.canvas, this.readout);
    box.tabIndex = 0;
    box.setAttribute("role", "slider");
    box.setAttribute("aria-label", "Chart of " + question.title);
    ["aria-valuemin", "aria-valuenow", "aria-valuemax"].forEach((name) => box.setAttribute(name, "0"));
    box.setAttribute("aria-valuetext", "no samples");
    box.addEventListener("keydown", (event) => this.press(event));
    box.addEventListener("blur", () => this.leave());
    box.addEventListener("pointermove", (event) => this.touch(event));
    box.addEventListener("pointerdown", (event) => this.touch(event));
    new ResizeObserver(() => this.fit()).observe(box);
  }

  fit() {
    const width = this.box.clientWidth;
    const height = this.box.clientHeight;
    if (this.plot && width > 0 && (this.plot.width !== width || this.plot.height !== height)) {
      this.plot.setSize({ width, height });
    }
  }

  /** Colors are read when a chart is created; a change of the color scheme creates a new chart. */
  forget() {
    if (this.plot) {
      this.plot.destroy();
      this.plot = null;
      this.points = [];
    }
  }

  show(points, range, threshold) {
    if (points === this.points && range === this.range) {
      return;
    }
    this.points = points;
    this.range = range;
    this.threshold = threshold;
    const all = points.map((point) => this.question.series(point, points));
    const labels = [...new Set(all.flatMap((series) => Object.keys(series)))].sort();
    if (labels.join("\n") !== this.labels.join("\n")) {
      this.labels = labels;
      this.forget();
      this.points = points;
    }
    this.values = labels.map(
      (label) => all.map((series) => (isNumber(series[label]) ? series[label] : null)));
    this.limit = this.outlierLimit();
    this.box.dataset.clipped = String(this.values.flat().filter((value) => value > this.limit).length);
    const data = [
      points.map((point) => point.at / 1000),
      ...this.values.map((values) => values.map((v) => (v === null ? v : Math.min(v, this.limit)))),
    ];
    if (this.plot) {
      this.plot.setData(data);
    } else if (this.box.clientWidth > 0 && labels.length > 0) {
      this.plot = new uPlot(this.options(), data, this.canvas);
    }
    this.describe();
  }

  /** Returns the value above which values are clipped; one of them must not flatten the others. */
  outlierLimit() {
    const values = this.values.flat().filter((value) => value !== null).sort((a, b) => a - b);
    const usual = values[Math.floor(USUAL_SHARE * (values.length - 1))] || 0;
    const limit = Math.max(OUTLIER * usual, (this.threshold || 0) * 1.15);
    return values.length < 10 || usual === 0 || values[values.length - 1] <= limit ? Infinity : limit;
  }

  options() {
    const axis = {
      stroke: color("--hush"),
      font: "11px system-ui, sans-serif",
      grid: { stroke: color("--grid"), width: 1 },
      ticks: { show: false },
    };
    return {
      width: this.box.clientWidth,
      height: this.box.clientHeight,
      padding: [10, 24, 0, 0],
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        points: { size: 7 },
        sync: { key: "time", setSeries: false }, // The cursors of all charts move together.
      },
      legend: { show: false },
      scales: {
        x: { time: true, range: () => this.timeRange() },
        y: { range: (plot, low, high) => this.valueRange(low, high) },
      },
      axes: [
        {
          ...axis, size: 20, gap: 3, space: 62,
          values: (plot, ticks) => ticks.map((at) => this.timeLabel(plot, at)),
          grid: { ...axis.grid, filter: (plot, ticks) => ticks.map((at) => (isAtEdge(plot, at) ? null : at)) },
        },
        { ...axis, size: 44, gap: 4, space: 30, values: (plot, ticks) => ticks.map(short) },
      ],
      series: [
        {},
        ...this.labels.map((label, i) => ({
          label,
          stroke: color(seriesColor(this.question, label, i)),
          fill: this.labels.length === 1 ? color("--fill") : undefined,
          width: 1.75,
          dash: seriesDash(i),
          points: { show: false },
        })),
      ],
      hooks: {
        draw: [(plot) => this.drawThreshold(plot), (plot) => this.drawClipped(plot)],
        setCursor: [(plot) => this.read(plot)],
      },
    };
  }

  /** Within minutes, several ticks are in the same one. */
  timeLabel(plot, at) {
    const [from, to] = this.timeRange();
    if (isAtEdge(plot, at)) {
      return null;
    }
    return to - from < SECONDS_SHOWN ? time(1000 * at) : hourAndMinute(at);
  }

  /** Returns the time from the first sample, at most that of the range. */
  timeRange() {
    const last = this.points[this.points.length - 1].at;
    const first = Math.max(this.points[0].at, last - RANGES[this.range].millis);
    return [Math.min(first, last - MIN_SHOWN_MILLIS) / 1000, last / 1000];
  }

  valueRange(low, high) {
    const reach = Math.max(isNumber(high) ? high : 0, this.threshold || 0);
    const [from, to] = this.question.range(isNumber(low) ? low : 100, reach * 1.15);
    return [from, to > from ? to : from + 1];
  }

  drawThreshold(plot) {
    if (this.threshold === undefined) {
      return;
    }
    const context = plot.ctx;
    const y = Math.round(plot.valToPos(this.threshold, "y", true)) + 0.5;
    const ratio = window.devicePixelRatio;
    context.save();
    context.strokeStyle = color("--text");
    context.lineWidth = ratio;
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(plot.bbox.left, y);
    context.lineTo(plot.bbox.left + plot.bbox.width, y);
    context.stroke();
    context.fillStyle = color("--text");
    context.font = 10 * ratio + "px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = this.question.below ? "top" : "bottom";
    context.fillText(
      this.question.line || "alert", plot.bbox.left + plot.bbox.width - 2 * ratio,
      y + (this.question.below ? 3 : -2) * ratio);
    context.restore();
  }

  drawClipped(plot) {
    if (this.limit === Infinity) {
      return;
    }
    const context = plot.ctx;
    const size = 4 * window.devicePixelRatio;
    context.save();
    context.fillStyle = color("--text");
    this.values.forEach((values) => values.forEach((value, i) => {
      if (value !== null && value > this.limit) {
        const x = plot.valToPos(this.points[i].at / 1000, "x", true);
        const y = plot.valToPos(this.limit, "y", true);
        context.beginPath();
        context.moveTo(x, y - size);
        context.lineTo(x + size, y + size);
        context.lineTo(x - size, y + size);
        context.fill();
      }
    }));
    context.restore();
  }

  /** Shows the values at the cursor. */
  read(plot) {
    const i = plot.cursor.idx;
    const isInside = isNumber(i) && plot.cursor.left >= 0 && i < this.points.length;
    const isHere = this.box.matches(":hover, :focus");
    this.readout.hidden = !isInside || !isHere;
    if (!isInside || !isHere) {
      return;
    }
    this.readout.replaceChildren(create("b", "", time(this.points[i].at)));
    this.labels.forEach((label, row) => {
      const item = create("span");
      item.append(this.swatch(label, row), label + " ", create("b", "", this.text(row, i)));
      this.readout.append(item);
    });
    const half = this.box.clientWidth / 2;
    const x = plot.cursor.left + plot.bbox.left / window.devicePixelRatio;
    this.readout.dataset.side = x > half ? "left" : "right";
    this.box.setAttribute("aria-valuenow", String(i));
    this.box.setAttribute("aria-valuetext", this.words(i));
  }

  swatch(label, i) {
    const swatch = create("i", "swatch");
    swatch.dataset.color = seriesColor(this.question, label, i);
    swatch.dataset.dash = String(i % 3);
    return swatch;
  }

  text(row, i) {
    const value = this.values[row][i];
    return value === null || value === undefined
      ? "no value"
      : this.question.format(value) + " " + (this.question.chartUnit || this.question.unit);
  }

  words(i) {
    return time(this.points[i].at) + ": "
      + this.labels.map((label, row) => label + " " + this.text(row, i)).join(", ");
  }

  press(event) {
    const last = this.points.length - 1;
    const now = Number(this.box.getAttribute("aria-valuenow") || last);
    const next = {
      ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1,
      PageUp: now + 10, PageDown: now - 10, Home: 0, End: last,
    }[event.key];
    if (event.key === "Escape") {
      this.leave();
    } else if (next !== undefined && this.plot) {
      event.preventDefault();
      this.moveTo(Math.min(last, Math.max(0, next)));
    }
  }

  moveTo(i) {
    this.plot.setCursor({
      left: this.plot.valToPos(this.points[i].at / 1000, "x"),
      top: this.plot.over.clientHeight / 2,
    });
  }

  touch(event) {
    if (event.pointerType !== "mouse" && this.plot) {
      this.box.focus({ preventScroll: true });
      const left = event.clientX - this.plot.over.getBoundingClientRect().left;
      this.plot.setCursor({ left: Math.max(0, left), top: 1 });
    }
  }

  leave() {
    this.readout.hidden = true;
    if (this.plot) {
      this.plot.setCursor({ left: -10, top: -10 });
    }
  }

  describe() {
    const last = this.points.length - 1;
    this.box.setAttribute("aria-valuemax", String(Math.max(0, last)));
    if (this.readout.hidden) {
      this.box.setAttribute("aria-valuenow", String(Math.max(0, last)));
      this.box.setAttribute("aria-valuetext", last < 0 ? "no samples" : this.words(last));
    }
    const parts = this.labels.map((label, row) => {
      const values = this.values[row].filter((value) => value !== null);
      return values.length === 0
        ? label + ": no values"
        : label + ": between " + this.question.format(Math.min(...values)) + " and "
          + this.question.format(Math.max(...values));
    });
    const line = this.threshold === undefined
      ? ""
      : ". " + (this.question.line ? "Objective " : "Alert threshold ") + this.threshold;
    const shown = last < 0 ? "" : " over " + duration(this.points[last].at - this.points[0].at);
    setAttribute(
      this.box, "aria-label",
      "Chart of " + this.question.title + shown + ". " + (parts.join("; ") || "No values") + line);
  }
}

/** A label there would cover one of the other axis. */
const isAtEdge = (plot, at) => plot.valToPos(at, "x") < MIN_LABEL_PIXELS;

function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) {
    element.setAttribute(name, value);
  }
}

function short(value) {
  return Math.abs(value) >= 10000
    ? value.toLocaleString("en", { notation: "compact" })
    : String(Number(value.toFixed(3)));
}

/** Shows the series of a chart with their current values. */
export function showLegend(list, chart, now, format) {
  const labels = chart.labels;
  while (list.children.length > labels.length) {
    list.lastChild.remove();
  }
  labels.forEach((label, i) => {
    if (i === list.children.length) {
      const item = create("li");
      item.append(create("i", "swatch"), create("span"), create("b"));
      list.append(item);
    }
    const [swatch, name, number] = list.children[i].children;
    swatch.dataset.color = seriesColor(chart.question, label, i);
    swatch.dataset.dash = String(i % 3);
    setText(name, label);
    setText(number, isNumber(now[label]) ? format(now[label]) : "–");
  });
}
