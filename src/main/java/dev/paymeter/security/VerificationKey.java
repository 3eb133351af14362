package dev.paymeter.security;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/** A public Ed25519 key (RFC 8032). Safe from any thread. */
public record VerificationKey(PublicKey key) {
  static final String ALGORITHM = "Ed25519";

  private static final int ID_BYTES = 8;

  /**
   * Reads a public key in PEM, as {@code openssl pkey -pubout} writes it (RFC 8410).
   *
   * @throws IllegalArgumentException if the text contains something else
   */
  public static VerificationKey parse(String pem) {
    try {
      PublicKey key =
          KeyFactory.getInstance(ALGORITHM)
              .generatePublic(new X509EncodedKeySpec(Pem.decode(pem, "PUBLIC KEY")));
      return new VerificationKey((EdECPublicKey) key);
    } catch (GeneralSecurityException | ClassCastException e) {
      throw new IllegalArgumentException("expected a public Ed25519 key", e);
    }
  }

  /** Returns the first 8 bytes of the SHA-256 of the key's encoding (RFC 8410), in hexadecimal. */
  public String id() {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
      return HexFormat.of().formatHex(Arrays.copyOf(hash, ID_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns whether the key has signed the UTF-8 bytes of a text. */
  public boolean verifies(String text, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(ALGORITHM);
      verifier.initVerify(key);
      verifier.update(bytes(text));
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false; // No signature at all.
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
