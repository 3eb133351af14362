package dev.paymeter.gateway.paypal;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Clock;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The account that PayPal states for the credentials. */
@ExtendWith(VertxExtension.class)
class PayPalAccountTest {
  private FakePayPal paypal;
  private PayPalGateway gateway;

  @BeforeEach
  void start(Vertx vertx) {
    paypal = new FakePayPal(vertx);
    gateway =
        new PayPalGateway(
            vertx,
            paypal.options(),
            Clock.fixed(TestOrders.CREATED_AT, ZoneOffset.UTC),
            FakePayPal.TIMEOUT);
  }

  @AfterEach
  void stop() {
    paypal.close();
  }

  @Test
  void start_permissionIsMissingAtFirst_repeatsTheRequest() {
    paypal.trouble("/balances", 403, false);
    assertThat(gateway.account("paypal")).isEmpty();

    gateway.start();

    eventually(() -> assertThat(gateway.account("paypal")).contains(FakePayPal.ACCOUNT));
    assertThat(paypal.received("/balances")).isEqualTo(2);
  }

  /** As a proxy in front of PayPal might respond. */
  @Test
  void start_responseWithoutAnAccount_repeatsTheRequest() {
    paypal.answerOnce("/balances", 200, new JsonObject());

    gateway.start();

    eventually(() -> assertThat(paypal.received("/balances")).isEqualTo(2));
    eventually(() -> assertThat(gateway.account("paypal")).contains(FakePayPal.ACCOUNT));
  }
}
