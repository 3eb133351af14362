package dev.paymeter.gateway.paypal;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.TestVertx;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The account that PayPal states for the credentials. */
class PayPalAccountTest {
  @RegisterExtension final FakePayPal paypal = new FakePayPal();

  private final PayPalGateway gateway =
      new PayPalGateway(
          TestVertx.SHARED,
          paypal.options(),
          Clock.fixed(TestOrders.CREATED_AT, ZoneOffset.UTC),
          FakePayPal.TIMEOUT);

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
