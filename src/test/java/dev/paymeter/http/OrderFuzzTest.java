package dev.paymeter.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.paymeter.bus.TestReaders;
import dev.paymeter.json.PaymentJson;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/** Any bytes from a client are decoded as a valid order or rejected. */
class OrderFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void read_anyBytes_isAValidOrderOrRejected(byte[] bytes) {
    PaymentOrder order;
    try {
      order =
          TestReaders.READER.read(StrictJsonParser.object(Buffer.buffer(bytes)), Optional.empty());
    } catch (ProblemException malformed) {
      assertThat(malformed.problem().detail()).isNotEmpty();
      return;
    } catch (RequestRejectedException rejected) {
      assertThat(rejected.fieldErrors()).isNotEmpty().allSatisfy(OrderFuzzTest::assertCanBeSent);
      return;
    }
    assertValid(order);
    assertUnchangedByTheCodec(order);
  }

  private static void assertValid(PaymentOrder order) {
    for (String reference : new String[] {order.orderId(), order.userId()}) {
      assertThat(reference.codePointCount(0, reference.length())).isBetween(1, 255);
      assertThat(reference).isNotBlank().doesNotContain("\0");
      assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(reference)).isTrue();
    }
    Money money = order.amount();
    assertThat(money.amount()).isPositive();
    assertThat(money.amount().scale()).isEqualTo(money.currency().getDefaultFractionDigits());
    assertThat(usd(order)).isLessThanOrEqualTo(TestReaders.MAX_USD);
    assertThat(TestOrders.ALLOWED_VALUES.currencies()).contains(money.currency().getCurrencyCode());
    assertThat(TestOrders.ALLOWED_VALUES.tiers()).contains(order.tier());
    assertThat(TestOrders.ALLOWED_VALUES.methods()).contains(order.method());
    assertThat(TestOrders.ALLOWED_VALUES.gateways()).contains(order.gateway());
  }

  private static void assertUnchangedByTheCodec(PaymentOrder order) {
    ExchangeRates.Rate rate = TestOrders.RATES.find(order.amount().currency()).orElseThrow();
    Payment payment =
        new Payment(
            new UUID(0, 0), order, usd(order), rate, TestOrders.CREATED_AT, null, null, null);
    JsonObject json = new JsonObject(PaymentJson.write(payment).toBuffer());
    for (String ours :
        new String[] {"id", "transaction_id", "status", "amount_usd", "created_at"}) {
      json.remove(ours);
    }
    assertThat(TestReaders.READER.read(json, Optional.empty())).isEqualTo(order);
  }

  private static BigDecimal usd(PaymentOrder order) {
    return TestOrders.RATES.find(order.amount().currency()).orElseThrow().convert(order.amount());
  }

  private static void assertCanBeSent(FieldError fieldError) {
    String text = fieldError.field() + fieldError.expected() + fieldError.actual();
    assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(text)).isTrue();
    assertThat(fieldError.actual().length()).isLessThan(200);
  }
}
