package dev.paymeter.postgres;

import dev.paymeter.audit.AuditStore.SettledTotals;
import dev.paymeter.audit.ProofStore;
import dev.paymeter.audit.ProofStore.SettledRow.Kind;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.LedgerCut;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Settled rows in PostgreSQL. Safe from any thread; results come on the caller's context. */
public final class PostgresProofStore implements ProofStore {
  /** Rows of one statement. */
  private static final int PAGE = 10_000;

  /** Rows of one statement that adds them up. A second's worth: statements have a timeout. */
  private static final int MAX_SUMMED = 500_000;

  private static final String INSTANCE =
      """
      select instance_id, generation, epoch, baseline::text as baseline,
        lease_until > clock_timestamp() as is_running
      from instances where instance_id = $1
      """;

  private static final String HAS_ROWS_BEFORE =
      """
      select exists (select from payments where instance_id = $1 and settled_at < $2)
        or exists (select from business_events where instance_id = $1 and recorded_at < $2)
        or exists (select from reported_errors where instance_id = $1 and recorded_at < $2) as found
      """;

  /** Rows after a row, and up to ($4, $5), both included; the index has their order. */
  private static final String PAYMENTS =
      """
      select id, epoch, segment, settled_at as recorded_at, %s, 1::bigint as count,
        (amount_usd * 100)::bigint as cents, duration_us as micros
      from payments
      where instance_id = $1 and (epoch, segment) >= ($2, $3) and (epoch, segment) <= ($4, $5)
        and (epoch, segment, id) > ($2, $3, $9) and status <> 'voided'
      order by epoch, segment, id limit $10
      """
          .formatted(SettledTotalsQuery.PAYMENT_LABELS);

  private static final String EVENTS =
      """
      select publisher, id, epoch, segment, recorded_at, label, 1::bigint as count,
        (amount_usd * 100)::bigint as cents, %s
      from business_events
      where instance_id = $1 and (epoch, segment) >= ($2, $3) and (epoch, segment) <= ($4, $5)
        and (epoch, segment, publisher, id) > ($2, $3, $7, $8)
      order by epoch, segment, publisher, id limit $9
      """
          .formatted(SettledTotalsQuery.AMOUNT_BUCKET);

  private static final String ERRORS =
      """
      select publisher, id, epoch, segment, recorded_at, service_label, error_type_label, severity,
        1::bigint as count
      from reported_errors
      where instance_id = $1 and (epoch, segment) >= ($2, $3) and (epoch, segment) <= ($4, $5)
        and (epoch, segment, publisher, id) > ($2, $3, $6, $7)
      order by epoch, segment, publisher, id limit $8
      """;

  /** The first segment with a row that has $6 rows of its table before it. */
  private static final String BOUNDARY =
      """
      select epoch, segment from (
        %s
        union all
        %s
        union all
        %s) boundaries
      order by epoch, segment limit 1
      """
          .formatted(
              boundary("payments"), boundary("business_events"), boundary("reported_errors"));

  private static final UUID FIRST = new UUID(0, 0);

  private final StatementExecutor statementExecutor;
  private final long[] amountBounds;
  private final long[] durationBounds;
  private final int page;
  private final int maxSummed;

  /**
   * @param amountBounds upper bounds of the amount buckets, in US cents
   * @param durationBounds upper bounds of the duration buckets, in microseconds
   */
  public PostgresProofStore(
      StatementExecutor statementExecutor, long[] amountBounds, long[] durationBounds) {
    this(statementExecutor, amountBounds, durationBounds, PAGE, MAX_SUMMED);
  }

  /**
   * @param page rows of one statement
   * @param maxSummed rows of a table that one statement adds up, and those of one segment
   */
  PostgresProofStore(
      StatementExecutor statementExecutor,
      long[] amountBounds,
      long[] durationBounds,
      int page,
      int maxSummed) {
    this.statementExecutor = statementExecutor;
    this.amountBounds = amountBounds.clone();
    this.durationBounds = durationBounds.clone();
    this.page = page;
    this.maxSummed = maxSummed;
  }

  @Override
  public Future<Optional<Instance>> instance(String instanceId) {
    return statementExecutor.first(INSTANCE, Tuple.of(instanceId), PostgresProofStore::instance);
  }

  private static Instance instance(Row row) {
    return new Instance(
        row.getString("instance_id"),
        row.getString("generation"),
        row.getInteger("epoch"),
        row.getString("baseline"),
        row.getBoolean("is_running"));
  }

  private static String boundary(String table) {
    return """
        (select epoch, segment from %s
          where instance_id = $1 and (epoch, segment) > ($2, $3) and (epoch, segment) <= ($4, $5)
          order by epoch, segment offset $6 limit 1)
        """
        .formatted(table);
  }

  @Override
  public Future<SettledTotals> totals(String instanceId, LedgerCut after, LedgerCut upTo) {
    SettledTotalsQuery query =
        new SettledTotalsQuery(statementExecutor, instanceId, amountBounds, durationBounds);
    return totals(query, instanceId, after, upTo);
  }

  private Future<SettledTotals> totals(
      SettledTotalsQuery query, String instanceId, LedgerCut after, LedgerCut upTo) {
    return statementExecutor
        .first(
            BOUNDARY,
            Tuple.of(
                instanceId,
                after.epoch(),
                after.segment(),
                upTo.epoch(),
                upTo.segment(),
                maxSummed),
            PostgresProofStore::cut)
        .compose(
            boundary -> {
              LedgerCut last = boundary.orElse(upTo);
              LedgerCut first = after.next();
              Future<SettledTotals> some =
                  query.read(first.epoch(), first.segment(), last.epoch(), last.segment());
              return last.equals(upTo)
                  ? some
                  : some.compose(read -> totals(query, instanceId, last, upTo).map(read::plus));
            });
  }

  private static LedgerCut cut(Row row) {
    return new LedgerCut(row.getInteger("epoch"), row.getInteger("segment"));
  }

  @Override
  public Future<Boolean> hasRowsBefore(String instanceId, Instant time) {
    return statementExecutor
        .first(
            HAS_ROWS_BEFORE,
            Tuple.of(instanceId, PaymentRowMapper.utc(time)),
            row -> row.getBoolean("found"))
        .map(found -> found.orElse(false));
  }

  @Override
  public Future<Void> rows(
      String instanceId, LedgerCut after, LedgerCut upTo, Consumer<SettledRow> receiver) {
    Range range = new Range(instanceId, after, upTo, receiver);
    return pages(position -> payments(range, position))
        .compose(done -> pages(position -> events(range, position)))
        .compose(done -> pages(position -> errors(range, position)));
  }

  private record Range(
      String instanceId, LedgerCut after, LedgerCut upTo, Consumer<SettledRow> receiver) {

    /** Returns the parameters $1 to $5 of the rows after the last one that was read. */
    Tuple parameters(@Nullable Last last) {
      LedgerCut first = last == null ? after.next() : last.position();
      return Tuple.of(instanceId, first.epoch(), first.segment(), upTo.epoch(), upTo.segment());
    }
  }

  /**
   * The last row that was read.
   *
   * @param publisher empty for a payment
   */
  private record Last(LedgerCut position, String publisher, String id) {}

  /** Reads page after page, until one is not full. */
  private Future<Void> pages(Function<@Nullable Last, Future<List<Last>>> reading) {
    return pages(reading, null);
  }

  private Future<Void> pages(
      Function<@Nullable Last, Future<List<Last>>> reading, @Nullable Last last) {
    return reading
        .apply(last)
        .compose(
            read ->
                read.size() < page
                    ? Future.succeededFuture()
                    : pages(reading, read.get(read.size() - 1)));
  }

  private Future<List<Last>> payments(Range range, @Nullable Last last) {
    Tuple parameters =
        range
            .parameters(last)
            .addValue(SettledTotalsQuery.exclusive(amountBounds))
            .addValue(SettledTotalsQuery.exclusive(durationBounds))
            .addValue(Payment.HIGH_VALUE_USD)
            .addValue(last == null ? FIRST : UUID.fromString(last.id()))
            .addValue(page);
    return statementExecutor.list(
        PAYMENTS,
        parameters,
        row -> {
          SettledTotals totals =
              new SettledTotals(
                  List.of(SettledTotalsQuery.paymentTotal(row)), List.of(), List.of());
          String id = row.getUUID("id").toString();
          return receive(range, row, Kind.PAYMENT, new Last(cut(row), "", id), id, totals);
        });
  }

  private Future<List<Last>> events(Range range, @Nullable Last last) {
    Tuple parameters = range.parameters(last).addValue(SettledTotalsQuery.exclusive(amountBounds));
    return statementExecutor.list(
        EVENTS,
        withReport(parameters, last),
        row ->
            report(
                range,
                row,
                Kind.EVENT,
                new SettledTotals(
                    List.of(), List.of(SettledTotalsQuery.eventTotal(row)), List.of())));
  }

  private Future<List<Last>> errors(Range range, @Nullable Last last) {
    return statementExecutor.list(
        ERRORS,
        withReport(range.parameters(last), last),
        row ->
            report(
                range,
                row,
                Kind.ERROR,
                new SettledTotals(
                    List.of(), List.of(), List.of(SettledTotalsQuery.errorTotal(row)))));
  }

  /** Adds the key of the last report that was read, and the limit. */
  private Tuple withReport(Tuple parameters, @Nullable Last last) {
    return parameters
        .addValue(last == null ? "" : last.publisher())
        .addValue(last == null ? "" : last.id())
        .addValue(page);
  }

  private static Last report(Range range, Row row, Kind kind, SettledTotals totals) {
    Last read = new Last(cut(row), row.getString("publisher"), row.getString("id"));
    return receive(range, row, kind, read, read.publisher() + "/" + read.id(), totals);
  }

  private static Last receive(
      Range range, Row row, Kind kind, Last read, String id, SettledTotals totals) {
    range
        .receiver()
        .accept(
            new SettledRow(
                kind, id, read.position(), PaymentRowMapper.instant(row, "recorded_at"), totals));
    return read;
  }
}
