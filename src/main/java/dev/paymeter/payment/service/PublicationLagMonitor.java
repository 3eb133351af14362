package dev.paymeter.payment.service;

import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/** A periodic task of each instance that measures the age of the oldest unpublished event. */
public final class PublicationLagMonitor {
  static final Duration RUN_INTERVAL = Duration.ofSeconds(1);

  private PublicationLagMonitor() {}

  /** Returns a monitor, which is not started. */
  public static PeriodicTask of(
      Supplier<Future<Duration>> age, PaymentMetrics paymentMetrics, Scheduler scheduler) {
    return new PeriodicTask(
        scheduler,
        RUN_INTERVAL,
        () ->
            Futures.attempt(age)
                .onSuccess(paymentMetrics::showPublicationLag)
                .onFailure(
                    failure ->
                        Futures.logUnlessUnavailable(
                            "Cannot read the age of unpublished events", failure)));
  }
}
