package dev.paymeter.app.cli;

import dev.paymeter.app.PaymeterServer;
import dev.paymeter.app.Reconciliation;
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
            rows -> out.println(line("Ledger", rows.count(), rows.usd())),
            () -> out.println("Ledger   cannot be read"));
    out.println(
        line("Metrics", reconciliation.metrics().count(), reconciliation.metrics().usd())
            + (reconciliation.isEqual() ? ": the same" : ""));
  }

  private static String line(String name, long payments, BigDecimal usd) {
    return "%-8s %d payments, %s USD".formatted(name, payments, usd.toPlainString());
  }
}
