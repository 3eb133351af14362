package dev.paymeter.bus;

import dev.paymeter.payments.PaymentPage;
import dev.paymeter.payments.RequestRefusedException;
import io.vertx.core.Future;

/** What is answered to {@link ListPayments}. */
public sealed interface ListReply {
  record Listed(PaymentPage page) implements ListReply {}

  record Refused(RequestRefusedException why) implements ListReply {}

  /** The part, or the refusal as a failure. */
  default Future<PaymentPage> asFuture() {
    return this instanceof Refused refused
        ? Future.failedFuture(refused.why())
        : Future.succeededFuture(((Listed) this).page());
  }
}
