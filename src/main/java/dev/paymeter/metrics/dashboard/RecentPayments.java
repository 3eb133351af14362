package dev.paymeter.metrics.dashboard;

import dev.paymeter.metrics.queue.Observation;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The latest counted payments and, separately, the latest failed ones, so that many successes do
 * not displace them. Used under the pipeline's lock.
 */
public final class RecentPayments {
  /** Maximum number of payments, and of failed payments: as many as the console shows. */
  public static final int CAPACITY = 50;

  /** Oldest first. */
  private final Deque<CountedPayment> latest = new ArrayDeque<>();

  private final Deque<CountedPayment> latestFailed = new ArrayDeque<>();
  private long counted;

  /**
   * A counted payment.
   *
   * @param number sequence number in this process, from 1
   * @param traceId trace in hexadecimal; null if it has none
   */
  public record CountedPayment(long number, Payment payment, @Nullable String traceId) {}

  /**
   * Adds a payment and removes the oldest one.
   *
   * @param observation of kind payment
   * @return the payment
   */
  public Payment add(Object observation) {
    counted++;
    CountedPayment payment =
        observation instanceof Observation.TracedPayment traced
            ? new CountedPayment(counted, traced.payment(), traced.traceId())
            : new CountedPayment(counted, (Payment) observation, null);
    add(payment, latest);
    if (payment.payment().status() == PaymentStatus.FAILED) {
      add(payment, latestFailed);
    }
    return payment.payment();
  }

  private static void add(CountedPayment payment, Deque<CountedPayment> payments) {
    if (payments.size() == CAPACITY) {
      payments.removeFirst();
    }
    payments.addLast(payment);
  }

  /** Returns the payments in the order of counting. */
  public List<CountedPayment> list() {
    Map<Long, CountedPayment> byNumber = new TreeMap<>();
    latestFailed.forEach(payment -> byNumber.put(payment.number(), payment));
    latest.forEach(payment -> byNumber.put(payment.number(), payment));
    return List.copyOf(byNumber.values());
  }
}
