package dev.paymeter.bus;

import dev.paymeter.json.EventJson;
import dev.paymeter.payment.Change;
import dev.paymeter.payment.port.Changes;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Publication;
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
public final class EventVerticle extends VerticleBase {
  /** Between two looks into the ledger; so late an event is at most when little is going on. */
  static final Duration PAUSE = Duration.ofMillis(100);

  static final Duration LEASE = Duration.ofSeconds(5);

  /** Each of them is kept in memory for a moment, some kilobytes. */
  static final int MOST_AT_ONCE = 500;

  private final Changes changes;
  private final Publication publication;
  private final String holder;
  private final LongSupplier nanoTime;

  private Change.@Nullable Position told;
  private long leaseBegan;
  private boolean stopped;
  private Future<?> round = Future.succeededFuture();

  /**
   * @param holder names this process, and no other
   * @param nanoTime a monotonic clock in nanoseconds
   */
  public EventVerticle(
      Changes changes, Publication publication, String holder, LongSupplier nanoTime) {
    this.changes = changes;
    this.publication = publication;
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
        done -> told == null ? Future.succeededFuture() : publication.leave(holder));
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
    return publication
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

  private Future<?> tell(Change.Position after) {
    return changes
        .after(after, MOST_AT_ONCE)
        .compose(
            found -> {
              if (found.isEmpty() || nanoTime.getAsLong() - leaseBegan > LEASE.toNanos() / 2) {
                return Future.succeededFuture();
              }
              publish(found);
              Change.Position last = found.get(found.size() - 1).position();
              told = last;
              return publication
                  .published(holder, last)
                  .compose(
                      written ->
                          found.size() == MOST_AT_ONCE && !stopped
                              ? look()
                              : Future.succeededFuture());
            });
  }

  private void publish(List<Change> found) {
    found.forEach(change -> vertx.eventBus().publish(Addresses.EVENTS, EventJson.write(change)));
  }
}
