package dev.paymeter.app.cli;

import dev.paymeter.metrics.proof.InstanceProof;
import dev.paymeter.metrics.proof.InstanceProof.SeriesProof;
import dev.paymeter.payment.port.LedgerCut;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Printer of proofs for people. */
record ProofPrinter(PrintWriter out) {
  /** Prints proofs, and returns whether all samples equal their rows. */
  boolean print(List<InstanceProof> proofs) {
    proofs.forEach(this::print);
    List<SeriesProof> all = proofs.stream().flatMap(proof -> proof.series().stream()).toList();
    Map<String, BigDecimal> sums = new TreeMap<>();
    all.forEach(each -> sums.merge(each.sample().name(), each.shown(), BigDecimal::add));
    sums.values().removeIf(sum -> sum.signum() == 0);
    sums.forEach((name, sum) -> out.printf("%16s  %s, all of the above%n", plain(sum), name));
    long different = all.stream().filter(each -> !each.isEqual()).count();
    if (different == 0) {
      out.printf("Proved: %d samples equal the rows of the ledger%n", all.size());
    } else {
      out.printf("Not proved: %d of %d samples differ from the ledger%n", different, all.size());
    }
    out.flush();
    return different == 0;
  }

  private void print(InstanceProof proof) {
    out.printf(
        "Instance %s%s: rows %sup to cut %d%n",
        proof.instanceId(),
        proof.isRunning() ? "" : ", which is not running",
        proof.after().equals(LedgerCut.ZERO) ? "" : "after cut " + proof.after().number() + " ",
        proof.upTo().number());
    proof.series().stream()
        .filter(each -> each.shown().signum() != 0 || !each.isEqual())
        .sorted(Comparator.comparing(each -> each.sample().series()))
        .forEach(this::print);
    if (proof.note() != null && !proof.isEqual()) {
      out.println("  Note: " + proof.note());
    }
  }

  private void print(SeriesProof proof) {
    boolean isCount = proof.ledger().compareTo(BigDecimal.valueOf(proof.rows())) == 0;
    out.printf(
        "%16s  %s%s%n",
        plain(proof.shown()),
        proof.sample().withoutTarget().series(),
        isCount ? "" : ", rows: " + proof.rows());
    if (proof.baseline().signum() != 0) {
      out.printf("%16s  of these, from before a loss%n", plain(proof.baseline()));
    }
    if (!proof.isEqual()) {
      out.printf("%16s  in the ledger: DIFFERENT%n", plain(proof.ledger()));
    }
  }

  private static String plain(BigDecimal value) {
    return value.toPlainString();
  }
}
