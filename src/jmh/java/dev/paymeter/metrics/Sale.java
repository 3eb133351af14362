package dev.paymeter.metrics;

import dev.paymeter.payment.Payment;
import dev.paymeter.support.payment.TestOrders;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A successful payment to record. The compared libraries get its values as numbers and need not
 * extract them from the payment.
 */
record Sale(Payment payment, double seconds, double usd) {

  /** Returns sales of all kinds in a reproducible random order. */
  static Sale[] mixed(int count) {
    SplittableRandom random = new SplittableRandom(1);
    Sale[] sales = new Sale[count];
    for (int i = 0; i < count; i++) {
      Payment payment =
          TestOrders.order()
              .of(
                  String.valueOf(random.nextInt(1, 100_000)),
                  one(TestOrders.ALLOWED_VALUES.currencies(), random))
              .tier(one(TestOrders.ALLOWED_VALUES.tiers(), random))
              .method(one(TestOrders.ALLOWED_VALUES.methods(), random))
              .gateway(one(TestOrders.ALLOWED_VALUES.gateways(), random))
              .succeededIn(Duration.ofNanos(1000L * random.nextInt(50_000, 3_000_000)));
      Duration took = payment.settled().orElseThrow().duration();
      sales[i] = new Sale(payment, took.toNanos() / 1e9, payment.amountUsd().doubleValue());
    }
    return sales;
  }

  private static String one(List<String> set, SplittableRandom random) {
    return set.get(random.nextInt(set.size()));
  }

  String gateway() {
    return payment.order().gateway();
  }

  String tier() {
    return payment.order().tier();
  }

  String method() {
    return payment.order().method();
  }

  String currency() {
    return payment.order().amount().currency().getCurrencyCode();
  }
}
