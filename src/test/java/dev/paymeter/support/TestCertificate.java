package dev.paymeter.support;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A self-signed certificate, in PEM files.
 *
 * @param key in PKCS #8
 */
public record TestCertificate(Path certificate, Path key) {
  /**
   * Creates one with a key on an elliptic curve: an RSA key takes seconds of CPU time.
   *
   * @param directory for the files
   * @param name of the files, and the common name of the certificate
   */
  public static TestCertificate make(Path directory, String name) throws Exception {
    return make(directory, name, Algorithm.ecp256);
  }

  public static TestCertificate make(Path directory, String name, Algorithm algorithm)
      throws Exception {
    X509Bundle bundle =
        new CertificateBuilder()
            .subject("CN=" + name)
            .algorithm(algorithm)
            .setIsCertificateAuthority(true) // Required of those that are self-signed.
            .buildSelfSigned();
    return new TestCertificate(
        Files.writeString(directory.resolve(name + ".crt"), bundle.getCertificatePEM()),
        Files.writeString(directory.resolve(name + ".key"), bundle.getPrivateKeyPEM()));
  }
}
