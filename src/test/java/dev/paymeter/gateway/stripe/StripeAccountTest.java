package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The account that Stripe states for the secret key. */
class StripeAccountTest {
  @RegisterExtension final FakeStripe stripe = new FakeStripe();
  private final StripeGateway gateway = stripe.gateway(Duration.ZERO);

  @Test
  void start_stripeResponds_statesItsAccount() {
    stripe.account = "acct_1032D82eZvKYlo2C";
    assertThat(gateway.account("stripe")).isEmpty();

    gateway.start();

    eventually(() -> assertThat(gateway.account("stripe")).contains("acct_1032D82eZvKYlo2C"));
  }

  @Test
  void start_errors_repeatsTheRequest() {
    stripe.trouble("/account", 500, false, "api_error");
    stripe.trouble("/account", 0, false, "api_error");

    gateway.start();

    eventually(() -> assertThat(gateway.account("stripe")).contains("acct_1"));
    assertThat(stripe.received("/account")).isEqualTo(3);
  }

  /** As a proxy in front of Stripe might respond. */
  @Test
  void start_responseWithoutAnAccount_repeatsTheRequest() {
    stripe.answerOnce("/account", new JsonObject().put("object", "account").put("id", "?"));

    gateway.start();

    eventually(() -> assertThat(stripe.received("/account")).isEqualTo(2));
    eventually(() -> assertThat(gateway.account("stripe")).contains("acct_1"));
  }
}
