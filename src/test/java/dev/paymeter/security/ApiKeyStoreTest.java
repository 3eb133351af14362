package dev.paymeter.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyStoreTest {
  private static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");

  private static ApiKeyStore of(String text) {
    return new ApiKeyStore(text, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  @Test
  void requireFuture_expiredOrAtThatTime_isRejected() {
    Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);

    assertThatThrownBy(() -> NewApiKey.requireFuture(NOW.toString(), clock))
        .hasMessage("a time of expiry in the future, found " + NOW);
    NewApiKey.requireFuture(NOW.plusMillis(1).toString(), clock);
    NewApiKey.requireFuture("never", clock);
  }

  @Test
  void make_twice_returnsDifferentKeys_withoutSecretsInTheirLines() {
    NewApiKey one = NewApiKey.generate("shop", "pay,read", "never");
    NewApiKey other = NewApiKey.generate("shop", "pay,read", "never");

    assertThat(one.key()).matches("pmk_[0-9a-f]{12}_[0-9a-f]{64}").isNotEqualTo(other.key());
    assertThat(one.line())
        .matches("[0-9a-f]{12} shop pay,read never [0-9a-f]{32} [0-9a-f]{64}")
        .doesNotContain(one.key().substring(17));
    assertThat(one.line().substring(0, 12)).isEqualTo(one.key().substring(4, 16));
    assertThat(one + "").doesNotContain(one.key().substring(17));
    assertThat(ApiKey.Presented.of(one.key()).orElseThrow() + "")
        .doesNotContain(one.key().substring(17));
  }

  /** The key file's format is documented, so that other tools can create keys. */
  @Test
  void line_hash_isHmacSha256OfTheSecretUnderTheSalt() throws Exception {
    NewApiKey made = NewApiKey.generate("shop", "pay", "never");
    String[] words = made.line().split(" ");
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(HexFormat.of().parseHex(words[4]), "HmacSHA256"));

    assertThat(HexFormat.of().formatHex(mac.doFinal(made.key().substring(17).getBytes("US-ASCII"))))
        .isEqualTo(words[5]);
  }

  @Test
  void find_knownKey_returnsItsCredential() {
    NewApiKey shop = NewApiKey.generate("shop", "pay,read", "never");
    NewApiKey desk = NewApiKey.generate("desk", "operate", "2026-03-04T05:06:08Z");
    ApiKeyStore apiKeyStore = of("# comment\n\n" + shop.line() + "\n  " + desk.line() + "  \n");

    assertThat(apiKeyStore.find(shop.key()))
        .hasValue(
            new Credential(
                shop.key().substring(4, 16), "shop", "shop", null, Set.of(Scope.PAY, Scope.READ)));
    assertThat(apiKeyStore.find(desk.key()).orElseThrow().scopes()).containsExactly(Scope.OPERATE);
    assertThat(apiKeyStore.isEmpty()).isFalse();
  }

  @Test
  void find_keyWithOwner_returnsIt_otherwiseTheNameIsTheOwner() {
    NewApiKey old = NewApiKey.generate("shop", "pay", "never");
    NewApiKey next = NewApiKey.generate("shop-2027", "shop", "pay", "never");

    assertThat(next.line()).endsWith(" shop");
    ApiKeyStore apiKeyStore = of(old.line() + "\n" + next.line());
    assertThat(apiKeyStore.find(old.key()).orElseThrow().owner()).isEqualTo("shop");
    assertThat(apiKeyStore.find(next.key()).orElseThrow().owner()).isEqualTo("shop");
    assertThat(apiKeyStore.find(next.key()).orElseThrow().name()).isEqualTo("shop-2027");
  }

  @Test
  void find_keyOfMerchant_isBoundToIt_andTheMerchantIsTheOwner() {
    NewApiKey acme = NewApiKey.generateForMerchant("acme", "acme", "pay,read,refund", "never");
    NewApiKey shop = NewApiKey.generate("shop", "acme", "pay", "never");

    assertThat(acme.line()).endsWith(" merchant=acme");
    ApiKeyStore apiKeyStore = of(acme.line() + "\n" + shop.line());
    Credential found = apiKeyStore.find(acme.key()).orElseThrow();
    assertThat(found.merchant()).isEqualTo("acme");
    assertThat(found.owner()).isEqualTo("merchant=acme");
    assertThat(apiKeyStore.find(shop.key()).orElseThrow().merchant())
        .as("an owner of the same name")
        .isNull();
    apiKeyStore.replace(acme.line().replace("merchant=acme", "merchant=other"));
    assertThat(apiKeyStore.isValid(found)).as("bound to another merchant").isFalse();
  }

  @Test
  void find_unknownOrExpiredKey_isEmpty() {
    NewApiKey shop = NewApiKey.generate("shop", "pay", "never");
    NewApiKey other = NewApiKey.generate("shop", "pay", "never");
    NewApiKey expired = NewApiKey.generate("old", "pay", NOW.toString());
    ApiKeyStore apiKeyStore = of(shop.line() + "\n" + expired.line() + "\n");
    String secretOfAnother = shop.key().substring(0, 17) + other.key().substring(17);

    assertThat(apiKeyStore.find(other.key())).isEmpty();
    assertThat(apiKeyStore.find(secretOfAnother)).isEmpty();
    assertThat(apiKeyStore.find(expired.key())).isEmpty();
    assertThat(apiKeyStore.find(shop.key().substring(1))).isEmpty();
    assertThat(apiKeyStore.find(shop.key() + "0")).isEmpty();
    assertThat(apiKeyStore.find(shop.key().toUpperCase(Locale.ROOT))).isEmpty();
    assertThat(apiKeyStore.find("")).isEmpty();
  }

  @Test
  void replace_validText_takesEffectAtOnce_andInvalidTextNot() {
    NewApiKey shop = NewApiKey.generate("shop", "pay", "never");
    NewApiKey desk = NewApiKey.generate("desk", "operate", "never");
    ApiKeyStore apiKeyStore = of(shop.line());
    String internalKey = apiKeyStore.createInternalKey();

    apiKeyStore.replace(desk.line());
    assertThat(apiKeyStore.find(shop.key())).isEmpty();
    assertThat(apiKeyStore.find(desk.key())).isPresent();

    assertThatThrownBy(() -> apiKeyStore.replace(shop.line() + "\nnonsense"))
        .hasMessageStartingWith("line 2: expected six words");
    assertThat(apiKeyStore.find(desk.key())).isPresent();
    assertThat(apiKeyStore.find(shop.key())).isEmpty();

    assertThatThrownBy(() -> apiKeyStore.replace("# no keys\n"))
        .hasMessage("expected at least one key, found none");
    assertThat(apiKeyStore.find(desk.key())).isPresent();
    assertThat(apiKeyStore.find(internalKey).orElseThrow().scopes())
        .containsExactlyInAnyOrder(Scope.values());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0123456789ab shop pay never SALT         | six words: id, name, scopes, expiry, salt, hash; and optionally the owner, or merchant= and a name",
        "0123456789aB shop pay never SALT HASH    | an id of 12 hexadecimal digits",
        "0123456789ab sh/op pay never SALT HASH   | a name of letters, digits, dots, hyphens",
        "0123456789ab shop play never SALT HASH   | scopes of pay, read, refund, operate",
        "0123456789ab shop pay, never SALT HASH   | scopes of pay, read, refund, operate",
        "0123456789ab shop pay 2027-01-01 SALT HASH | never, or a time such as 2027-01-01T00:00:00Z",
        "0123456789ab shop pay never SAL HASH     | a salt of 32 hexadecimal digits",
        "0123456789ab shop pay never SALT HAS     | a hash of 64 hexadecimal digits",
        "0123456789ab shop pay never SALT HASH sh/op | an owner of 1 to 64 letters, digits, dots, hyphens, underscores",
        "0123456789ab shop pay never SALT HASH merchant= | a merchant of 1 to 64 letters, digits, dots, hyphens, underscores",
        "0123456789ab shop pay never SALT HASH merchant=a=b | a merchant of 1 to 64 letters, digits, dots, hyphens, underscores",
        "0123456789ab shop pay never SALT HASH Merchant=a | an owner of 1 to 64 letters, digits, dots, hyphens, underscores",
        "0123456789ab shop pay,operate never SALT HASH merchant=a | no scope operate for a key of a merchant: operators see the payments of all merchants",
        "0123456789ab shop pay never SALT HASH a b | six words: id, name, scopes, expiry, salt, hash; and optionally the owner, or merchant= and a name"
      })
  void parse_invalidLine_isNamedWithoutItsContent(String line, String expected) {
    String text = line.replace("SALT", "0".repeat(32)).replace("HASH", "0".repeat(64));

    assertThatThrownBy(() -> of("# first\n" + text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("line 2: expected " + expected);
  }

  @Test
  void parse_sameIdTwice_isRejected() {
    String line = NewApiKey.generate("shop", "pay", "never").line();

    assertThatThrownBy(() -> of(line + "\n" + line)).hasMessage("line 2: expected a unique id");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "-a", "a/b"})
  void make_invalidName_isRejected(String name) {
    assertThatThrownBy(() -> NewApiKey.generate(name, "pay", "never"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> NewApiKey.generate("shop", name, "pay", "never"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> NewApiKey.generateForMerchant("shop", name, "pay", "never"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
