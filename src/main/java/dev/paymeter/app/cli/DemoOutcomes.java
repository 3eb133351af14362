package dev.paymeter.app.cli;

import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Outcomes of the demo's payments. An unknown outcome counts as such until it is resolved.
 * Thread-safe.
 */
final class DemoOutcomes {
  private static final String SUCCESS = "success";
  private static final Set<String> UNRESOLVED = Set.of("pending", "unknown");
  private static final Comparator<String> SUCCESS_FIRST =
      Comparator.comparing((String outcome) -> !outcome.equals(SUCCESS))
          .thenComparing(Comparator.naturalOrder());

  private final Map<String, Integer> resolved = new HashMap<>();

  /** Statuses by the id of the payment. */
  private final Map<String, String> unresolved = new HashMap<>();

  /** Adds the response to a new payment. */
  synchronized void add(JsonObject response) {
    String outcome = of(response);
    if (UNRESOLVED.contains(outcome)) {
      unresolved.put(response.getString("id"), outcome);
    } else {
      add(outcome);
    }
  }

  /** Replaces the outcome of an unresolved payment by its current one. */
  synchronized void update(JsonObject payment) {
    if (unresolved.remove(payment.getString("id")) != null) {
      add(payment);
    }
  }

  synchronized void add(String outcome) {
    resolved.merge(outcome, 1, Integer::sum);
  }

  /** Returns the ids of at most {@code limit} unresolved payments. */
  synchronized List<String> unresolved(int limit) {
    return unresolved.keySet().stream().limit(limit).toList();
  }

  /** Returns the number and the share of each outcome, successes first. */
  synchronized String report() {
    Map<String, Integer> outcomes = new TreeMap<>(SUCCESS_FIRST);
    outcomes.putAll(resolved);
    unresolved.values().forEach(outcome -> outcomes.merge(outcome, 1, Integer::sum));
    int total = outcomes.values().stream().mapToInt(Integer::intValue).sum();
    StringBuilder report = new StringBuilder().append(total).append(" payments so far");
    String separator = ": ";
    for (Map.Entry<String, Integer> outcome : outcomes.entrySet()) {
      int count = outcome.getValue();
      report.append(separator).append(count).append(' ').append(outcome.getKey());
      report.append(String.format(Locale.ROOT, " (%.1f %%)", 100.0 * count / total));
      separator = ", ";
    }
    return report.toString();
  }

  /** Returns a payment's status with the code of a failure, or the detail of a rejection. */
  static String of(JsonObject response) {
    JsonObject payment = response.getJsonObject("payment", response);
    JsonObject error = payment.getJsonObject("error");
    if (error != null) {
      return "failed: " + error.getString("code");
    }
    return payment.getValue("status") instanceof String status
        ? status
        : "rejected: " + response.getString("detail");
  }
}
