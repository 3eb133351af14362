package dev.paymeter.metrics.queue;

import dev.paymeter.payment.port.PaymentMetrics.Operation;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Which low-level observations are recorded, and how many each of them stands for. An observation
 * is recorded with probability p and then stands for 1/p: where that is no integer it is rounded up
 * or down at random, in such proportion that the mean is 1/p. So the expected count and sum are
 * those of all observations (the Horvitz–Thompson estimator, 1952), and stay so when p changes,
 * because each decision and its weight come from one p. Safe from any thread.
 */
public final class Sampling {
  private final AtomicReferenceArray<Rate> rates =
      new AtomicReferenceArray<>(Operation.values().length);

  /** Of what others report. */
  private volatile Rate reported;

  /**
   * A rate, and what follows from it.
   *
   * @param probability above 0, at most 1
   */
  private record Rate(double probability, int weight, double remainder) {
    static Rate of(double probability) {
      if (!(probability >= LOWEST && probability <= 1)) {
        throw new IllegalArgumentException(
            "wanted a rate from " + LOWEST + " to 1, found " + probability);
      }
      double exact = 1 / probability;
      int whole = (int) exact;
      return new Rate(probability, whole, exact - whole);
    }
  }

  /** Below this, a weight would not be an exact integer any more. */
  public static final double LOWEST = 1e-6;

  /**
   * @param rate for every operation, from {@link #LOWEST} to 1
   */
  public Sampling(double rate) {
    for (Operation operation : Operation.values()) {
      set(operation, rate);
    }
    reported = Rate.of(rate);
  }

  /**
   * Changes the rate of one operation from now on.
   *
   * @throws IllegalArgumentException unless the rate is from {@link #LOWEST} to 1
   */
  public void set(Operation operation, double rate) {
    rates.set(operation.ordinal(), Rate.of(rate));
  }

  /**
   * Changes the rate of the operations that others report.
   *
   * @throws IllegalArgumentException unless the rate is from {@link #LOWEST} to 1
   */
  public void setReported(double rate) {
    reported = Rate.of(rate);
  }

  /** The rate in force of the operations that others report. */
  public double reported() {
    return reported.probability();
  }

  /** For one batch of reported operations: all its rows are sampled at one rate. For one thread. */
  public Rows rows() {
    return new Rows(reported);
  }

  /**
   * Which rows of a batch are recorded. How many are passed over between two recorded ones has a
   * geometric distribution, so that a number is drawn for each recorded row only, not for each row.
   */
  public static final class Rows {
    private final Rate rate;
    private final double logOfRest;
    private int left;

    private Rows(Rate rate) {
      this.rate = rate;
      this.logOfRest = Math.log1p(-rate.probability());
      this.left = draw();
    }

    private int draw() {
      if (rate.probability() >= 1) {
        return 0;
      }
      double uniform = 1 - ThreadLocalRandom.current().nextDouble(); // Never 0.
      return (int) Math.min(Integer.MAX_VALUE, Math.log(uniform) / logOfRest);
    }

    /** How many the next row stands for: 0 when it is not to be recorded. */
    int weigh() {
      if (left-- > 0) {
        return 0;
      }
      left = draw();
      return weight(rate);
    }
  }

  /** The rates in force. */
  public Map<Operation, Double> rates() {
    Map<Operation, Double> all = new EnumMap<>(Operation.class);
    for (Operation operation : Operation.values()) {
      all.put(operation, rates.get(operation.ordinal()).probability());
    }
    return all;
  }

  /** How many the next observation of an operation stands for: 0 when it is not to be recorded. */
  public int weigh(Operation operation) {
    Rate rate = rates.get(operation.ordinal());
    if (rate.probability() >= 1) {
      return 1;
    }
    return ThreadLocalRandom.current().nextDouble() < rate.probability() ? weight(rate) : 0;
  }

  private static int weight(Rate rate) {
    return rate.remainder() > 0 && ThreadLocalRandom.current().nextDouble() < rate.remainder()
        ? rate.weight() + 1
        : rate.weight();
  }
}
