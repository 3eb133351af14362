package dev.paymeter.bus;

import dev.paymeter.json.EventJson;
import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.payment.port.PublicationLog;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.service.PeriodicTask;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Publishes every committed event to the cluster, in order, at {@link Addresses#EVENTS}. Each
 * instance deploys one; a lease in the ledger lets one of them publish at a time, and the ledger
 * stores the published offset. After a crash or a failed write, the next publisher resumes there:
 * an event may be repeated under the same id, but none is lost.
 */
public final class EventPublisherVerticle extends VerticleBase {
  /** Interval of queries; the maximum delay of an event under low load. */
  static final Duration POLL_INTERVAL = Duration.ofMillis(100);

  static final Duration LEASE_DURATION = Duration.ofSeconds(5);

  /** Maximum number of events per query; each takes some kilobytes of memory. */
  static final int MAX_BATCH = 500;

  private final PaymentEventLog paymentEventLog;
  private final PublicationLog publicationLog;
  private final String holder;
  private final LongSupplier nanoTime;
  private final PeriodicTask polling;

  private @Nullable EventOffset published;
  private long leaseStart;
  private boolean stopped;

  /**
   * @param holder unique name of this process
   * @param nanoTime a monotonic clock in nanoseconds
   */
  public EventPublisherVerticle(
      PaymentEventLog paymentEventLog,
      PublicationLog publicationLog,
      String holder,
      Scheduler scheduler,
      LongSupplier nanoTime) {
    this.paymentEventLog = paymentEventLog;
    this.publicationLog = publicationLog;
    this.holder = holder;
    this.nanoTime = nanoTime;
    this.polling = new PeriodicTask(scheduler, POLL_INTERVAL, this::poll);
  }

  @Override
  public Future<?> start() {
    polling.start();
    return Future.succeededFuture();
  }

  /** Completes when the current query has finished and the lease is released. */
  @Override
  public Future<?> stop() {
    stopped = true;
    return polling
        .stop()
        .transform(
            done ->
                published == null ? Future.succeededFuture() : publicationLog.releaseLease(holder));
  }

  private Future<?> poll() {
    return acquireLease()
        .compose(acquired -> published == null ? Future.succeededFuture() : publishAfter(published))
        .onFailure(
            failure -> Futures.logUnlessUnavailable("Cannot publish payment events", failure));
  }

  /**
   * Acquires the lease, or renews it after a third of its duration. The duration is measured from
   * before the request, so the lease is never assumed to be valid for too long.
   */
  private Future<?> acquireLease() {
    long now = nanoTime.getAsLong();
    if (published != null && now - leaseStart < LEASE_DURATION.toNanos() / 3) {
      return Future.succeededFuture();
    }
    return publicationLog
        .acquireLease(holder, LEASE_DURATION)
        .onComplete(
            offset -> {
              if (offset.isEmpty()) {
                published = null;
              } else if (published == null) {
                published = offset.get();
              }
              leaseStart = now;
            },
            failure -> published = null);
  }

  private Future<?> publishAfter(EventOffset after) {
    return paymentEventLog
        .readAfter(after, MAX_BATCH)
        .compose(
            batch -> {
              if (batch.isEmpty()
                  || nanoTime.getAsLong() - leaseStart > LEASE_DURATION.toNanos() / 2) {
                return Future.succeededFuture();
              }
              publish(batch);
              published = batch.end();
              return publicationLog
                  .saveOffset(holder, batch.end())
                  .compose(
                      written ->
                          batch.events().size() == MAX_BATCH && !stopped
                              ? poll()
                              : Future.succeededFuture());
            });
  }

  private void publish(EventBatch batch) {
    batch.reset().map(EventJson::write).ifPresent(this::publish);
    batch.events().forEach(event -> publish(EventJson.write(event)));
  }

  private void publish(JsonObject message) {
    vertx.eventBus().publish(Addresses.EVENTS, message);
  }
}
