package dev.paymeter.gateway.stripe;

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
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Who may vouch for a server's certificate beside those whom the Java runtime trusts anyway.
 *
 * @param further certificates of authorities, or of servers that sign their own
 */
public record TrustedCertificates(List<X509Certificate> further) {
  /** Those of the Java runtime alone. */
  public static final TrustedCertificates USUAL = new TrustedCertificates(List.of());

  public TrustedCertificates {
    further = List.copyOf(further);
  }

  /**
   * @param pem one certificate or more
   * @throws IllegalArgumentException saying what is wrong, without the content
   */
  public static TrustedCertificates parse(String pem) {
    try {
      List<X509Certificate> found = new ArrayList<>();
      CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(pem.getBytes(ISO_8859_1)))
          .forEach(certificate -> found.add((X509Certificate) certificate));
      if (!found.isEmpty()) {
        return new TrustedCertificates(found);
      }
    } catch (CertificateException e) {
      throw new IllegalArgumentException("no certificates in PEM", e);
    }
    throw new IllegalArgumentException("no certificates in PEM");
  }

  /** All of them: trust that is given to Vert.x takes the place of the runtime's own. */
  TrustOptions trust() {
    try {
      List<X509Certificate> all = new ArrayList<>(further);
      all.addAll(List.of(manager(null).getAcceptedIssuers()));
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (int i = 0; i < all.size(); i++) {
        store.setCertificateEntry("authority-" + i, all.get(i));
      }
      return TrustOptions.wrap(manager(store));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("The runtime's own trust cannot be read", e);
    }
  }

  /**
   * @param store nothing for the runtime's own
   */
  private static X509TrustManager manager(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager known) {
        return known;
      }
    }
    throw new GeneralSecurityException("no trust manager for X.509");
  }
}
