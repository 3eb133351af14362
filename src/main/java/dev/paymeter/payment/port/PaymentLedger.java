package dev.paymeter.payment.port;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Port: the books. What its futures confirm is committed and survives a crash. Every operation
 * fails with {@link LedgerUnavailableException} when the books cannot be reached in time; the
 * operation may then have happened or not.
 */
public interface PaymentLedger {
  /**
   * Commits a pending payment.
   *
   * @return fails with {@link SupersededException} when another process has taken over the identity
   */
  @Timed(Operation.LEDGER_INSERT)
  Future<Void> open(Payment pending);

  /**
   * Commits a pending payment together with its idempotency key, unless something stands there
   * under that key.
   *
   * @return what stands there; nothing where the payment is open now; fails as {@link #open}
   */
  @Timed(Operation.LEDGER_INSERT)
  Future<Optional<IdempotencyRecord<Payment>>> open(Payment pending, IdempotencyKey key);

  /**
   * Commits that another gateway is to charge a pending payment. Only while it is still to be
   * charged by this process, at the gateway where it was.
   *
   * @param from that gateway
   * @return whether it is so now; after {@link LedgerUnavailableException} nobody may be asked to
   *     charge it
   */
  @Timed(Operation.LEDGER_REROUTE)
  Future<Boolean> reroute(Payment pending, String from);

  /**
   * Commits that nobody knows how a pending payment ended. Safe to repeat.
   *
   * @return the payment as it stands afterwards: so, or settled meanwhile; fails with {@link
   *     SettlementConflictException} when it does not exist
   */
  @Timed(Operation.LEDGER_MARK_UNKNOWN)
  Future<Payment> doubt(Payment unknown);

  /**
   * Commits how a payment ended. Safe to repeat: a payment that ended just so already is left as it
   * is.
   *
   * @return the payment as it stands afterwards: the same, or one that another process has settled
   *     to the same end; fails with {@link SettlementConflictException} when the payment does not
   *     exist or ended in another way, and with {@link SupersededException} when another process
   *     has taken over the identity
   */
  @Timed(Operation.LEDGER_SETTLE)
  Future<Payment> settle(Payment settled);

  @Timed(Operation.LEDGER_FIND)
  Future<Optional<Payment>> find(UUID id);

  /**
   * Payments as they stand now, newest first: by {@code created_at}, then by id, as unsigned bytes.
   *
   * @param after only those that come behind this place; null for all
   * @param most how many at most
   */
  @Timed(Operation.LEDGER_LIST)
  Future<List<Payment>> list(PaymentFilter filter, PaymentPage.@Nullable Position after, int most);

  /** Succeeds when the books can be written now. */
  @Timed(Operation.LEDGER_CHECK)
  Future<Void> check();
}
