package dev.paymeter.metrics.queue;

import dev.paymeter.metrics.queue.QueueStripe.Fate;
import java.util.Arrays;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** What the model checks of lanes have in common. */
final class QueueStripeModel {
  private QueueStripeModel() {}

  /**
   * What a snapshot does, under its lock: looks, and takes as many as are waiting. Gives all that
   * it saw.
   *
   * @param operations how many are in a place that holds no payment
   */
  static String snapshot(QueueStripe queueStripe, int operations) {
    QueueStripe.Counts counts = queueStripe.look();
    long waiting = queueStripe.waiting(counts);
    StringBuilder taken = new StringBuilder();
    for (long i = 0; i < waiting; i++) {
      Object one = queueStripe.take();
      taken.append(one).append(' ');
      if (one != null) {
        boolean isPayment = one.equals("payment");
        queueStripe.taken(
            isPayment ? ObservationKind.PAYMENT : ObservationKind.OPERATION,
            isPayment ? 1 : operations);
      }
    }
    StringBuilder seen = new StringBuilder();
    for (ObservationKind observationKind : ObservationKind.values()) {
      seen.append(counts.offered(observationKind)).append(' ');
      Arrays.stream(Fate.values())
          .forEach(fate -> seen.append(counts.of(fate, observationKind)).append(' '));
    }
    return seen.append(taken).toString();
  }

  /** Fails where an interleaving of the operations of a class is like no order of them. */
  static void check(Class<?> operations) {
    new ModelCheckingOptions()
        .iterations(6)
        .invocationsPerIteration(300)
        .threads(3)
        .actorsPerThread(2)
        .actorsBefore(1)
        .actorsAfter(1)
        .check(operations);
  }
}
