package dev.paymeter.gateways.simulator;

import dev.paymeter.payments.Authorization;
import dev.paymeter.payments.Payment;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a simulated gateway receives.
 *
 * @param decision how a payment that is new is answered, by its number; absent where somebody asks
 *     what became of one
 */
record Request(Payment payment, @Nullable LongFunction<Authorization> decision) {
  static Request charge(Payment payment, LongFunction<Authorization> decision) {
    return new Request(payment, decision);
  }

  static Request inquiry(Payment payment) {
    return new Request(payment, null);
  }

  /**
   * What became of a request, once that is in the journal.
   *
   * @param number of a payment that was new, from 1; 0 of one that the gateway knew
   */
  record Verdict(Authorization answer, long number) {}
}
