package dev.paymeter.bus;

import dev.paymeter.payments.Paid;
import dev.paymeter.payments.RequestRefusedException;
import io.vertx.core.Future;

/** What a payment verticle answers: values, since a failed message keeps a number and a text. */
public sealed interface PaymentReply {
  /** The payment as it stands. */
  record Found(Paid paid) implements PaymentReply {}

  /** Nothing was done. */
  record Refused(RequestRefusedException why) implements PaymentReply {}

  /** The payment, or the refusal as a failure. */
  default Future<Paid> asFuture() {
    return this instanceof Refused refused
        ? Future.failedFuture(refused.why())
        : Future.succeededFuture(((Found) this).paid());
  }
}
