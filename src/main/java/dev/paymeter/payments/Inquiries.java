package dev.paymeter.payments;

import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Port: payments of which nobody knows how they ended, of all instances of one ledger. Every
 * operation fails with {@link LedgerUnavailableException} when the ledger cannot be reached in
 * time.
 */
public interface Inquiries {
  /**
   * Takes payments whose gateway is to be asked now. Those that a process has left pending that
   * lives no more become unknown by this.
   *
   * @param most how many at once
   * @param lease for so long nobody else gets them
   */
  Future<List<Inquiry>> take(int most, Duration lease);

  /**
   * A payment whose gateway is to be asked.
   *
   * @param number how often it was taken, this time included
   */
  record Inquiry(Payment payment, int number) {}

  /** Leaves a payment to be taken again after a pause. */
  Future<Void> postpone(UUID payment, Duration pause);

  /** What is unknown now, by gateway; a gateway with nothing unknown is not among them. */
  Future<List<Unknown>> unknown();

  /**
   * What is unknown of one gateway's payments.
   *
   * @param oldest since when nobody knows of the first of them
   * @param usd their amounts together, in US dollars
   */
  record Unknown(String gateway, long count, Instant oldest, BigDecimal usd) {}
}
