package dev.paymeter.http.management;

import dev.paymeter.json.PaymentJson;
import dev.paymeter.metrics.dashboard.DashboardSampler;
import dev.paymeter.metrics.dashboard.RecentPayments;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Writer of the console's events. Fields that correspond to a recording rule or a metric family
 * have its name. Undefined values are null.
 */
final class ConsoleJson {
  private ConsoleJson() {}

  /** Returns the first event, with the constant data. */
  static JsonObject hello(ConsoleSource consoleSource) {
    JsonObject thresholds = new JsonObject();
    consoleSource.thresholds().forEach(thresholds::put);
    return new JsonObject()
        .put("instance", consoleSource.instanceId())
        .put("thresholds", thresholds);
  }

  static JsonObject write(DashboardSampler.Point point) {
    JsonArray pools = new JsonArray();
    point.pools().forEach(pool -> pools.add(write(pool)));
    return new JsonObject()
        .put("at", point.at().toEpochMilli())
        .put("payments_per_second", number(point.paymentsPerSecond()))
        .put("payment_success_rate", number(point.successRate()))
        .put("avg_response_time_by_gateway", numbers(point.responseTimes()))
        .put("error_rate_by_severity", numbers(point.errorRates()))
        .put("db_connection_usage", pools)
        .put("high_value_payment_ratio", number(point.highValueShare()))
        .put("avg_cpu_usage", number(point.cpu()))
        .put("memory_usage_ratio", number(point.memory()))
        .put("promises", write(point.integrity()));
  }

  private static JsonObject write(DashboardSampler.Pool pool) {
    return new JsonObject()
        .put("database", pool.database())
        .put("pool", pool.name())
        .put("active", number(pool.active()))
        .put("max", number(pool.max()))
        .put("usage", number(pool.usage()));
  }

  private static JsonObject write(DashboardSampler.Integrity integrity) {
    JsonObject json =
        new JsonObject()
            .put("observations_offered", number(integrity.offered()))
            .put("observations_unaccounted", number(integrity.unaccounted()))
            .put("metrics_ledger_drift", number(integrity.drift()))
            .put("paymeter_audit_lag_seconds", number(integrity.auditLag()))
            .put("paymeter_ledger_up", integrity.ledgerUp());
    addUnknown(json, "payments_unknown", integrity.payments());
    addUnknown(json, "refunds_unknown", integrity.refunds());
    JsonArray missing = new JsonArray();
    integrity.missingAccounts().forEach(account -> missing.add(write(account)));
    return json.put("missing_accounts", missing);
  }

  private static JsonObject write(DashboardSampler.MissingAccount missing) {
    JsonObject json =
        new JsonObject().put("gateway", missing.gateway()).put("account", missing.account());
    addUnknown(json, "paymeter_missing_account_transfers", missing.unresolved());
    return json;
  }

  private static void addUnknown(JsonObject json, String family, DashboardSampler.Unknown unknown) {
    json.put(family, number(unknown.count()))
        .put(family + "_oldest_seconds", number(unknown.oldestSeconds()))
        .put(family + "_usd", number(unknown.usd()));
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

  /** Returns null for NaN and infinity, which JSON does not have. */
  private static @Nullable Double number(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
