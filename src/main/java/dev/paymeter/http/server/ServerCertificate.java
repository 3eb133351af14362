package dev.paymeter.http.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificate of a port and its private key, in PEM. The constructor rejects a pair that does not
 * match, which Vert.x would accept and then fail every handshake. Such a pair can be read while
 * only one of the two files has been replaced.
 *
 * @param chain the certificate, followed by the certificates of its issuers
 * @param key the private key in PKCS #8
 */
public record ServerCertificate(String chain, String key) {
  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  /** Arbitrary text, signed and verified to compare the keys. */
  private static final byte[] SAMPLE = "paymeter".getBytes(US_ASCII);

  /**
   * @throws IllegalArgumentException if a file or the pair is invalid; without their content
   */
  public ServerCertificate {
    PublicKey publicKey = publicKey(chain);
    if (!isPair(publicKey, privateKey(key, publicKey.getAlgorithm()))) {
      throw new IllegalArgumentException("the private key of another certificate");
    }
  }

  private static PublicKey publicKey(String chain) {
    try {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(chain.getBytes(US_ASCII)));
      return certificates.iterator().next().getPublicKey();
    } catch (CertificateException | RuntimeException e) {
      throw new IllegalArgumentException("no certificate in PEM", e);
    }
  }

  private static PrivateKey privateKey(String pem, String algorithm) {
    Matcher found = PRIVATE_KEY.matcher(pem);
    try {
      if (!found.find()) {
        throw new IllegalArgumentException("no private key in PEM and PKCS #8");
      }
      byte[] encoded = Base64.getMimeDecoder().decode(found.group(1));
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("no private key of the kind " + algorithm, e);
    }
  }

  private static boolean isPair(PublicKey publicKey, PrivateKey privateKey) {
    try {
      Signature signature = Signature.getInstance(signatureOf(publicKey.getAlgorithm()));
      signature.initSign(privateKey);
      signature.update(SAMPLE);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(SAMPLE);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static String signatureOf(String algorithm) {
    return switch (algorithm) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> algorithm; // The names of Ed25519 and Ed448 are those of their signatures, too.
    };
  }

  PemKeyCertOptions options() {
    return new PemKeyCertOptions()
        .addCertValue(Buffer.buffer(chain))
        .addKeyValue(Buffer.buffer(key));
  }

  /** Omits the key, which must not be logged. */
  @Override
  public String toString() {
    return "ServerCertificate[***]";
  }
}
