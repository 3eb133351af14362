package dev.paymeter.bus;

import dev.paymeter.payment.Dispute;
import java.util.List;

/** The disputes of one payment, in order: the reply to {@link ListDisputes}. */
public record DisputesReply(List<Dispute> disputes) {
  public DisputesReply {
    disputes = List.copyOf(disputes);
  }
}
