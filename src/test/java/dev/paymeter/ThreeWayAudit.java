package dev.paymeter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateways.simulator.SimulatedCharge;
import dev.paymeter.gateways.simulator.SimulatedCharge.Outcome;
import dev.paymeter.gateways.simulator.Simulator;
import dev.paymeter.ledger.TestPostgres;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
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
    Map<String, Map<UUID, SimulatedCharge>> charges = new HashMap<>();
    for (String gateway : Simulator.names(simulator)) {
      charges.put(gateway, Simulator.charges(simulator, gateway));
    }
    List<List<String>> rows =
        TestPostgres.query(
            databaseUrl,
            "select id, status, order_id, amount, currency, gateway from payments"
                + " where source is null");
    assertThat(rows).isNotEmpty();
    Set<Charged> succeeded = new HashSet<>();
    for (List<String> row : rows) {
      UUID id = UUID.fromString(row.get(0));
      SimulatedCharge charge = charges.getOrDefault(row.get(5), Map.of()).get(id);
      if (row.get(1).equals("success")) {
        succeeded.add(new Charged(row.get(5), id));
        assertCharged(row, charge);
      } else {
        assertThat(row.get(1)).isEqualTo("failed");
      }
    }
    assertThat(rows.stream().map(row -> row.get(2))).as("orders").doesNotHaveDuplicates();
    Set<Charged> charged = new HashSet<>();
    List<String> orders = new ArrayList<>();
    charges.forEach(
        (gateway, its) ->
            its.values().stream()
                .filter(charge -> charge.outcome() == Outcome.APPROVED)
                .forEach(
                    charge -> {
                      charged.add(new Charged(gateway, charge.reference()));
                      orders.add(charge.orderId());
                    }));
    assertThat(charged).as("what was charged, and what succeeded").isEqualTo(succeeded);
    assertThat(orders).as("orders that were charged, by all gateways").doesNotHaveDuplicates();
  }

  /** A payment that was charged, and where. */
  private record Charged(String gateway, UUID payment) {}

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
