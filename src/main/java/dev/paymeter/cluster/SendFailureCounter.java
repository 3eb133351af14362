package dev.paymeter.cluster;

import io.vertx.core.Handler;
import io.vertx.core.eventbus.DeliveryContext;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.impl.OutboundDeliveryContext;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts messages to other members that could not be handed to a connection, or whose address no
 * member takes. Replies are among them, of which Vert.x tells nobody. What stays in this process
 * does not count. Safe from any thread.
 */
final class SendFailureCounter implements Handler<DeliveryContext<Object>> {
  private static final String REPLIES = "__vertx.reply.";

  private final LongAdder failures = new LongAdder();

  @Override
  public void handle(DeliveryContext<Object> context) {
    if (context instanceof OutboundDeliveryContext<?> sending && !sending.options.isLocalOnly()) {
      String address = sending.message.address();
      sending.writePromise.future().onFailure(why -> count(address, why));
    }
    context.next();
  }

  private void count(String address, Throwable why) {
    // That nobody takes a reply is known of requests from this process only: one who gave up.
    if (!(why instanceof ReplyException && address.startsWith(REPLIES))) {
      failures.increment();
    }
  }

  long count() {
    return failures.sum();
  }
}
