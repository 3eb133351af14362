package dev.paymeter.metrics.queue;

import dev.paymeter.payment.port.PaymentMetrics.Operation;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Sampling of low-level observations. An observation is recorded with probability p and the weight
 * 1/p; if 1/p is not an integer, it is rounded up or down at random so that the mean is 1/p. The
 * expected count and sum are therefore those of all observations (the Horvitz–Thompson estimator,
 * 1952), also when p changes, because each decision and its weight use the same p. Thread-safe.
 */
public final class Sampling {
  private final AtomicReferenceArray<Rate> rates =
      new AtomicReferenceArray<>(Operation.values().length);

  /** Rate of operations that other services report. */
  private volatile Rate reported;

  /**
   * A sampling rate and its weights.
   *
   * @param probability above 0, at most 1
   */
  private record Rate(double probability, int weight, double remainder) {
    static Rate of(double probability) {
      if (!(probability >= MIN_RATE && probability <= 1)) {
        throw new IllegalArgumentException(
            "expected a rate from " + MIN_RATE + " to 1, found " + probability);
      }
      double exact = 1 / probability;
      int whole = (int) exact;
      return new Rate(probability, whole, exact - whole);
    }
  }

  /** Minimum rate: below it, weights would not be exact integers. */
  public static final double MIN_RATE = 1e-6;

  /**
   * @param rate of every operation, from {@link #MIN_RATE} to 1
   */
  public Sampling(double rate) {
    for (Operation operation : Operation.values()) {
      setRate(operation, rate);
    }
    reported = Rate.of(rate);
  }

  /**
   * Changes the rate of an operation.
   *
   * @throws IllegalArgumentException unless the rate is from {@link #MIN_RATE} to 1
   */
  public void setRate(Operation operation, double rate) {
    rates.set(operation.ordinal(), Rate.of(rate));
  }

  /**
   * Changes the rate of operations that other services report.
   *
   * @throws IllegalArgumentException unless the rate is from {@link #MIN_RATE} to 1
   */
  public void setReportedRate(double rate) {
    reported = Rate.of(rate);
  }

  public double reportedRate() {
    return reported.probability();
  }

  /** Returns the sampler of one batch of reported operations. */
  public RowSampler rowSampler() {
    return new RowSampler(reported);
  }

  /**
   * Samples the rows of one batch at one rate, on one thread. The number of rows skipped between
   * two recorded ones has a geometric distribution, so that a random number is drawn for each
   * recorded row, not for each row.
   */
  public static final class RowSampler {
    private final Rate rate;
    private final double logOfComplement;
    private int rowsToSkip;

    private RowSampler(Rate rate) {
      this.rate = rate;
      this.logOfComplement = Math.log1p(-rate.probability());
      this.rowsToSkip = drawRowsToSkip();
    }

    private int drawRowsToSkip() {
      if (rate.probability() >= 1) {
        return 0;
      }
      double uniform = 1 - ThreadLocalRandom.current().nextDouble(); // never 0
      return (int) Math.min(Integer.MAX_VALUE, Math.log(uniform) / logOfComplement);
    }

    /** Returns the weight of the next row; 0 if it is not recorded. */
    int drawWeight() {
      if (rowsToSkip-- > 0) {
        return 0;
      }
      rowsToSkip = drawRowsToSkip();
      return weight(rate);
    }
  }

  /** Returns the rates of all operations of this service. */
  public Map<Operation, Double> rates() {
    Map<Operation, Double> all = new EnumMap<>(Operation.class);
    for (Operation operation : Operation.values()) {
      all.put(operation, rates.get(operation.ordinal()).probability());
    }
    return all;
  }

  /** Returns the weight of the next observation of an operation; 0 if it is not recorded. */
  public int drawWeight(Operation operation) {
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
