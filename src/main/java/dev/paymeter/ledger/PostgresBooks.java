package dev.paymeter.ledger;

import dev.paymeter.payments.Books;
import dev.paymeter.payments.IdentityInUseException;
import dev.paymeter.payments.Pauses;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentStatus;
import dev.paymeter.payments.Severity;
import dev.paymeter.payments.SupersededException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;

/**
 * An instance's books in PostgreSQL. The identity is a lease on a row: who holds it renews it; who
 * wants it waits until it has ended without being renewed, and so takes over seconds after a
 * process was killed, and never from a live one.
 */
public final class PostgresBooks implements Books {
  /** How long a process may be silent before another may take its identity. */
  public static final Duration LEASE = Duration.ofSeconds(5);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);

  private final Statements statements;
  private final Pauses pauses;
  private final String instanceId;
  private final String holder;
  private final Long[] amountBounds;
  private final Long[] durationBounds;
  private int epoch;
  private int checkpointEpoch;
  private int checkpointPage;

  /**
   * The books of one identity.
   *
   * @param holder names this process to people
   * @param amountBounds upper bounds of the amounts' buckets, in US cents
   * @param durationBounds upper bounds of the durations' buckets, in microseconds
   */
  public PostgresBooks(
      Statements statements,
      Pauses pauses,
      String instanceId,
      String holder,
      long[] amountBounds,
      long[] durationBounds) {
    this.statements = statements;
    this.pauses = pauses;
    this.instanceId = instanceId;
    this.holder = holder;
    this.amountBounds = exclusive(amountBounds);
    this.durationBounds = exclusive(durationBounds);
  }

  /** In whole units, "up to the bound" is "below the bound and one more". */
  private static Long[] exclusive(long[] bounds) {
    return LongStream.of(bounds).map(bound -> bound + 1).boxed().toArray(Long[]::new);
  }

  @Override
  public Future<Opening> open() {
    return tryOpen().compose(rows -> opened(rows, Long.MIN_VALUE));
  }

  private Future<RowSet<Row>> tryOpen() {
    return statements.run(Sql.OPEN_BOOKS, Tuple.of(instanceId, holder, LEASE.toMillis()));
  }

  /**
   * @param left of the holder's lease when we last looked, in milliseconds
   */
  private Future<Opening> opened(RowSet<Row> rows, long left) {
    if (rows.size() == 1) {
      Row row = rows.iterator().next();
      epoch = row.getInteger("epoch");
      checkpointEpoch = row.getInteger("checkpoint_epoch");
      checkpointPage = row.getInteger("checkpoint_segment");
      return Future.succeededFuture(new Opening(epoch, row.getString("totals")));
    }
    return statements
        .run(Sql.HOLDER, Tuple.of(instanceId))
        .compose(
            held -> {
              Row row = held.iterator().next();
              long leftNow = row.getLong("millis");
              // A lease that has grown was renewed: its holder lives.
              if (left != Long.MIN_VALUE && leftNow > left) {
                return Future.failedFuture(
                    new IdentityInUseException(instanceId, row.getString("holder")));
              }
              return pauses
                  .pause(BETWEEN_LOOKS)
                  .compose(passed -> tryOpen())
                  .compose(again -> opened(again, leftNow));
            });
  }

  @Override
  public Future<Void> renew() {
    return ours(statements.run(Sql.RENEW, Tuple.of(instanceId, epoch, LEASE.toMillis())));
  }

  @Override
  public Future<Void> close() {
    return statements.run(Sql.CLOSE_BOOKS, Tuple.of(instanceId, epoch)).mapEmpty();
  }

  @Override
  public Future<Void> checkpoint(int page, String totals) {
    return ours(statements.run(Sql.CHECKPOINT, Tuple.of(instanceId, epoch, page, totals)));
  }

  private Future<Void> ours(Future<RowSet<Row>> update) {
    return update.compose(
        rows ->
            rows.rowCount() == 1
                ? Future.succeededFuture()
                : Future.failedFuture(new SupersededException(instanceId)));
  }

  @Override
  public Future<Entries> pages(int first, int last) {
    return entries(epoch, first, epoch, last);
  }

  @Override
  public Future<Entries> earlier() {
    return entries(checkpointEpoch, checkpointPage + 1, epoch - 1, Integer.MAX_VALUE);
  }

  private Future<Entries> entries(int fromEpoch, int fromPage, int toEpoch, int toPage) {
    Future<List<Entry>> payments =
        statements
            .run(
                Sql.ENTRIES,
                Tuple.of(
                    instanceId,
                    fromEpoch,
                    fromPage,
                    toEpoch,
                    toPage,
                    Payment.HIGH_VALUE_USD,
                    amountBounds,
                    durationBounds))
            .map(rows -> rows.stream().map(PostgresBooks::entry).toList());
    Future<List<EventEntry>> events =
        statements
            .run(
                Sql.EVENT_ENTRIES,
                Tuple.of(instanceId, fromEpoch, fromPage, toEpoch, toPage, amountBounds))
            .map(rows -> rows.stream().map(PostgresBooks::eventEntry).toList());
    Future<List<ErrorEntry>> errors =
        statements
            .run(Sql.ERROR_ENTRIES, Tuple.of(instanceId, fromEpoch, fromPage, toEpoch, toPage))
            .map(rows -> rows.stream().map(PostgresBooks::errorEntry).toList());
    return Future.all(payments, events, errors)
        .map(read -> new Entries(payments.result(), events.result(), errors.result()));
  }

  private static ErrorEntry errorEntry(Row row) {
    return new ErrorEntry(
        row.getString("service_label"),
        row.getString("error_type_label"),
        Severity.of(row.getString("severity")),
        row.getLong("count"));
  }

  private static EventEntry eventEntry(Row row) {
    return new EventEntry(
        row.getString("label"),
        row.getInteger("amount_bucket"),
        row.getLong("count"),
        row.getLong("cents"));
  }

  private static Entry entry(Row row) {
    return new Entry(
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
