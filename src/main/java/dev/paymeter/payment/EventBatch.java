package dev.paymeter.payment;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Events after an offset, in order.
 *
 * @param reset present if the reader is from another generation of the ledger: it may have seen
 *     events that the ledger does not contain any more
 * @param end the offset from which to continue
 */
public record EventBatch(Optional<Reset> reset, List<PaymentEvent> events, EventOffset end) {
  /**
   * The beginning of a generation, as readers of earlier ones are notified of it.
   *
   * @param position where the reader continues: before all events that it cannot have seen
   * @param generation the id of the generation
   * @param at when it began
   */
  public record Reset(PaymentEvent.Position position, String generation, Instant at) {}

  public EventBatch {
    events = List.copyOf(events);
  }

  /** Returns true if there is nothing to send. */
  public boolean isEmpty() {
    return reset.isEmpty() && events.isEmpty();
  }

  /** Returns the same events for a reader that has to be reset before. */
  public EventBatch after(Reset before) {
    return new EventBatch(Optional.of(before), events, end);
  }
}
