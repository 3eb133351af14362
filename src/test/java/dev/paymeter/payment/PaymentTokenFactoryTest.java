package dev.paymeter.payment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PaymentTokenFactoryTest {
  private static final PaymentToken TOKEN = factory("secret").create("pm_1");

  private static PaymentTokenFactory factory(String secret) {
    return new PaymentTokenFactory(secret.getBytes(UTF_8));
  }

  @Test
  void create_sameSecretAndValue_hasTheSameHash() {
    assertThat(factory("secret").create("pm_1")).isEqualTo(TOKEN).hasSameHashCodeAs(TOKEN);
    assertThat(TOKEN.hash()).matches("[0-9a-f]{64}");
  }

  @Test
  void create_otherSecretOrValue_hasAnotherHash() {
    assertThat(factory("other").create("pm_1")).isNotEqualTo(TOKEN);
    assertThat(factory("secret").create("pm_2")).isNotEqualTo(TOKEN);
  }

  @Test
  void ofHash_equalsTheTokenAndHasNoValue() {
    PaymentToken stored = PaymentToken.ofHash(TOKEN.hash());

    assertThat(stored).isEqualTo(TOKEN);
    assertThat(stored.value()).isEmpty();
    assertThatIllegalStateException().isThrownBy(stored::require);
    assertThat(TOKEN.require()).isEqualTo("pm_1");
  }

  @Test
  void toString_anything_doesNotShowTheValue() {
    OrderDetails details = new OrderDetails(TOKEN, null, null, Map.of());

    assertThat(TOKEN.toString()).doesNotContain("pm_1");
    assertThat(details.toString()).doesNotContain("pm_1", TOKEN.hash());
  }
}
