package dev.paymeter.ledger;

import dev.paymeter.payments.Inquiries;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** Unknown payments in PostgreSQL. Safe from any thread; results come on the caller's context. */
public final class PostgresInquiries implements Inquiries {
  private final Statements statements;

  public PostgresInquiries(Statements statements) {
    this.statements = statements;
  }

  @Override
  public Future<List<Inquiry>> take(int most, Duration lease) {
    return statements
        .run(Sql.TAKE_INQUIRIES, Tuple.of(most, lease.toMillis()))
        .map(rows -> rows.stream().map(Rows::inquiry).toList());
  }

  @Override
  public Future<Void> postpone(UUID payment, Duration pause) {
    return statements.run(Sql.POSTPONE_INQUIRY, Tuple.of(payment, pause.toMillis())).mapEmpty();
  }

  @Override
  public Future<List<Unknown>> unknown() {
    return statements
        .run(Sql.UNKNOWN, Tuple.tuple())
        .map(rows -> rows.stream().map(Rows::unknown).toList());
  }
}
