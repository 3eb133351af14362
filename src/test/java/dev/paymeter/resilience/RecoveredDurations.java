package dev.paymeter.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.TestPostgres;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Durations of payments that were counted, lost and inserted again. The gateways' records have
 * everything else that was counted; the counted duration itself is on the lost server only.
 */
final class RecoveredDurations {
  private static final String RECOVERED =
      """
      select l.payment_id, l.gateway, l.payment_method, l.duration
      from payments_ledger l join recovered_payments r on r.payment_id = l.payment_id
      where r.was_counted
      """;

  private static final String LOST =
      "select payment_id, duration from payments_ledger where settled_at is not null";

  private RecoveredDurations() {}

  /**
   * Replaces the durations of recovered rows by those that were counted.
   *
   * @param expected the values of {@link LedgerRows#expected}, which are changed
   * @param database the ledger
   * @param lost the server that it replaced
   */
  static void replace(
      Map<String, Map<Map<String, String>, BigDecimal>> expected, String database, String lost) {
    Map<String, BigDecimal> counted = new HashMap<>();
    TestPostgres.query(lost, LOST)
        .forEach(row -> counted.put(row.get(0), new BigDecimal(row.get(1))));
    for (List<String> row : TestPostgres.query(database, RECOVERED)) {
      Map<String, String> labels = Map.of("gateway", row.get(1), "payment_method", row.get(2));
      BigDecimal duration = counted.get(row.get(0));
      assertThat(duration).as("the lost row of %s, which was counted", row).isNotNull();
      replace(expected, labels, new BigDecimal(row.get(3)), duration);
    }
  }

  private static void replace(
      Map<String, Map<Map<String, String>, BigDecimal>> expected,
      Map<String, String> labels,
      BigDecimal recovered,
      BigDecimal counted) {
    add(expected.get("payment_duration_seconds_sum"), labels, counted.subtract(recovered));
    for (String le : LedgerRows.DURATION_BOUNDS) {
      Map<String, String> bucket = new HashMap<>(labels);
      bucket.put("le", le);
      add(
          expected.get("payment_duration_seconds_bucket"),
          bucket,
          contains(le, counted).subtract(contains(le, recovered)));
    }
  }

  private static BigDecimal contains(String le, BigDecimal duration) {
    return le.equals("+Inf") || duration.compareTo(new BigDecimal(le)) <= 0
        ? BigDecimal.ONE
        : BigDecimal.ZERO;
  }

  private static void add(
      Map<Map<String, String>, BigDecimal> values, Map<String, String> labels, BigDecimal change) {
    BigDecimal sum = values.getOrDefault(labels, BigDecimal.ZERO).add(change).stripTrailingZeros();
    if (sum.signum() == 0) {
      values.remove(labels);
    } else {
      values.put(labels, sum);
    }
  }
}
