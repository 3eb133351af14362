package dev.paymeter.payment;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA-256 (RFC 2104) of texts under one secret. Immutable; safe from any thread. */
public final class KeyedHash {
  private static final String ALGORITHM = "HmacSHA256";

  private final Mac initialized;

  public KeyedHash(byte[] secret) {
    try {
      initialized = Mac.getInstance(ALGORITHM);
      initialized.init(new SecretKeySpec(secret, ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // Every JDK has the algorithm.
    }
  }

  /** Returns the 32 bytes for the UTF-8 form of a text. */
  public byte[] of(String text) {
    try {
      // A copy is faster than a new one with the secret.
      return ((Mac) initialized.clone()).doFinal(text.getBytes(UTF_8));
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e); // The JDK's own provider supports it.
    }
  }
}
