package dev.paymeter.ledger;

import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.Kept;
import dev.paymeter.payments.Payment;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Pending payments with their idempotency keys, as rows of a statement. */
record KeyedOpenings(Statements statements, Identity identity)
    implements Gatherer.Work<KeyedOpenings.Opening, Optional<Kept<Payment>>> {
  private static final Comparator<Opening> BY_KEY =
      Comparator.<Opening, String>comparing(opening -> opening.key().key())
          .thenComparing(opening -> opening.key().credential())
          .thenComparing(opening -> opening.key().route());

  record Opening(Payment pending, IdempotencyKey key) {}

  @Override
  public Future<Optional<Kept<Payment>>> alone(Opening opening) {
    return statements
        .run(Sql.OPEN_UNDER_KEY, Rows.open(opening, identity))
        .compose(inserted -> opened(opening, inserted.rowCount() == 1));
  }

  /** Of rows with one key one is opened, and the others find it there. */
  @Override
  public Future<List<Future<Optional<Kept<Payment>>>>> together(List<Opening> openings) {
    return statements
        .run(Sql.OPEN_UNDER_KEYS, Rows.openKeyed(openings, identity))
        .map(
            inserted -> {
              Set<UUID> opened =
                  inserted.stream().map(row -> row.getUUID("id")).collect(Collectors.toSet());
              return openings.stream()
                  .map(opening -> opened(opening, opened.contains(opening.pending().id())))
                  .toList();
            });
  }

  private Future<Optional<Kept<Payment>>> opened(Opening opening, boolean isOpen) {
    return isOpen
        ? Future.succeededFuture(Optional.empty())
        : identity.checkLease(statements).compose(ours -> kept(opening.key())).map(Optional::of);
  }

  /** A key that was there and is not any more is as good as one that is just coming. */
  private Future<Kept<Payment>> kept(IdempotencyKey key) {
    return statements
        .run(Sql.KEPT, Tuple.of(key.credential(), key.route(), key.key()))
        .map(
            rows ->
                rows.stream()
                    .findFirst()
                    .map(row -> Rows.kept(row, Rows::read))
                    .orElse(new Kept<Payment>(Optional.empty(), key.fingerprint(), true)));
  }

  @Override
  public Comparator<Opening> order() {
    return BY_KEY;
  }
}
