package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/**
 * Responses to requests, as on a multiplexed connection: they may arrive late, repeatedly and in
 * any order. Safe from any thread.
 */
final class PendingResponses {
  private static final Runnable NOTHING = () -> {};

  private final AtomicReference<Runnable> held = new AtomicReference<>(NOTHING);
  private final LongAdder unexpected = new LongAdder();

  /** Delivers a response to a request, and then the response that was held back. */
  void deliver(Promise<GatewayResult> request, GatewayResult response) {
    if (!request.tryComplete(response)) {
      unexpected.increment();
    }
    held.getAndSet(NOTHING).run();
  }

  /**
   * Holds a response back until the next one has arrived. If one is held back already, this is the
   * next one, and both are delivered.
   *
   * @return delivers the response if it is still held back
   */
  Runnable holdBack(Promise<GatewayResult> request, GatewayResult response) {
    Runnable arrival = () -> deliver(request, response);
    if (!held.compareAndSet(NOTHING, arrival)) {
      arrival.run();
      return NOTHING;
    }
    return () -> {
      if (held.compareAndSet(arrival, NOTHING)) {
        arrival.run();
      }
    };
  }

  long unexpected() {
    return unexpected.sum();
  }
}
