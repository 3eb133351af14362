package dev.paymeter.payment.port;

import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * Port: the committed events of all payments and instances, in a stable order. Events that are
 * committed later always follow every position already read. Every operation fails with {@link
 * LedgerUnavailableException} when the ledger does not respond in time.
 */
public interface PaymentEventLog {
  /**
   * Returns the first events after an offset, in order. A reader from another generation of the
   * ledger, or with a position that the ledger has not reached, is reset, and gets all events that
   * it cannot have seen.
   */
  @Timed(Operation.EVENTS_READ)
  Future<EventBatch> readAfter(EventOffset offset, int limit);

  /**
   * Returns the first events of a merchant's payments after an offset, as {@link
   * #readAfter(EventOffset, int)}. The events of other payments cost nothing.
   */
  @Timed(Operation.EVENTS_READ)
  Future<EventBatch> readAfter(EventOffset offset, int limit, String merchant);

  /** Returns the position of the last event that can be read now. */
  @Timed(Operation.EVENTS_READ)
  Future<PaymentEvent.Position> lastPosition();

  /**
   * Returns the age, by the ledger's clock, of the first committed event that cannot be read yet,
   * because an earlier transaction is still open. Zero if all events can be read.
   */
  @Timed(Operation.EVENTS_READ)
  Future<Duration> heldBackAge();

  /** Returns all events of one payment, in order. */
  @Timed(Operation.EVENTS_READ)
  Future<List<PaymentEvent>> readOf(UUID payment);
}
