package dev.paymeter.payment.service;

import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.PublicationLog;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Looks again and again how far the telling of events is behind, and shows it. One runs in each
 * instance.
 */
public final class PublicationLagMonitor {
  static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final Supplier<Future<Duration>> age;
  private final PaymentMetrics paymentMetrics;
  private final PeriodicTask periodicTask;

  private PublicationLagMonitor(
      Supplier<Future<Duration>> age, PaymentMetrics paymentMetrics, Scheduler scheduler) {
    this.age = age;
    this.paymentMetrics = paymentMetrics;
    this.periodicTask = new PeriodicTask(scheduler, BETWEEN_LOOKS, this::look);
  }

  /** One where a cluster is told of events: its readers, and those over HTTP, wait for the same. */
  public static PublicationLagMonitor ofCluster(
      PublicationLog publicationLog, PaymentMetrics paymentMetrics, Scheduler scheduler) {
    return new PublicationLagMonitor(publicationLog::unpublished, paymentMetrics, scheduler);
  }

  /** One where there is no cluster, and whoever reads events reads all that can be read. */
  public static PublicationLagMonitor ofReaders(
      PaymentEventLog paymentEventLog, PaymentMetrics paymentMetrics, Scheduler scheduler) {
    return new PublicationLagMonitor(paymentEventLog::heldBack, paymentMetrics, scheduler);
  }

  /** Begins, and goes on until it is stopped. */
  public void start() {
    periodicTask.start();
  }

  /** Begins nothing more. */
  public void stop() {
    periodicTask.stop();
  }

  private Future<?> look() {
    return Futures.attempt(age)
        .onSuccess(paymentMetrics::unpublished)
        .onFailure(
            failure ->
                Futures.logUnlessUnavailable("Cannot look for events that are held back", failure));
  }
}
