package dev.paymeter.http.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a port's certificate is.
 *
 * @param certificate a PEM file of the certificate and, behind it, of those that signed it
 * @param key a PEM file of its private key, in PKCS #8
 */
public record ServerTls(Path certificate, Path key) {
  /**
   * Reads both. Blocks.
   *
   * @throws IllegalArgumentException saying what is wrong with them, without their content
   */
  public ServerCertificate read() throws IOException {
    return new ServerCertificate(Files.readString(certificate), Files.readString(key));
  }
}
