package dev.paymeter.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.security.CardNumberDetector;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventJsonTest {
  private static final PaymentEvent.Position POSITION =
      new PaymentEvent.Position("41111111", 11111, 1117);
  private static final Instant NOW = Instant.parse("2026-03-04T05:06:07.123456Z");

  @Test
  void id_ofPosition_isReadAgainAndIsNoCardNumber() {
    String id = EventJson.id(POSITION);

    assertThat(id).isEqualTo("41111111x11111x1117");
    assertThat(EventJson.position(id)).contains(POSITION);
    assertThat(CardNumberDetector.containsCardNumber(id)).isFalse();
  }

  @Test
  void id_ofStart_isZero() {
    assertThat(EventJson.id(PaymentEvent.Position.START)).isEqualTo("0");
    assertThat(EventJson.position("0")).contains(PaymentEvent.Position.START);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0x0", "768x5", "3f2a9c1x1x1", "3f2a9c11x01x1", "3f2a9c11x1", "x1x1"})
  void position_otherText_isEmpty(String text) {
    assertThat(EventJson.position(text)).isEmpty();
  }

  @Test
  void write_deletedPaymentOfMerchant_hasIt() {
    PaymentEvent event =
        new PaymentEvent(
            POSITION, UUID.randomUUID(), PaymentEvent.WITHDRAWN, "stripe", NOW, "acme", null, null);

    assertThat(EventJson.write(event).getJsonObject("payment").getString("merchant"))
        .isEqualTo("acme");
  }

  @Test
  void write_failedRefund_hasItsTypeAndTheStatusOfThePayment() {
    Payment payment = TestOrders.order().succeeded();
    PaymentEvent event =
        new PaymentEvent(
            POSITION,
            payment.id(),
            "success",
            "stripe",
            NOW,
            null,
            PaymentEvent.REFUND_FAILED,
            payment);

    assertThat(EventJson.write(event).getString("type")).isEqualTo("payment.refund_failed");
    assertThat(EventJson.write(event).getJsonObject("payment").getString("status"))
        .isEqualTo("success");
    JsonObject step = EventJson.history(List.of(event)).getJsonArray("data").getJsonObject(0);
    assertThat(step.getString("status")).isEqualTo("success");
    assertThat(step.getString("change")).isEqualTo("refund_failed");
  }

  @Test
  void write_reset_hasTheGeneration() {
    assertThat(EventJson.write(new EventBatch.Reset(POSITION, "0123abcd", NOW)))
        .isEqualTo(
            new JsonObject()
                .put("id", "41111111x11111x1117")
                .put("type", "reset")
                .put("at", "2026-03-04T05:06:07.123456Z")
                .put("generation", "0123abcd"));
  }
}
