package dev.paymeter.bus;

import dev.paymeter.json.EventJson;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.payment.port.PublicationLog;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the cluster of every committed change, in order, at {@link Addresses#EVENTS}. Each instance
 * has one; the ledger lets one of them speak at a time, and remembers how far it came. Where the
 * one that spoke dies, or the ledger does not take its word, the next begins where that is known to
 * have been: a change may be told twice, under the same id, and none is left out.
 */
public final class EventPublisherVerticle extends VerticleBase {
  /** Between two looks into the ledger; so late an event is at most when little is going on. */
  static final Duration PAUSE = Duration.ofMillis(100);

  static final Duration LEASE = Duration.ofSeconds(5);

  /** Each of them is kept in memory for a moment, some kilobytes. */
  static final int MOST_AT_ONCE = 500;

  private final PaymentEventLog paymentEventLog;
  private final PublicationLog publicationLog;
  private final String holder;
  private final LongSupplier nanoTime;

  private PaymentEvent.@Nullable Position told;
  private long leaseBegan;
  private boolean stopped;
  private Future<?> round = Future.succeededFuture();

  /**
   * @param holder names this process, and no other
   * @param nanoTime a monotonic clock in nanoseconds
   */
  public EventPublisherVerticle(
      PaymentEventLog paymentEventLog,
      PublicationLog publicationLog,
      String holder,
      LongSupplier nanoTime) {
    this.paymentEventLog = paymentEventLog;
    this.publicationLog = publicationLog;
    this.holder = holder;
    this.nanoTime = nanoTime;
  }

  @Override
  public Future<?> start() {
    next();
    return Future.succeededFuture();
  }

  /** Completes when what was being told is told, and another may go on. */
  @Override
  public Future<?> stop() {
    stopped = true;
    return round.transform(
        done -> told == null ? Future.succeededFuture() : publicationLog.leave(holder));
  }

  private void next() {
    if (!stopped) {
      round = look();
      round.onComplete(done -> vertx.setTimer(PAUSE.toMillis(), due -> next()));
    }
  }

  private Future<?> look() {
    return lead()
        .compose(leads -> told == null ? Future.succeededFuture() : tell(told))
        .onFailure(
            failure ->
                Futures.logUnlessUnavailable(
                    "Cannot tell the cluster of payments' changes", failure));
  }

  /** Asks anew long before the lease ends, and believes in it no longer than it surely lasts. */
  private Future<?> lead() {
    long now = nanoTime.getAsLong();
    if (told != null && now - leaseBegan < LEASE.toNanos() / 3) {
      return Future.succeededFuture();
    }
    return publicationLog
        .lead(holder, LEASE)
        .onComplete(
            place -> {
              if (place.isEmpty()) {
                told = null;
              } else if (told == null) {
                told = place.get();
              }
              leaseBegan = now;
            },
            failure -> told = null);
  }

  private Future<?> tell(PaymentEvent.Position after) {
    return paymentEventLog
        .after(after, MOST_AT_ONCE)
        .compose(
            found -> {
              if (found.isEmpty() || nanoTime.getAsLong() - leaseBegan > LEASE.toNanos() / 2) {
                return Future.succeededFuture();
              }
              publish(found);
              PaymentEvent.Position last = found.get(found.size() - 1).position();
              told = last;
              return publicationLog
                  .published(holder, last)
                  .compose(
                      written ->
                          found.size() == MOST_AT_ONCE && !stopped
                              ? look()
                              : Future.succeededFuture());
            });
  }

  private void publish(List<PaymentEvent> found) {
    found.forEach(
        paymentEvent -> vertx.eventBus().publish(Addresses.EVENTS, EventJson.write(paymentEvent)));
  }
}
