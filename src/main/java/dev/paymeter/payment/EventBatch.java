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

  /**
   * Returns the same events with a later end, unless the position is not later, or in a generation
   * that the reader does not know yet.
   */
  public EventBatch endingAt(PaymentEvent.Position position) {
    boolean isKnown =
        end.equals(EventOffset.START) || end.generation().equals(position.generation());
    return isKnown && end.position().isBefore(position)
        ? new EventBatch(reset, events, EventOffset.after(position))
        : this;
  }

  /** Returns those events that a reader with limited access may see, with the same end. */
  public EventBatch of(Access access) {
    return access.equals(Access.ALL)
        ? this
        : new EventBatch(reset, events.stream().filter(access::includes).toList(), end);
  }

  /** Returns the same events for a reader that has to be reset before. */
  public EventBatch after(Reset before) {
    return new EventBatch(Optional.of(before), events, end);
  }
}
