package dev.paymeter.bus;

import dev.paymeter.payments.RefundPage;
import dev.paymeter.payments.Refunded;
import dev.paymeter.payments.RequestRefusedException;
import io.vertx.core.Future;

/** What a refund verticle answers: values, as {@link PaymentReply}. */
public sealed interface RefundReply {
  /** The refund as it stands. */
  record Found(Refunded refunded) implements RefundReply {}

  /** What was asked for of a list. */
  record Listed(RefundPage page) implements RefundReply {}

  /** Nothing was done. */
  record Refused(RequestRefusedException why) implements RefundReply {}

  /** The refund, or the refusal as a failure. */
  default Future<Refunded> asRefund() {
    return this instanceof Refused refused
        ? Future.failedFuture(refused.why())
        : Future.succeededFuture(((Found) this).refunded());
  }

  /** The part of the list, or the refusal as a failure. */
  default Future<RefundPage> asPage() {
    return this instanceof Refused refused
        ? Future.failedFuture(refused.why())
        : Future.succeededFuture(((Listed) this).page());
  }
}
