package dev.paymeter.bus.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.paymeter.bus.TestReaders;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.report.PaymentReport;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PaymentSchemaTest {
  private static final ReportReader<PaymentReport> PAYMENTS = TestReaders.OBSERVATIONS.payments();
  private static final String SECONDS = "a number of seconds, such as 0.25, from 0 to 86400";
  private static final String MICROS = "a whole number of microseconds, from 0 to 86400000000";
  private static final String TIME =
      "a time such as \"2026-03-04T05:06:07.123456Z\", from 2000-01-01T00:00:00Z to five minutes"
          + " ahead";
  private static final String TYPES = "one of PaymentGatewayException, PaymentValidationException";

  private static JsonObject json() {
    return new JsonObject()
        .put("publisher", "shop")
        .put("id", "sale-7")
        .put("order_id", "order_1")
        .put("user_id", "user_1")
        .put("amount", "12.50")
        .put("user_tier", "standard")
        .put("payment_method", "credit_card")
        .put("gateway", "stripe")
        .put("status", "success")
        .put("duration", 0.25);
  }

  private static JsonObject failed() {
    return json().put("status", "failed").put("error_type", "PaymentGatewayException");
  }

  private static FieldError onlyFault(JsonObject json) {
    RequestRejectedException rejected =
        catchThrowableOfType(RequestRejectedException.class, () -> PAYMENTS.read(json));
    assertThat(rejected).as("refusal").isNotNull();
    assertThat(rejected.fieldErrors()).hasSize(1);
    return rejected.fieldErrors().get(0);
  }

  @Test
  void read_onlyRequiredFields_isInUsdWithoutTime() {
    assertThat(PAYMENTS.read(json())).isEqualTo(TestOrders.order().reported("shop", "sale-7"));
  }

  @Test
  void read_everyField_isRead() {
    JsonObject json =
        new JsonObject(
            """
            {"kind": "payment", "publisher": "shop", "id": "sale-7", "order_id": "order_7",
             "user_id": "user_7", "amount": "1.500", "currency": "KWD", "user_tier": "premium",
             "payment_method": "apple_pay", "gateway": "paypal", "status": "failed",
             "duration": "1.234567", "error_type": "PaymentValidationException",
             "error_code": "insufficient_funds", "error_message": "Not enough money", "settled_at": "2026-03-04T06:00:00+01:00"}
            """);

    assertThat(PAYMENTS.read(json))
        .isEqualTo(
            TestOrders.order()
                .references("order_7", "user_7")
                .of("1.500", "KWD")
                .tier("premium")
                .method("apple_pay")
                .gateway("paypal")
                .duration(Duration.ofNanos(1_234_567_000))
                .reported(
                    "shop",
                    "sale-7",
                    new PaymentValidationException(
                        FailureCode.INSUFFICIENT_FUNDS, "Not enough money"),
                    Instant.parse("2026-03-04T05:00:00Z")));
  }

  @Test
  void read_nothing_reportsEveryError() {
    RequestRejectedException rejected =
        catchThrowableOfType(
            RequestRejectedException.class, () -> PAYMENTS.read(new JsonObject().put("x", 1)));

    assertThat(rejected.fieldErrors())
        .extracting(FieldError::field)
        .containsExactly(
            "publisher",
            "id",
            "order_id",
            "user_id",
            "amount",
            "user_tier",
            "payment_method",
            "gateway",
            "status",
            "duration",
            "x");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "order_id       | a\u0007b   | a string of 1 to 255 characters, not blank, no control characters",
        "amount         | 0           | an amount above zero",
        "amount         | 1000000.01  | at most 1000000.00 USD or the equivalent in its currency",
        "amount         | 0.001       | at most 2 decimals for USD",
        "currency       | XXX         | one of USD, EUR, GBP, JPY, KRW, KWD",
        "user_tier      | gold        | one of basic, standard, premium",
        "payment_method | cash        | one of credit_card, debit_card, paypal, apple_pay, google_pay, bank_transfer",
        "gateway        | adyen       | one of stripe, paypal",
        "status         | pending     | one of success, failed",
        "status         | SUCCESS     | one of success, failed",
        "error_type     | PaymentGatewayException | nothing, as status is success",
        "error_code     | card_declined | nothing, as status is success",
        "error_message  | why         | nothing, as status is success",
        "settled_at     | yesterday   | a time such as \"2026-03-04T05:06:07.123456Z\", from 2000-01-01T00:00:00Z to five minutes ahead",
      })
  void read_invalidValue_reportsFieldExpectedAndActual(
      String field, String value, String expected) {
    assertThat(onlyFault(json().put(field, value)))
        .isEqualTo(new FieldError(field, expected, '"' + value + '"'));
  }

  @ParameterizedTest
  @ValueSource(strings = {"order_id", "amount", "gateway", "status", "duration", "currency"})
  void read_null_isInvalid(String field) {
    assertThat(onlyFault(json().putNull(field)).actual()).isEqualTo("null");
  }

  static Stream<Arguments> durations() {
    return Stream.of(
        Arguments.of(0, 0L),
        Arguments.of(2, 2_000_000L),
        Arguments.of("0.000001", 1L),
        Arguments.of(0.123456789, 123_456L),
        Arguments.of("0.0000009", 0L),
        Arguments.of(new BigDecimal("1e-2147483647"), 0L),
        Arguments.of("86400", 86_400_000_000L));
  }

  @ParameterizedTest
  @MethodSource("durations")
  void read_duration_isInWholeMicroseconds(Object duration, long micros) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () ->
            assertThat(PAYMENTS.read(json().put("duration", duration)).duration())
                .isEqualTo(Duration.ofNanos(micros * 1000)));
  }

  static Stream<Object> wrongDurations() {
    return Stream.of(
        "",
        "-0.1",
        -1,
        true,
        "1e3",
        Double.NaN,
        Double.POSITIVE_INFINITY,
        "86400.000001",
        new BigDecimal("1e2147483647"),
        new JsonArray());
  }

  @ParameterizedTest
  @MethodSource("wrongDurations")
  void read_invalidDuration_isReported(Object duration) {
    assertThat(onlyFault(json().put("duration", duration)))
        .extracting(FieldError::field, FieldError::expected)
        .containsExactly("duration", SECONDS);
  }

  /** A publisher's clock may be slightly ahead. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "2000-01-01T00:00:00Z",
        "2026-03-04T05:06:07.123456Z",
        "2026-03-04T05:11:07.123456Z",
        "2026-03-04T00:06:07-05:00"
      })
  void read_timeNotInTheFuture_isRead(String time) {
    assertThat(PAYMENTS.read(json().put("settled_at", time)).settledAt())
        .isEqualTo(Instant.parse(time));
  }

  @Test
  void read_timeInNanoseconds_isTruncatedToMicroseconds() {
    assertThat(
            PAYMENTS.read(json().put("settled_at", "2026-03-04T05:06:07.123456789Z")).settledAt())
        .isEqualTo(Instant.parse("2026-03-04T05:06:07.123456Z"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1999-12-31T23:59:59.999999Z",
        "2026-03-04T05:11:07.123457Z",
        "+1000000000-12-31T23:59:59.999999999Z",
        "2026-03-04T05:06:07",
        "2026-03-04",
        "1772600767"
      })
  void read_invalidTime_isReported(String time) {
    assertThat(onlyFault(json().put("settled_at", time)))
        .extracting(FieldError::field, FieldError::expected)
        .containsExactly("settled_at", TIME);
  }

  @Test
  void read_failed_hasItsErrorWithOrWithoutAMessage() {
    assertThat(PAYMENTS.read(failed()).error()).isEqualTo(new PaymentGatewayException(""));
    assertThat(PAYMENTS.read(failed().put("error_message", "Gateway timeout")).error())
        .isEqualTo(new PaymentGatewayException("Gateway timeout"));
  }

  @Test
  void read_failedWithUnknownError_isReported() {
    JsonObject without = failed();
    without.remove("error_type");

    assertThat(onlyFault(without)).isEqualTo(new FieldError("error_type", TYPES, "nothing"));
    assertThat(onlyFault(failed().put("error_type", "PaymentException")))
        .isEqualTo(new FieldError("error_type", TYPES, "\"PaymentException\""));
    assertThat(onlyFault(failed().put("error_message", "")).field()).isEqualTo("error_message");
    assertThat(onlyFault(failed().put("error_code", "card_declined")))
        .isEqualTo(
            new FieldError(
                "error_code",
                "one of gateway_error, gateway_busy, gateway_unavailable, gateway_access_denied,"
                    + " request_not_received, currency_not_supported, refund_failed,"
                    + " settled_by_operators",
                "\"card_declined\""));
  }

  private static ReportReader.Batch<PaymentReport> readBatch(JsonObject columns) {
    return PAYMENTS.readBatch(
        new JsonObject().put("kind", "payment").put("publisher", "shop").put("columns", columns));
  }

  private static JsonObject columns() {
    return new JsonObject(
        """
        {"id": ["a", "b"], "order_id": ["order_1", "order_1"], "user_id": ["user_1", "user_1"],
         "amount_minor": [1250, 99], "user_tier": ["standard", "standard"],
         "payment_method": ["credit_card", "credit_card"], "gateway": ["stripe", "stripe"],
         "status": ["success", "failed"], "duration_micros": [250000, 0],
         "currency": ["USD", "JPY"], "error_type": [null, "PaymentGatewayException"],
         "error_code": [null, "gateway_busy"], "error_message": [null, null], "settled_at": ["2026-03-04T05:06:07Z", null]}
        """);
  }

  @Test
  void readBatch_everyColumn_isReadRowByRow() {
    ReportReader.Batch<PaymentReport> read = readBatch(columns());

    assertThat(read.fieldErrors()).isEmpty();
    assertThat(read.reports())
        .containsExactly(
            Map.entry(
                0,
                TestOrders.order()
                    .reported("shop", "a", null, Instant.parse("2026-03-04T05:06:07Z"))),
            Map.entry(
                1,
                TestOrders.order()
                    .of("99", "JPY")
                    .duration(Duration.ZERO)
                    .reported(
                        "shop",
                        "b",
                        new PaymentGatewayException(FailureCode.GATEWAY_BUSY, ""),
                        null)));
  }

  @Test
  void readBatch_invalidRow_isReportedAndTheOtherRead() {
    JsonObject columns =
        columns()
            .put("duration_micros", new JsonArray().add(1).add(0.5))
            .put("error_type", new JsonArray().addNull().addNull())
            .put("error_code", new JsonArray().addNull().addNull())
            .put("gateway", new JsonArray().add("stripe").addNull());

    ReportReader.Batch<PaymentReport> read = readBatch(columns);

    assertThat(read.reports()).containsOnlyKeys(0);
    assertThat(read.fieldErrors().get(1))
        .extracting(FieldError::field, FieldError::actual)
        .containsExactly(
            tuple("gateway", "null"),
            tuple("error_type", "nothing"),
            tuple("duration_micros", "0.5"));
  }

  static Stream<Object> wrongMicros() {
    return Stream.of(-1, 86_400_000_001L, BigInteger.TWO.pow(64), "1", 1.0, true);
  }

  @ParameterizedTest
  @MethodSource("wrongMicros")
  void readBatch_invalidMicroseconds_areReported(Object micros) {
    ReportReader.Batch<PaymentReport> read =
        readBatch(columns().put("duration_micros", new JsonArray().add(0).add(micros)));

    assertThat(read.fieldErrors().get(1))
        .extracting(FieldError::field, FieldError::expected)
        .containsExactly(tuple("duration_micros", MICROS));
  }

  @Test
  void kind_onlyOneAllowed_isOptional() {
    assertThat(ReportReaders.kind(json(), ReportReaders.Kind.PAYMENT))
        .isEqualTo(ReportReaders.Kind.PAYMENT);
    assertThat(ReportReaders.kind(json().put("kind", "payment"), ReportReaders.Kind.PAYMENT))
        .isEqualTo(ReportReaders.Kind.PAYMENT);
    assertThat(
            catchThrowableOfType(
                    RequestRejectedException.class,
                    () ->
                        ReportReaders.kind(json().put("kind", "event"), ReportReaders.Kind.PAYMENT))
                .fieldErrors())
        .containsExactly(new FieldError("kind", "one of payment", "\"event\""));
  }
}
