package dev.paymeter.app.config;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;

import dev.paymeter.http.HostHeaderFilter;
import dev.paymeter.http.server.ServerLimits;
import dev.paymeter.http.server.ServerTls;
import dev.paymeter.security.ApiKeyStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/** Reader of the settings of both ports: addresses, limits, certificates, keys. */
record ServerSettings(ConfigSource source) {
  Settings.Http http() {
    return new Settings.Http(
        source.text("http.host", "127.0.0.1"),
        source.integer("http.port", 8080, 0, ConfigSource.MAX_PORT),
        source.bytes("http.body-limit", 64 << 10, 1 << 10, 16 << 20),
        limits("http", ServerLimits.DEFAULT.connections()),
        new Settings.Rate(
            source.integer("http.rate", 0, 0, 1_000_000),
            source.integer("http.burst", 100, 1, 1_000_000)),
        tls("http"));
  }

  Settings.Management management() {
    return new Settings.Management(
        source.text("management.host", "127.0.0.1"),
        source.integer("management.port", 8000, 0, ConfigSource.MAX_PORT),
        source.flag("management.trust-local", false),
        limits("management", 200),
        tls("management"));
  }

  /**
   * Reads the path of the API keys, which are required unless the API is local to this machine.
   *
   * @param host address of the API
   */
  Optional<Path> keys(String host) {
    Optional<Path> file = source.optional("security.keys", "a path", Path::of);
    boolean isLocal = HostHeaderFilter.isLoopback(host);
    if (file.isEmpty()) {
      if (!isLocal) {
        source.addError(
            "http.host",
            "a loopback address, such as 127.0.0.1, as security.keys is not set",
            host);
      }
      return file;
    }
    try {
      if (new ApiKeyStore(TextFile.read(file.get()), Clock.systemUTC()).isEmpty() && !isLocal) {
        source.addError(
            "security.keys", "at least one key, as http.host is " + host, "none in " + file.get());
      }
    } catch (IOException e) {
      source.addError("security.keys", "a readable file of API keys", FileProblem.describe(e));
    } catch (IllegalArgumentException e) {
      source.addError("security.keys", "a file of API keys", e.getMessage() + ", in " + file.get());
    }
    return file;
  }

  private Optional<ServerTls> tls(String port) {
    Optional<Path> certificate = source.pemFile(port + ".tls.certificate");
    Optional<Path> key = source.pemFile(port + ".tls.key");
    if (certificate.isPresent() != key.isPresent()) {
      source.addError(port + ".tls", "both certificate and key, or none", "one of them");
    }
    Optional<ServerTls> files =
        certificate.flatMap(pem -> key.map(keyPem -> new ServerTls(pem, keyPem)));
    files.ifPresent(pair -> check(port, pair));
    return files;
  }

  private void check(String port, ServerTls files) {
    try {
      files.read();
    } catch (IOException | IllegalArgumentException e) {
      source.addError(
          port + ".tls",
          "a certificate and its private key",
          FileProblem.describe(e) + ", in " + files.certificate() + " and " + files.key());
    }
  }

  /** Reads the limits of a port; all but the number of connections are the same for both. */
  private ServerLimits limits(String port, int connections) {
    ServerLimits defaults = ServerLimits.DEFAULT;
    return new ServerLimits(
        source.integer(port + ".connections", connections, 1, 1_000_000),
        source.bytes("limits.uri", defaults.uriBytes(), 256, 64 << 10),
        source.bytes("limits.headers", defaults.headerBytes(), 1 << 10, 256 << 10),
        source.integer("limits.header-fields", defaults.headerFields(), 10, 10_000),
        source.integer("limits.streams", defaults.streams(), 1, 10_000),
        source.duration(
            "limits.idle-timeout", defaults.idleTimeout(), ofMillis(100), ofSeconds(3600)),
        source.duration(
            "limits.request-timeout", defaults.requestTimeout(), ofMillis(100), ofSeconds(3600)),
        source.duration(
            "limits.response-timeout", defaults.responseTimeout(), ofMillis(100), ofSeconds(3600)));
  }
}
