package dev.paymeter.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.app.Reconciliation;
import dev.paymeter.metrics.dashboard.PaymentTotals;
import dev.paymeter.postgres.LedgerTotals;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DemoWorkTest {
  private static final PaymentTotals METRICS = new PaymentTotals(5, new BigDecimal("1925.00"));

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final DemoWork demoWork = new DemoWork(new PrintStream(out, true, UTF_8), service -> {});

  @Test
  void print_equalTotals_areTheSame() {
    print(5, "1925.00");

    assertThat(lines())
        .containsExactly(
            "Ledger   5 payments, 1925.00 USD", "Metrics  5 payments, 1925.00 USD: the same");
  }

  @Test
  void print_differentTotals_areNotTheSame() {
    print(5, "1925.01");
    print(6, "1925.00");

    assertThat(lines()).hasSize(4).noneMatch(line -> line.contains("same"));
  }

  @Test
  void print_ledgerUnavailable_isStated() {
    print(Optional.empty());

    assertThat(lines())
        .containsExactly("Ledger   cannot be read", "Metrics  5 payments, 1925.00 USD");
  }

  @Test
  void stopping_isPrinted() {
    demoWork.stopping();

    assertThat(lines()).containsExactly("Stopping\u2026 (Ctrl-C again ends at once)");
  }

  @Test
  void print_unresolvedPayments_areNamed() {
    print(Optional.of(new LedgerTotals(sum(5, "1925.00"), sum(2, "7.50"))));

    assertThat(lines())
        .containsExactly(
            "Ledger   5 payments, 1925.00 USD",
            "Metrics  5 payments, 1925.00 USD: the same",
            "Unknown  2 payments, 7.50 USD: in neither; the next start resolves them");
  }

  private void print(long count, String usd) {
    print(Optional.of(new LedgerTotals(sum(count, usd), sum(0, "0.00"))));
  }

  private static LedgerTotals.Sum sum(long count, String usd) {
    return new LedgerTotals.Sum(count, new BigDecimal(usd));
  }

  private void print(Optional<LedgerTotals> ledger) {
    demoWork.print(new Reconciliation(ledger, METRICS));
  }

  private List<String> lines() {
    return out.toString(UTF_8).lines().toList();
  }
}
