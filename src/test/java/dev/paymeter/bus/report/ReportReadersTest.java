package dev.paymeter.bus.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.paymeter.bus.TestReaders;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.Severity;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReportReadersTest {
  private static final ReportReader<EventReport> EVENTS = TestReaders.OBSERVATIONS.events();

  private static JsonObject json() {
    return new JsonObject()
        .put("kind", "event")
        .put("publisher", "shop")
        .put("id", "order-7")
        .put("event", "order")
        .put("amount", "12.34");
  }

  private static RequestRejectedException rejection(JsonObject json) {
    return catchThrowableOfType(RequestRejectedException.class, () -> EVENTS.read(json));
  }

  @Test
  void read_event_hasEveryField() {
    assertThat(EVENTS.read(json()))
        .isEqualTo(new EventReport("shop", "order-7", "order", TestOrders.money("12.34", "USD")));
    assertThat(EVENTS.read(json().put("amount", 99).put("currency", "JPY")).amount())
        .isEqualTo(TestOrders.money("99", "JPY"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "publisher | a b      | 1 to 128 letters, digits, dots, hyphens, underscores,"
            + " but not paymeter",
        "publisher | paymeter | 1 to 128 letters, digits, dots, hyphens, underscores,"
            + " but not paymeter",
        "publisher | -x       | 1 to 128 letters, digits, dots, hyphens, underscores,"
            + " but not paymeter",
        "event     | Order    | a lower-case word of 1 to 32 characters, such as a_word; reserved: other",
        "event     | other    | a lower-case word of 1 to 32 characters, such as a_word; reserved: other",
        "amount    | 0        | an amount above zero",
        "amount    | 1.001    | at most 2 decimals for USD",
        "amount    | 1e3      | a decimal, as a string such as \"12.50\" or as a number",
        "currency  | XXX      | one of USD, EUR, GBP, JPY, KRW, KWD",
      })
  void read_invalidValue_reportsFieldExpectedAndActual(
      String field, String value, String expected) {
    assertThat(rejection(json().put(field, value)).fieldErrors())
        .containsExactly(new FieldError(field, expected, '"' + value + '"'));
  }

  private static JsonObject batch(String columns) {
    return new JsonObject()
        .put("kind", "event")
        .put("publisher", "shop")
        .put("columns", new JsonObject(columns));
  }

  private static ReportReader.Batch<EventReport> readBatch(String columns) {
    return EVENTS.readBatch(batch(columns));
  }

  @Test
  void readBatch_everyCurrency_usesItsMinorUnits() {
    ReportReader.Batch<EventReport> read =
        readBatch(
            """
            {"id": ["a", "b", "c"], "event": ["order", "refund", "order"],
             "amount_minor": [1234, 99, 1], "currency": ["USD", "JPY", "KWD"]}
            """);

    assertThat(read.fieldErrors()).isEmpty();
    assertThat(read.reports())
        .containsExactly(
            Map.entry(0, new EventReport("shop", "a", "order", TestOrders.money("12.34", "USD"))),
            Map.entry(1, new EventReport("shop", "b", "refund", TestOrders.money("99", "JPY"))),
            Map.entry(2, new EventReport("shop", "c", "order", TestOrders.money("0.001", "KWD"))));
  }

  @Test
  void readBatch_invalidRows_areReportedAndTheOthersRead() {
    ReportReader.Batch<EventReport> read =
        readBatch(
            """
            {"id": ["a", "", "c", "d", null], "event": ["order", "Order", "order", "order", "order"],
             "amount_minor": [1, 0, "12", 100000001, 1.5]}
            """);

    assertThat(read.reports()).containsOnlyKeys(0);
    assertThat(read.fieldErrors().get(1))
        .extracting(FieldError::field)
        .containsExactly("id", "event", "amount_minor");
    assertThat(read.fieldErrors().get(2))
        .containsExactly(
            new FieldError(
                "amount_minor", "a whole number of the currency's smallest units", "\"12\""));
    assertThat(read.fieldErrors().get(3))
        .containsExactly(
            new FieldError(
                "amount_minor",
                "at most 1000000.00 USD or the equivalent in its currency",
                "100000001"));
    assertThat(read.fieldErrors().get(4))
        .extracting(FieldError::field)
        .containsExactly("id", "amount_minor");
  }

  static Stream<Arguments> wrongColumns() {
    return Stream.of(
        Arguments.of("{\"id\": [], \"event\": []}", "columns.amount_minor", "an array", "nothing"),
        Arguments.of(
            "{\"id\": 1, \"event\": [], \"amount_minor\": []}",
            "columns.id",
            "an array",
            "not an array"),
        Arguments.of(
            "{\"id\": [], \"event\": [], \"amount_minor\": [], \"amount\": []}",
            "columns.amount",
            "no such column",
            "present"),
        Arguments.of(
            "{\"id\": [], \"event\": [], \"amount_minor\": []}",
            "columns.id",
            "1 to 10000 values",
            "0 values"),
        Arguments.of(
            "{\"id\": [\"a\"], \"event\": [\"order\"], \"amount_minor\": [1, 2]}",
            "columns.amount_minor",
            "1 values, the length of columns.id",
            "2 values"));
  }

  @ParameterizedTest
  @MethodSource("wrongColumns")
  void readBatch_invalidColumns_rejectTheBatch(
      String columns, String field, String expected, String found) {
    assertThat(rejectionOfBatch(batch(columns)).fieldErrors())
        .containsExactly(new FieldError(field, expected, found));
  }

  @Test
  void readBatch_noColumns_rejectsTheBatch() {
    assertThat(rejectionOfBatch(batch("{}").putNull("columns").put("id", "a")).fieldErrors())
        .extracting(FieldError::field)
        .containsExactly("id");
    assertThat(rejectionOfBatch(batch("{}").put("columns", "x")).fieldErrors())
        .containsExactly(new FieldError("columns", "an object of arrays", "not an object"));
  }

  private static RequestRejectedException rejectionOfBatch(JsonObject json) {
    return catchThrowableOfType(RequestRejectedException.class, () -> EVENTS.readBatch(json));
  }

  @Test
  void read_nothing_reportsEveryError() {
    assertThat(rejection(new JsonObject().put("evnet", "order")).fieldErrors())
        .extracting(FieldError::field)
        .containsExactly("publisher", "id", "event", "amount", "evnet");
  }

  @Test
  void kind_known_isReturned() {
    assertThat(ReportReaders.kind(json())).isEqualTo(ReportReaders.Kind.EVENT);
    assertThat(ReportReaders.kind(json().put("kind", "error"))).isEqualTo(ReportReaders.Kind.ERROR);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"kind\": null}", "{\"kind\": \"gauge\", \"id\": 1}"})
  void kind_unknown_isTheOnlyError(String json) {
    RequestRejectedException rejected =
        catchThrowableOfType(
            RequestRejectedException.class, () -> ReportReaders.kind(new JsonObject(json)));

    assertThat(rejected.fieldErrors())
        .extracting(FieldError::field, FieldError::expected)
        .containsExactly(tuple("kind", "one of event, error, payment, operation, connections"));
  }

  private static JsonObject error() {
    return new JsonObject()
        .put("kind", "error")
        .put("publisher", "shop")
        .put("id", "e-1")
        .put("service", "checkout")
        .put("error_type", "CartException")
        .put("severity", "high");
  }

  @Test
  void readError_hasEveryField() {
    assertThat(TestReaders.OBSERVATIONS.errors().read(error()))
        .isEqualTo(new ErrorReport("shop", "e-1", "checkout", "CartException", Severity.HIGH));
  }

  /** Regression: clients could report errors under Paymeter's own services, unlike the ledger. */
  @ParameterizedTest
  @CsvSource({
    "service, payment",
    "service, ledger",
    "service, machine_readings",
    "service, other",
    "service, Checkout",
    "error_type, a type",
    "error_type, other",
    "severity, low"
  })
  void readError_invalidValue_isRejected(String field, String value) {
    RequestRejectedException rejected =
        catchThrowableOfType(
            RequestRejectedException.class,
            () -> TestReaders.OBSERVATIONS.errors().read(error().put(field, value)));

    assertThat(rejected.fieldErrors())
        .extracting(FieldError::field, FieldError::actual)
        .containsExactly(tuple(field, '"' + value + '"'));
  }

  @Test
  void readErrors_batch_isReadRowByRow() {
    ReportReader.Batch<ErrorReport> read =
        TestReaders.OBSERVATIONS
            .errors()
            .readBatch(
                new JsonObject(
                    """
                    {"kind": "error", "publisher": "shop", "columns": {"id": ["a", "b"],
                     "service": ["checkout", "payment"], "error_type": ["CartException", "X"],
                     "severity": ["medium", "high"]}}"""));

    assertThat(read.reports())
        .containsExactly(
            Map.entry(
                0, new ErrorReport("shop", "a", "checkout", "CartException", Severity.MEDIUM)));
    assertThat(read.fieldErrors()).containsOnlyKeys(1);
  }
}
