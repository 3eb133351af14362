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
  static final Duration RUN_INTERVAL = Duration.ofSeconds(1);

  private final Supplier<Future<Duration>> age;
  private final PaymentMetrics paymentMetrics;
  private final PeriodicTask periodicTask;

  private PublicationLagMonitor(
      Supplier<Future<Duration>> age, PaymentMetrics paymentMetrics, Scheduler scheduler) {
    this.age = age;
    this.paymentMetrics = paymentMetrics;
    this.periodicTask = new PeriodicTask(scheduler, RUN_INTERVAL, this::run);
  }

  /** Returns a monitor for a cluster, to which events are published. */
  public static PublicationLagMonitor forCluster(
      PublicationLog publicationLog, PaymentMetrics paymentMetrics, Scheduler scheduler) {
    return new PublicationLagMonitor(
        publicationLog::oldestUnpublishedAge, paymentMetrics, scheduler);
  }

  /** Returns a monitor without a cluster: clients read events directly from the ledger. */
  public static PublicationLagMonitor forReaders(
      PaymentEventLog paymentEventLog, PaymentMetrics paymentMetrics, Scheduler scheduler) {
    return new PublicationLagMonitor(paymentEventLog::heldBackAge, paymentMetrics, scheduler);
  }

  /** Starts the task; it runs until {@link #stop}. */
  public void start() {
    periodicTask.start();
  }

  /** Starts no further run. */
  public void stop() {
    periodicTask.stop();
  }

  private Future<?> run() {
    return Futures.attempt(age)
        .onSuccess(paymentMetrics::showPublicationLag)
        .onFailure(
            failure ->
                Futures.logUnlessUnavailable("Cannot read the age of unpublished events", failure));
  }
}
