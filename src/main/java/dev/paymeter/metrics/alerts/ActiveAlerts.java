package dev.paymeter.metrics.alerts;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The alerts with a condition that holds.
 *
 * @param at time of the evaluation; the epoch before the first one
 * @param alerts the oldest first
 * @param inPrometheusOnly alerts that this instance cannot evaluate
 */
public record ActiveAlerts(Instant at, List<Alert> alerts, List<NotEvaluated> inPrometheusOnly) {
  /** Before the first evaluation. */
  public static final ActiveAlerts NONE = new ActiveAlerts(Instant.EPOCH, List.of(), List.of());

  /**
   * An alert with a condition that holds.
   *
   * @param title the rule's summary
   * @param labels of the result and of the rule
   * @param description with its values
   * @param runbook name of its file
   * @param since the first evaluation with a result
   * @param isFiring true if the condition has held for as long as the rule demands, false if the
   *     alert is pending
   */
  public record Alert(
      String name,
      String title,
      String severity,
      Map<String, String> labels,
      double value,
      String description,
      String runbook,
      Instant since,
      boolean isFiring) {}

  /**
   * An alert that only Prometheus evaluates.
   *
   * @param labels of the rule: rules may have the same name
   */
  public record NotEvaluated(String name, Map<String, String> labels, String reason) {}
}
