package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/**
 * Where a gateway's answers arrive, in any order and any number, as on a connection that many
 * requests share: each finds the request that waits for it by its number. Safe from any thread.
 */
final class PendingResponses {
  private static final Runnable NOTHING = () -> {};

  private final Map<Long, Reply<GatewayResult>> waiting = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicReference<Runnable> held = new AtomicReference<>(NOTHING);
  private final LongAdder unwanted = new LongAdder();

  /** One request's answer. */
  record Slot(long number, Future<GatewayResult> answer) {}

  Slot await() {
    long number = numbers.incrementAndGet();
    Reply<GatewayResult> reply = Reply.here();
    waiting.put(number, reply);
    return new Slot(number, reply.future());
  }

  /** An answer arrives, and after it the one that was held back. */
  void deliver(Slot slot, GatewayResult answer) {
    Reply<GatewayResult> reply = waiting.remove(slot.number());
    if (reply == null) {
      unwanted.increment();
    } else {
      reply.complete(answer);
    }
    held.getAndSet(NOTHING).run();
  }

  void fail(Slot slot, Throwable why) {
    Reply<GatewayResult> reply = waiting.remove(slot.number());
    if (reply != null) {
      reply.fail(why);
    }
  }

  /** No answer will ever come. */
  void forget(Slot slot) {
    waiting.remove(slot.number());
  }

  /**
   * Holds an answer back until the next one has arrived. Where one is held already, this is the
   * next.
   *
   * @return lets it go, if it is held still
   */
  Runnable hold(Slot slot, GatewayResult answer) {
    Runnable arrival = () -> deliver(slot, answer);
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

  /** How many answers nobody waited for, or waited for any more. */
  long unwanted() {
    return unwanted.sum();
  }
}
