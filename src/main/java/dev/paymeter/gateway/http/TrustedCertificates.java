package dev.paymeter.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.vertx.core.net.TrustOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Certificates that are trusted in addition to those of the Java runtime.
 *
 * @param additional certificates of authorities, or self-signed certificates of servers
 */
public record TrustedCertificates(List<X509Certificate> additional) {
  /** Only the certificates of the Java runtime. */
  public static final TrustedCertificates DEFAULT = new TrustedCertificates(List.of());

  public TrustedCertificates {
    additional = List.copyOf(additional);
  }

  /**
   * Parses one or more certificates in PEM.
   *
   * @throws IllegalArgumentException if there is none; its message does not contain the content
   */
  public static TrustedCertificates parse(String pem) {
    try {
      List<X509Certificate> certificates = new ArrayList<>();
      CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(pem.getBytes(ISO_8859_1)))
          .forEach(certificate -> certificates.add((X509Certificate) certificate));
      if (!certificates.isEmpty()) {
        return new TrustedCertificates(certificates);
      }
    } catch (CertificateException e) {
      throw new IllegalArgumentException("no certificates in PEM", e);
    }
    throw new IllegalArgumentException("no certificates in PEM");
  }

  /** Returns all certificates: trust options of Vert.x replace the trust of the runtime. */
  public TrustOptions trustOptions() {
    try {
      List<X509Certificate> all = new ArrayList<>(additional);
      all.addAll(List.of(manager(null).getAcceptedIssuers()));
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (int i = 0; i < all.size(); i++) {
        store.setCertificateEntry("authority-" + i, all.get(i));
      }
      return TrustOptions.wrap(manager(store));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(
          "The trusted certificates of the Java runtime cannot be read", e);
    }
  }

  /**
   * @param store null for the certificates of the runtime
   */
  private static X509TrustManager manager(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return Stream.of(factory.getTrustManagers())
        .filter(X509TrustManager.class::isInstance)
        .map(X509TrustManager.class::cast)
        .findFirst()
        .orElseThrow(() -> new GeneralSecurityException("no trust manager for X.509"));
  }
}
