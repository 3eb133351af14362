package dev.paymeter.metrics.queue;

import dev.paymeter.payment.port.PaymentMetrics.Outcome;
import dev.paymeter.report.OperationRows;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Sums up a batch of reported operations and offers the sums to a queue stripe. Many rows are
 * offered in several parts, so that an almost full stripe can take some of them. For one batch and
 * one thread.
 */
public final class OperationAggregator {
  private static final int NANOS_PER_MICRO = 1000;

  private final OperationRows rows;
  private final Sampling.RowSampler sampler;
  private final QueueStripe stripe;
  private final UnaryOperator<String> labels;
  private final int maxOffer;

  /** Two elements for each operation name: success, then failure. */
  private final OperationSums.@Nullable Cells[] cells;

  private final @Nullable String[] labelsByName;
  private OperationSums sums = new OperationSums();
  private int dropped;
  private int sampledOut;
  private int rejected;

  /**
   * @param labels returns the label of an operation
   */
  public OperationAggregator(
      OperationRows rows,
      Sampling.RowSampler sampler,
      QueueStripe stripe,
      UnaryOperator<String> labels) {
    this.rows = rows;
    this.sampler = sampler;
    this.stripe = stripe;
    this.labels = labels;
    this.maxOffer = stripe.maxOffer();
    this.cells = new OperationSums.Cells[2 * rows.names().size()];
    this.labelsByName = new String[rows.names().size()];
  }

  /** Adds the rows {@code from} (inclusive) to {@code to} (exclusive). */
  public void add(int from, int to) {
    for (int row = from; row < to; row++) {
      int name = rows.name(row);
      if (name == OperationRows.INVALID) {
        rejected++;
        continue;
      }
      int weight = sampler.drawWeight();
      if (weight == 0) {
        sampledOut++;
        continue;
      }
      sums.add(cells(name, rows.failed(row)), rows.micros(row) * NANOS_PER_MICRO, weight);
      if (sums.size() == maxOffer || sums.isFull()) {
        offer();
      }
    }
  }

  private OperationSums.Cells cells(int name, boolean failed) {
    int index = 2 * name + (failed ? 1 : 0);
    OperationSums.Cells known = cells[index];
    if (known == null) {
      known = sums.add(label(name), failed ? Outcome.FAILURE : Outcome.SUCCESS);
      cells[index] = known;
    }
    return known;
  }

  private String label(int name) {
    String label = labelsByName[name];
    if (label == null) {
      label = labels.apply(rows.names().get(name));
      labelsByName[name] = label;
    }
    return label;
  }

  private void offer() {
    if (!stripe.offerLowLevel(ObservationKind.OPERATION, sums, sums.size())) {
      dropped += sums.size();
    }
    sums = new OperationSums();
    Arrays.fill(cells, null);
  }

  /**
   * Offers the remaining rows. To be called after the last row.
   *
   * @return number of rows that were dropped
   */
  public int finish() {
    if (sums.size() > 0) {
      offer();
    }
    if (sampledOut > 0) {
      stripe.count(ObservationKind.OPERATION, QueueStripe.Disposition.SAMPLED_OUT, sampledOut);
    }
    if (rejected > 0) {
      stripe.count(ObservationKind.OPERATION, QueueStripe.Disposition.REPORT_REJECTED, rejected);
    }
    return dropped;
  }
}
