package dev.paymeter.payment;

/**
 * The progress of a reader of events.
 *
 * @param generation the newest generation of the ledger that the reader knows; empty before the
 *     first event
 * @param position the position of the last event; it may be in an earlier generation
 */
public record EventOffset(String generation, PaymentEvent.Position position) {
  /** The offset before all events. */
  public static final EventOffset START = after(PaymentEvent.Position.START);

  /** Returns the offset of a reader that knows an event, and nothing else. */
  public static EventOffset after(PaymentEvent.Position position) {
    return new EventOffset(position.generation(), position);
  }
}
