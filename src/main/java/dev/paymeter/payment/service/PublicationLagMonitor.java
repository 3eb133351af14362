package dev.paymeter.payment.service;

import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.PublicationLog;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/** A periodic task of each instance that measures the age of the oldest unpublished event. */
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

  /** Returns a monitor for a cluster, to which events are published. */
  public static PublicationLagMonitor ofCluster(
      PublicationLog publicationLog, PaymentMetrics paymentMetrics, Scheduler scheduler) {
    return new PublicationLagMonitor(publicationLog::unpublished, paymentMetrics, scheduler);
  }

  /** Returns a monitor without a cluster: clients read events directly from the ledger. */
  public static PublicationLagMonitor ofReaders(
      PaymentEventLog paymentEventLog, PaymentMetrics paymentMetrics, Scheduler scheduler) {
    return new PublicationLagMonitor(paymentEventLog::heldBack, paymentMetrics, scheduler);
  }

  /** Starts the task; it runs until {@link #stop}. */
  public void start() {
    periodicTask.start();
  }

  /** Starts no further run. */
  public void stop() {
    periodicTask.stop();
  }

  private Future<?> look() {
    return Futures.attempt(age)
        .onSuccess(paymentMetrics::unpublished)
        .onFailure(
            failure ->
                Futures.logUnlessUnavailable("Cannot read the age of unpublished events", failure));
  }
}
