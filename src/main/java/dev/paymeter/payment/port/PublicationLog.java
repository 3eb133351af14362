package dev.paymeter.payment.port;

import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;

/**
 * Port: the offset up to which events were published to the cluster, and the lease of the
 * publishing instance. Every operation fails with {@link LedgerUnavailableException} when the
 * ledger does not respond in time.
 */
public interface PublicationLog {
  /**
   * Acquires or renews the lease for publishing.
   *
   * @param holder the caller's name, the same at each call
   * @return the published offset; empty if another instance holds the lease
   */
  @Timed(Operation.EVENTS_LEASE)
  Future<Optional<EventOffset>> acquireLease(String holder, Duration lease);

  /** Stores the published offset, unless another instance holds the lease. */
  @Timed(Operation.EVENTS_PUBLISH)
  Future<Void> saveOffset(String holder, EventOffset offset);

  /**
   * Returns the age, by the ledger's clock, of the first committed event that is not published:
   * because no instance publishes, or because it cannot be read yet (see {@link
   * PaymentEventLog#heldBackAge}). Zero if there is none.
   */
  @Timed(Operation.EVENTS_READ)
  Future<Duration> oldestUnpublishedAge();

  /** Releases the lease, if the caller holds it. */
  @Timed(Operation.EVENTS_PUBLISH)
  Future<Void> releaseLease(String holder);
}
