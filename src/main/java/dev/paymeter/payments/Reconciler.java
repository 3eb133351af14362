package dev.paymeter.payments;

import dev.paymeter.payments.Inquiries.Inquiry;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what became of payments whose outcome nobody knows: asks their gateways, again and
 * again with growing pauses, until there is evidence. One runs in each instance; the ledger deals
 * the payments out among them.
 */
public final class Reconciler {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
  static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  /** More than a gateway takes to answer. An instance that dies meanwhile costs so much time. */
  static final Duration LEASE = Duration.ofSeconds(30);

  private static final int MOST_AT_ONCE = 20;

  private final Payments payments;
  private final Inquiries inquiries;
  private final Observations observations;
  private final AtomicInteger running = new AtomicInteger();
  private final Rounds rounds;

  public Reconciler(
      Payments payments, Inquiries inquiries, Observations observations, Pauses pauses) {
    this.payments = payments;
    this.inquiries = inquiries;
    this.observations = observations;
    this.rounds = new Rounds(pauses, BETWEEN_LOOKS, this::look);
  }

  /** Begins, and goes on until it is stopped. */
  public void start() {
    rounds.start();
  }

  /** Begins nothing more. */
  public void stop() {
    rounds.stop();
  }

  private Future<?> look() {
    return Payments.attempt(() -> inquiries.take(MOST_AT_ONCE - running.get(), LEASE))
        .onSuccess(taken -> taken.forEach(this::inquire))
        .compose(taken -> inquiries.unknown())
        .onSuccess(observations::unknown)
        .onFailure(failure -> Rounds.tell("Cannot look for unknown payments", failure))
        .mapEmpty();
  }

  private void inquire(Inquiry inquiry) {
    running.incrementAndGet();
    payments
        .resolve(inquiry.payment())
        .<Void>mapEmpty()
        .recover(noEvidence -> postpone(inquiry, noEvidence))
        .onComplete(done -> running.decrementAndGet());
  }

  private Future<Void> postpone(Inquiry inquiry, Throwable noEvidence) {
    Duration pause = pause(inquiry.number());
    log.atWarn()
        .addKeyValue("payment_id", inquiry.payment().id())
        .addKeyValue("gateway", inquiry.payment().order().gateway())
        .log(
            "Payment still unknown; asking again in {} s: {}",
            pause.toSeconds(),
            noEvidence.getMessage());
    return Payments.attempt(() -> inquiries.postpone(inquiry.payment().id(), pause));
  }

  /** Doubles each time. */
  static Duration pause(int number) {
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(number - 1, 20));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }
}
