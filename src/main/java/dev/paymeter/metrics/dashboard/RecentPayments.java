package dev.paymeter.metrics.dashboard;

import dev.paymeter.metrics.queue.Observation;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The latest counted payments and, separately, the latest failed ones, so that many successes do
 * not displace them. Stores references to observations only. Used under the pipeline's lock.
 */
public final class RecentPayments {
  /** Maximum number of payments, and of failed payments. */
  public static final int CAPACITY = 100;

  private final Ring latest = new Ring();
  private final Ring latestFailed = new Ring();
  private long counted;

  /**
   * A counted payment.
   *
   * @param number sequence number in this process, from 1
   * @param traceId trace in hexadecimal; null if it has none
   */
  public record CountedPayment(long number, Payment payment, @Nullable String traceId) {}

  private static final class Ring {
    private final Object[] observations = new Object[CAPACITY];
    private final long[] numbers = new long[CAPACITY];
    private int next;

    void add(long number, Object observation) {
      observations[next] = observation;
      numbers[next] = number;
      next = (next + 1) % CAPACITY;
    }

    void collect(Map<Long, CountedPayment> into) {
      for (int i = 0; i < CAPACITY; i++) {
        if (observations[i] != null) {
          into.put(numbers[i], counted(numbers[i], observations[i]));
        }
      }
    }
  }

  /**
   * Adds a payment and removes the oldest one.
   *
   * @param observation of kind payment
   */
  public void add(Object observation) {
    counted++;
    latest.add(counted, observation);
    if (payment(observation).status() == PaymentStatus.FAILED) {
      latestFailed.add(counted, observation);
    }
  }

  /** Returns the payments in the order of counting. */
  public List<CountedPayment> list() {
    Map<Long, CountedPayment> byNumber = new TreeMap<>();
    latestFailed.collect(byNumber);
    latest.collect(byNumber);
    return new ArrayList<>(byNumber.values());
  }

  private static CountedPayment counted(long number, Object observation) {
    return new CountedPayment(
        number,
        payment(observation),
        observation instanceof Observation.TracedPayment traced ? traced.traceId() : null);
  }

  private static Payment payment(Object observation) {
    return observation instanceof Observation.TracedPayment traced
        ? traced.payment()
        : (Payment) observation;
  }
}
