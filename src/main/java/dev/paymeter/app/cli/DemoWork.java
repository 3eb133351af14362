package dev.paymeter.app.cli;

import dev.paymeter.app.PaymeterServer;
import dev.paymeter.app.Reconciliation;
import dev.paymeter.postgres.LedgerTotals;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;

/** Work of the demo. At its end, it prints the totals of ledger and metrics. */
record DemoWork(PrintStream out, ServiceRunner.Work work) implements ServiceRunner.Work {
  @Override
  public void run(PaymeterServer service) throws IOException, InterruptedException {
    service.reconcileAtClose(this::print);
    work.run(service);
  }

  @Override
  public void stopping() {
    out.println("Stopping\u2026 (Ctrl-C again ends at once)");
  }

  void print(Reconciliation reconciliation) {
    reconciliation
        .ledger()
        .ifPresentOrElse(
            totals -> out.println(line("Ledger", totals.settled().count(), totals.settled().usd())),
            () -> out.println("Ledger   cannot be read"));
    out.println(
        line("Metrics", reconciliation.metrics().count(), reconciliation.metrics().usd())
            + (reconciliation.isEqual() ? ": the same" : ""));
    reconciliation.ledger().map(LedgerTotals::unresolved).ifPresent(this::printUnresolved);
  }

  private void printUnresolved(LedgerTotals.Sum unresolved) {
    if (unresolved.count() > 0) {
      out.println(
          line("Unknown", unresolved.count(), unresolved.usd())
              + ": in neither; the next start resolves them");
    }
  }

  private static String line(String name, long payments, BigDecimal usd) {
    return "%-8s %d payments, %s USD".formatted(name, payments, usd.toPlainString());
  }
}
