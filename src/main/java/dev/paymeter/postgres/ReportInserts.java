package dev.paymeter.postgres;

import static dev.paymeter.postgres.LedgerIdentity.isHeld;

import dev.paymeter.payment.Payment;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportLedger.Recording;
import dev.paymeter.report.ReportedError;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Inserts of reports of one kind, each under its publisher's id.
 *
 * @param insert inserts a row for each report with a new id, or none if another process has taken
 *     over the identity
 * @param lookup finds rows by publisher and ids
 * @param columns converts reports to the first parameters of {@code insert}; their publisher and
 *     the identity follow
 * @param matches returns true if a row has the values of a report
 */
record ReportInserts<E>(
    String insert,
    String lookup,
    Function<List<E>, Columns<?>> columns,
    Function<E, String> publisher,
    Function<E, String> id,
    Function<E, UUID> receipt,
    BiPredicate<Row, E> matches) {
  static final String EVENT_COLUMNS =
      "publisher, id, event, label, amount, currency, amount_usd, fx_rate, fx_date, recorded_at,"
          + " receipt, instance_id, epoch, segment";

  static final String ERROR_COLUMNS =
      "publisher, id, service, error_type, severity, service_label, error_type_label,"
          + " recorded_at, receipt, instance_id, epoch, segment";

  static final ReportInserts<BusinessEvent> EVENTS =
      new ReportInserts<>(
          """
          insert into business_events (%s)
          select $12, id, event, label, amount, currency, amount_usd, fx_rate, fx_date, recorded_at,
            receipt, $13, $14, $11
          from unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::text[], $6::numeric[],
            $7::numeric[], $8::date[], $9::timestamptz[], $10::uuid[])
            as e (id, event, label, amount, currency, amount_usd, fx_rate, fx_date, recorded_at,
              receipt)
          where %s
          on conflict (publisher, id) do nothing
          """
              .formatted(EVENT_COLUMNS, isHeld("$13", "$14")),
          """
          select id, receipt, event, amount, currency
          from business_events where publisher = $1 and id = any($2)
          """,
          ReportInserts::events,
          event -> event.report().publisher(),
          event -> event.report().id(),
          BusinessEvent::receipt,
          (row, event) -> PaymentRowMapper.matches(row, event.report()));

  static final ReportInserts<ReportedError> ERRORS =
      new ReportInserts<>(
          """
          insert into reported_errors (%s)
          select $10, id, service, error_type, severity, service_label, error_type_label,
            recorded_at, receipt, $11, $12, $9
          from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::timestamptz[], $8::uuid[])
            as e (id, service, error_type, severity, service_label, error_type_label, recorded_at,
              receipt)
          where %s
          on conflict (publisher, id) do nothing
          """
              .formatted(ERROR_COLUMNS, isHeld("$11", "$12")),
          """
          select id, receipt, service, error_type, severity
          from reported_errors where publisher = $1 and id = any($2)
          """,
          ReportInserts::errors,
          error -> error.report().publisher(),
          error -> error.report().id(),
          ReportedError::receipt,
          (row, error) -> PaymentRowMapper.matches(row, error.report()));

  /** Names no constraint: a repeated statement may conflict on either of two. */
  static final ReportInserts<RecordedPayment> PAYMENTS =
      new ReportInserts<>(
          """
          insert into payments (%1$s, duration_us, settled_at, error_type, error_code,
            error_message, source_id, recorded_at, source, status, instance_id, epoch, segment)
          select %1$s, duration_us, settled_at, error_type, error_code, error_message, source_id,
            recorded_at, $21, case when error_type is null then 'success' else 'failed' end, $22,
            $23, $20
          from unnest(%2$s, $13::bigint[], $14::timestamptz[], $15::text[], $16::text[],
            $17::text[], $18::text[], $19::timestamptz[])
            as p (%1$s, duration_us, settled_at, error_type, error_code, error_message, source_id,
              recorded_at)
          where %3$s
          on conflict do nothing
          """
              .formatted(PaymentInserts.COLUMNS, PaymentInserts.PARAMETERS, isHeld("$22", "$23")),
          """
          select source_id as id, id as receipt, order_id, user_id, amount, currency, user_tier,
            payment_method, gateway, duration_us, settled_at, error_type, error_code, error_message,
            segment, recorded_at
          from payments where source = $1 and source_id = any($2)
          """,
          ReportInserts::payments,
          payment -> payment.report().publisher(),
          payment -> payment.report().id(),
          RecordedPayment::receipt,
          (row, payment) -> PaymentRowMapper.matches(row, payment.report()));

  private static Columns<?> events(List<BusinessEvent> events) {
    return Columns.of(events)
        .add(String[]::new, event -> event.report().id())
        .add(String[]::new, event -> event.report().event())
        .add(String[]::new, BusinessEvent::label)
        .add(BigDecimal[]::new, event -> event.report().amount().amount())
        .add(String[]::new, event -> PaymentRowMapper.currency(event.report().amount()))
        .add(BigDecimal[]::new, BusinessEvent::amountUsd)
        .add(BigDecimal[]::new, event -> event.rate().usd())
        .add(LocalDate[]::new, event -> event.rate().date())
        .add(OffsetDateTime[]::new, event -> PaymentRowMapper.utc(event.recordedAt()))
        .add(UUID[]::new, BusinessEvent::receipt)
        .add(events.get(0).segment());
  }

  private static Columns<?> errors(List<ReportedError> errors) {
    return Columns.of(errors)
        .add(String[]::new, error -> error.report().id())
        .add(String[]::new, error -> error.report().service())
        .add(String[]::new, error -> error.report().errorType())
        .add(String[]::new, error -> error.report().severity().label())
        .add(String[]::new, ReportedError::service)
        .add(String[]::new, ReportedError::errorType)
        .add(OffsetDateTime[]::new, error -> PaymentRowMapper.utc(error.recordedAt()))
        .add(UUID[]::new, ReportedError::receipt)
        .add(errors.get(0).segment());
  }

  private static Columns<?> payments(List<RecordedPayment> reports) {
    List<Payment> payments = reports.stream().map(RecordedPayment::payment).toList();
    return SettlementUpdates.addSettlementColumns(PaymentInserts.columns(payments))
        .with(reports)
        .add(String[]::new, report -> report.report().id())
        .add(OffsetDateTime[]::new, report -> PaymentRowMapper.utc(report.recordedAt()))
        .add(payments.get(0).settled().orElseThrow().segment());
  }

  /**
   * Writes reports of one publisher, in the order of their ids, so that two statements cannot
   * deadlock.
   *
   * @return the outcome of each report, in the same order; fails with {@code SupersededException}
   *     if another process has taken over the identity
   */
  Future<List<Recording>> write(
      StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity, List<E> reports) {
    List<E> sorted = reports.stream().sorted(Comparator.comparing(id)).toList();
    String reporter = publisher.apply(reports.get(0));
    return statementExecutor
        .update(insert, columns.apply(sorted).add(reporter).add(ledgerIdentity).parameters())
        .compose(
            inserted ->
                inserted == reports.size()
                    ? Future.succeededFuture(
                        Collections.nCopies(reports.size(), Recording.ACCEPTED))
                    : compare(statementExecutor, ledgerIdentity, reports));
  }

  /**
   * Compares reports with the stored rows. A statement that is repeated because its response was
   * lost finds the rows that it inserted.
   */
  private Future<List<Recording>> compare(
      StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity, List<E> reports) {
    String[] ids = reports.stream().map(id).toArray(String[]::new);
    return statementExecutor
        .run(lookup, Tuple.of(publisher.apply(reports.get(0))).addValue(ids))
        .map(rows -> rows.stream().collect(Collectors.toMap(row -> row.getString("id"), r -> r)))
        .compose(
            byId ->
                byId.keySet().containsAll(List.of(ids))
                    ? Future.succeededFuture(
                        reports.stream().map(report -> compare(report, byId)).toList())
                    : ledgerIdentity.fail(
                        statementExecutor,
                        new IllegalStateException("reports were neither inserted nor found")));
  }

  private Recording compare(E report, Map<String, Row> byId) {
    Row row = Objects.requireNonNull(byId.get(id.apply(report)));
    if (row.getUUID("receipt").equals(receipt.apply(report))) {
      return Recording.ACCEPTED;
    }
    return matches.test(row, report) ? Recording.DUPLICATE : Recording.CONFLICTING;
  }
}
