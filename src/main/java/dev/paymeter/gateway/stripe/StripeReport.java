package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.ChargeFields;
import dev.paymeter.settlement.BookingTime;
import dev.paymeter.settlement.CsvReader;
import dev.paymeter.settlement.InvalidFileException;
import dev.paymeter.settlement.LineFields;
import dev.paymeter.settlement.LineType;
import dev.paymeter.settlement.SettlementFormat;
import dev.paymeter.settlement.SettlementLine;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Currency;
import java.util.List;
import java.util.Set;

/**
 * Stripe's reports with a line for each balance transaction: "Itemized balance change from
 * activity" and "Itemized payout reconciliation". The metadata that Paymeter stores in a
 * PaymentIntent and in a refund identify the rows of the ledger.
 */
public final class StripeReport implements SettlementFormat {
  private static final String ID = "balance_transaction_id";
  private static final String CATEGORY = "reporting_category";
  private static final String SOURCE = "source_id";
  private static final String CHARGE = "charge_id";
  private static final String CREATED = "created";
  private static final String CREATED_UTC = "created_utc";
  private static final String CURRENCY = "currency";
  private static final String GROSS = "gross";
  private static final String FACING_CURRENCY = "customer_facing_currency";
  private static final String FACING_AMOUNT = "customer_facing_amount";
  private static final String PAYMENT_KEY =
      "payment_metadata[" + StripeMetadata.PREFIX + ChargeFields.GATEWAY_KEY + "]";
  private static final String REFUND_KEY =
      "refund_metadata[" + StripeMetadata.PREFIX + ChargeFields.GATEWAY_KEY + "]";

  private static final List<String> REQUIRED =
      List.of(ID, CATEGORY, CURRENCY, GROSS, "fee", "net", SOURCE, PAYMENT_KEY, REFUND_KEY);

  /** Transfers of the balance itself, which belong to no payment. */
  private static final Set<String> PAYOUTS =
      Set.of(
          "payout",
          "payout_reversal",
          "payout_minimum_balance_hold",
          "payout_minimum_balance_release");

  private static final Set<String> FEES =
      Set.of("fee", "network_cost", "tax", "platform_earning_refund");

  @Override
  public String name() {
    return "stripe";
  }

  @Override
  public boolean matches(String firstLine) {
    return firstLine.contains(ID) && firstLine.contains(CATEGORY);
  }

  @Override
  public String expectedFirstLine() {
    return "the columns " + ID + ", " + CATEGORY + " and others";
  }

  @Override
  public void read(InputStream file, ZoneId zone, LineReceiver lines)
      throws IOException, InvalidFileException {
    CsvReader csv = CsvReader.open(file);
    csv.require(REQUIRED);
    if (!csv.hasColumn(CREATED_UTC)) {
      csv.require(List.of(CREATED));
    }
    LineFields fields = new LineFields(csv, zone);
    while (csv.next()) {
      String category = csv.get(CATEGORY);
      if (category.isEmpty()) {
        throw fields.invalid(CATEGORY, "a category such as charge");
      }
      if (!PAYOUTS.contains(category)) {
        lines.accept(line(csv, fields, type(category), zone));
      }
    }
  }

  private static LineType type(String category) {
    return switch (category) {
      // The reversal of what was not captured is a negative part of the payment, and so is one that
      // fails after its success.
      case "charge", "charge_failure", "partial_capture_reversal" -> LineType.PAYMENT;
      case "refund" -> LineType.REFUND;
      case "refund_failure" -> LineType.REFUND_FAILED;
      case "dispute" -> LineType.DISPUTE;
      case "dispute_reversal" -> LineType.DISPUTE_WON;
      default -> FEES.contains(category) ? LineType.FEE : LineType.ADJUSTMENT;
    };
  }

  private static SettlementLine line(CsvReader csv, LineFields fields, LineType type, ZoneId zone)
      throws InvalidFileException {
    Currency currency = fields.currency(CURRENCY);
    BigDecimal gross = fields.amount(GROSS, currency);
    BookingTime booked =
        csv.hasColumn(CREATED_UTC)
            ? fields.booked(CREATED_UTC, ZoneOffset.UTC)
            : fields.booked(CREATED, zone);
    String payment = first(fields, PAYMENT_KEY, CHARGE);
    String payout = first(fields, "automatic_payout_id", "payout_id");
    boolean isConverted = isConverted(csv, type, currency);
    Currency shown = isConverted ? fields.currency(FACING_CURRENCY) : currency;
    return new SettlementLine(
        csv.line(),
        type,
        reference(fields, type, payment),
        type == LineType.PAYMENT ? "" : payment,
        isConverted ? withSignOf(gross, fields.amount(FACING_AMOUNT, shown)) : gross,
        isConverted ? null : fields.decimal("fee"),
        isConverted ? null : fields.decimal("net"),
        shown,
        booked,
        payout);
  }

  /** Returns whether the balance has another currency than the payment, refund or dispute. */
  private static boolean isConverted(CsvReader csv, LineType type, Currency currency) {
    String facing = csv.get(FACING_CURRENCY);
    return type.isInLedger()
        && !facing.isEmpty()
        && !csv.get(FACING_AMOUNT).isEmpty()
        && !facing.equalsIgnoreCase(currency.getCurrencyCode());
  }

  private static BigDecimal withSignOf(BigDecimal gross, BigDecimal amount) {
    return gross.signum() < 0 ? amount.abs().negate() : amount.abs();
  }

  /** Returns the gateway key; Stripe's id of an object that is not Paymeter's. */
  private static String reference(LineFields fields, LineType type, String payment)
      throws InvalidFileException {
    String reference =
        switch (type) {
          case PAYMENT -> payment.isEmpty() ? fields.text(SOURCE) : payment;
          case REFUND, REFUND_FAILED -> first(fields, REFUND_KEY, SOURCE);
          case DISPUTE, DISPUTE_WON -> fields.text(SOURCE);
          case FEE, ADJUSTMENT -> fields.text(ID);
        };
    if (reference.isEmpty()) {
      throw fields.invalid(SOURCE, "the id of an object of Stripe");
    }
    return reference;
  }

  private static String first(LineFields fields, String column, String other)
      throws InvalidFileException {
    String value = fields.text(column);
    return value.isEmpty() ? fields.text(other) : value;
  }
}
