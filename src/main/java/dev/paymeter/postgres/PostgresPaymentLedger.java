package dev.paymeter.postgres;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.StatusCounts;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The ledger in PostgreSQL. Safe from any thread; results come on the caller's context. */
public final class PostgresPaymentLedger implements PaymentLedger {
  /** Enough for light traffic, so that its rows are nearly never queued. */
  private static final int MAX_SINGLE_STATEMENTS = 4;

  /** Changes no row if another process already inquires about the payment. */
  private static final String REROUTE =
      """
      update payments set gateway = $2, account = $3
      where id = $1 and status = 'pending' and gateway = $4
        and inserted_by = $5 and inserted_epoch = $6
      """;

  /** A standby is read-only, as is, at many providers, a primary with a full disk. */
  private static final String CHECK =
      "select 1 where current_setting('transaction_read_only') = 'off'";

  private static final Comparator<Payment> BY_ID = Comparator.comparing(Payment::id);

  private final StatementExecutor statementExecutor;
  private final LedgerIdentity ledgerIdentity;
  private final WriteBatcher<Payment, Void> inserts;
  private final WriteBatcher<
          IdempotentPaymentInserts.KeyedPayment, Optional<IdempotencyRecord<Payment>>>
      idempotentInserts;
  private final SettlementUpdates settlementUpdates;
  private final WriteBatcher<Payment, Payment> settlements;
  private final AuthorizationUpdates authorizationUpdates;

  public PostgresPaymentLedger(StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity) {
    this(statementExecutor, ledgerIdentity, MAX_SINGLE_STATEMENTS);
  }

  /**
   * @param maxSingle maximum number of statements in flight that write a single row, for each kind
   *     of row; {@link Integer#MAX_VALUE} turns batching off
   */
  PostgresPaymentLedger(
      StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity, int maxSingle) {
    this.statementExecutor = statementExecutor;
    this.ledgerIdentity = ledgerIdentity;
    this.inserts = batcher(new PaymentInserts(statementExecutor, ledgerIdentity), BY_ID, maxSingle);
    this.idempotentInserts =
        batcher(
            new IdempotentPaymentInserts(statementExecutor, ledgerIdentity),
            IdempotentPaymentInserts.BY_KEY,
            maxSingle);
    this.settlementUpdates = new SettlementUpdates(statementExecutor, ledgerIdentity);
    this.settlements = batcher(settlementUpdates, BY_ID, maxSingle);
    this.authorizationUpdates = new AuthorizationUpdates(statementExecutor, ledgerIdentity);
  }

  private <R, A> WriteBatcher<R, A> batcher(
      WriteBatcher.BatchWriter<R, A> writer, Comparator<R> order, int maxSingle) {
    return new WriteBatcher<>(
        writer, order, maxSingle, statementExecutor.timeout(), System::nanoTime);
  }

  @Override
  public Future<Void> insert(Payment pending) {
    return inserts.write(pending);
  }

  @Override
  public Future<Optional<IdempotencyRecord<Payment>>> insert(Payment pending, IdempotencyKey key) {
    return idempotentInserts.write(new IdempotentPaymentInserts.KeyedPayment(pending, key));
  }

  @Override
  public Future<Boolean> reroute(Payment pending, String from) {
    return statementExecutor
        .update(
            REROUTE,
            Tuple.of(
                    pending.id(),
                    pending.order().gateway(),
                    pending.account(),
                    from,
                    ledgerIdentity.instanceId())
                .addValue(ledgerIdentity.epoch()))
        .map(updated -> updated == 1);
  }

  @Override
  public Future<Payment> markUnknown(Payment unknown) {
    return settlementUpdates.results().markUnknown(unknown);
  }

  @Override
  public Future<Payment> settle(Payment settled) {
    if (settled.status() == PaymentStatus.AUTHORIZED) {
      return authorizationUpdates.authorize(settled, settlementUpdates.results());
    }
    if (settled.status() == PaymentStatus.REQUIRES_ACTION) {
      return authorizationUpdates.requireAction(settled, settlementUpdates.results());
    }
    if (settled.settled().isEmpty()) {
      throw new IllegalArgumentException("payment " + settled.id() + " is not settled");
    }
    return settled.authorization() == null
        ? settlements.write(settled)
        : authorizationUpdates.settle(settled, settlementUpdates.results());
  }

  @Override
  public Future<Boolean> request(Payment pending, Optional<IdempotencyKey> key) {
    return authorizationUpdates.request(pending, key);
  }

  @Override
  public Future<Optional<IdempotencyRecord<Payment>>> findRecord(IdempotencyKey key) {
    return authorizationUpdates.findRecord(key);
  }

  @Override
  public Future<List<WaitingTotal>> waitingByGateway() {
    return authorizationUpdates.waiting();
  }

  @Override
  public Future<List<AuthorizedTotal>> authorizedByGateway() {
    return authorizationUpdates.totals();
  }

  @Override
  public Future<Optional<Payment>> find(UUID id) {
    return PaymentRowMapper.find(statementExecutor, id);
  }

  @Override
  public Future<List<Payment>> list(
      PaymentFilter filter, PaymentPage.@Nullable Position after, int limit) {
    return PaymentListQuery.run(statementExecutor, filter, after, limit);
  }

  @Override
  public Future<StatusCounts> count(int max) {
    return PaymentListQuery.count(statementExecutor, max);
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
