package dev.paymeter.ledger;

import dev.paymeter.payments.Inquiries;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.Refund;
import dev.paymeter.payments.Transfer;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/** What is unknown in PostgreSQL. Safe from any thread; results come on the caller's context. */
public final class PostgresInquiries<T extends Transfer<T>> implements Inquiries<T> {
  private final Statements statements;

  private final Kind<T> kind;

  /** How inquiries of one kind of transfers are written. */
  private record Kind<T extends Transfer<T>>(
      String take, String postpone, String unknown, Function<Row, Inquiry<T>> read) {}

  private static final Kind<Payment> PAYMENTS =
      new Kind<>(Sql.TAKE_INQUIRIES, Sql.POSTPONE_INQUIRY, Sql.UNKNOWN, Rows::inquiry);

  private static final Kind<Refund> REFUNDS =
      new Kind<>(
          Sql.TAKE_REFUND_INQUIRIES,
          Sql.POSTPONE_REFUND_INQUIRY,
          Sql.UNKNOWN_REFUNDS,
          RefundRows::inquiry);

  private PostgresInquiries(Statements statements, Kind<T> kind) {
    this.statements = statements;
    this.kind = kind;
  }

  public static Inquiries<Payment> ofPayments(Statements statements) {
    return new PostgresInquiries<>(statements, PAYMENTS);
  }

  public static Inquiries<Refund> ofRefunds(Statements statements) {
    return new PostgresInquiries<>(statements, REFUNDS);
  }

  @Override
  public Future<List<Inquiry<T>>> take(int most, Duration lease, Set<String> without) {
    return statements
        .run(kind.take(), Tuple.of(most, lease.toMillis(), without.toArray(String[]::new)))
        .map(rows -> rows.stream().map(kind.read()).toList());
  }

  @Override
  public Future<Void> postpone(UUID id, Duration pause) {
    return statements.run(kind.postpone(), Tuple.of(id, pause.toMillis())).mapEmpty();
  }

  @Override
  public Future<List<Unknown>> unknown() {
    return statements
        .run(kind.unknown(), Tuple.tuple())
        .map(rows -> rows.stream().map(Rows::unknown).toList());
  }
}
