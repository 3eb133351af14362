package dev.paymeter;

import ch.qos.logback.classic.Level;
import dev.paymeter.bus.ConnectionsIntake;
import dev.paymeter.bus.EventFormat;
import dev.paymeter.bus.OperationNames;
import dev.paymeter.ledger.Database;
import dev.paymeter.ledger.EmbeddedPostgresServer;
import dev.paymeter.logs.Logs;
import dev.paymeter.metrics.Sampling;
import dev.paymeter.payments.Choices;
import dev.paymeter.payments.Money;
import dev.paymeter.payments.Rates;
import dev.paymeter.security.Keys;
import dev.paymeter.web.LoopbackOnly;
import dev.paymeter.web.ServerLimits;
import dev.paymeter.web.ServerTls;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Every setting: its key, its default, its range. */
final class SettingsReader {
  private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9_]{0,31}");
  private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
  private static final Pattern INSTANCE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final String WORDS = "different lower-case words, such as a_word";
  private static final String DATABASE_URL = "postgresql://user:password@host:port/name";
  private static final int HIGHEST_PORT = 65535;

  private final SettingsSource source;
  private final boolean terminal;
  private final boolean hasEmbeddedDatabase;

  private SettingsReader(SettingsSource source, boolean terminal, boolean hasEmbeddedDatabase) {
    this.source = source;
    this.terminal = terminal;
    this.hasEmbeddedDatabase = hasEmbeddedDatabase;
  }

  /**
   * @param file a YAML file; absent where there is none
   * @param terminal whether a person reads the log
   * @throws SettingsException naming everything that is wrong
   */
  static Settings read(Optional<Path> file, Map<String, String> environment, boolean terminal)
      throws SettingsException {
    return read(new SettingsSource(file, environment), terminal);
  }

  static Settings read(SettingsSource source, boolean terminal) throws SettingsException {
    return read(source, terminal, EmbeddedPostgresServer.isIncluded());
  }

  /**
   * @param hasEmbeddedDatabase whether there is a ledger where no address of one is set
   */
  static Settings read(SettingsSource source, boolean terminal, boolean hasEmbeddedDatabase)
      throws SettingsException {
    Settings settings = new SettingsReader(source, terminal, hasEmbeddedDatabase).read();
    source.throwIfWrong();
    return settings;
  }

  private Settings read() {
    Settings.Database database = database();
    ServerLimits limits = limits();
    Settings.PaymentRules payments = payments();
    String host = source.text("http.host", "127.0.0.1");
    return new Settings(
        new Settings.Http(
            host,
            source.integer("http.port", 8080, 0, HIGHEST_PORT),
            source.bytes("http.body-limit", 64 << 10, 1 << 10, 16 << 20),
            limits.withConnections(
                source.integer("http.connections", limits.connections(), 1, 1_000_000)),
            new Settings.Rate(
                source.integer("http.rate", 0, 0, 1_000_000),
                source.integer("http.burst", 100, 1, 1_000_000)),
            tls("http")),
        new Settings.Management(
            source.text("management.host", "127.0.0.1"),
            source.integer("management.port", 8000, 0, HIGHEST_PORT),
            limits.withConnections(source.integer("management.connections", 200, 1, 1_000_000)),
            tls("management")),
        keys(host),
        database,
        source.value(
            "instance.id",
            hostName(),
            "1 to 128 letters, digits, dots, hyphens, underscores",
            text -> matching(INSTANCE, text)),
        payments,
        new Settings.Metrics(
            source.integer("metrics.batch-size", 100, 1, 10_000),
            source.duration("metrics.flush-interval", seconds(5), millis(10), seconds(300)),
            source.integer("metrics.queue-capacity", 65_536, 4, 1 << 24),
            source.duration("metrics.system-interval", seconds(5), millis(100), seconds(300)),
            source.duration("metrics.audit-interval", seconds(1), millis(10), seconds(2)),
            source.number("metrics.sampling-rate", 0.01, Sampling.LOWEST, 1),
            source.integer("metrics.label-limit", 100, 1, 10_000),
            source.list(
                "metrics.business-events",
                List.of("order", "refund", "subscription"),
                WORDS,
                EventFormat.EVENT),
            source.list("metrics.operations", List.of(), WORDS, OperationNames.NAME),
            source.list(
                "metrics.connections",
                List.of(),
                "different pools, such as orders_db/main_pool",
                ConnectionsIntake.POOL)),
        new Settings.Startup(
            source.duration(
                "startup.first-scrape-timeout", Duration.ZERO, Duration.ZERO, seconds(3600))),
        new Settings.Shutdown(
            source.duration("shutdown.grace", seconds(2), Duration.ZERO, seconds(300)),
            source.duration("shutdown.deadline", seconds(20), Duration.ZERO, seconds(3600)),
            source.duration(
                "shutdown.last-scrape-timeout", seconds(30), Duration.ZERO, seconds(3600))),
        new ClusterSettings(source).read(),
        new GatewaySettings(source).read(payments.choices().gateways()),
        new SimulatorSettings(source).read(simulatorDirectory(database)),
        new Settings.Log(
            source.value(
                "log.format",
                terminal ? Logs.Format.TEXT : Logs.Format.JSON,
                "text or json",
                text -> Logs.Format.valueOf(text.toUpperCase(Locale.ROOT))),
            source.value("log.level", Level.INFO, "error, warn, info or debug", this::level)),
        otlpEndpoint(),
        source.unknownVariables());
  }

  /** Who reaches the API from elsewhere has to have a key. */
  private Optional<Path> keys(String host) {
    Optional<Path> file =
        source.value(
            "security.keys", Optional.empty(), "a path", text -> Optional.of(Path.of(text)));
    boolean local = LoopbackOnly.isLoopback(host);
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
      if (new Keys(TextFile.read(file.get()), Clock.systemUTC()).isEmpty() && !local) {
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

  /** Those that both ports have in common. */
  private ServerLimits limits() {
    ServerLimits usual = ServerLimits.DEFAULT;
    return new ServerLimits(
        usual.connections(),
        source.bytes("limits.uri", usual.uriBytes(), 256, 64 << 10),
        source.bytes("limits.headers", usual.headerBytes(), 1 << 10, 256 << 10),
        source.integer("limits.header-fields", usual.headerFields(), 10, 10_000),
        source.integer("limits.streams", usual.streams(), 1, 10_000),
        source.duration("limits.idle-timeout", usual.idle(), millis(100), seconds(3600)),
        source.duration("limits.request-timeout", usual.request(), millis(100), seconds(3600)));
  }

  private Optional<String> otlpEndpoint() {
    return source.value(
        "tracing.otlp-endpoint",
        Optional.empty(),
        "an address such as http://localhost:4318/v1/traces",
        text -> {
          URI address = URI.create(text);
          if (!String.valueOf(address.getScheme()).matches("https?") || address.getHost() == null) {
            throw new IllegalArgumentException();
          }
          return Optional.of(text);
        });
  }

  private Settings.Database database() {
    Optional<Settings.Secret> url =
        source.raw("database.url").map(String::strip).map(Settings.Secret::new);
    if (url.isPresent() && !Database.isValid(url.get().value())) {
      source.wrong("database.url", DATABASE_URL, "something else (not shown)");
    }
    if (url.isEmpty() && !hasEmbeddedDatabase) {
      source.wrong("database.url", DATABASE_URL, "none; this build has no embedded PostgreSQL");
    }
    return new Settings.Database(
        url,
        source.value("database.directory", Path.of("data"), "a path", Path::of),
        source.integer("database.pool-size", 20, 1, 1000),
        source.duration("database.timeout", seconds(3), millis(100), seconds(60)));
  }

  /** An image has no place of its own to write to but the temporary one. */
  private Path simulatorDirectory(Settings.Database database) {
    return hasEmbeddedDatabase
        ? database.directory().resolve("simulator")
        : Path.of(System.getProperty("java.io.tmpdir"), "paymeter-simulator");
  }

  private Settings.PaymentRules payments() {
    Choices choices =
        new Choices(
            source.list("payments.tiers", List.of("basic", "standard", "premium"), WORDS, WORD),
            source.list(
                "payments.methods",
                List.of(
                    "credit_card",
                    "debit_card",
                    "paypal",
                    "apple_pay",
                    "google_pay",
                    "bank_transfer"),
                WORDS,
                WORD),
            source.list("payments.gateways", List.of("stripe", "paypal"), WORDS, WORD),
            source.list(
                "payments.currencies",
                List.of("USD", "EUR", "GBP", "JPY", "KRW", "KWD"),
                "different ISO 4217 codes, such as USD",
                CURRENCY));
    BigDecimal maxUsd =
        source.value(
            "payments.max-amount-usd",
            new BigDecimal("1000000.00"),
            "an amount from 0.01 to 100000000.00",
            SettingsReader::amount);
    Optional<Path> ratesFile =
        source.value(
            "fx.rates", Optional.empty(), "a file of rates", text -> Optional.of(Path.of(text)));
    return new Settings.PaymentRules(
        choices,
        rates(ratesFile, currencies(choices)),
        ratesFile,
        source.duration("fx.reload-interval", seconds(5), millis(100), seconds(300)),
        maxUsd,
        source.truth("payments.idempotency-required", false),
        source.duration(
            "payments.idempotency-retention",
            Duration.ofHours(24),
            Duration.ofHours(24),
            Duration.ofDays(365)),
        new RoutingSettings(source, choices).read(choices.usualGateway()));
  }

  private List<Currency> currencies(Choices choices) {
    List<Currency> currencies = new ArrayList<>();
    for (String code : choices.currencies()) {
      Optional<Currency> currency = Money.currency(code);
      currency.ifPresentOrElse(
          currencies::add,
          () ->
              source.wrong(
                  "payments.currencies",
                  "ISO 4217 codes of currencies with units to pay in, known to this Java",
                  code));
    }
    return currencies;
  }

  private Rates rates(Optional<Path> file, List<Currency> currencies) {
    try {
      Rates rates =
          file.isPresent() ? RatesFile.parse(TextFile.read(file.get())) : RatesFile.shipped();
      RatesFile.faults(rates, currencies, LocalDate.now(ZoneOffset.UTC))
          .forEach(
              fault -> source.wrong("fx.rates", "a rate for each of payments.currencies", fault));
      return rates;
    } catch (IOException | IllegalArgumentException e) {
      source.wrong(
          "fx.rates",
          "a file of rates",
          e.getMessage() + file.map(path -> " in " + path).orElse(""));
      return new Rates(Map.of());
    }
  }

  private static BigDecimal amount(String text) {
    BigDecimal amount = new BigDecimal(text);
    if (amount.scale() > 2
        || amount.compareTo(new BigDecimal("0.01")) < 0
        || amount.compareTo(new BigDecimal("100000000")) > 0) {
      throw new IllegalArgumentException();
    }
    return amount.setScale(2);
  }

  private Level level(String text) {
    Level level = Level.toLevel(text, null);
    if (level == null || !text.matches("(?i)error|warn|info|debug")) {
      throw new IllegalArgumentException();
    }
    return level;
  }

  /** The text, which {@link SettingsSource#value} says is wrong where it is otherwise. */
  static String matching(Pattern pattern, String text) {
    if (!pattern.matcher(text).matches()) {
      throw new IllegalArgumentException();
    }
    return text;
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost"; // A host that does not know its own name is nobody's second instance.
    }
  }

  private static Duration seconds(long seconds) {
    return Duration.ofSeconds(seconds);
  }

  private static Duration millis(long millis) {
    return Duration.ofMillis(millis);
  }
}
