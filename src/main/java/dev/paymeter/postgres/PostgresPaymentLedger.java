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
public final class PostgresPaymentLedger implements PaymentLedger {
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

  private final StatementExecutor statementExecutor;
  private final LedgerIdentity ledgerIdentity;
  private final WriteBatcher<Payment, Void> openings;
  private final WriteBatcher<IdempotentPaymentInserts.Opening, Optional<IdempotencyRecord<Payment>>>
      keyedOpenings;
  private final SettlementUpdates settlementUpdates;
  private final WriteBatcher<Payment, Payment> settlings;

  /**
   * @param instanceId the identity under which payments are settled here
   * @param epoch the one that {@link PostgresAuditStore} opened
   */
  public PostgresPaymentLedger(StatementExecutor statementExecutor, String instanceId, int epoch) {
    this(statementExecutor, instanceId, epoch, PLACES);
  }

  /**
   * @param places rows of each kind that may be under way each in a statement of its own; {@link
   *     Integer#MAX_VALUE} gathers nothing
   */
  PostgresPaymentLedger(
      StatementExecutor statementExecutor, String instanceId, int epoch, int places) {
    this.statementExecutor = statementExecutor;
    this.ledgerIdentity = new LedgerIdentity(instanceId, epoch);
    this.openings = gatherer(new PaymentInserts(statementExecutor, ledgerIdentity), places);
    this.keyedOpenings =
        gatherer(new IdempotentPaymentInserts(statementExecutor, ledgerIdentity), places);
    this.settlementUpdates = new SettlementUpdates(statementExecutor, ledgerIdentity);
    this.settlings = gatherer(settlementUpdates, places);
  }

  private <R, A> WriteBatcher<R, A> gatherer(WriteBatcher.Work<R, A> work, int places) {
    return new WriteBatcher<>(work, places, statementExecutor.timeout(), System::nanoTime);
  }

  @Override
  public Future<Void> open(Payment pending) {
    return openings.write(pending);
  }

  @Override
  public Future<Optional<IdempotencyRecord<Payment>>> open(Payment pending, IdempotencyKey key) {
    return keyedOpenings.write(new IdempotentPaymentInserts.Opening(pending, key));
  }

  @Override
  public Future<Boolean> reroute(Payment pending, String from) {
    return statementExecutor
        .update(
            REROUTE,
            Tuple.of(
                pending.id(),
                pending.order().gateway(),
                from,
                ledgerIdentity.instanceId(),
                ledgerIdentity.epoch()))
        .map(updated -> updated == 1);
  }

  @Override
  public Future<Payment> doubt(Payment unknown) {
    return settlementUpdates.rows().doubt(unknown);
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
    return PaymentRowMapper.find(statementExecutor, id);
  }

  @Override
  public Future<List<Payment>> list(
      PaymentFilter filter, PaymentPage.@Nullable Position after, int most) {
    return PaymentListQuery.run(statementExecutor, filter, after, most);
  }

  @Override
  public Future<Void> check() {
    return statementExecutor
        .run(CHECK, Tuple.tuple())
        .compose(
            rows ->
                rows.size() == 1
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new LedgerUnavailableException("the ledger is read-only")));
  }
}
