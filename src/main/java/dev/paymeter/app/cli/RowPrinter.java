package dev.paymeter.app.cli;

import dev.paymeter.audit.ProofStore;
import dev.paymeter.metrics.proof.InstanceProof;
import dev.paymeter.metrics.proof.Prover;
import dev.paymeter.metrics.proof.Sample;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Printer of the rows behind samples, as CSV. */
final class RowPrinter implements Prover.RowReceiver {
  private final PrintWriter out;
  private final InstanceProof proof;
  private final Map<Sample, BigDecimal> sums = new HashMap<>();

  RowPrinter(PrintWriter out, InstanceProof proof) {
    this.out = out;
    this.proof = proof;
  }

  static void printHeader(PrintWriter out) {
    out.println("instance_id,cut,kind,id,recorded_at,series,value");
  }

  @Override
  public void accept(ProofStore.SettledRow row, Sample sample, BigDecimal value) {
    sums.merge(sample, value, BigDecimal::add);
    out.println(
        Csv.line(
            List.of(
                proof.instanceId(),
                Long.toString(row.position().number()),
                row.kind().label(),
                row.id(),
                row.recordedAt().toString(),
                sample.series(),
                value.toPlainString())));
  }

  /**
   * @throws IllegalStateException if the rows are not those of the proof
   */
  void verify() {
    for (InstanceProof.SeriesProof series : proof.series()) {
      BigDecimal sum = sums.getOrDefault(series.sample(), BigDecimal.ZERO);
      if (sum.compareTo(series.ledger()) != 0) {
        throw new IllegalStateException(
            "expected rows with the sum %s in %s, found %s: they have changed meanwhile"
                .formatted(series.ledger(), series.sample().series(), sum));
      }
    }
  }
}
