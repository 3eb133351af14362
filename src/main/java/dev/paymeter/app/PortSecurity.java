package dev.paymeter.app;

import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.TextFile;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.RateLimitHandler;
import dev.paymeter.http.server.HttpServers;
import dev.paymeter.http.server.ServerCertificate;
import dev.paymeter.http.server.ServerLimits;
import dev.paymeter.http.server.ServerTls;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.security.ApiKeyStore;
import dev.paymeter.security.RateLimiter;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who gets in through both ports, and how much he may do: keys and certificates, kept fresh. */
final class PortSecurity {
  private static final Logger log = LoggerFactory.getLogger(PortSecurity.class);
  private static final String KEYS = "keys";
  private static final Clock CLOCK = Clock.systemUTC();
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final PlatformMetrics metrics;
  private final @Nullable ApiKeyStore apiKeyStore;
  private final RateLimitHandler rates;
  private final HttpServers api;
  private final HttpServers management;
  private final List<FileWatcher<?>> reloads = new ArrayList<>();

  /**
   * @throws IllegalStateException when a file cannot be used any more
   */
  PortSecurity(Settings settings, PlatformMetrics metrics) {
    this.metrics = metrics;
    this.apiKeyStore = keys(settings.keys());
    this.rates = new RateLimitHandler(limits(settings.http().rate()));
    this.api = servers("http", settings.http().limits(), settings.http().tls());
    this.management =
        servers("management", settings.management().limits(), settings.management().tls());
  }

  private @Nullable ApiKeyStore keys(Optional<Path> file) {
    if (file.isEmpty()) {
      metrics.fileReloads(KEYS, () -> true);
      return null;
    }
    FileWatcher.Source<String> source = () -> TextFile.read(file.get());
    ApiKeyStore known = now("security.keys", () -> new ApiKeyStore(source.read(), CLOCK));
    reload(KEYS, new FileWatcher<>("keys in " + file.get(), source, known::replace, CLOCK));
    return known;
  }

  private static @Nullable RateLimiter limits(Settings.Rate rate) {
    return rate.perSecond() == 0
        ? null
        : new RateLimiter(rate.perSecond(), rate.burst(), System::nanoTime);
  }

  private HttpServers servers(String port, ServerLimits limits, Optional<ServerTls> tls) {
    if (tls.isEmpty()) {
      metrics.fileReloads(port + "_tls", () -> true);
      return new HttpServers(limits, metrics, null);
    }
    ServerTls files = tls.get();
    HttpServers servers = new HttpServers(limits, metrics, now(port + ".tls", files::read));
    reload(
        port + "_tls",
        new FileWatcher<>(
            "certificate in " + files.certificate() + " and its key in " + files.key(),
            files::read,
            newer -> renew(port, servers, newer),
            CLOCK));
    return servers;
  }

  private static void renew(String port, HttpServers servers, ServerCertificate newer) {
    if (BlockingFutures.await(servers.renew(newer))) {
      log.info("There is a new certificate on the port of {}", port);
    }
  }

  private static <T> T now(String setting, FileWatcher.Source<T> source) {
    try {
      return source.read();
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalStateException(setting + ": " + e.getMessage(), e);
    }
  }

  private void reload(String file, FileWatcher<?> fileWatcher) {
    metrics.fileReloads(file, fileWatcher::isSuccessful);
    reloads.add(fileWatcher);
  }

  /** From now on takes over what the files say. For when both ports listen. */
  void keepFresh(Vertx vertx) {
    reloads.forEach(fileWatcher -> fileWatcher.keepLooking(vertx, BETWEEN_LOOKS));
  }

  ApiKeyAuthHandler access() {
    return new ApiKeyAuthHandler(apiKeyStore);
  }

  RateLimitHandler rates() {
    return rates;
  }

  /** The servers of the API's port. */
  HttpServers api() {
    return api;
  }

  /** Those of the management port. */
  HttpServers management() {
    return management;
  }

  /** A key for the process itself, where one is asked for. */
  Optional<String> ownKey() {
    return Optional.ofNullable(apiKeyStore).map(ApiKeyStore::ownKey);
  }
}
