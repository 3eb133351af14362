package dev.paymeter.postgres;

import dev.paymeter.audit.AuditStore.ErrorTotal;
import dev.paymeter.audit.AuditStore.EventTotal;
import dev.paymeter.audit.AuditStore.PaymentTotal;
import dev.paymeter.audit.AuditStore.SettledTotals;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Severity;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.stream.LongStream;

/** Query of the settled totals of one instance. Safe from any thread. */
final class SettledTotalsQuery {
  /** Rows of the segments from ($2, $3) to ($4, $5), both included. */
  private static final String IN_SEGMENTS =
      "instance_id = $1 and (epoch, segment) >= ($2, $3) and (epoch, segment) <= ($4, $5)";

  /** The bucket of a row's amount, by the bounds in $6. */
  static final String AMOUNT_BUCKET =
      "width_bucket((amount_usd * 100)::bigint, $6::bigint[]) as amount_bucket";

  /**
   * The labels of a payment and its buckets, by the bounds in $6 and $7 and the high value in $8. A
   * bucket includes its upper bound, but width_bucket excludes it. Values are whole numbers, so the
   * bounds are raised by one.
   */
  static final String PAYMENT_LABELS =
      "status, gateway, user_tier, payment_method, currency, error_type,"
          + " amount_usd > $8 as high_value,"
          + " width_bucket(duration_us, $7::bigint[]) as duration_bucket, "
          + AMOUNT_BUCKET;

  private static final String SUMS = "count(*) as count, sum(amount_usd * 100)::bigint as cents";

  /** Totals of payments for each combination of labels and buckets. */
  static final String PAYMENT_TOTALS =
      """
      select %s, %s, sum(duration_us)::bigint as micros
      from payments where %s and status <> 'voided'
      group by status, gateway, user_tier, payment_method, currency, error_type, high_value,
        amount_bucket, duration_bucket
      """
          .formatted(PAYMENT_LABELS, SUMS, IN_SEGMENTS);

  static final String EVENT_TOTALS =
      "select label, %s, %s from business_events where %s group by label, amount_bucket"
          .formatted(AMOUNT_BUCKET, SUMS, IN_SEGMENTS);

  private static final String ERROR_TOTALS =
      """
      select service_label, error_type_label, severity, count(*) as count
      from reported_errors where %s
      group by service_label, error_type_label, severity
      """
          .formatted(IN_SEGMENTS);

  private final StatementExecutor statementExecutor;
  private final String instanceId;
  private final Long[] amountBounds;
  private final Long[] durationBounds;

  /**
   * @param amountBounds upper bounds of the amount buckets, in US cents
   * @param durationBounds upper bounds of the duration buckets, in microseconds
   */
  SettledTotalsQuery(
      StatementExecutor statementExecutor,
      String instanceId,
      long[] amountBounds,
      long[] durationBounds) {
    this.statementExecutor = statementExecutor;
    this.instanceId = instanceId;
    this.amountBounds = exclusive(amountBounds);
    this.durationBounds = exclusive(durationBounds);
  }

  static Long[] exclusive(long[] bounds) {
    return LongStream.of(bounds).map(bound -> bound + 1).boxed().toArray(Long[]::new);
  }

  /** Returns the totals of the segments between two positions, both included. */
  Future<SettledTotals> read(int fromEpoch, int from, int toEpoch, int to) {
    Tuple ofErrors = Tuple.of(instanceId, fromEpoch, from, toEpoch, to);
    Tuple ofEvents = Tuple.of(instanceId, fromEpoch, from, toEpoch, to, amountBounds);
    Tuple ofPayments =
        Tuple.of(instanceId, fromEpoch, from, toEpoch, to, amountBounds)
            .addValue(durationBounds)
            .addValue(Payment.HIGH_VALUE_USD);
    Future<List<PaymentTotal>> payments =
        statementExecutor.list(PAYMENT_TOTALS, ofPayments, SettledTotalsQuery::paymentTotal);
    Future<List<EventTotal>> events =
        statementExecutor.list(EVENT_TOTALS, ofEvents, SettledTotalsQuery::eventTotal);
    Future<List<ErrorTotal>> errors =
        statementExecutor.list(ERROR_TOTALS, ofErrors, SettledTotalsQuery::errorTotal);
    return Future.all(payments, events, errors)
        .map(read -> new SettledTotals(payments.result(), events.result(), errors.result()));
  }

  static ErrorTotal errorTotal(Row row) {
    return new ErrorTotal(
        row.getString("service_label"),
        row.getString("error_type_label"),
        Severity.of(row.getString("severity")),
        row.getLong("count"));
  }

  static EventTotal eventTotal(Row row) {
    return new EventTotal(
        row.getString("label"),
        row.getInteger("amount_bucket"),
        row.getLong("count"),
        row.getLong("cents"));
  }

  static PaymentTotal paymentTotal(Row row) {
    return new PaymentTotal(
        PaymentStatus.of(row.getString("status")),
        row.getString("gateway"),
        row.getString("user_tier"),
        row.getString("payment_method"),
        row.getString("currency"),
        row.getString("error_type"),
        row.getBoolean("high_value"),
        row.getInteger("amount_bucket"),
        row.getInteger("duration_bucket"),
        row.getLong("count"),
        row.getLong("cents"),
        row.getLong("micros"));
  }
}
