package dev.paymeter.ledger;

import dev.paymeter.payments.Payment;
import dev.paymeter.payments.SettlementConflictException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Settled payments, as rows of a statement. */
record Settling(Statements statements, Identity identity)
    implements Gatherer.Work<Payment, Payment> {
  @Override
  public Future<Payment> alone(Payment settled) {
    return statements
        .run(Sql.SETTLE, Rows.settle(settled, identity))
        .compose(
            updated -> settled(settled, updated.size() == 0 ? null : updated.iterator().next()));
  }

  /** Of rows of one payment one is written, and the others find it there. */
  @Override
  public Future<List<Future<Payment>>> together(List<Payment> settled) {
    return statements
        .run(Sql.SETTLE_TOGETHER, Rows.settle(settled, identity))
        .map(
            updated -> {
              Map<Integer, Row> byPlace = new HashMap<>();
              updated.forEach(row -> byPlace.put(row.getInteger("place"), row));
              return IntStream.range(0, settled.size())
                  .mapToObj(i -> settled(settled.get(i), byPlace.get(i + 1)))
                  .toList();
            });
  }

  private Future<Payment> settled(Payment settled, @Nullable Row updated) {
    return updated == null
        ? settledSo(settled)
        : Future.succeededFuture(withDoubt(settled, updated));
  }

  /** Another instance may have taken it for abandoned meanwhile. */
  private static Payment withDoubt(Payment settled, Row updated) {
    return updated.getOffsetDateTime("unknown_since") == null
        ? settled
        : settled.doubtedSince(Rows.instant(updated, "unknown_since"));
  }

  /** After a lost answer a statement is sent again, and finds its own work done. */
  private Future<Payment> settledSo(Payment settled) {
    return find(statements, settled.id())
        .compose(
            found ->
                found.filter(settled::endedLike).isPresent()
                    ? Future.succeededFuture(found.get())
                    : identity
                        .check(statements)
                        .compose(ours -> Future.failedFuture(conflict(settled, found))));
  }

  static Future<Optional<Payment>> find(Statements statements, UUID id) {
    return statements
        .run(Sql.FIND, Tuple.of(id))
        .map(rows -> rows.stream().findFirst().map(Rows::read));
  }

  static SettlementConflictException conflict(Payment written, Optional<Payment> found) {
    return new SettlementConflictException(
        "payment " + written.id() + " cannot be written: the ledger has " + found);
  }

  @Override
  public Comparator<Payment> order() {
    return Comparator.comparing(Payment::id);
  }
}
