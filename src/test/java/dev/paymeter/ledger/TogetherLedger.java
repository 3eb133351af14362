package dev.paymeter.ledger;

import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.Kept;
import dev.paymeter.payments.Ledger;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentFilter;
import dev.paymeter.payments.PaymentPage;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The ledger in PostgreSQL as under load: each row goes in a statement for several. */
record TogetherLedger(Ledger ledger, Statements statements, Identity identity) implements Ledger {
  private static <R, A> Future<A> write(Gatherer.Work<R, A> work, R row) {
    return work.write(List.of(row)).compose(outcomes -> outcomes.get(0));
  }

  @Override
  public Future<Void> open(Payment pending) {
    return write(new Openings(statements, identity), pending);
  }

  @Override
  public Future<Optional<Kept<Payment>>> open(Payment pending, IdempotencyKey key) {
    return write(new KeyedOpenings(statements, identity), new KeyedOpenings.Opening(pending, key));
  }

  @Override
  public Future<Payment> settle(Payment settled) {
    return write(new Settling(statements, identity), settled);
  }

  @Override
  public Future<Boolean> reroute(Payment pending, String from) {
    return ledger.reroute(pending, from);
  }

  @Override
  public Future<Payment> doubt(Payment unknown) {
    return ledger.doubt(unknown);
  }

  @Override
  public Future<Optional<Payment>> find(UUID id) {
    return ledger.find(id);
  }

  @Override
  public Future<List<Payment>> list(
      PaymentFilter filter, PaymentPage.@Nullable Position after, int most) {
    return ledger.list(filter, after, most);
  }

  @Override
  public Future<Void> check() {
    return ledger.check();
  }
}
