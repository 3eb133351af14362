package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.AmountRules;
import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.report.PaymentReport;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A payment that another service has processed. Of the order's fields only the currency has a
 * default: what happened is told, not guessed.
 */
final class PaymentSchema implements ReportReader.Format<PaymentReport> {
  /** Longer ones are slips of a unit, and would let sums of microseconds run over. */
  private static final Duration LONGEST = Duration.ofDays(1);

  private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

  /** How far a publisher's clock may be ahead of ours. */
  private static final Duration AHEAD = Duration.ofMinutes(5);

  private static final String SUCCESS = PaymentStatus.SUCCESS.label();
  private static final String FAILED = PaymentStatus.FAILED.label();

  private static final String ERROR_TYPE = "error_type";
  private static final String ERROR_MESSAGE = "error_message";
  private static final String SETTLED_AT = "settled_at";
  private static final String MINOR_UNITS = "amount_minor";
  private static final String MICROS = "duration_micros";

  private final AllowedValues allowedValues;
  private final String defaultCurrency;
  private final AmountRules amounts;
  private final Clock clock;

  /**
   * @param maxUsd the most that one payment may be, in US dollars
   * @param clock that no payment may be settled after, by more than clocks differ
   */
  PaymentSchema(
      AllowedValues allowedValues,
      String defaultCurrency,
      ExchangeRates exchangeRates,
      BigDecimal maxUsd,
      Clock clock) {
    this.allowedValues = allowedValues;
    this.defaultCurrency = defaultCurrency;
    this.amounts = new AmountRules(exchangeRates, maxUsd);
    this.clock = clock;
  }

  @Override
  public Set<String> fields() {
    return Set.of(
        "order_id",
        "user_id",
        "amount",
        "currency",
        "user_tier",
        "payment_method",
        "gateway",
        "status",
        "duration",
        ERROR_TYPE,
        ERROR_MESSAGE,
        SETTLED_AT);
  }

  @Override
  public Set<String> requiredColumns() {
    return new LinkedHashSet<>(
        List.of(
            "order_id",
            "user_id",
            MINOR_UNITS,
            "user_tier",
            "payment_method",
            "gateway",
            "status",
            MICROS));
  }

  @Override
  public Set<String> optionalColumns() {
    return Set.of("currency", ERROR_TYPE, ERROR_MESSAGE, SETTLED_AT);
  }

  @Override
  public Set<String> sparseColumns() {
    return Set.of(ERROR_TYPE, ERROR_MESSAGE, SETTLED_AT);
  }

  @Override
  public Function<ReportReader.Name, PaymentReport> read(
      JsonFieldReader jsonFieldReader, boolean inColumns) {
    String orderId = jsonFieldReader.reference("order_id");
    String userId = jsonFieldReader.reference("user_id");
    String currency =
        jsonFieldReader.choice("currency", allowedValues.currencies(), defaultCurrency);
    Money amount =
        inColumns
            ? jsonFieldReader.minorUnits(MINOR_UNITS, currency, amounts)
            : jsonFieldReader.amount("amount", currency, amounts);
    String tier = jsonFieldReader.choice("user_tier", allowedValues.tiers());
    String method = jsonFieldReader.choice("payment_method", allowedValues.methods());
    String gateway = jsonFieldReader.choice("gateway", allowedValues.gateways());
    PaymentException error =
        error(jsonFieldReader, jsonFieldReader.choice("status", List.of(SUCCESS, FAILED)));
    Duration duration =
        inColumns
            ? jsonFieldReader.micros(MICROS, LONGEST)
            : jsonFieldReader.seconds("duration", LONGEST);
    Instant settledAt =
        jsonFieldReader.has(SETTLED_AT)
            ? jsonFieldReader.instant(SETTLED_AT, EARLIEST, clock.instant().plus(AHEAD))
            : null;
    return name ->
        new PaymentReport(
            name.publisher(),
            name.id(),
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
   * Why it failed.
   *
   * @param status null where its own field is wrong
   */
  private static @Nullable PaymentException error(
      JsonFieldReader jsonFieldReader, @Nullable String status) {
    if (SUCCESS.equals(status)) {
      jsonFieldReader.absent(ERROR_TYPE, "nothing, as status is success");
      jsonFieldReader.absent(ERROR_MESSAGE, "nothing, as status is success");
      return null;
    }
    String type =
        FAILED.equals(status) || jsonFieldReader.has(ERROR_TYPE)
            ? jsonFieldReader.choice(ERROR_TYPE, PaymentException.TYPES)
            : null;
    String message =
        jsonFieldReader.has(ERROR_MESSAGE) ? jsonFieldReader.reference(ERROR_MESSAGE) : "";
    return type == null || message == null ? null : PaymentException.of(type, message);
  }
}
