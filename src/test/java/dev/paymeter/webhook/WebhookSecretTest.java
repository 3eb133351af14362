package dev.paymeter.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.standardwebhooks.exceptions.WebhookVerificationException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookSecretTest {
  /** Values from the tests of the official libraries. */
  @Test
  void sign_valuesOfTheOfficialTests_isTheirSignature() {
    assertThat(
            new WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
                .sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"))
        .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }

  @Test
  void signature_twoSecrets_eachVerifies_andAnotherDoesNot() throws Exception {
    WebhookSecret old = WebhookSecret.generate();
    WebhookSecret current = WebhookSecret.generate();
    WebhookEndpoint endpoint =
        WebhookEndpoint.parse(
            "shop https://shop.example/hooks * " + current.text() + " " + old.text());
    long now = Instant.now().getEpochSecond();
    String body = "{\"type\":\"payment.success\",\"order\":\"Größe\"}";
    Map<String, List<String>> headers =
        Map.of(
            "webhook-id", List.of("3f2a9c11x768x5"),
            "webhook-timestamp", List.of(Long.toString(now)),
            "webhook-signature", List.of(endpoint.signature("3f2a9c11x768x5", now, body)));

    new com.standardwebhooks.Webhook(old.text()).verify(body, headers);
    new com.standardwebhooks.Webhook(current.text()).verify(body, headers);
    assertThatThrownBy(
            () ->
                new com.standardwebhooks.Webhook(WebhookSecret.generate().text())
                    .verify(body, headers))
        .isInstanceOf(WebhookVerificationException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_",
        "whsec_c2hvcnQ=",
        "whsec_*fKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
      })
  void secret_invalid_isRejected(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new WebhookSecret(text))
        .withMessage(WebhookSecret.EXPECTED);
  }

  @Test
  void toString_doesNotContainTheSecret() {
    WebhookSecret secret = WebhookSecret.generate();
    WebhookEndpoint endpoint =
        WebhookEndpoint.parse("shop https://shop.example/ * " + secret.text());

    assertThat(secret + " " + endpoint).doesNotContain(secret.text()).contains("shop");
  }
}
