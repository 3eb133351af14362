package dev.paymeter.bus;

import dev.paymeter.payment.PaymentEvent;
import java.util.List;

/**
 * Events in order: the reply to {@link FindHistory} and {@link ReadEvents}.
 *
 * @param end the position from which to continue: of the last event or, without events, the
 *     requested one
 */
public record EventsReply(List<PaymentEvent> events, PaymentEvent.Position end) {
  public EventsReply {
    events = List.copyOf(events);
  }

  static EventsReply after(PaymentEvent.Position position, List<PaymentEvent> found) {
    return new EventsReply(
        found, found.isEmpty() ? position : found.get(found.size() - 1).position());
  }
}
