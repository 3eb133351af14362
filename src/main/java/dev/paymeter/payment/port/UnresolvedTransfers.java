package dev.paymeter.payment.port;

import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Port: payments, or refunds, of which nobody knows how they ended, of all instances of one ledger.
 * Every operation fails with {@link LedgerUnavailableException} when the ledger cannot be reached
 * in time.
 */
public interface UnresolvedTransfers<T extends Transfer<T>> {
  /**
   * Takes those whose gateway is to be asked now. Those that a process has left pending that lives
   * no more become unknown by this.
   *
   * @param most how many at once
   * @param lease for so long nobody else gets them
   * @param without gateways that are not to be asked now
   */
  @Timed(Operation.UNRESOLVED_TAKE)
  Future<List<Inquiry<T>>> take(int most, Duration lease, Set<String> without);

  /**
   * A payment or refund whose gateway is to be asked.
   *
   * @param number how often it was taken, this time included
   */
  record Inquiry<T extends Transfer<T>>(T transfer, int number) {}

  /** Leaves one to be taken again after a pause. */
  @Timed(Operation.UNRESOLVED_POSTPONE)
  Future<Void> postpone(UUID id, Duration pause);

  /** What is unknown now, by gateway; a gateway with nothing unknown is not among them. */
  @Timed(Operation.UNRESOLVED_READ)
  Future<List<Unknown>> unknown();

  /**
   * What is unknown of one gateway's payments or refunds.
   *
   * @param oldest since when nobody knows of the first of them
   * @param usd their amounts together, in US dollars
   */
  record Unknown(String gateway, long count, Instant oldest, BigDecimal usd) {}
}
