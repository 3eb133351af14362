package dev.paymeter.metrics.queue;

import dev.paymeter.metrics.queue.QueueStripe.Disposition;
import java.util.Arrays;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** Common parts of the model checks of queue stripes. */
final class QueueStripeModel {
  private QueueStripeModel() {}

  /**
   * Reads the counts and takes the waiting elements, like a snapshot. Returns all values read.
   *
   * @param operations number of operations in an element that is not a payment
   */
  static String snapshot(QueueStripe stripe, int operations) {
    QueueStripe.Counts counts = stripe.readCounts();
    long waiting = stripe.waiting(counts);
    StringBuilder taken = new StringBuilder();
    for (long i = 0; i < waiting; i++) {
      Object element = stripe.take();
      taken.append(element).append(' ');
      if (element != null) {
        boolean isPayment = element.equals("payment");
        stripe.countTaken(
            isPayment ? ObservationKind.PAYMENT : ObservationKind.OPERATION,
            isPayment ? 1 : operations);
      }
    }
    StringBuilder seen = new StringBuilder();
    for (ObservationKind kind : ObservationKind.values()) {
      seen.append(counts.offered(kind)).append(' ');
      Arrays.stream(Disposition.values())
          .forEach(disposition -> seen.append(counts.count(disposition, kind)).append(' '));
    }
    return seen.append(taken).toString();
  }

  /** Checks that the operations of a class are linearizable. */
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
