package dev.paymeter.bus;

import dev.paymeter.payment.PaymentEvent;
import java.util.List;

/**
 * Events in their order: the reply to {@link FindHistory} and {@link ReadChanges}.
 *
 * @param end the position after them
 */
public record ChangesReply(List<PaymentEvent> changes, PaymentEvent.Position end) {
  public ChangesReply {
    changes = List.copyOf(changes);
  }

  /** Returns the events that were found after a position. */
  static ChangesReply after(PaymentEvent.Position position, List<PaymentEvent> found) {
    return new ChangesReply(
        found, found.isEmpty() ? position : found.get(found.size() - 1).position());
  }
}
