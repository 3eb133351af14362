package dev.paymeter.app;

import dev.paymeter.app.config.FileProblem;
import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.TextFile;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.RateLimitHandler;
import dev.paymeter.http.server.HttpServers;
import dev.paymeter.http.server.ServerCertificate;
import dev.paymeter.http.server.ServerLimits;
import dev.paymeter.http.server.ServerTls;
import dev.paymeter.logging.OutOfMemoryExit;
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

/** Security of both ports: API keys, rate limits, and certificates, reloaded when files change. */
final class PortSecurity {
  private static final Logger log = LoggerFactory.getLogger(PortSecurity.class);
  private static final String KEYS = "keys";
  private static final Clock CLOCK = Clock.systemUTC();
  private static final Duration RELOAD_INTERVAL = Duration.ofSeconds(1);
  private static final Runnable EXIT = OutOfMemoryExit::exitIfInstalled;

  private final PlatformMetrics metrics;
  private final @Nullable ApiKeyStore apiKeyStore;
  private final boolean isLocalTrusted;
  private final RateLimitHandler rateLimitHandler;
  private final HttpServers api;
  private final HttpServers management;
  private final List<FileWatcher<?>> watchers = new ArrayList<>();

  /**
   * @throws IllegalStateException if a file cannot be used
   */
  PortSecurity(Settings settings, PlatformMetrics metrics) {
    this.metrics = metrics;
    this.isLocalTrusted = settings.management().isLocalTrusted();
    this.apiKeyStore = apiKeyStore(settings.keys());
    this.rateLimitHandler = new RateLimitHandler(rateLimiter(settings.http().rate()));
    this.api = servers("http", settings.http().limits(), settings.http().tls());
    this.management =
        servers("management", settings.management().limits(), settings.management().tls());
  }

  private @Nullable ApiKeyStore apiKeyStore(Optional<Path> file) {
    log.info(
        file.isEmpty() || isLocalTrusted
            ? "Every process on this machine, and every client of a proxy on it that adds no"
                + " header, is an operator of the management port; security.keys without"
                + " management.trust-local restricts this"
            : "Operators of the management port need an API key, on this machine, too");
    if (file.isEmpty()) {
      metrics.fileReloads(KEYS, () -> true);
      return null;
    }
    FileWatcher.Source<String> source = () -> TextFile.read(file.get());
    ApiKeyStore store = readFirst("security.keys", () -> new ApiKeyStore(source.read(), CLOCK));
    watch(KEYS, new FileWatcher<>("keys in " + file.get(), source, store::replace, CLOCK));
    return store;
  }

  private static @Nullable RateLimiter rateLimiter(Settings.Rate rate) {
    return rate.perSecond() == 0
        ? null
        : new RateLimiter(rate.perSecond(), rate.burst(), System::nanoTime);
  }

  private HttpServers servers(String port, ServerLimits limits, Optional<ServerTls> tls) {
    if (tls.isEmpty()) {
      metrics.fileReloads(port + "_tls", () -> true);
      return new HttpServers(limits, metrics, null, EXIT);
    }
    ServerTls files = tls.get();
    HttpServers servers =
        new HttpServers(limits, metrics, readFirst(port + ".tls", files::read), EXIT);
    watch(
        port + "_tls",
        new FileWatcher<>(
            "certificate in " + files.certificate() + " and its key in " + files.key(),
            files::read,
            certificate -> renew(port, servers, certificate),
            CLOCK));
    return servers;
  }

  private static void renew(String port, HttpServers servers, ServerCertificate certificate) {
    if (BlockingFutures.await(servers.replaceCertificate(certificate))) {
      log.info("Loaded a new certificate for the {} port", port);
    }
  }

  private static <T> T readFirst(String setting, FileWatcher.Source<T> source) {
    try {
      return source.read();
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalStateException(setting + ": " + FileProblem.describe(e), e);
    }
  }

  private void watch(String file, FileWatcher<?> fileWatcher) {
    metrics.fileReloads(file, fileWatcher::isSuccessful);
    watchers.add(fileWatcher);
  }

  /** Starts to reload changed files; both ports have to be open. */
  void startReloading(Vertx vertx) {
    watchers.forEach(fileWatcher -> fileWatcher.start(vertx, RELOAD_INTERVAL));
  }

  ApiKeyAuthHandler authHandler() {
    return new ApiKeyAuthHandler(apiKeyStore, isLocalTrusted);
  }

  RateLimitHandler rateLimitHandler() {
    return rateLimitHandler;
  }

  HttpServers api() {
    return api;
  }

  HttpServers management() {
    return management;
  }

  /** Returns the API key of the process itself; empty if the API requires none. */
  Optional<String> ownKey() {
    return Optional.ofNullable(apiKeyStore).map(ApiKeyStore::createInternalKey);
  }
}
