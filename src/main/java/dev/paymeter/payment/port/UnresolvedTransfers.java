package dev.paymeter.payment.port;

import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Port: the unresolved payments or refunds of all instances of one ledger. Every operation fails
 * with {@link LedgerUnavailableException} when the ledger does not respond in time.
 */
public interface UnresolvedTransfers<T extends Transfer<T>> {
  /**
   * Takes transfers that are due for an inquiry, and whose payment has one of these accounts, or
   * was not submitted to its gateway. Marks transfers unknown that an ended process left pending;
   * their duration ends at the latest with the gateway's timeout. Likewise, payments whose
   * authorization may have expired, with a void to be carried out, and payments whose payer did not
   * act in time, to be canceled. Takes payments that require an action, too. Takes nothing while an
   * instance that may be running has not found out whether the ledger lacks what it has counted.
   *
   * @param demands the accounts at which the caller can inquire
   * @param lease the time during which no other caller gets the transfers
   */
  @Timed(Operation.UNRESOLVED_TAKE)
  Future<List<Inquiry<T>>> take(List<Demand> demands, Duration lease);

  /**
   * An account at which the caller can inquire.
   *
   * @param limit the maximum number of transfers to take, not negative
   */
  record Demand(GatewayAccount account, int limit) {}

  /**
   * A payment or refund that is due for an inquiry.
   *
   * @param attempt how often it was taken, from 1
   */
  record Inquiry<T extends Transfer<T>>(T transfer, int attempt) {}

  /**
   * Returns a transfer of any status, with all that an inquiry needs.
   *
   * @return empty if there is none, or while nothing may be taken (see {@link #take})
   */
  @Timed(Operation.UNRESOLVED_FIND)
  Future<Optional<T>> find(UUID id);

  /** Makes an unresolved transfer due again after a pause. */
  @Timed(Operation.UNRESOLVED_POSTPONE)
  Future<Void> postpone(UUID id, Duration pause);

  /** Returns the totals of unknown transfers, by gateway; omits gateways without any. */
  @Timed(Operation.UNRESOLVED_READ)
  Future<List<UnknownTotal>> unknownByGateway();

  /**
   * The total of a gateway's unknown payments or refunds.
   *
   * @param oldest when the first of them was marked unknown
   * @param usd the sum of their amounts in US dollars
   */
  record UnknownTotal(String gateway, long count, Instant oldest, BigDecimal usd) {}
}
