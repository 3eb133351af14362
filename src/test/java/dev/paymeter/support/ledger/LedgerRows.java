package dev.paymeter.support.ledger;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The expected metrics of a ledger: values by labels, computed by the database from the settled
 * rows, independently of the service's code.
 */
public record LedgerRows(String databaseUrl) {
  public static final List<String> DURATION_BOUNDS =
      List.of("0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf");
  public static final List<String> AMOUNT_BOUNDS =
      List.of("1", "10", "50", "100", "500", "1000", "5000", "+Inf");

  /** Waits until the audit has closed the segment of a payment. */
  public void awaitClosedSegment(String paymentId) {
    eventually(
        () ->
            assertThat(
                    TestPostgres.query(
                        databaseUrl,
                        "select 1 from closed_segments c join payments p using (instance_id)"
                            + " where p.id = '%s' and (c.epoch, c.segment) >= (p.epoch, p.segment)"
                                .formatted(paymentId)))
                .isNotEmpty());
  }

  /** Returns the expected values of all payment families, by the name of the series. */
  public Map<String, Map<Map<String, String>, BigDecimal>> expected() {
    Map<String, Map<Map<String, String>, BigDecimal>> all = new HashMap<>();
    all.put("payment_requests_total", sum("count(*)", "status", "gateway", "user_tier"));
    all.put("errors_total", errors());
    all.put("payment_duration_seconds_count", sum("count(*)", "gateway", "payment_method"));
    all.put("payment_duration_seconds_sum", sum("sum(duration)", "gateway", "payment_method"));
    all.put(
        "payment_duration_seconds_bucket",
        buckets("duration", DURATION_BOUNDS, "gateway", "payment_method"));
    all.put("payment_amount_usd_count", sum("count(*)", "currency", "user_tier"));
    all.put("payment_amount_usd_sum", sum("sum(amount_usd)", "currency", "user_tier"));
    all.put(
        "payment_amount_usd_bucket", buckets("amount_usd", AMOUNT_BOUNDS, "currency", "user_tier"));
    all.put("business_events_usd_count", events("count(*)"));
    all.put("business_events_usd_sum", events("sum(amount_usd)"));
    all.put("business_events_usd_bucket", eventBuckets());
    return all;
  }

  public Map<Map<String, String>, BigDecimal> events(String value) {
    return rows("select event, " + value + " from business_events group by 1", "event");
  }

  /** Returns the number of business events. */
  public BigDecimal eventCount() {
    return events("count(*)").values().stream().reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private Map<Map<String, String>, BigDecimal> eventBuckets() {
    return rows(
        "select event, le, "
            + countUpTo("amount_usd")
            + " from business_events"
            + crossJoin(AMOUNT_BOUNDS)
            + " group by 1, 2",
        "event",
        "le");
  }

  private static String countUpTo(String column) {
    return "count(*) filter (where " + column + " <= le::numeric)";
  }

  private static String crossJoin(List<String> bounds) {
    return " cross join unnest('{" + String.join(",", bounds) + "}'::text[]) as le";
  }

  /** Waits until all transfers are settled, including those of killed processes. */
  public void awaitAllSettled() {
    eventually(
        () ->
            assertThat(
                    TestPostgres.query(
                        databaseUrl,
                        "select id, status from payments where settled_at is null"
                            + " union all select id, status from refunds where settled_at is null"))
                .isEmpty());
  }

  /** Returns the number of settled payments. */
  public long settled() {
    return sum("count(*)").getOrDefault(Map.of(), BigDecimal.ZERO).longValueExact();
  }

  public Map<Map<String, String>, BigDecimal> errors() {
    return rows(
        """
        select 'payment', error_type, case when amount_usd > 1000 then 'high' else 'medium' end,
          count(*)
        from payments_ledger where status = 'failed' group by 1, 2, 3
        union all
        select 'refund', r.error_type, case when r.amount_usd > 1000 then 'high' else 'medium' end,
          count(*)
        from refunds r where r.status = 'failed' group by 1, 2, 3
        """,
        "service",
        "error_type",
        "severity");
  }

  public Map<Map<String, String>, BigDecimal> sum(String value, String... labels) {
    return settled(value, "", labels);
  }

  public Map<Map<String, String>, BigDecimal> buckets(
      String column, List<String> bounds, String... labels) {
    return settled(
        countUpTo(column),
        crossJoin(bounds),
        Stream.concat(Stream.of(labels), Stream.of("le")).toArray(String[]::new));
  }

  private Map<Map<String, String>, BigDecimal> settled(
      String value, String join, String... labels) {
    String columns = Stream.of(labels).map(label -> label + ", ").collect(Collectors.joining());
    String groups =
        IntStream.rangeClosed(1, labels.length)
            .mapToObj(String::valueOf)
            .collect(Collectors.joining(", "));
    return rows(
        "select "
            + columns
            + value
            + " from payments_ledger"
            + join
            + " where status in ('success', 'failed')"
            + (labels.length == 0 ? "" : " group by " + groups),
        labels);
  }

  /** Returns the last column by the labels in the other columns. Leaves out zeros. */
  private Map<Map<String, String>, BigDecimal> rows(String sql, String... labels) {
    Map<Map<String, String>, BigDecimal> values = new HashMap<>();
    for (List<String> row : TestPostgres.query(databaseUrl, sql)) {
      BigDecimal value = new BigDecimal(row.get(labels.length)).stripTrailingZeros();
      if (value.signum() == 0) {
        continue;
      }
      Map<String, String> series = new HashMap<>();
      for (int label = 0; label < labels.length; label++) {
        series.put(labels[label], row.get(label));
      }
      values.put(series, value);
    }
    return values;
  }
}
