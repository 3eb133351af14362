package dev.paymeter.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.paymeter.bus.report.OperationReader;
import dev.paymeter.bus.report.OperationReport;
import dev.paymeter.bus.report.OperationStreamReader;
import dev.paymeter.bus.report.ReportReader;
import dev.paymeter.bus.report.ReportReaders;
import dev.paymeter.json.FieldErrorJson;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rejection of messages that contain a card number, without repeating it. */
class CardNumbersOnTheBusTest {
  private static final String CARD = "4111.1111.1111.1111";

  private static List<FieldError> faults(Runnable reading) {
    RequestRejectedException rejected =
        catchThrowableOfType(RequestRejectedException.class, reading::run);
    assertThat(FieldErrorJson.write(rejected.fieldErrors()).encode())
        .doesNotContain("4111", "1111");
    return rejected.fieldErrors();
  }

  private static FieldError cardNumber(String field) {
    return new FieldError(field, "no card number", "a card number");
  }

  @ParameterizedTest
  @ValueSource(strings = {"publisher", "id"})
  void event_cardNumberInName_isRejected(String field) {
    JsonObject event =
        new JsonObject()
            .put("kind", "event")
            .put("publisher", "shop")
            .put("id", "order-7")
            .put("event", "order")
            .put("amount", "12.34")
            .put(field, CARD);

    assertThat(faults(() -> TestReaders.OBSERVATIONS.events().read(event)))
        .containsExactly(cardNumber(field));
  }

  @ParameterizedTest
  @CsvSource({"service,a4111111111111111", "error_type,A4111111111111111"})
  void error_cardNumberInType_isRejected(String field, String word) {
    JsonObject error =
        new JsonObject()
            .put("kind", "error")
            .put("publisher", "shop")
            .put("id", "1")
            .put("service", "checkout")
            .put("error_type", "CartException")
            .put("severity", "high")
            .put(field, word);

    assertThat(faults(() -> TestReaders.OBSERVATIONS.errors().read(error)))
        .containsExactly(cardNumber(field));
  }

  private static JsonObject payment() {
    return new JsonObject()
        .put("publisher", "shop")
        .put("id", "sale-1")
        .put("order_id", "order_1")
        .put("user_id", "user_1")
        .put("amount", "19.90")
        .put("user_tier", "premium")
        .put("payment_method", "paypal")
        .put("gateway", "paypal")
        .put("status", "failed")
        .put("duration", 0.31)
        .put("error_type", "PaymentGatewayException")
        .put("error_message", "Gateway timeout");
  }

  @ParameterizedTest
  @ValueSource(strings = {"id", "order_id", "user_id", "error_message"})
  void payment_cardNumberInReference_isRejected(String field) {
    assertThat(faults(() -> TestReaders.OBSERVATIONS.payments().read(payment().put(field, CARD))))
        .containsExactly(cardNumber(field));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"amount", "currency", "user_tier", "gateway", "settled_at", CARD, "duration"})
  void payment_cardNumberElsewhere_isInvalidAndNotRepeated(String field) {
    assertThat(faults(() -> TestReaders.OBSERVATIONS.payments().read(payment().put(field, CARD))))
        .isNotEmpty();
    assertThat(
            faults(
                () ->
                    TestReaders.OBSERVATIONS
                        .payments()
                        .read(payment().put(field, 4111111111111111L))))
        .isNotEmpty();
  }

  @Test
  void batch_cardNumberInARow_doesNotAffectOtherRows() {
    JsonObject batch =
        new JsonObject()
            .put("kind", "event")
            .put("publisher", "shop")
            .put(
                "columns",
                new JsonObject()
                    .put("id", new JsonArray().add("a").add(CARD))
                    .put("event", new JsonArray().add("order").add("order"))
                    .put("amount_minor", new JsonArray().add(1).add(1)));

    ReportReader.Batch<?> read = TestReaders.OBSERVATIONS.events().readBatch(batch);

    assertThat(read.reports()).containsOnlyKeys(0);
    assertThat(read.fieldErrors()).containsOnlyKeys(1);
    assertThat(read.fieldErrors().get(1)).containsExactly(cardNumber("id"));
  }

  @Test
  void operations_cardNumberInName_isAnInvalidRow() {
    String batch =
        "{\"kind\":\"operation\",\"publisher\":\"p\",\"session\":\"s\",\"sequence\":0,"
            + "\"columns\":{\"operation\":[\"fine\",\"x4111111111111111\"],"
            + "\"outcome\":[\"success\",\"success\"],\"duration_micros\":[1,1]}}";

    for (OperationReport read :
        List.of(
            OperationStreamReader.read(Buffer.buffer(batch)).orElseThrow(),
            OperationReader.read(new JsonObject(batch)))) {
      assertThat(read.fieldErrors()).containsOnlyKeys(1);
      assertThat(read.fieldErrors().toString()).doesNotContain("4111");
      assertThat(read.rows().isValid(0)).isTrue();
    }
    assertThat(
            faults(
                () ->
                    OperationStreamReader.read(
                        Buffer.buffer(batch.replace("\"s\"", "\"4111111111111111\"")))))
        .containsExactly(cardNumber("session"));
  }

  @Test
  void kind_cardNumber_isNotRepeated() {
    assertThat(faults(() -> ReportReaders.kind(new JsonObject().put("kind", CARD)))).hasSize(1);
  }
}
