package dev.paymeter;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QueriesTest {
  private final Queries queries = Queries.shipped();

  @Test
  void shipped_questions_areTheDashboards() {
    assertThat(queries.questions())
        .extracting(Queries.Question::record)
        .containsExactly(
            "payment_success_rate",
            "avg_response_time_by_gateway",
            "error_rate_by_severity",
            "db_connection_usage",
            "high_value_payment_ratio",
            "avg_cpu_usage",
            "memory_usage_ratio");
    assertThat(queries.questions().get(0).query())
        .isEqualTo(
            "sum(rate(payment_requests_total{status=\"success\"}[5m]))"
                + " / sum(rate(payment_requests_total[5m])) * 100");
    assertThat(queries.questions().get(2).query())
        .isEqualTo("sum(rate(errors_total[5m])) by (severity)");
    assertThat(queries.questions().get(5).query()).isEqualTo("avg(cpu_usage_percent)");
  }

  /** Their expressions are a contract. */
  @Test
  void shipped_alerts_areVerbatim() {
    assertThat(queries.alerts())
        .extracting(Queries.Alert::query)
        .containsExactly(
            "rate(errors_total{severity='high'}[5m]) > 0.1",
            "payment_success_rate < 95",
            "database_connections_active > 18",
            "avg_response_time_by_gateway > 2.0",
            "memory_usage_ratio > 85");
  }

  @Test
  void asText_everyTitleAndQuery_isALineOfItsOwn() {
    assertThat(queries.asText().lines().map(String::strip))
        .containsAll(queries.questions().stream().map(Queries.Question::title).toList())
        .containsAll(queries.questions().stream().map(Queries.Question::query).toList())
        .containsAll(queries.alerts().stream().map(Queries.Alert::title).toList())
        .containsAll(queries.alerts().stream().map(Queries.Alert::query).toList());
  }
}
