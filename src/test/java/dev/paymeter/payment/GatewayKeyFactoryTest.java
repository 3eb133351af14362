package dev.paymeter.payment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class GatewayKeyFactoryTest {
  private static final IdempotencyKey KEY = new IdempotencyKey("shop", "POST /p", "k-1", "aa");

  private final GatewayKeyFactory factory = factory("one", "secret");

  private static GatewayKeyFactory factory(String instanceId, String secret) {
    return new GatewayKeyFactory(instanceId, secret.getBytes(UTF_8));
  }

  private static UUID key(GatewayKeyFactory factory, IdempotencyKey key) {
    return factory.create(UUID.randomUUID(), Optional.of(key)).id();
  }

  @Test
  void create_sameKey_isTheSameAtEachInstanceForEachBody() {
    assertThat(key(factory("other", "secret"), new IdempotencyKey("shop", "POST /p", "k-1", "bb")))
        .isEqualTo(key(factory, KEY));
  }

  @Test
  void create_anotherOwnerRouteKeyOrSecret_isAnother() {
    List<IdempotencyKey> others =
        List.of(
            new IdempotencyKey("desk", "POST /p", "k-1", "aa"),
            new IdempotencyKey("", "POST /p", "k-1", "aa"),
            new IdempotencyKey("shop", "POST /r", "k-1", "aa"),
            new IdempotencyKey("shop", "POST /p", "k-2", "aa"));

    assertThat(others).extracting(other -> key(factory, other)).doesNotContain(key(factory, KEY));
    assertThat(others).extracting(other -> key(factory, other)).doesNotHaveDuplicates();
    assertThat(key(factory("one", "other"), KEY)).isNotEqualTo(key(factory, KEY));
  }

  @Test
  void create_withoutKey_isTheId() {
    UUID id = UUID.randomUUID();

    GatewayKey key = factory.create(id, Optional.empty());

    assertThat(key).isEqualTo(GatewayKey.of(id));
    assertThat(key.origin()).isEqualTo(new GatewayKey.Origin("one", null));
  }

  /** The derivation must not change: a gateway would charge again under another key. */
  @Test
  void create_withKey_isTheBeginningOfAnHmac() throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec("secret".getBytes(UTF_8), "HmacSHA256"));
    ByteBuffer hash = ByteBuffer.wrap(mac.doFinal("shop\nPOST /p\nk-1".getBytes(UTF_8)));

    UUID key = key(factory, KEY);

    assertThat(key.version()).isEqualTo(8);
    assertThat(key.variant()).isEqualTo(2);
    assertThat(key.getMostSignificantBits() >>> 16).isEqualTo(hash.getLong() >>> 16);
    assertThat(key.getLeastSignificantBits() << 2).isEqualTo(hash.getLong() << 2);
  }
}
