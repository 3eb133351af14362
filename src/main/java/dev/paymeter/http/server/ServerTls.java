package dev.paymeter.http.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Files of a port's certificate.
 *
 * @param certificate a PEM file of the certificate, followed by those of its issuers
 * @param key a PEM file of the private key, in PKCS #8
 */
public record ServerTls(Path certificate, Path key) {
  /**
   * Reads both files. Blocks.
   *
   * @throws IllegalArgumentException if they are invalid; without their content
   */
  public ServerCertificate read() throws IOException {
    return new ServerCertificate(Files.readString(certificate), Files.readString(key));
  }
}
