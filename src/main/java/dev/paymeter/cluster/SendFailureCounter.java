package dev.paymeter.cluster;

import io.vertx.core.Handler;
import io.vertx.core.eventbus.DeliveryContext;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.impl.OutboundDeliveryContext;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts messages to other members that could not be written to a connection, or whose address has
 * no consumer. This includes replies, whose failures Vert.x does not report. Local messages are not
 * counted. Safe from any thread.
 */
final class SendFailureCounter implements Handler<DeliveryContext<Object>> {
  private static final String REPLIES = "__vertx.reply.";

  private final LongAdder failures = new LongAdder();

  @Override
  public void handle(DeliveryContext<Object> context) {
    if (context instanceof OutboundDeliveryContext<?> sending && !sending.options.isLocalOnly()) {
      String address = sending.message.address();
      sending.writePromise.future().onFailure(cause -> count(address, cause));
    }
    context.next();
  }

  private void count(String address, Throwable cause) {
    // A reply without a consumer is one to a request of this process that has timed out.
    if (!(cause instanceof ReplyException && address.startsWith(REPLIES))) {
      failures.increment();
    }
  }

  long count() {
    return failures.sum();
  }
}
