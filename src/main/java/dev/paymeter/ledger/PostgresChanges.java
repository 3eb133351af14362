package dev.paymeter.ledger;

import dev.paymeter.payments.Change;
import dev.paymeter.payments.Changes;
import dev.paymeter.payments.Publication;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Changes in PostgreSQL, where triggers write them down. Safe from any thread; results come on the
 * caller's context.
 *
 * <p>Transactions commit in another order than they begin, and numbers of a sequence are taken
 * before the commit; who reads "behind number 7" would miss a 6 that commits later. So changes are
 * ordered by their transaction's number first, and read only up to the oldest transaction that
 * still runs (PostgreSQL manual, section 9.27.9, pg_snapshot_xmin): what commits later has a higher
 * one. Of one payment the order is that of its states, for each of them is written by a transaction
 * that has seen the one before.
 */
public final class PostgresChanges implements Changes, Publication {
  private final Statements statements;

  public PostgresChanges(Statements statements) {
    this.statements = statements;
  }

  @Override
  public Future<List<Change>> after(Change.Position place, int most) {
    return read(Sql.CHANGES, Tuple.of(xid(place), place.number(), most));
  }

  @Override
  public Future<Change.Position> end() {
    return statements
        .run(Sql.END_OF_CHANGES, Tuple.tuple())
        .map(rows -> Rows.position(rows.iterator().next()));
  }

  @Override
  public Future<Duration> heldBack() {
    return age(Sql.HELD_BACK);
  }

  private Future<Duration> age(String sql) {
    return statements
        .run(sql, Tuple.tuple())
        .map(rows -> rows.stream().findFirst().map(Rows::age).orElse(Duration.ZERO));
  }

  @Override
  public Future<List<Change>> of(UUID payment) {
    return read(Sql.CHANGES_OF, Tuple.of(payment));
  }

  private Future<List<Change>> read(String sql, Tuple parameters) {
    return statements.run(sql, parameters).map(rows -> rows.stream().map(Rows::change).toList());
  }

  @Override
  public Future<Optional<Change.Position>> lead(String holder, Duration lease) {
    return statements
        .run(Sql.LEAD_PUBLICATION, Tuple.of(holder, lease.toMillis()))
        .map(PostgresChanges::position);
  }

  private static Optional<Change.Position> position(RowSet<Row> rows) {
    return rows.stream().findFirst().map(Rows::position);
  }

  @Override
  public Future<Void> published(String holder, Change.Position place) {
    return statements.run(Sql.PUBLISHED, Tuple.of(holder, xid(place), place.number())).mapEmpty();
  }

  @Override
  public Future<Duration> unpublished() {
    return age(Sql.UNPUBLISHED);
  }

  @Override
  public Future<Void> leave(String holder) {
    return statements.run(Sql.LEAVE_PUBLICATION, Tuple.of(holder)).mapEmpty();
  }

  private static String xid(Change.Position place) {
    return Long.toString(place.transaction());
  }
}
