package dev.paymeter.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class SigningKeyTest {
  /** The key pair of RFC 8410, 10.3 and 10.1. */
  static final String PRIVATE =
      """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
      -----END PRIVATE KEY-----
      """;

  static final String PUBLIC =
      """
      -----BEGIN PUBLIC KEY-----
      MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
      -----END PUBLIC KEY-----
      """;

  @Test
  void parse_keyOfTheRfc_hasItsPublicKey() {
    assertThat(SigningKey.parse(PRIVATE).publicKey()).isEqualTo(VerificationKey.parse(PUBLIC));
  }

  /** Test 1 of RFC 8032, 7.1: an empty message. */
  @Test
  void sign_testVectorOfTheRfc_isItsSignature() {
    byte[] seed =
        HexFormat.of().parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    byte[] prefix = HexFormat.of().parseHex("302e020100300506032b657004220420");
    byte[] encoded = new byte[prefix.length + seed.length];
    System.arraycopy(prefix, 0, encoded, 0, prefix.length);
    System.arraycopy(seed, 0, encoded, prefix.length, seed.length);
    String pem =
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getEncoder().encodeToString(encoded)
            + "\n-----END PRIVATE KEY-----\n";

    assertThat(HexFormat.of().formatHex(SigningKey.parse(pem).sign("")))
        .isEqualTo(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  }

  @Test
  void verifies_otherTextOrSignature_isFalse() {
    SigningKey key = SigningKey.parse(PRIVATE);
    byte[] signature = key.sign("chain");

    assertThat(key.publicKey().verifies("chain", signature)).isTrue();
    assertThat(key.publicKey().verifies("chains", signature)).isFalse();
    signature[0]++;
    assertThat(key.publicKey().verifies("chain", signature)).isFalse();
    assertThat(key.publicKey().verifies("chain", new byte[3])).isFalse();
  }

  @Test
  void id_isOfTheEncodedKey() {
    // openssl pkey -pubin -outform der < key.pem | sha256sum
    assertThat(VerificationKey.parse(PUBLIC).id()).isEqualTo("a1e9156054e04fac");
  }

  @Test
  void parse_somethingElse_saysWhatIsExpectedWithoutTheText() {
    assertThatThrownBy(() -> SigningKey.parse(PUBLIC))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected PEM with BEGIN PRIVATE KEY, found none");
    assertThatThrownBy(() -> SigningKey.parse(PRIVATE.replace("MC4CAQAw", "MC4CAQAx")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected a private Ed25519 key in PKCS #8");
    assertThatThrownBy(() -> VerificationKey.parse("MCowBQYDK2VwAyEA"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
