package dev.paymeter.metrics.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.PipelineScrape;
import dev.paymeter.metrics.TestPipelines;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.PaymentMetrics.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests that samples represent all observations. The bounds are five standard deviations wide: one
 * run in about 1.5 million fails by chance.
 */
class SamplingTest {
  private static final int TRIALS = 1_000_000;
  private static final int ROWS = 100;
  private static final double SIGMAS = 5;
  private static final Operation OPERATION = Operation.LEDGER_SETTLE;
  private static final String COUNT =
      "low_level_operations_seconds_count{operation=\"ledger_settle\",outcome=\"success\"}";

  /** A past defect: the weight was 1/p without its fraction. */
  @ParameterizedTest
  @ValueSource(
      doubles = {
        1, 0.999, 0.9, 0.75, 0.7, 0.6, 0.51, 0.5, 0.4, 1 / 3.0, 0.3, 0.23, 0.1, 0.07, 0.01, 0.0013,
        0.0001
      })
  void weigh_anyRate_meanIsOne(double rate) {
    Sampling sampling = new Sampling(rate);

    long sum = 0;
    for (int i = 0; i < TRIALS; i++) {
      sum += sampling.drawWeight(OPERATION);
    }

    assertThat((double) sum).isCloseTo(TRIALS, within(SIGMAS * Math.sqrt(TRIALS * variance(rate))));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.9, 0.6, 0.3, 0.07})
  void weigh_anyRate_recordsThatShare(double rate) {
    Sampling sampling = new Sampling(rate);

    int recorded = 0;
    for (int i = 0; i < TRIALS; i++) {
      recorded += sampling.drawWeight(OPERATION) > 0 ? 1 : 0;
    }

    assertThat((double) recorded)
        .isCloseTo(TRIALS * rate, within(SIGMAS * Math.sqrt(TRIALS * rate * (1 - rate))));
  }

  /** A past defect: the row after a recorded one was always recorded. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 0.999, 0.9, 0.51, 0.5, 0.3, 0.07, 0.01, 0.0013, 0.0001})
  void rows_anyRate_meanIsOne_andThatShareIsRecorded(double rate) {
    Sampling sampling = new Sampling(1);
    sampling.setReportedRate(rate);
    long sum = 0;
    int recorded = 0;
    for (int batch = 0; batch < TRIALS / ROWS; batch++) {
      Sampling.RowSampler rowSampler = sampling.rowSampler();
      for (int row = 0; row < ROWS; row++) {
        int weight = rowSampler.drawWeight();
        sum += weight;
        recorded += weight > 0 ? 1 : 0;
      }
    }

    assertThat((double) sum).isCloseTo(TRIALS, within(SIGMAS * Math.sqrt(TRIALS * variance(rate))));
    assertThat((double) recorded)
        .isCloseTo(TRIALS * rate, within(SIGMAS * Math.sqrt(TRIALS * rate * (1 - rate) + 1e-9)));
  }

  @Test
  void weigh_rateOne_isAlwaysOne() {
    Sampling sampling = new Sampling(1);

    for (int i = 0; i < 1000; i++) {
      assertThat(sampling.drawWeight(OPERATION)).isEqualTo(1);
    }
  }

  /** A past defect: a sample counted once instead of with its weight. */
  @Test
  void timed_rateChanges_countAndSumStayCorrect() {
    double[] rates = {0.01, 0.6, 1, 0.3};
    int each = 100_000;
    Sampling sampling = new Sampling(1);
    MetricsPipeline pipeline =
        TestPipelines.open(new StripedQueue.Limits(1, 1 << 17, 1 << 17, 100), sampling);
    double variance = 0;
    for (double rate : rates) {
      sampling.setRate(OPERATION, rate);
      for (int i = 0; i < each; i++) {
        pipeline.timed(OPERATION, Outcome.SUCCESS, 2_000_000);
      }
      pipeline.flush();
      variance += each * variance(rate);
    }

    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());

    double count = scrape.value(COUNT);
    assertThat(count).isCloseTo((double) rates.length * each, within(SIGMAS * Math.sqrt(variance)));
    assertThat(scrape.value(COUNT.replace("_count", "_sum")))
        .isCloseTo(count * 0.002, within(1e-6));
    assertThat(scrape.value(bucket("0.001"))).isZero();
    assertThat(scrape.value(bucket("0.0025"))).isEqualTo(count);
  }

  private static String bucket(String bound) {
    return COUNT.replace("_count", "_bucket").replace("}", ",le=\"" + bound + "\"}");
  }

  /** Returns the variance of an observation's weight; the mean is 1. */
  private static double variance(double rate) {
    double exact = 1 / rate;
    double whole = Math.floor(exact);
    double up = exact - whole;
    double square = (1 - up) * whole * whole + up * (whole + 1) * (whole + 1);
    return rate * square - 1 + 1e-12;
  }

  @Test
  void set_oneOperation_leavesTheOthers() {
    Sampling sampling = new Sampling(0.5);

    sampling.setRate(OPERATION, 0.25);

    assertThat(sampling.rates())
        .containsEntry(OPERATION, 0.25)
        .containsEntry(Operation.LEDGER_INSERT, 0.5)
        .hasSize(Operation.values().length);
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {
        0,
        -0.1,
        1.0000001,
        9.9e-7,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.MIN_VALUE
      })
  void setRate_invalid_isRejectedWithItsValue(double rate) {
    Sampling sampling = new Sampling(0.5);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> sampling.setRate(OPERATION, rate))
        .withMessage("expected a rate from 1.0E-6 to 1, found " + rate);

    assertThat(sampling.rates()).containsEntry(OPERATION, 0.5);
  }
}
