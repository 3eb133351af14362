// Charts of samples over time, drawn by uPlot.

import { hourAndMinute, isNumber, whole } from "./format.js";

/** The shown time. */
export const SHOWN_MILLIS = 15 * 60 * 1000;

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 4], [12, 4]];

export class Chart {
  constructor(box, question) {
    this.box = box;
    this.question = question;
    this.labels = [];
    this.points = [];
    this.plot = null;
    new ResizeObserver(() => this.fit()).observe(box);
  }

  format(value) {
    return (this.question.legendFormat ? whole(value) : this.question.format(value));
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
    }
  }

  show(points, threshold) {
    this.points = points;
    const all = points.map((point) => this.question.series(point));
    const labels = [...new Set(all.flatMap((series) => Object.keys(series)))].sort();
    if (labels.join("\n") !== this.labels.join("\n")) {
      this.labels = labels;
      this.forget();
    }
    this.threshold = threshold;
    const data = [
      points.map((point) => point.at / 1000),
      ...labels.map((label) => all.map((series) => (isNumber(series[label]) ? series[label] : null))),
    ];
    if (this.plot) {
      this.plot.setData(data);
    } else if (this.box.clientWidth > 0 && labels.length > 0) {
      this.plot = new uPlot(this.options(), data, this.box);
    }
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
      padding: [8, 8, 0, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: {
        x: { time: true, range: () => this.timeRange() },
        y: { range: (plot, low, high) => this.valueRange(low, high) },
      },
      axes: [
        { ...axis, size: 20, gap: 3, space: 70, values: (plot, ticks) => ticks.map(hourAndMinute) },
        { ...axis, size: 40, gap: 4, space: 30 },
      ],
      series: [
        {},
        ...this.labels.map((label, i) => ({
          label,
          stroke: color("--series-" + ((i % 3) + 1)),
          fill: this.labels.length === 1 ? color("--fill") : undefined,
          width: 2,
          dash: DASHES[i % DASHES.length],
          points: { show: false },
        })),
      ],
      hooks: { draw: [(plot) => this.drawThreshold(plot)] },
    };
  }

  timeRange() {
    const last = this.points[this.points.length - 1].at;
    return [(last - SHOWN_MILLIS) / 1000, last / 1000];
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
    context.strokeStyle = color("--bad");
    context.lineWidth = 1.5 * ratio;
    context.setLineDash([5 * ratio, 4 * ratio]);
    context.beginPath();
    context.moveTo(plot.bbox.left, y);
    context.lineTo(plot.bbox.left + plot.bbox.width, y);
    context.stroke();
    context.restore();
  }
}
