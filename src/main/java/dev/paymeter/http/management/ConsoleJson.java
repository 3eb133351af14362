package dev.paymeter.http.management;

import dev.paymeter.json.PaymentJson;
import dev.paymeter.metrics.alerts.ActiveAlerts;
import dev.paymeter.metrics.dashboard.DashboardSampler;
import dev.paymeter.metrics.dashboard.ErrorBudget;
import dev.paymeter.metrics.dashboard.MoneyTotals;
import dev.paymeter.metrics.dashboard.PaymentComparison;
import dev.paymeter.metrics.dashboard.Quantiles;
import dev.paymeter.metrics.dashboard.RecentPayments;
import dev.paymeter.metrics.dashboard.ServiceStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Writer of the console's events. Fields that correspond to a recording rule or a metric family
 * have its name. Undefined values are null.
 */
final class ConsoleJson {
  /** Significant digits of a number; charts show fewer. */
  private static final int DIGITS = 5;

  private ConsoleJson() {}

  /** Returns the first event, with the constant data. */
  static JsonObject hello(String instanceId, Map<String, BigDecimal> thresholds) {
    JsonObject byAlert = new JsonObject();
    thresholds.forEach(byAlert::put);
    return new JsonObject().put("instance", instanceId).put("thresholds", byAlert);
  }

  /** Returns samples of the figures. */
  static JsonObject write(List<DashboardSampler.Point> points) {
    JsonArray json = new JsonArray();
    points.forEach(point -> json.add(write(point)));
    return new JsonObject().put("points", json);
  }

  /** Returns a sample of the figures. */
  static JsonObject write(DashboardSampler.Point point) {
    JsonArray pools = new JsonArray();
    point.pools().forEach(pool -> pools.add(write(pool)));
    JsonObject quantiles = new JsonObject();
    point.quantiles().forEach((gateway, each) -> quantiles.put(gateway, write(each)));
    return new JsonObject()
        .put("at", point.at().toEpochMilli())
        .put("observed_seconds", number(point.observedSeconds()))
        .put("payments_per_second", number(point.paymentsPerSecond()))
        .put("refused_per_second", number(point.refusedPerSecond()))
        .put("payment_success_rate", number(point.successRate()))
        .put("avg_response_time_by_gateway", numbers(point.responseTimes()))
        .put("response_time_quantiles", quantiles)
        .put("error_rate_by_severity", numbers(point.errorRates()))
        .put("db_connection_usage", pools)
        .put("high_value_payment_ratio", number(point.highValueShare()))
        .put("avg_cpu_usage", number(point.cpu()))
        .put("memory_usage_ratio", number(point.memory()))
        .put("money", write(point.money()));
  }

  private static JsonArray write(Quantiles quantiles) {
    return new JsonArray()
        .add(number(quantiles.p50()))
        .add(number(quantiles.p95()))
        .add(number(quantiles.p99()));
  }

  private static JsonObject write(DashboardSampler.Pool pool) {
    return new JsonObject()
        .put("database", pool.database())
        .put("pool", pool.name())
        .put("active", number(pool.active()))
        .put("max", number(pool.max()))
        .put("usage", number(pool.usage()));
  }

  /** Returns money in US cents since the start of the process. */
  private static JsonObject write(MoneyTotals.Money money) {
    JsonObject failed = new JsonObject();
    money.failed().forEach((code, sum) -> failed.put(code, write(sum)));
    return new JsonObject()
        .put("paid", write(money.paid()))
        .put("gateway", cents(money.byGateway()))
        .put("currency", cents(money.byCurrency()))
        .put("tier", cents(money.byTier()))
        .put("failed", failed)
        .put("refunded", write(money.refunded()))
        .put("failed_refunds", write(money.failedRefunds()));
  }

  private static JsonObject write(MoneyTotals.Sum sum) {
    return sum(sum.count(), sum.cents());
  }

  private static JsonObject write(PaymentComparison.Sum sum) {
    return sum(sum.count(), sum.cents());
  }

  /** Writes cents as a string: a number of JSON is a float in most clients. */
  private static JsonObject sum(long count, long cents) {
    return new JsonObject().put("count", count).put("cents", Long.toString(cents));
  }

  private static JsonObject cents(SortedMap<String, Long> byLabel) {
    JsonObject json = new JsonObject();
    byLabel.forEach((label, cents) -> json.put(label, Long.toString(cents)));
    return json;
  }

  /** Returns the state of the instance. */
  static JsonObject write(ServiceStatus status, Health.State state, ConsoleSource consoleSource) {
    JsonArray incidents = new JsonArray();
    status.incidents().forEach(incident -> incidents.add(write(incident)));
    return new JsonObject()
        .put("at", status.at().toEpochMilli())
        .put("phase", state.phase().label())
        .put("phase_since", state.since().toEpochMilli())
        .put("proof", status.proof().map(ConsoleJson::write).orElse(null))
        .put("compared_at", millis(status.comparedUpTo()))
        .put("look_back_since", millis(status.lookBackSince()))
        .put("metrics_ledger_drift", number(status.drift()))
        .put("observations_unaccounted", number(status.unaccounted()))
        .put("paymeter_ledger_up", status.ledgerUp())
        .put("unknown", write(status.unknown()))
        .put("disputes", write(status.disputes()))
        .put("incidents", incidents)
        .put("budget", write(consoleSource.budgets().get()))
        .put("api", consoleSource.apiUrl().get());
  }

  /** Returns the drift of a state; null before it is known. */
  static @Nullable Number drift(@Nullable ServiceStatus status) {
    return status == null ? null : number(status.drift());
  }

  private static JsonObject write(PaymentComparison comparison) {
    return new JsonObject()
        .put("ledger", write(comparison.ledger()))
        .put("metrics", write(comparison.counters()))
        .put("later", write(comparison.later()))
        .put("baseline", write(comparison.baseline()));
  }

  private static JsonObject write(ServiceStatus.Unknowns unknowns) {
    JsonArray missing = new JsonArray();
    unknowns
        .missing()
        .forEach(
            each ->
                missing.add(
                    new JsonObject()
                        .put("gateway", each.gateway())
                        .put("account", each.account())
                        .put("oldest_seconds", each.oldestSeconds())
                        .put("payments", write(each.payments()))
                        .put("refunds", write(each.refunds()))
                        .put("pending", write(each.pending()))));
    return new JsonObject()
        .put("at", millis(unknowns.at()))
        .put("payments", unknown(unknowns.payments()))
        .put("refunds", unknown(unknowns.refunds()))
        .put("missing_accounts", missing);
  }

  private static JsonObject unknown(SortedMap<String, ServiceStatus.Unknown> byGateway) {
    JsonObject json = new JsonObject();
    byGateway.forEach((gateway, each) -> json.put(gateway, write(each)));
    return json;
  }

  private static JsonObject write(ServiceStatus.Unknown unknown) {
    return sum(unknown.count(), unknown.cents()).put("oldest_seconds", unknown.oldestSeconds());
  }

  private static JsonObject write(ServiceStatus.Disputes disputes) {
    JsonArray open = new JsonArray();
    disputes
        .open()
        .forEach(
            each ->
                open.add(
                    sum(each.count(), each.cents())
                        .put("gateway", each.gateway())
                        .put("kind", each.kind())
                        .put("awaiting", each.awaiting())
                        .put("respond_by", millis(each.respondBy()))));
    return new JsonObject().put("at", millis(disputes.at())).put("open", open);
  }

  private static JsonObject write(ServiceStatus.Incident incident) {
    return new JsonObject()
        .put("kind", incident.kind().label())
        .put("subject", incident.subject())
        .put("since", incident.since().toEpochMilli())
        .put("refused", incident.refused())
        .put("timeouts", incident.timeouts())
        .put("breaker", incident.breaker());
  }

  private static JsonObject write(ErrorBudget.Budgets budgets) {
    return new JsonObject()
        .put("since", budgets.since().toEpochMilli())
        .put("availability", write(budgets.availability()))
        .put("latency", write(budgets.latency()));
  }

  private static JsonObject write(ErrorBudget.Budget budget) {
    return new JsonObject()
        .put("allowed", budget.allowed())
        .put("failed", number(budget.failed()))
        .put("total", number(budget.total()))
        .put("remaining", number(budget.remaining()));
  }

  private static @Nullable Long millis(@Nullable Instant at) {
    return at == null ? null : at.toEpochMilli();
  }

  /**
   * Returns the alerts with a condition that holds; {@code at} is null before the first evaluation.
   */
  static JsonObject write(ActiveAlerts active) {
    JsonArray alerts = new JsonArray();
    active.alerts().forEach(alert -> alerts.add(write(alert)));
    JsonArray others = new JsonArray();
    active.inPrometheusOnly().forEach(alert -> others.add(write(alert)));
    boolean isEvaluated = active.at().isAfter(ActiveAlerts.NONE.at());
    return new JsonObject()
        .put("at", isEvaluated ? active.at().toEpochMilli() : null)
        .put("alerts", alerts)
        .put("in_prometheus_only", others);
  }

  private static JsonObject write(ActiveAlerts.Alert alert) {
    return new JsonObject()
        .put("alert", alert.name())
        .put("title", alert.title())
        .put("severity", alert.severity())
        .put("labels", labels(alert.labels()))
        .put("value", number(alert.value()))
        .put("description", alert.description())
        .put("runbook", alert.runbook())
        .put("since", alert.since().toEpochMilli())
        .put("is_firing", alert.isFiring());
  }

  private static JsonObject write(ActiveAlerts.NotEvaluated alert) {
    return new JsonObject()
        .put("alert", alert.name())
        .put("labels", labels(alert.labels()))
        .put("reason", alert.reason());
  }

  private static JsonObject labels(Map<String, String> labels) {
    return new JsonObject(new LinkedHashMap<>(labels));
  }

  /** Returns a payment as in the API, with its number, and its trace if it has one. */
  static JsonObject write(RecentPayments.CountedPayment countedPayment) {
    JsonObject json =
        PaymentJson.write(countedPayment.payment()).put("number", countedPayment.number());
    if (countedPayment.traceId() != null) {
      json.put("trace_id", countedPayment.traceId());
    }
    return json;
  }

  private static JsonObject numbers(SortedMap<String, Double> byLabel) {
    JsonObject json = new JsonObject();
    byLabel.forEach((label, value) -> json.put(label, number(value)));
    return json;
  }

  /**
   * Returns the value with {@link #DIGITS}, and null for NaN and infinity, which JSON does not
   * have.
   */
  private static @Nullable Number number(double value) {
    if (!Double.isFinite(value)) {
      return null;
    }
    if (value == Math.rint(value)) {
      return (long) value;
    }
    double unit = Math.pow(10, DIGITS - 1 - Math.floor(Math.log10(Math.abs(value))));
    return unit < 1 ? Math.rint(value) : Math.rint(value * unit) / unit;
  }
}
