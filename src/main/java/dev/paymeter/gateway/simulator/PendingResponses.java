package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/**
 * Requests that wait for a response, by number, as on a multiplexed connection: responses may
 * arrive late, repeatedly and in any order. Safe from any thread.
 */
final class PendingResponses {
  private static final Runnable NOTHING = () -> {};

  private final Map<Long, Reply<GatewayResult>> waiting = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicReference<Runnable> held = new AtomicReference<>(NOTHING);
  private final LongAdder unexpected = new LongAdder();

  /** Request that waits for its response. */
  record Slot(long number, Future<GatewayResult> response) {}

  Slot register() {
    long number = numbers.incrementAndGet();
    Reply<GatewayResult> reply = Reply.onCurrentContext();
    waiting.put(number, reply);
    return new Slot(number, reply.future());
  }

  /** Delivers a response, and then the response that was held back. */
  void deliver(Slot slot, GatewayResult response) {
    Reply<GatewayResult> reply = waiting.remove(slot.number());
    if (reply == null) {
      unexpected.increment();
    } else {
      reply.complete(response);
    }
    held.getAndSet(NOTHING).run();
  }

  void fail(Slot slot, Throwable cause) {
    Reply<GatewayResult> reply = waiting.remove(slot.number());
    if (reply != null) {
      reply.fail(cause);
    }
  }

  /** Removes a request that will get no response. */
  void discard(Slot slot) {
    waiting.remove(slot.number());
  }

  /**
   * Holds a response back until the next one has arrived. If one is held back already, this is the
   * next one, and both are delivered.
   *
   * @return delivers the response if it is still held back
   */
  Runnable holdBack(Slot slot, GatewayResult response) {
    Runnable arrival = () -> deliver(slot, response);
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

  /** Returns the number of responses without a waiting request. */
  long unexpected() {
    return unexpected.sum();
  }
}
