package dev.paymeter.gateway.stripe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.settlement.BookingTime;
import dev.paymeter.settlement.InvalidFileException;
import dev.paymeter.settlement.LineType;
import dev.paymeter.settlement.SettlementLine;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stripe's reports, with the columns that it publishes. */
class StripeReportTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final String KEY = "5d1f6c0e-6c68-4a5c-8b8e-0a4a2b2f6f1d";
  private static final String REFUND_KEY = "6d1f6c0e-6c68-4a5c-8b8e-0a4a2b2f6f1d";

  /** The order of columns is chosen with the report. */
  private static final String ACTIVITY =
      "balance_transaction_id,created_utc,created,available_on,currency,gross,fee,net,"
          + "reporting_category,source_id,description,customer_facing_amount,"
          + "customer_facing_currency,automatic_payout_id,charge_id,payment_intent_id,"
          + "payment_metadata[paymeter_gateway_key],refund_metadata[paymeter_gateway_key]\n";

  private static List<SettlementLine> read(String file) throws IOException, InvalidFileException {
    List<SettlementLine> lines = new ArrayList<>();
    new StripeReport().read(new ByteArrayInputStream(file.getBytes(UTF_8)), BERLIN, lines::add);
    return lines;
  }

  private static String row(String category, String gross, String source, String keys) {
    return "txn_1,2026-11-27 23:30:00,2026-11-28 00:30:00,2026-12-02,eur,"
        + gross
        + ",0.66,11.84,"
        + category
        + ","
        + source
        + ",\"A, \"\"b\"\"\",,,po_1,ch_1,pi_1,"
        + keys
        + "\n";
  }

  private static SettlementLine only(String row) throws IOException, InvalidFileException {
    List<SettlementLine> lines = read(ACTIVITY + row);
    assertThat(lines).hasSize(1);
    return lines.get(0);
  }

  @Test
  void charge_hasTheGatewayKeyOfItsPaymentIntent() throws Exception {
    assertThat(only(row("charge", "12.50", "ch_1", KEY + ",")))
        .isEqualTo(
            new SettlementLine(
                2,
                LineType.PAYMENT,
                KEY,
                "",
                new BigDecimal("12.50"),
                new BigDecimal("0.66"),
                new BigDecimal("11.84"),
                Currency.getInstance("EUR"),
                BookingTime.at(Instant.parse("2026-11-27T23:30:00Z"), BERLIN),
                "po_1"));
  }

  @ParameterizedTest
  @CsvSource({
    "charge, 12.50, PAYMENT, KEY, ''",
    "charge_failure, -12.50, PAYMENT, KEY, ''",
    "partial_capture_reversal, -2.50, PAYMENT, KEY, ''",
    "refund, -5.00, REFUND, REFUND, KEY",
    "refund_failure, 5.00, REFUND_FAILED, REFUND, KEY",
    "dispute, -12.50, DISPUTE, src_1, KEY",
    "dispute_reversal, 12.50, DISPUTE_WON, src_1, KEY",
    "fee, -2.00, FEE, txn_1, KEY",
    "network_cost, -2.00, FEE, txn_1, KEY",
    "other_adjustment, 2.00, ADJUSTMENT, txn_1, KEY"
  })
  void categories_areTypes(
      String category, String gross, LineType type, String reference, String payment)
      throws Exception {
    SettlementLine line = only(row(category, gross, "src_1", KEY + "," + REFUND_KEY));

    assertThat(line.type()).isEqualTo(type);
    assertThat(line.amount()).isEqualByComparingTo(gross);
    assertThat(line.reference())
        .isEqualTo(reference.replace("KEY", KEY).replace("REFUND", REFUND_KEY));
    assertThat(line.payment()).isEqualTo(payment.replace("KEY", KEY));
  }

  @ParameterizedTest
  @CsvSource({"charge, ch_1, ''", "refund, re_1, ch_1", "dispute, re_1, ch_1"})
  void objectsThatAreNotPaymeters_haveStripesIds(String category, String reference, String payment)
      throws Exception {
    SettlementLine line = only(row(category, "1.00", "re_1", ","));

    assertThat(line.reference()).isEqualTo(reference);
    assertThat(line.payment()).isEqualTo(payment);
  }

  @Test
  void payouts_areNoLines() throws Exception {
    assertThat(
            read(
                ACTIVITY
                    + row("payout", "-12.50", "po_1", ",")
                    + row("payout_reversal", "12.50", "po_1", ",")))
        .isEmpty();
  }

  /** Fee and net amount are in the currency of the balance, which the ledger does not know. */
  @Test
  void convertedCharge_hasTheAmountOfTheCustomer() throws Exception {
    String row =
        "txn_1,2026-11-27 12:00:00,,,eur,%s,0.66,11.84,%s,ch_1,,15.00,usd,po_1,ch_1,pi_1,"
            + KEY
            + ",\n";

    SettlementLine charge = only(row.formatted("12.50", "charge"));
    assertThat(charge.amount()).isEqualTo(new BigDecimal("15.00"));
    assertThat(charge.currency()).isEqualTo(Currency.getInstance("USD"));
    assertThat(charge.fee()).isNull();
    assertThat(charge.net()).isNull();
    assertThat(only(row.formatted("-12.50", "refund")).amount())
        .isEqualTo(new BigDecimal("-15.00"));
    assertThat(only(row.formatted("-1.00", "fee")).currency())
        .isEqualTo(Currency.getInstance("EUR"));
  }

  /**
   * The payout reconciliation has its times in the zone of the report, if no other is asked for.
   */
  @Test
  void payoutReconciliation_withLocalTimes_isRead() throws Exception {
    String report =
        """
        automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created,\
        currency,gross,fee,net,reporting_category,source_id,charge_id,\
        payment_metadata[paymeter_gateway_key],refund_metadata[paymeter_gateway_key]
        po_7,2026-11-30 01:00:00,txn_9,2026-11-27 00:30:00,jpy,1250,45,1205,charge,ch_9,ch_9,%s,
        """
            .formatted(KEY);

    List<SettlementLine> lines = read(report);

    assertThat(lines).hasSize(1);
    assertThat(lines.get(0).payout()).isEqualTo("po_7");
    assertThat(lines.get(0).booked().instant()).isEqualTo(Instant.parse("2026-11-26T23:30:00Z"));
    assertThat(lines.get(0).amount()).isEqualTo(new BigDecimal("1250"));
  }

  @Test
  void reportWithoutTheMetadata_namesTheColumn() {
    assertThatThrownBy(() -> read(ACTIVITY.replace(",refund_metadata[paymeter_gateway_key]", "")))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageContaining(
            "line 1: expected a column named refund_metadata[paymeter_gateway_key]");
    assertThatThrownBy(() -> read(ACTIVITY.replace("created_utc,created,", "")))
        .hasMessageContaining("expected a column named created");
  }

  @Test
  void otherDecimalSeparator_isInvalid() {
    assertThatThrownBy(() -> read(ACTIVITY + row("charge", "\"12,50\"", "ch_1", KEY + ",")))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageContaining("line 2, column gross: expected a decimal such as 12.50");
    assertThatThrownBy(
            () ->
                read(
                    ACTIVITY
                        + row("charge", "12.50", "ch_1", KEY + ",")
                            .replace("2026-11-27 23:30:00", "27/11/2026 23:30")))
        .hasMessageContaining("line 2, column created_utc: expected a time such as 2026-11-27 12");
    assertThatThrownBy(() -> read(ACTIVITY + row("", "12.50", "ch_1", KEY + ",")))
        .hasMessageContaining("column reporting_category");
    assertThatThrownBy(() -> read(ACTIVITY + row("dispute", "-12.50", "", KEY + ",")))
        .hasMessageContaining("column source_id");
  }

  @Test
  void firstLine_isRecognized() {
    assertThat(new StripeReport().matches(ACTIVITY)).isTrue();
    assertThat(new StripeReport().matches("reference,type,amount")).isFalse();
  }
}
