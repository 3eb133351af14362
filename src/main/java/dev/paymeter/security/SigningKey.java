package dev.paymeter.security;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;

/**
 * A private Ed25519 key (RFC 8032) and its public key. Safe from any thread.
 *
 * @param publicKey verifies what this key signs
 */
public record SigningKey(PrivateKey privateKey, VerificationKey publicKey) {
  /**
   * Reads a private key in PKCS #8 and PEM (RFC 8410), as {@code openssl genpkey -algorithm
   * ed25519} writes it.
   *
   * @throws IllegalArgumentException if the text contains something else; the message does not
   *     contain the text
   */
  public static SigningKey parse(String pem) {
    try {
      PrivateKey privateKey =
          KeyFactory.getInstance(VerificationKey.ALGORITHM)
              .generatePrivate(new PKCS8EncodedKeySpec(Pem.decode(pem, "PRIVATE KEY")));
      SigningKey key = new SigningKey(privateKey, publicKey((EdECPrivateKey) privateKey));
      if (!key.publicKey().verifies(pem, key.sign(pem))) {
        throw new IllegalStateException("the public key does not fit the private key");
      }
      return key;
    } catch (GeneralSecurityException | ClassCastException e) {
      throw new IllegalArgumentException("expected a private Ed25519 key in PKCS #8", e);
    }
  }

  /** The JDK calculates a public key only when it generates a pair, from 32 random bytes. */
  private static VerificationKey publicKey(EdECPrivateKey privateKey)
      throws GeneralSecurityException {
    byte[] seed = privateKey.getBytes().orElseThrow();
    KeyPairGenerator generator = KeyPairGenerator.getInstance(VerificationKey.ALGORITHM);
    generator.initialize(
        NamedParameterSpec.ED25519,
        new SecureRandom() {
          @Override
          public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
          }
        });
    return new VerificationKey(generator.generateKeyPair().getPublic());
  }

  /** Returns the signature of the UTF-8 bytes of a text, 64 bytes. */
  public byte[] sign(String text) {
    try {
      Signature signature = Signature.getInstance(VerificationKey.ALGORITHM);
      signature.initSign(privateKey);
      signature.update(VerificationKey.bytes(text));
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return "SigningKey " + publicKey.id();
  }
}
