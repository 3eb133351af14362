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

class KeysTest {
  private static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");

  private static Keys of(String text) {
    return new Keys(text, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  @Test
  void make_always_isAnotherKey_whoseLineHasNoSecret() {
    NewKey one = NewKey.make("shop", "pay,read", "never");
    NewKey other = NewKey.make("shop", "pay,read", "never");

    assertThat(one.key()).matches("pmk_[0-9a-f]{12}_[0-9a-f]{64}").isNotEqualTo(other.key());
    assertThat(one.line())
        .matches("[0-9a-f]{12} shop pay,read never [0-9a-f]{32} [0-9a-f]{64}")
        .doesNotContain(one.key().substring(17));
    assertThat(one.line().substring(0, 12)).isEqualTo(one.key().substring(4, 16));
    assertThat(one + "").doesNotContain(one.key().substring(17));
    assertThat(ApiKey.Presented.of(one.key()).orElseThrow() + "")
        .doesNotContain(one.key().substring(17));
  }

  /** What the file holds is what the documentation says: others may make keys, too. */
  @Test
  void line_hash_isHmacSha256OfTheSecretUnderTheSalt() throws Exception {
    NewKey made = NewKey.make("shop", "pay", "never");
    String[] words = made.line().split(" ");
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(HexFormat.of().parseHex(words[4]), "HmacSHA256"));

    assertThat(HexFormat.of().formatHex(mac.doFinal(made.key().substring(17).getBytes("US-ASCII"))))
        .isEqualTo(words[5]);
  }

  @Test
  void find_known_isItsCredential() {
    NewKey shop = NewKey.make("shop", "pay,read", "never");
    NewKey desk = NewKey.make("desk", "operate", "2026-03-04T05:06:08Z");
    Keys keys = of("# ours\n\n" + shop.line() + "\n  " + desk.line() + "  \n");

    assertThat(keys.find(shop.key()))
        .hasValue(
            new Credential(shop.key().substring(4, 16), "shop", Set.of(Scope.PAY, Scope.READ)));
    assertThat(keys.find(desk.key()).orElseThrow().scopes()).containsExactly(Scope.OPERATE);
    assertThat(keys.isEmpty()).isFalse();
  }

  @Test
  void find_anythingElse_isNobody() {
    NewKey shop = NewKey.make("shop", "pay", "never");
    NewKey other = NewKey.make("shop", "pay", "never");
    NewKey expired = NewKey.make("old", "pay", NOW.toString());
    Keys keys = of(shop.line() + "\n" + expired.line() + "\n");
    String secretOfAnother = shop.key().substring(0, 17) + other.key().substring(17);

    assertThat(keys.find(other.key())).isEmpty();
    assertThat(keys.find(secretOfAnother)).isEmpty();
    assertThat(keys.find(expired.key())).isEmpty();
    assertThat(keys.find(shop.key().substring(1))).isEmpty();
    assertThat(keys.find(shop.key() + "0")).isEmpty();
    assertThat(keys.find(shop.key().toUpperCase(Locale.ROOT))).isEmpty();
    assertThat(keys.find("")).isEmpty();
  }

  @Test
  void replace_other_countsAtOnce_andWrongNotAtAll() {
    NewKey shop = NewKey.make("shop", "pay", "never");
    NewKey desk = NewKey.make("desk", "operate", "never");
    Keys keys = of(shop.line());
    String own = keys.ownKey();

    keys.replace(desk.line());
    assertThat(keys.find(shop.key())).isEmpty();
    assertThat(keys.find(desk.key())).isPresent();

    assertThatThrownBy(() -> keys.replace(shop.line() + "\nnonsense"))
        .hasMessageStartingWith("line 2, where six words");
    assertThat(keys.find(desk.key())).isPresent();
    assertThat(keys.find(shop.key())).isEmpty();

    assertThatThrownBy(() -> keys.replace("# nobody\n"))
        .hasMessage("at least one key was wanted, none found");
    assertThat(keys.find(desk.key())).isPresent();
    assertThat(keys.find(own).orElseThrow().scopes()).containsExactlyInAnyOrder(Scope.values());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0123456789ab shop pay never SALT         | six words: id, name, scopes, expiry, salt, hash",
        "0123456789aB shop pay never SALT HASH    | an id of 12 hexadecimal digits",
        "0123456789ab sh/op pay never SALT HASH   | a name of letters, digits, dots, hyphens",
        "0123456789ab shop play never SALT HASH   | scopes of pay, read, refund, operate",
        "0123456789ab shop pay, never SALT HASH   | scopes of pay, read, refund, operate",
        "0123456789ab shop pay 2027-01-01 SALT HASH | never, or a time such as 2027-01-01T00:00:00Z",
        "0123456789ab shop pay never SAL HASH     | a salt of 32 hexadecimal digits",
        "0123456789ab shop pay never SALT HAS     | a hash of 64 hexadecimal digits"
      })
  void parse_wrongLine_isNamedWithoutItsContent(String line, String wanted) {
    String text = line.replace("SALT", "0".repeat(32)).replace("HASH", "0".repeat(64));

    assertThatThrownBy(() -> of("# first\n" + text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("line 2, where " + wanted + " was wanted");
  }

  @Test
  void parse_sameIdTwice_isWrong() {
    String line = NewKey.make("shop", "pay", "never").line();

    assertThatThrownBy(() -> of(line + "\n" + line))
        .hasMessage("line 2, where an id of its own was wanted");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "-a", "a/b"})
  void make_wrongName_isRefused(String name) {
    assertThatThrownBy(() -> NewKey.make(name, "pay", "never"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
