package dev.paymeter.postgres;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The ledger in PostgreSQL. Safe from any thread; results come on the caller's context. */
public final class PostgresLedger implements PaymentLedger {
  /** Rows of each kind that go alone: enough that one of light traffic nearly always may. */
  private static final int PLACES = 4;

  /** Changes no row if another process inquires about the payment already. */
  private static final String REROUTE =
      """
      update payments set gateway = $2
      where id = $1 and status = 'pending' and gateway = $3
        and inserted_by = $4 and inserted_epoch = $5
      """;

  /** Read-only is a standby, or, at many providers, a primary whose disk is full. */
  private static final String CHECK =
      "select 1 where current_setting('transaction_read_only') = 'off'";

  private final Statements statements;
  private final Identity identity;
  private final Gatherer<Payment, Void> openings;
  private final Gatherer<KeyedOpenings.Opening, Optional<IdempotencyRecord<Payment>>> keyedOpenings;
  private final Settling settling;
  private final Gatherer<Payment, Payment> settlings;

  /**
   * @param instanceId the identity under which payments are settled here
   * @param epoch the one that {@link PostgresBooks} opened
   */
  public PostgresLedger(Statements statements, String instanceId, int epoch) {
    this(statements, instanceId, epoch, PLACES);
  }

  /**
   * @param places rows of each kind that may be under way each in a statement of its own; {@link
   *     Integer#MAX_VALUE} gathers nothing
   */
  PostgresLedger(Statements statements, String instanceId, int epoch, int places) {
    this.statements = statements;
    this.identity = new Identity(instanceId, epoch);
    this.openings = gatherer(new Openings(statements, identity), places);
    this.keyedOpenings = gatherer(new KeyedOpenings(statements, identity), places);
    this.settling = new Settling(statements, identity);
    this.settlings = gatherer(settling, places);
  }

  private <R, A> Gatherer<R, A> gatherer(Gatherer.Work<R, A> work, int places) {
    return new Gatherer<>(work, places, statements.timeout(), System::nanoTime);
  }

  @Override
  public Future<Void> open(Payment pending) {
    return openings.write(pending);
  }

  @Override
  public Future<Optional<IdempotencyRecord<Payment>>> open(Payment pending, IdempotencyKey key) {
    return keyedOpenings.write(new KeyedOpenings.Opening(pending, key));
  }

  @Override
  public Future<Boolean> reroute(Payment pending, String from) {
    return statements
        .update(
            REROUTE,
            Tuple.of(
                pending.id(),
                pending.order().gateway(),
                from,
                identity.instanceId(),
                identity.epoch()))
        .map(updated -> updated == 1);
  }

  @Override
  public Future<Payment> doubt(Payment unknown) {
    return settling.rows().doubt(unknown);
  }

  @Override
  public Future<Payment> settle(Payment settled) {
    if (settled.settled().isEmpty()) {
      throw new IllegalArgumentException("not settled");
    }
    return settlings.write(settled);
  }

  @Override
  public Future<Optional<Payment>> find(UUID id) {
    return Rows.find(statements, id);
  }

  @Override
  public Future<List<Payment>> list(
      PaymentFilter filter, PaymentPage.@Nullable Position after, int most) {
    return PaymentLists.run(statements, filter, after, most);
  }

  @Override
  public Future<Void> check() {
    return statements
        .run(CHECK, Tuple.tuple())
        .compose(
            rows ->
                rows.size() == 1
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new LedgerUnavailableException("the ledger is read-only")));
  }
}
