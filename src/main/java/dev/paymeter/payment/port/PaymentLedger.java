package dev.paymeter.payment.port;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.StatusCounts;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Port: the ledger of payments. A successful future confirms a commit that survives a crash. Every
 * operation fails with {@link LedgerUnavailableException} when the ledger does not respond in time;
 * the operation may then be committed or not.
 */
public interface PaymentLedger {
  /**
   * Commits a pending payment.
   *
   * @return fails with {@link SupersededException} when another process has taken over the identity
   */
  @Timed(Operation.LEDGER_INSERT)
  Future<Void> insert(Payment pending);

  /**
   * Commits a pending payment together with its idempotency record, unless a record with that key
   * exists.
   *
   * @return the existing record; empty if the payment was inserted; fails as {@link #insert}
   */
  @Timed(Operation.LEDGER_INSERT)
  Future<Optional<IdempotencyRecord<Payment>>> insert(Payment pending, IdempotencyKey key);

  /**
   * Commits a pending payment's next gateway, if this process still owns the payment and its
   * gateway is unchanged.
   *
   * @param from the previous gateway
   * @return whether the next gateway is committed; after {@link LedgerUnavailableException} no
   *     gateway may be called
   */
  @Timed(Operation.LEDGER_REROUTE)
  Future<Boolean> reroute(Payment pending, String from);

  /**
   * Commits a capture or void of an authorized payment, with its idempotency record if it has a
   * key, in one transaction, before the gateway is called. The payment is pending again, and this
   * process submits it.
   *
   * @param pending has the open step
   * @return whether it is committed: not if the payment is not authorized, or a record with the key
   *     exists. Fails as {@link #insert}
   */
  @Timed(Operation.LEDGER_REQUEST)
  Future<Boolean> request(Payment pending, Optional<IdempotencyKey> key);

  /** Returns the idempotency record of a capture or void, if it exists. */
  @Timed(Operation.LEDGER_FIND)
  Future<Optional<IdempotencyRecord<Payment>>> findRecord(IdempotencyKey key);

  /**
   * Commits that the outcome of a pending payment is unknown. Safe to repeat.
   *
   * @return the stored payment: unknown, or settled meanwhile; fails with {@link
   *     SettlementConflictException} when it does not exist
   */
  @Timed(Operation.LEDGER_MARK_UNKNOWN)
  Future<Payment> markUnknown(Payment unknown);

  /**
   * Commits the outcome of a payment, or that it is authorized or requires an action. Safe to
   * repeat: a payment with the same outcome is not changed. A rejected step ends only if it is
   * still the payment's; its idempotency record is removed, so that a repeated request is carried
   * out. A void is counted as a business event, which the same transaction inserts in its segment.
   *
   * @return the stored payment, which another process may have settled with the same outcome; fails
   *     with {@link SettlementConflictException} when the payment does not exist or has another
   *     outcome, and with {@link SupersededException} when another process has taken over the
   *     identity
   */
  @Timed(Operation.LEDGER_SETTLE)
  Future<Payment> settle(Payment settled);

  @Timed(Operation.LEDGER_FIND)
  Future<Optional<Payment>> find(UUID id);

  /**
   * Returns payments, newest first: by {@code created_at}, then by id, as unsigned bytes.
   *
   * @param after the position after which the list starts; null for its beginning
   * @param limit the maximum number of payments
   */
  @Timed(Operation.LEDGER_LIST)
  Future<List<Payment>> list(PaymentFilter filter, PaymentPage.@Nullable Position after, int limit);

  /** Returns the totals of authorized payments, by gateway; omits gateways without any. */
  @Timed(Operation.LEDGER_AUTHORIZED)
  Future<List<AuthorizedTotal>> authorizedByGateway();

  /** Returns the totals of payments that require an action, by gateway; omits those without any. */
  @Timed(Operation.LEDGER_ACTIONS)
  Future<List<WaitingTotal>> waitingByGateway();

  /**
   * The total of a gateway's payments that require an action of the payer.
   *
   * @param oldest when the first of them was accepted
   * @param nextExpiry when the first of them is canceled
   * @param usd the sum of their amounts in US dollars
   */
  record WaitingTotal(
      String gateway, long count, Instant oldest, Instant nextExpiry, BigDecimal usd) {}

  /**
   * The total of a gateway's authorized payments.
   *
   * @param nextExpiry when the first of them expires
   * @param usd the sum of their amounts in US dollars
   */
  record AuthorizedTotal(String gateway, long count, Instant nextExpiry, BigDecimal usd) {}

  /**
   * Returns the numbers of payments by status.
   *
   * @param max the highest number to count to
   */
  @Timed(Operation.LEDGER_LIST)
  Future<StatusCounts> count(int max);

  /** Succeeds if the ledger is writable. */
  @Timed(Operation.LEDGER_CHECK)
  Future<Void> check();
}
