package dev.paymeter.bus;

import dev.paymeter.payment.PaymentEvent;
import java.util.List;

/** The events of one payment, in order: the reply to {@link FindHistory}. */
public record EventsReply(List<PaymentEvent> events) {
  public EventsReply {
    events = List.copyOf(events);
  }
}
