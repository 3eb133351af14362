package dev.paymeter.payment.service;

import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Leftovers;
import dev.paymeter.payment.port.Pauses;
import io.vertx.core.Future;
import java.time.Duration;

/**
 * Clears away what is left in the ledger of refused payments and refunds, and idempotency keys that
 * are old, in small steps. One runs in each instance.
 */
public final class Housekeeper {
  static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
  static final int MOST_KEYS = 500;

  private final Payments payments;
  private final Refunds refunds;
  private final Leftovers leftovers;
  private final Duration keyRetention;
  private final Rounds rounds;

  /**
   * @param keyRetention how long an idempotency key is kept at least
   */
  public Housekeeper(
      Payments payments,
      Refunds refunds,
      Leftovers leftovers,
      Duration keyRetention,
      Pauses pauses) {
    this.payments = payments;
    this.refunds = refunds;
    this.leftovers = leftovers;
    this.keyRetention = keyRetention;
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
    return Futures.attempt(() -> payments.withdrawRefused(leftovers))
        .compose(withdrawn -> refunds.withdrawRefused(leftovers))
        .compose(withdrawn -> forgetKeys())
        .onFailure(failure -> Futures.logUnlessUnavailable("Cannot clear the ledger up", failure));
  }

  /** Until none is left that is old. */
  private Future<Integer> forgetKeys() {
    return leftovers
        .forgetKeys(keyRetention, MOST_KEYS)
        .compose(
            forgotten -> forgotten < MOST_KEYS ? Future.succeededFuture(forgotten) : forgetKeys());
  }
}
