package dev.paymeter.support.settlement;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.ledger.TestPostgres;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LedgerWriterIT {
  private static final SettlementScenario SCENARIO =
      SettlementPlan.of(5, "Europe/Berlin").generate();

  private static String database;

  @BeforeAll
  static void insert() {
    database = TestPostgres.newDatabase();
    LedgerWriter.insert(database, SCENARIO);
  }

  @Test
  void insert_payments_areInTheirView() {
    List<List<String>> expected =
        SCENARIO.payments().stream()
            .map(
                payment ->
                    row(
                        payment.transactionId(),
                        payment.gatewayReference(),
                        payment.gateway(),
                        payment.status(),
                        payment.amount().toPlainString(),
                        payment.currency(),
                        millis(payment.createdAt()),
                        millis(payment.settledAt())))
            .toList();

    assertThat(
            query(
                "select transaction_id, gateway_key, gateway, status, amount, currency,"
                    + " %s, %s from payments_ledger",
                "created_at", "settled_at"))
        .containsExactlyInAnyOrderElementsOf(expected);
    assertThat(
            query("select id, %s from payments where unknown_since is not null", "unknown_since"))
        .containsExactlyInAnyOrderElementsOf(
            SCENARIO.payments().stream()
                .filter(payment -> payment.unknownSince() != null)
                .map(payment -> row(payment.id().toString(), millis(payment.unknownSince())))
                .toList());
  }

  @Test
  void insert_refunds_areInTheirViewAndInThePayments() {
    List<List<String>> expected =
        SCENARIO.refunds().stream()
            .map(
                refund ->
                    row(
                        refund.reference(),
                        refund.gatewayReference(),
                        refund.paymentId().toString(),
                        refund.failedAt() == null ? refund.status() : "failed",
                        refund.amount().toPlainString(),
                        millis(refund.settledAt()),
                        millis(refund.failedAt())))
            .toList();

    assertThat(
            query(
                "select reference, gateway_key, payment_id, status, amount, %s, %s"
                    + " from refunds_ledger",
                "settled_at", "failed_at"))
        .containsExactlyInAnyOrderElementsOf(expected);
    assertThat(
            TestPostgres.query(
                database,
                """
                select p.id from payments p left join refunds_ledger r
                  on r.payment_id = p.id and r.status = 'success'
                group by p.id
                having (p.refunded, p.refunded_usd)
                  is distinct from (coalesce(sum(r.amount), 0), coalesce(sum(r.amount_usd), 0))
                  or p.refunded = p.amount and p.refunded_usd <> p.amount_usd
                """))
        .isEmpty();
  }

  @Test
  void insert_disputes_areInTheirView() {
    List<List<String>> expected =
        SCENARIO.disputes().stream()
            .map(
                dispute ->
                    row(
                        dispute.reference(),
                        dispute.paymentId().toString(),
                        dispute.status(),
                        dispute.amount().toPlainString(),
                        dispute.currency(),
                        dispute.fee() == null ? null : dispute.fee().toPlainString(),
                        millis(dispute.createdAt()),
                        millis(dispute.changedAt())))
            .toList();

    assertThat(
            query(
                "select reference, payment_id, status, amount, currency, fee, %s, %s"
                    + " from disputes_ledger",
                "created_at", "changed_at"))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  /** The receivables of a gateway are what its files would state, besides the fees. */
  @Test
  void insert_journal_hasTheReceivablesOfAllEntries() {
    Map<String, BigDecimal> expected = new HashMap<>();
    for (LedgerEntry entry : LedgerEntry.of(SCENARIO)) {
      expected.merge(entry.currency(), entry.amount(), BigDecimal::add);
    }

    Map<String, BigDecimal> receivables =
        TestPostgres.query(
                database,
                "select currency, sum(debit - credit) from journal"
                    + " where account like 'receivables:%' and gateway = 'stripe'"
                    + " and kind <> 'dispute_fee' group by currency")
            .stream()
            .collect(toMap(row -> row.get(0), row -> new BigDecimal(row.get(1))));

    assertThat(receivables).isEqualTo(expected);
  }

  /**
   * Runs a query.
   *
   * @param times expressions that are inserted as milliseconds
   */
  private static List<List<String>> query(String sql, String... times) {
    Object[] millis =
        Stream.of(times).map(time -> "(extract(epoch from " + time + ") * 1000)::bigint").toArray();
    return TestPostgres.query(database, sql.formatted(millis));
  }

  private static @Nullable String millis(@Nullable Instant time) {
    return time == null ? null : Long.toString(time.toEpochMilli());
  }

  private static List<String> row(@Nullable String... values) {
    return Arrays.asList(values);
  }
}
