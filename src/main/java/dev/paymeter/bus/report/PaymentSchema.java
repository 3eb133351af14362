package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.AmountRules;
import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.report.PaymentReport;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Schema of payments that another service has processed. Of the order's fields, only the currency
 * has a default, because a past payment must be reported exactly.
 *
 * @param clock payments settled later than its time, plus a tolerance, are rejected
 */
record PaymentSchema(
    AllowedValues allowedValues, String defaultCurrency, AmountRules amounts, Clock clock) {
  /** Longer ones use a wrong unit, and sums of microseconds could overflow. */
  private static final Duration MAX_DURATION = Duration.ofDays(1);

  private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

  /** Maximum time by which a publisher's clock may be ahead. */
  private static final Duration MAX_CLOCK_SKEW = Duration.ofMinutes(5);

  private static final String SUCCESS = PaymentStatus.SUCCESS.label();
  private static final String FAILED = PaymentStatus.FAILED.label();

  private static final String ERROR_TYPE = "error_type";
  private static final String ERROR_CODE = "error_code";
  private static final String ERROR_MESSAGE = "error_message";
  private static final String DECLINE = PaymentValidationException.class.getSimpleName();
  private static final String SETTLED_AT = "settled_at";
  private static final String MINOR_UNITS = "amount_minor";
  private static final String MICROS = "duration_micros";

  ReportReader.Schema<PaymentReport> schema() {
    return new ReportReader.Schema<>(
        List.of(
            "order_id",
            "user_id",
            MINOR_UNITS,
            "user_tier",
            "payment_method",
            "gateway",
            "status",
            MICROS),
        Set.of("currency", ERROR_TYPE, ERROR_CODE, ERROR_MESSAGE, SETTLED_AT),
        Set.of(ERROR_TYPE, ERROR_CODE, ERROR_MESSAGE, SETTLED_AT),
        this::read);
  }

  private Function<ReportReader.ReportKey, PaymentReport> read(
      JsonFieldReader fields, boolean inColumns) {
    String orderId = fields.reference("order_id");
    String userId = fields.reference("user_id");
    String currency = fields.choice("currency", allowedValues.currencies(), defaultCurrency);
    Money amount =
        inColumns
            ? fields.minorUnits(MINOR_UNITS, currency, amounts)
            : fields.amount("amount", currency, amounts);
    String tier = fields.choice("user_tier", allowedValues.tiers());
    String method = fields.choice("payment_method", allowedValues.methods());
    String gateway = fields.choice("gateway", allowedValues.gateways());
    PaymentException error = error(fields, fields.choice("status", List.of(SUCCESS, FAILED)));
    Duration duration =
        inColumns ? fields.micros(MICROS, MAX_DURATION) : fields.seconds("duration", MAX_DURATION);
    Instant settledAt =
        fields.has(SETTLED_AT)
            ? fields.instant(SETTLED_AT, EARLIEST, clock.instant().plus(MAX_CLOCK_SKEW))
            : null;
    return reportKey ->
        new PaymentReport(
            reportKey.publisher(),
            reportKey.id(),
            new PaymentOrder(
                requireNonNull(orderId),
                requireNonNull(userId),
                requireNonNull(amount),
                requireNonNull(tier),
                requireNonNull(method),
                requireNonNull(gateway)),
            requireNonNull(duration),
            error,
            settledAt);
  }

  /**
   * Reads the error of a failed payment.
   *
   * @param status null if its own field is invalid
   */
  private static @Nullable PaymentException error(JsonFieldReader fields, @Nullable String status) {
    if (SUCCESS.equals(status)) {
      fields.requireAbsent(ERROR_TYPE, "nothing, as status is success");
      fields.requireAbsent(ERROR_CODE, "nothing, as status is success");
      fields.requireAbsent(ERROR_MESSAGE, "nothing, as status is success");
      return null;
    }
    String type =
        FAILED.equals(status) || fields.has(ERROR_TYPE)
            ? fields.choice(ERROR_TYPE, PaymentException.TYPES)
            : null;
    String code =
        type != null && fields.has(ERROR_CODE)
            ? fields.choice(ERROR_CODE, FailureCode.labels(type.equals(DECLINE)))
            : null;
    String message = fields.has(ERROR_MESSAGE) ? fields.reference(ERROR_MESSAGE) : "";
    return type == null || message == null ? null : PaymentException.of(type, code, message);
  }
}
