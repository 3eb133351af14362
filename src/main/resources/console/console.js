// The console: shows the service's events, keeps the connection, draws the charts. Values from clients
// (orders, users) are inserted as text, never as markup.
"use strict";

(() => {
  const SHOWN_MILLIS = 15 * 60 * 1000;
  const WINDOW_MILLIS = 5 * 60 * 1000;
  const ROWS = 50;
  const RECONNECT_MILLIS = 2000;
  /** Samples arrive every 5 s. After this time without one, the connection counts as lost. */
  const CONNECTION_TIMEOUT_MILLIS = 20000;

  const byId = (id) => document.getElementById(id);

  /** Writes only differences, so that screen readers announce changes only. */
  function setText(element, text) {
    if (element.textContent !== text) {
      element.textContent = text;
    }
  }

  function setState(element, state) {
    if (element.dataset.state !== state) {
      element.dataset.state = state;
    }
  }

  function create(name, className, text) {
    const element = document.createElement(name);
    if (className) {
      element.className = className;
    }
    if (text !== undefined) {
      element.textContent = text;
    }
    return element;
  }

  const fixed = (digits) => (value) =>
    value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const percent = fixed(1);
  const seconds = (value) => fixed(value < 0.1 ? 3 : 2)(value);
  const whole = fixed(0);
  const dollars = fixed(2);

  function perSecond(value) {
    return value === 0 ? "0" : value < 0.01 ? "< 0.01" : value.toFixed(value < 10 ? 2 : 0);
  }

  const clock = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  const isNumber = (value) => typeof value === "number";

  // ---- The questions -------------------------------------------------------------------------

  /**
   * Each question has its name in Prometheus, the chart's series (the values of a sample by label), the
   * figure of a sample, and the alert whose threshold is drawn, with the side on which it fires.
   */
  const QUESTIONS = [
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

  /** The shown state; while paused, the state at that time. */
  let points = [];
  let payments = [];
  /** The latest state. Its lists are replaced, never modified. */
  const known = { points: [], payments: [] };
  let thresholds = {};
  let opened = null;
  let paused = false;

  /** Rates cover 5 minutes, or in the first minutes the time since the service's start. */
  function shortWindow() {
    const seen = points[points.length - 1].at - points[0].at;
    return seen < WINDOW_MILLIS - 10000 ? "; measured for " + whole(seen / 1000) + " s" : "";
  }

  /** The number of payments since the service's start. */
  const countedPayments = () => (payments.length === 0 ? 0 : payments[0].number);

  class Card {
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

    show() {
      const question = this.question;
      const point = points[points.length - 1];
      const series = point ? question.series(point) : {};
      const threshold = question.alert ? thresholds[question.alert.name] : undefined;
      const { label, value } = this.worst(series);
      const shown = question.value && point && isNumber(value) ? question.value(point) : value;
      const known = isNumber(shown) && Number.isFinite(shown);
      this.figure.classList.toggle("none", !known);
      setText(this.value, known ? question.format(shown) : this.whyNone(point));
      setText(this.unit, known ? question.unit : "");
      setText(this.about, known ? question.about(point, label) + (question.rate ? shortWindow() : "") : "");
      this.showState(value, threshold);
      this.chart.show(threshold);
      this.showLegend(series);
      this.chartBox.setAttribute("aria-label", this.describe(threshold));
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

    whyNone(point) {
      if (!point) {
        return "waiting for samples";
      }
      if (point.promises.metrics_ledger_drift === null) {
        return "the ledger totals are not restored yet";
      }
      if (!this.question.idle) {
        return "no reading yet";
      }
      if (countedPayments() === 0) {
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

    describe(threshold) {
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

  // ---- Charts --------------------------------------------------------------------------------

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 4], [12, 4]];

  class Chart {
    constructor(box, question) {
      this.box = box;
      this.question = question;
      this.labels = [];
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

    show(threshold) {
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
      const last = points[points.length - 1].at;
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

  function hourAndMinute(time) {
    return clock.format(new Date(time * 1000)).slice(0, 5);
  }

  // ---- Promises ------------------------------------------------------------------------------

  function showPromise(id, kept, verdict, detail) {
    const item = byId(id);
    setState(item, kept === undefined ? "unknown" : kept ? "kept" : "broken");
    setText(item.querySelector(".verdict"), verdict);
    setText(item.querySelector(".detail"), detail);
  }

  function showPromises() {
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
    showOutcomes(promises);
  }

  /** Formats an age coarsely, so that screen readers do not announce it every 5 s. */
  function age(seconds) {
    return seconds < 60
      ? "less than a minute"
      : seconds < 3600 ? whole(Math.floor(seconds / 60)) + " min" : whole(Math.floor(seconds / 3600)) + " h";
  }

  /** Shows a broken promise only when an alert fires, not for a short delay at a gateway. */
  function showOutcomes(promises) {
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

  // ---- Payments ------------------------------------------------------------------------------

  /** Table rows by payment id. */
  const rows = new Map();
  const time = (iso) => clock.format(new Date(iso));
  const words = (code) => code.replaceAll("_", " ");
  const onlyFailed = () => document.querySelector("input[name=which]:checked").value === "failed";

  /** Keeps the latest payments and the latest failed ones. */
  function addPayments(more) {
    let all = 0;
    let failed = 0;
    known.payments = [...known.payments, ...more]
      .sort((a, b) => b.number - a.number)
      .filter(
        (payment) => all++ < ROWS || (payment.status === "failed" && failed < ROWS && ++failed));
  }

  function showPayments() {
    const counted = countedPayments();
    const shown = payments
      .filter((payment) => !onlyFailed() || payment.status === "failed")
      .slice(0, ROWS);
    const shownIds = new Set(shown.map((payment) => payment.id));
    for (const [id, row] of rows) {
      // Keeps the focused row, and returns the focus to it when its record is closed.
      if (!shownIds.has(id) && !row.contains(document.activeElement) && row !== opened) {
        row.remove();
        rows.delete(id);
      }
    }
    let after = null;
    for (const payment of shown) {
      let row = rows.get(payment.id);
      if (!row) {
        row = makeRow(payment);
        rows.set(payment.id, row);
        byId("rows").insertBefore(row, after ? after.nextSibling : byId("rows").firstChild);
      }
      after = row;
    }
    byId("payments-table").hidden = shown.length === 0;
    byId("no-payments").hidden = shown.length > 0;
    setText(
      byId("no-payments"), counted === 0 ? "No payments yet." : "None of the latest payments failed.");
    setText(
      byId("payments-count"),
      counted === 0 ? "" : whole(counted) + " since the start; the latest first");
  }

  function makeRow(payment) {
    const failed = payment.status === "failed";
    const row = create("tr", "new " + (failed ? "failed" : "success"));
    const cell = (className, text) => {
      const made = create("td", className, text);
      made.setAttribute("role", "cell");
      row.append(made);
      return made;
    };
    row.setAttribute("role", "row");
    cell("time", time(payment.settled_at));
    const open = create("button");
    open.type = "button";
    open.append(create("bdi", "", payment.order_id));
    open.title = payment.order_id;
    cell("order").append(open);
    cell("amount number", payment.amount + " ").append(create("span", "currency", payment.currency));
    cell("tier", payment.user_tier);
    cell("method", words(payment.payment_method));
    cell("gateway", payment.gateway);
    cell("took number", seconds(payment.duration) + " s");
    cell("outcome", failed ? "failed" : "paid");
    row.addEventListener("click", () => {
      opened = row;
      showRecord(payment);
    });
    return row;
  }

  function showRecord(payment) {
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

  // ---- The page ------------------------------------------------------------------------------

  let cards = [];

  function show() {
    if (!paused) {
      points = known.points;
      payments = known.payments;
    }
    cards.forEach((card) => card.show());
    // The chart may have been created before a card in the same row had a legend.
    cards.forEach((card) => card.chart.fit());
    showPromises();
    showPayments();
    const point = points[points.length - 1];
    if (point) {
      setText(byId("as-of"), clock.format(new Date(point.at)));
    }
  }

  function addPoints(more) {
    for (const point of more) {
      // The service's clock may have been set back.
      const kept = known.points.filter(
        (past) => past.at < point.at && past.at >= point.at - SHOWN_MILLIS);
      known.points = [...kept, point];
    }
  }

  function pause() {
    paused = !paused;
    byId("pause").setAttribute("aria-pressed", String(paused));
    show();
  }

  // ---- The connection ------------------------------------------------------------------------

  let source = null;
  let lastNews = 0;
  let isLive = false;

  function connect() {
    lastNews = Date.now();
    source = new EventSource("events");
    source.addEventListener("hello", (event) => {
      const hello = JSON.parse(event.data);
      // The server may be a new process; it sends its complete state next.
      known.points = [];
      known.payments = [];
      thresholds = hello.thresholds;
      setText(byId("instance"), hello.instance);
      live();
    });
    source.addEventListener("update", (event) => {
      const update = JSON.parse(event.data);
      lastNews = Date.now();
      addPoints(update.points);
      addPayments(update.payments);
      show();
    });
    source.addEventListener("again", () => {
      source.close();
      connect();
    });
    source.onerror = lost;
  }

  function live() {
    isLive = true;
    lastNews = Date.now();
    byId("lost").hidden = true;
    setState(byId("connection"), "live");
    setText(byId("connection-text"), "Live");
    document.title = "Paymeter console";
  }

  /** Reconnects explicitly, because a browser does not retry after an error response. */
  function lost() {
    source.close();
    source = null;
    if (isLive || byId("lost").hidden) {
      setText(
        byId("lost"),
        isLive
          ? "Connection lost at " + clock.format(new Date(lastNews))
            + ". The page shows the state at that time. Trying again until the service responds."
          : "The service does not respond, or the console has too many clients. Trying again.");
      byId("lost").hidden = false;
      document.title = "Connection lost – Paymeter console";
    }
    isLive = false;
    setState(byId("connection"), "lost");
    setText(byId("connection-text"), "Connection lost");
    setTimeout(connect, RECONNECT_MILLIS);
  }

  function watch() {
    if (source && Date.now() - lastNews > CONNECTION_TIMEOUT_MILLIS) {
      lost();
    }
  }

  function start() {
    cards = QUESTIONS.map((question) => new Card(question));
    byId("pause").addEventListener("click", pause);
    byId("record-close").addEventListener("click", () => byId("record").close());
    document.querySelectorAll("input[name=which]").forEach(
      (choice) => choice.addEventListener("change", showPayments));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      cards.forEach((card) => card.chart.forget());
      show();
    });
    show();
    connect();
    setInterval(watch, 1000);
  }

  start();
})();
