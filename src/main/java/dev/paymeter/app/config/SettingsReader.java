package dev.paymeter.app.config;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import ch.qos.logback.classic.Level;
import dev.paymeter.bus.report.EventSchema;
import dev.paymeter.bus.report.OperationNames;
import dev.paymeter.bus.report.PoolReportIngestor;
import dev.paymeter.logging.LoggingSetup;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import dev.paymeter.security.SigningKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reader of all settings: keys, defaults, ranges. Larger sections have their own readers.
 *
 * @param hasEmbeddedDatabase whether {@code database.url} is optional
 */
public record SettingsReader(ConfigSource source, boolean isTerminal, boolean hasEmbeddedDatabase) {
  private static final List<String> LEVELS = List.of("error", "warn", "info", "debug");
  private static final String DATABASE_URL = "postgresql://user:password@host:port/name";

  /**
   * @param file YAML file; empty for none
   * @param isTerminal whether the log goes to a terminal
   * @throws SettingsException with all errors
   */
  public static Settings read(
      Optional<Path> file, Map<String, String> environment, boolean isTerminal)
      throws SettingsException {
    ConfigSource source = new ConfigSource(file, environment);
    return new SettingsReader(source, isTerminal, EmbeddedPostgresServer.isIncluded()).read();
  }

  public Settings read() throws SettingsException {
    Settings settings = settings();
    new SettingsConflicts(source).check(settings);
    source.throwIfInvalid();
    return settings;
  }

  private Settings settings() {
    Settings.Database database = database();
    Settings.PaymentRules payments = new PaymentSettings(source).read();
    ServerSettings servers = new ServerSettings(source);
    Settings.Http http = servers.http();
    return new Settings(
        http,
        servers.management(),
        servers.keys(http.host()),
        database,
        source.name("instance.id", hostName()),
        payments,
        new WebhookSettings(source).read(),
        new Settings.Metrics(
            source.integer("metrics.batch-size", 100, 1, 10_000),
            source.duration("metrics.flush-interval", ofSeconds(5), ofMillis(10), ofSeconds(300)),
            source.integer("metrics.queue-capacity", 65_536, 4, 1 << 24),
            source.duration("metrics.system-interval", ofSeconds(5), ofMillis(100), ofSeconds(300)),
            source.duration("metrics.audit-interval", ofSeconds(1), ofMillis(10), ofSeconds(2)),
            source.number("metrics.sampling-rate", 0.01, Sampling.MIN_RATE, 1),
            source.integer("metrics.label-limit", 100, 1, 10_000),
            source.list(
                "metrics.business-events",
                List.of("order", "refund", "subscription"),
                ConfigSource.WORDS,
                EventSchema.EVENT),
            source.list("metrics.operations", List.of(), ConfigSource.WORDS, OperationNames.NAME),
            source.list(
                "metrics.connections",
                List.of(),
                "distinct pools, such as orders_db/main_pool",
                PoolReportIngestor.POOL)),
        new Settings.Startup(
            source.duration("startup.first-scrape-timeout", ZERO, ZERO, ofSeconds(3600))),
        new Settings.Shutdown(
            source.duration("shutdown.grace", ofSeconds(2), ZERO, ofSeconds(300)),
            source.duration("shutdown.deadline", ofSeconds(20), ZERO, ofSeconds(3600)),
            source.duration("shutdown.last-scrape-timeout", ofSeconds(30), ZERO, ofSeconds(3600))),
        new ClusterSettings(source).read(),
        new GatewaySettings(source).read(payments.allowedValues().gateways()),
        new SimulatorSettings(source).read(simulatorDirectory(database)),
        new Settings.Log(
            source.value(
                "log.format",
                isTerminal ? LoggingSetup.Format.TEXT : LoggingSetup.Format.JSON,
                AllowedValues.oneOf(List.of("text", "json")),
                text -> LoggingSetup.Format.valueOf(text.toUpperCase(Locale.ROOT))),
            source.value(
                "log.level", Level.INFO, AllowedValues.oneOf(LEVELS), SettingsReader::level)),
        otlpEndpoint(),
        source.unknownVariables());
  }

  private Optional<String> otlpEndpoint() {
    return source.optional(
        "tracing.otlp-endpoint",
        "a URL such as http://localhost:4318/v1/traces",
        text -> {
          URI url = URI.create(text);
          ConfigSource.require(String.valueOf(url.getScheme()).matches("https?"));
          ConfigSource.require(url.getHost() != null);
          return text;
        });
  }

  private Settings.Database database() {
    Optional<Settings.Secret> url =
        source.raw("database.url").map(String::strip).map(Settings.Secret::new);
    if (url.isPresent() && !Database.isValidUrl(url.get().value())) {
      source.addError("database.url", DATABASE_URL, "something else (not shown)");
    }
    if (url.isEmpty() && !hasEmbeddedDatabase) {
      source.addError("database.url", DATABASE_URL, "none; this build has no embedded PostgreSQL");
    }
    Path directory = source.value("database.directory", Path.of("data"), "a path", Path::of);
    return new Settings.Database(
        url,
        passwordFile(url),
        signingKey(),
        directory,
        source.value(
            "database.witness-file",
            url.isPresent() ? Optional.empty() : Optional.of(witnessBeside(directory)),
            "a path",
            text -> Optional.of(Path.of(text))),
        source.duration("database.search-window", ofMinutes(10), ofSeconds(10), ofHours(24)),
        source.integer("database.pool-size", 20, 1, 1000),
        source.duration("database.timeout", ofSeconds(3), ofMillis(100), ofSeconds(60)));
  }

  /** Returns a file that is not restored together with the directory. */
  private static Path witnessBeside(Path directory) {
    Path path = directory.toAbsolutePath().normalize();
    return path.resolveSibling(path.getFileName() + ".witness");
  }

  private Optional<Path> passwordFile(Optional<Settings.Secret> url) {
    Optional<Path> file = source.optional("database.password-file", "a path", Path::of);
    if (file.isPresent()
        && url.filter(each -> !Database.containsPassword(each.value())).isEmpty()) {
      source.addError(
          "database.password-file",
          "database.url without a password",
          url.isEmpty() ? "no database.url" : "one with a password");
    }
    return file;
  }

  private Optional<SigningKey> signingKey() {
    String setting = "database.signing-key-file";
    String expected = "a file with a private Ed25519 key in PEM";
    Optional<Path> file = source.optional(setting, "a path", Path::of);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(SigningKey.parse(TextFile.read(file.get())));
    } catch (IOException | IllegalArgumentException e) {
      source.addError(setting, expected, file.get() + ": " + FileProblem.describe(e));
      return Optional.empty();
    }
  }

  /** Returns the default directory; an image can only write to the temporary directory. */
  private Path simulatorDirectory(Settings.Database database) {
    return hasEmbeddedDatabase
        ? database.directory().resolve("simulator")
        : Path.of(System.getProperty("java.io.tmpdir"), "paymeter-simulator");
  }

  private static Level level(String text) {
    ConfigSource.require(LEVELS.contains(text.toLowerCase(Locale.ROOT)));
    return Level.valueOf(text);
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost"; // Has no name; then it is assumed to be the only instance.
    }
  }
}
