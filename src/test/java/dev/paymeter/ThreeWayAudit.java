package dev.paymeter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateways.simulator.SimulatedCharge;
import dev.paymeter.gateways.simulator.SimulatedCharge.Outcome;
import dev.paymeter.gateways.simulator.Simulator;
import dev.paymeter.ledger.TestPostgres;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Currency;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/**
 * Holds our ledger against what the simulated gateways know, payment by payment: what succeeded was
 * charged, what failed was not, and no order was charged twice. That what was counted is what
 * stands in our ledger is the third side: see {@link LedgerRows}.
 *
 * @param databaseUrl of our ledger, in which all orders are different and all payments have ended
 * @param simulator where the gateways' journals are
 */
record ThreeWayAudit(String databaseUrl, Path simulator) {
  void assertAgree() throws IOException {
    Map<UUID, SimulatedCharge> charges = new HashMap<>();
    for (String gateway : Simulator.names(simulator)) {
      charges.putAll(Simulator.charges(simulator, gateway));
    }
    List<List<String>> rows =
        TestPostgres.query(
            databaseUrl,
            "select id, status, order_id, amount, currency, error_type from payments"
                + " where source is null");
    assertThat(rows).isNotEmpty();
    Set<UUID> succeeded = new HashSet<>();
    for (List<String> row : rows) {
      UUID id = UUID.fromString(row.get(0));
      SimulatedCharge charge = charges.get(id);
      if (row.get(1).equals("success")) {
        succeeded.add(id);
        assertCharged(row, charge);
      } else {
        assertThat(row.get(1)).isEqualTo("failed");
        assertThat(charge == null || charge.outcome() != Outcome.APPROVED)
            .as("%s, at the gateway %s", row, charge)
            .isTrue();
      }
    }
    assertThat(rows.stream().map(row -> row.get(2))).as("orders").doesNotHaveDuplicates();
    List<SimulatedCharge> charged =
        charges.values().stream().filter(charge -> charge.outcome() == Outcome.APPROVED).toList();
    assertThat(charged.stream().map(SimulatedCharge::reference))
        .as("charged and not in our ledger")
        .allMatch(succeeded::contains);
    assertThat(charged.stream().map(SimulatedCharge::orderId)).doesNotHaveDuplicates();
  }

  private static void assertCharged(List<String> row, SimulatedCharge charge) {
    assertThat(charge).as("%s", row).isNotNull();
    assertThat(charge.outcome()).as("%s", row).isEqualTo(Outcome.APPROVED);
    assertThat(charge.orderId()).isEqualTo(row.get(2));
    assertThat(charge.currency()).isEqualTo(row.get(4));
    int digits = Currency.getInstance(row.get(4)).getDefaultFractionDigits();
    assertThat(new BigDecimal(Objects.requireNonNull(charge.minor())))
        .as("%s", row)
        .isEqualByComparingTo(new BigDecimal(row.get(3)).movePointRight(digits));
  }
}
