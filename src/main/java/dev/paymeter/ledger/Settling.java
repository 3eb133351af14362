package dev.paymeter.ledger;

import dev.paymeter.payments.Payment;
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

/** Settled payments, as rows of a statement. */
record Settling(Statements statements, Identity identity, SettledRows<Payment> rows)
    implements Gatherer.Work<Payment, Payment> {
  Settling(Statements statements, Identity identity) {
    this(
        statements,
        identity,
        new SettledRows<>(
            statements, identity, "payment", payment -> find(statements, payment.id())));
  }

  @Override
  public Future<Payment> alone(Payment settled) {
    return statements
        .run(Sql.SETTLE, Rows.settle(settled, identity))
        .compose(
            updated ->
                rows.outcome(settled, updated.size() == 0 ? null : updated.iterator().next()));
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
                  .mapToObj(i -> rows.outcome(settled.get(i), byPlace.get(i + 1)))
                  .toList();
            });
  }

  static Future<Optional<Payment>> find(Statements statements, UUID id) {
    return statements
        .run(Sql.FIND, Tuple.of(id))
        .map(rows -> rows.stream().findFirst().map(Rows::read));
  }

  @Override
  public Comparator<Payment> order() {
    return Comparator.comparing(Payment::id);
  }
}
