package dev.paymeter.bus;

import dev.paymeter.payment.PaymentEvent;
import java.util.List;

/**
 * Events in their order: the reply to {@link FindHistory} and {@link ReadEvents}.
 *
 * @param end the position after them
 */
public record EventsReply(List<PaymentEvent> changes, PaymentEvent.Position end) {
  public EventsReply {
    changes = List.copyOf(changes);
  }

  /** Returns the events that were found after a position. */
  static EventsReply after(PaymentEvent.Position position, List<PaymentEvent> found) {
    return new EventsReply(
        found, found.isEmpty() ? position : found.get(found.size() - 1).position());
  }
}
