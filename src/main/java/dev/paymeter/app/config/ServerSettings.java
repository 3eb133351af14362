package dev.paymeter.app.config;

import dev.paymeter.http.HostHeaderFilter;
import dev.paymeter.http.server.ServerLimits;
import dev.paymeter.http.server.ServerTls;
import dev.paymeter.security.ApiKeyStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Reads the settings of both ports: addresses, limits, certificates, keys. */
record ServerSettings(ConfigSource source) {
  Settings.Http http() {
    return new Settings.Http(
        source.text("http.host", "127.0.0.1"),
        source.integer("http.port", 8080, 0, ConfigSource.HIGHEST_PORT),
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
        source.integer("management.port", 8000, 0, ConfigSource.HIGHEST_PORT),
        limits("management", 200),
        tls("management"));
  }

  /**
   * Reads the file of keys, which is required unless only this machine can reach the API.
   *
   * @param host where the API listens
   */
  Optional<Path> keys(String host) {
    Optional<Path> file =
        source.value(
            "security.keys", Optional.empty(), "a path", text -> Optional.of(Path.of(text)));
    boolean local = HostHeaderFilter.isLoopback(host);
    if (file.isEmpty()) {
      if (!local) {
        source.wrong(
            "http.host",
            "an address of this machine alone, such as 127.0.0.1, as security.keys is not set",
            host);
      }
      return file;
    }
    try {
      if (new ApiKeyStore(TextFile.read(file.get()), Clock.systemUTC()).isEmpty() && !local) {
        source.wrong(
            "security.keys", "at least one key, as http.host is " + host, "none in " + file.get());
      }
    } catch (IOException e) {
      source.wrong("security.keys", "a file of keys that can be read", file.get().toString());
    } catch (IllegalArgumentException e) {
      source.wrong("security.keys", "a file of keys", e.getMessage() + ", in " + file.get());
    }
    return file;
  }

  private Optional<ServerTls> tls(String port) {
    Optional<Path> certificate = source.pem(port + ".tls.certificate");
    Optional<Path> key = source.pem(port + ".tls.key");
    if (certificate.isPresent() != key.isPresent()) {
      source.wrong(port + ".tls", "both certificate and key, or none", "one of them");
    }
    Optional<ServerTls> files =
        certificate.flatMap(first -> key.map(second -> new ServerTls(first, second)));
    files.ifPresent(both -> check(port, both));
    return files;
  }

  private void check(String port, ServerTls files) {
    try {
      files.read();
    } catch (IOException | IllegalArgumentException e) {
      source.wrong(
          port + ".tls",
          "a certificate and its private key",
          e.getMessage() + ", in " + files.certificate() + " and " + files.key());
    }
  }

  /** Only the number of connections differs between the ports. */
  private ServerLimits limits(String port, int connections) {
    ServerLimits usual = ServerLimits.DEFAULT;
    return new ServerLimits(
        source.integer(port + ".connections", connections, 1, 1_000_000),
        source.bytes("limits.uri", usual.uriBytes(), 256, 64 << 10),
        source.bytes("limits.headers", usual.headerBytes(), 1 << 10, 256 << 10),
        source.integer("limits.header-fields", usual.headerFields(), 10, 10_000),
        source.integer("limits.streams", usual.streams(), 1, 10_000),
        source.duration(
            "limits.idle-timeout", usual.idle(), Duration.ofMillis(100), Duration.ofSeconds(3600)),
        source.duration(
            "limits.request-timeout",
            usual.request(),
            Duration.ofMillis(100),
            Duration.ofSeconds(3600)));
  }
}
