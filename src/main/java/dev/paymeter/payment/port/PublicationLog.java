package dev.paymeter.payment.port;

import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;

/**
 * Port: up to where the cluster was told of changes, and which of its instances tells it. Every
 * operation fails with {@link LedgerUnavailableException} when the ledger cannot be reached in
 * time.
 */
public interface PublicationLog {
  /**
   * Takes, or keeps, the right to tell the cluster.
   *
   * @param holder who asks, the same each time
   * @return up to where it was told; nothing where another has the right
   */
  @Timed(Operation.EVENTS_LEASE)
  Future<Optional<PaymentEvent.Position>> lead(String holder, Duration lease);

  /** Remembers up to where the cluster was told, unless another has the right by now. */
  @Timed(Operation.EVENTS_PUBLISH)
  Future<Void> published(String holder, PaymentEvent.Position place);

  /**
   * How old the first committed change is that the cluster was not told of, by the ledger's clock:
   * nobody tells it, or it cannot be read yet (see {@link PaymentEventLog#heldBack}). Zero where
   * there is none.
   */
  @Timed(Operation.EVENTS_READ)
  Future<Duration> unpublished();

  /** Gives the right back, if it is the holder's. */
  @Timed(Operation.EVENTS_PUBLISH)
  Future<Void> leave(String holder);
}
