package dev.paymeter.metrics.dashboard;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PrometheusRulesTest {
  private final PrometheusRules prometheusRules = PrometheusRules.load();

  @Test
  void shipped_questions_areTheDashboards() {
    assertThat(prometheusRules.questions())
        .extracting(PrometheusRules.Question::record)
        .containsExactly(
            "payment_success_rate",
            "avg_response_time_by_gateway",
            "error_rate_by_severity",
            "db_connection_usage",
            "high_value_payment_ratio",
            "avg_cpu_usage",
            "memory_usage_ratio");
  }

  /** Names and expressions must not change. */
  @Test
  void shipped_firstAlerts_areVerbatim() {
    assertThat(prometheusRules.alerts().subList(0, 5))
        .extracting(alert -> alert.name() + ": " + alert.query())
        .containsExactly(
            "PaymentErrorRateHigh: rate(errors_total{severity='high'}[5m]) > 0.1",
            "PaymentSuccessRateLow: payment_success_rate < 95",
            "DatabaseConnectionsHigh: database_connections_active > 18",
            "PaymentResponseTimeHigh: avg_response_time_by_gateway > 2.0",
            "MemoryUsageHigh: memory_usage_ratio > 85");
  }

  @Test
  void shipped_steps_areAllRecordingRulesWithoutTitle() {
    assertThat(prometheusRules.steps())
        .extracting(PrometheusRules.Step::record)
        .contains("job:payment_requests:rate5m", "payments_up_to_1000_usd_ratio_of_all_time")
        .doesNotContain("payment_success_rate");
  }

  /** The console shows these thresholds. */
  @Test
  void thresholds_ofTheFirstAlerts_areTheirQueries() {
    assertThat(prometheusRules.thresholds())
        .containsEntry("PaymentErrorRateHigh", new BigDecimal("0.1"))
        .containsEntry("PaymentErrorRateHighInSum", new BigDecimal("0.1"))
        .containsEntry("PaymentSuccessRateLow", new BigDecimal("95"))
        .containsEntry("DatabaseConnectionsHigh", new BigDecimal("18"))
        .containsEntry("PaymentResponseTimeHigh", new BigDecimal("2.0"))
        .containsEntry("MemoryUsageHigh", new BigDecimal("85"))
        .containsEntry("DisputeResponseDue", new BigDecimal("259200"))
        .doesNotContainKey("PaymentAvailabilityBudgetBurning");
  }

  @Test
  void asJson_readBack_isTheSame() {
    JsonObject json = new JsonObject(prometheusRules.asJson());

    assertThat(json.fieldNames()).containsExactly("questions", "steps", "alerts");
    assertThat(objects(json, "questions"))
        .extracting(
            q ->
                new PrometheusRules.Question(
                    q.getString("record"), q.getString("title"), q.getString("query")))
        .isEqualTo(prometheusRules.questions());
    assertThat(objects(json, "steps"))
        .extracting(s -> new PrometheusRules.Step(s.getString("record"), s.getString("query")))
        .isEqualTo(prometheusRules.steps());
    assertThat(objects(json, "alerts"))
        .extracting(
            a ->
                new PrometheusRules.Alert(
                    a.getString("alert"),
                    a.getString("title"),
                    a.getString("severity"),
                    a.getString("for"),
                    a.getString("query"),
                    labels(a),
                    a.getString("description"),
                    a.getString("runbook")))
        .isEqualTo(prometheusRules.alerts());
  }

  private static Map<String, String> labels(JsonObject alert) {
    return alert.getJsonObject("labels").stream()
        .collect(toMap(Map.Entry::getKey, label -> String.valueOf(label.getValue())));
  }

  private static List<JsonObject> objects(JsonObject json, String name) {
    return json.getJsonArray(name).stream().map(JsonObject.class::cast).toList();
  }

  @Test
  void asText_everyTitleNameAndQuery_isThere() {
    String text = prometheusRules.asText();

    assertThat(prometheusRules.questions())
        .allSatisfy(
            q -> assertThat(text).contains("\n  " + q.title() + ": " + q.record() + "\n    "));
    assertThat(prometheusRules.steps())
        .allSatisfy(step -> assertThat(text).contains("\n  " + step.record() + "\n    "));
    assertThat(text)
        .contains(
            """

              High error rate: PaymentErrorRateHigh, critical, after 2m
                rate(errors_total{severity='high'}[5m]) > 0.1
            """)
        .contains(
            """

              Average response time by gateway (s): avg_response_time_by_gateway
                job_gateway:payment_duration_seconds_sum:rate5m
                / (job_gateway:payment_duration_seconds_count:rate5m > 0)
            """);
  }
}
