package dev.paymeter.support.ledger;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.SimulatedCharge;
import dev.paymeter.gateway.simulator.SimulatedCharge.Outcome;
import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.support.TestPrometheus;
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
import java.util.stream.Collectors;

/**
 * A comparison of the ledger with the journals of the simulated gateways. Successful payments were
 * charged, failed and voided ones were not, and no order was charged twice. The same holds for
 * refunds, and their events, errors and totals match their rows. The third part, the metrics, is
 * compared with {@link LedgerRows}.
 *
 * @param databaseUrl the ledger, in which all orders are different and all transfers are settled
 * @param simulator the directory of the gateways' journals
 * @param others the charges and refunds of other gateways than the simulated ones, by gateway and
 *     gateway key
 */
public record ThreeWayAudit(
    String databaseUrl, Path simulator, Map<String, Map<UUID, SimulatedCharge>> others) {
  public ThreeWayAudit(String databaseUrl, Path simulator) {
    this(databaseUrl, simulator, Map.of());
  }

  /**
   * Waits until all transfers are settled and Prometheus has scraped all payments and business
   * events, and also compares the increases of all families with the ledger.
   */
  public void awaitConsistent(TestPrometheus prometheus) throws IOException {
    LedgerRows ledger = new LedgerRows(databaseUrl);
    ledger.awaitAllSettled();
    assertConsistent();
    eventually(
        LONG_RUN,
        () -> assertThat(prometheus.countedPayments()).isEqualByComparingTo("" + ledger.settled()));
    eventually(
        LONG_RUN,
        () -> assertThat(prometheus.countedEvents()).isEqualByComparingTo(ledger.eventCount()));
    prometheus.assertIncreases(ledger.expected());
  }

  public void assertConsistent() throws IOException {
    Map<String, Map<UUID, SimulatedCharge>> all = new HashMap<>(others);
    for (String gateway : Simulator.names(simulator)) {
      all.put(gateway, Simulator.charges(simulator, gateway));
    }
    Map<String, Map<UUID, SimulatedCharge>> charges = new HashMap<>();
    Map<UUID, SimulatedCharge> refunds = new HashMap<>();
    all.forEach(
        (gateway, records) -> {
          Map<UUID, SimulatedCharge> ofGateway = new HashMap<>();
          charges.put(gateway, ofGateway);
          records.forEach(
              (id, charge) -> (charge.refundOf() == null ? ofGateway : refunds).put(id, charge));
        });
    assertPaymentsAgree(charges);
    assertRefundsAgree(refunds);
    assertRefundsAreRecorded();
  }

  /**
   * Returns the payments with refunds that are successful in the ledger, and have failed since at
   * their simulated gateway, which reports it only when it is asked.
   */
  public Set<String> paymentsWithUnknownFailures() throws IOException {
    Map<UUID, SimulatedCharge> journal = new HashMap<>();
    for (String gateway : Simulator.names(simulator)) {
      journal.putAll(Simulator.charges(simulator, gateway));
    }
    return TestPostgres.query(
            databaseUrl,
            "select gateway_key, payment_id from refunds_ledger where status = 'success'")
        .stream()
        .filter(
            row -> {
              SimulatedCharge refund = journal.get(UUID.fromString(row.get(0)));
              return refund != null && refund.outcome() == Outcome.REFUSED;
            })
        .map(row -> row.get(1))
        .collect(Collectors.toSet());
  }

  private void assertPaymentsAgree(Map<String, Map<UUID, SimulatedCharge>> charges) {
    List<List<String>> rows =
        TestPostgres.query(
            databaseUrl,
            "select coalesce(gateway_key, id), status, order_id, amount, currency, gateway from payments"
                + " where source is null");
    assertThat(rows).isNotEmpty();
    Set<Charged> succeeded = new HashSet<>();
    for (List<String> row : rows) {
      UUID id = UUID.fromString(row.get(0));
      SimulatedCharge charge = charges.getOrDefault(row.get(5), Map.of()).get(id);
      if (row.get(1).equals("success")) {
        succeeded.add(new Charged(row.get(5), id));
        assertCharged(row, charge);
      } else if (row.get(1).equals("voided")) {
        assertThat(charge).as("%s", row).isNotNull();
        assertThat(charge.outcome()).as("%s", row).isEqualTo(Outcome.CANCELED);
      } else {
        assertThat(row.get(1)).isEqualTo("failed");
      }
    }
    assertThat(rows.stream().map(row -> row.get(2))).as("orders").doesNotHaveDuplicates();
    Set<Charged> charged = new HashSet<>();
    List<String> orders = new ArrayList<>();
    charges.forEach(
        (gateway, ofGateway) ->
            ofGateway.values().stream()
                .filter(charge -> charge.outcome() == Outcome.APPROVED)
                .forEach(
                    charge -> {
                      charged.add(new Charged(gateway, charge.reference()));
                      orders.add(charge.orderId());
                    }));
    assertThat(charged).as("charged and successful payments").isEqualTo(succeeded);
    assertThat(orders).as("orders that were charged, by all gateways").doesNotHaveDuplicates();
  }

  /** A payment that was charged at a gateway, under its reference there. */
  private record Charged(String gateway, UUID reference) {}

  private void assertRefundsAgree(Map<UUID, SimulatedCharge> journal) {
    Set<UUID> succeeded = new HashSet<>();
    for (List<String> row :
        TestPostgres.query(
            databaseUrl,
            "select r.gateway_key, r.status, r.order_id, r.amount, r.currency,"
                + " coalesce(p.gateway_key, p.id)"
                + " from refunds_ledger r join payments p on p.id = r.payment_id")) {
      UUID id = UUID.fromString(row.get(0));
      SimulatedCharge refund = journal.get(id);
      if (row.get(1).equals("success")) {
        succeeded.add(id);
        assertCharged(row, refund);
        assertThat(refund.refundOf()).isEqualTo(UUID.fromString(row.get(5)));
      } else {
        assertThat(row.get(1)).isEqualTo("failed");
        assertThat(refund == null || refund.outcome() != Outcome.APPROVED)
            .as("%s, at the gateway %s", row, refund)
            .isTrue();
      }
    }
    assertThat(journal.values().stream().filter(refund -> refund.outcome() == Outcome.APPROVED))
        .as("refunds that the ledger does not have")
        .allMatch(refund -> succeeded.contains(refund.reference()));
  }

  /** Compares refunds with their events and errors, and with the totals in their payments. */
  private void assertRefundsAreRecorded() {
    assertThat(
            TestPostgres.query(
                databaseUrl,
                """
                select r.id from refunds r
                  left join business_events e on e.publisher = 'paymeter' and e.id = r.id::text
                  left join reported_errors f on f.publisher = 'paymeter' and f.id = r.id::text
                where (r.status = 'success') <> (e.id is not null)
                  or (r.status = 'failed') <> (f.id is not null)
                  or (r.amount, r.amount_usd) <> (e.amount, e.amount_usd)
                """))
        .isEmpty();
    assertThat(
            TestPostgres.query(
                databaseUrl,
                """
                select r.id, e.id from (select * from refunds where failed_at is not null) r
                  full join (
                    select * from business_events
                    where publisher = 'paymeter' and event = 'refund_failed') e
                  on left(e.id, 14) || '7' || substr(e.id, 16) = r.id::text
                where (r.amount, r.amount_usd, r.failure_instance_id, r.failure_epoch,
                    r.failure_segment)
                  is distinct from (e.amount, e.amount_usd, e.instance_id, e.epoch, e.segment)
                """))
        .as("later failures of refunds and their events")
        .isEmpty();
    assertThat(
            TestPostgres.query(
                databaseUrl,
                "select count(*) from business_events where publisher = 'paymeter'"
                    + " and event = 'refund'"))
        .isEqualTo(
            TestPostgres.query(
                databaseUrl, "select count(*) from refunds where status = 'success'"));
    assertThat(
            TestPostgres.query(
                databaseUrl,
                """
                select p.id, e.id from (select * from payments where status = 'voided') p
                  full join (
                    select * from business_events
                    where publisher = 'paymeter' and event = 'void') e on e.id = p.id::text
                where (p.amount, p.amount_usd, p.instance_id, p.epoch, p.segment)
                  is distinct from (e.amount, e.amount_usd, e.instance_id, e.epoch, e.segment)
                """))
        .as("voids and their events")
        .isEmpty();
    assertThat(
            TestPostgres.query(
                databaseUrl,
                """
                select p.id from payments p left join (
                    select payment_id, sum(amount) as amount from refunds
                    where status = 'success' and failed_at is null group by 1) r on r.payment_id = p.id
                where p.refunded <> coalesce(r.amount, 0) or p.refund_reserved <> p.refunded
                """))
        .isEmpty();
  }

  private static void assertCharged(List<String> row, SimulatedCharge charge) {
    assertThat(charge).as("%s", row).isNotNull();
    assertThat(charge.outcome()).as("%s", row).isEqualTo(Outcome.APPROVED);
    assertThat(charge.orderId()).isEqualTo(row.get(2));
    assertThat(charge.currency()).isEqualTo(row.get(4));
    int digits = Currency.getInstance(row.get(4)).getDefaultFractionDigits();
    assertThat(new BigDecimal(Objects.requireNonNull(charge.amountMinor())))
        .as("%s", row)
        .isEqualByComparingTo(new BigDecimal(row.get(3)).movePointRight(digits));
  }
}
