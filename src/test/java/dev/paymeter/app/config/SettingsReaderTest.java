package dev.paymeter.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import dev.paymeter.cluster.ClusterOptions;
import dev.paymeter.cluster.NetworkRanges;
import dev.paymeter.gateway.ResilientGateway;
import dev.paymeter.gateway.http.TrustedCertificates;
import dev.paymeter.gateway.paypal.PayPalOptions;
import dev.paymeter.gateway.simulator.Fault;
import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.gateway.stripe.StripeOptions;
import dev.paymeter.http.server.ServerLimits;
import dev.paymeter.http.server.ServerTls;
import dev.paymeter.logging.LoggingSetup;
import dev.paymeter.security.NewApiKey;
import dev.paymeter.support.TestCertificate;
import dev.paymeter.support.payment.TestOrders;
import dev.paymeter.webhook.WebhookEndpoint;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsReaderTest {
  private static final String SECRET = "hunter2";
  private static final String URL = "postgresql://paymeter:" + SECRET + "@db:5432/payment_db";

  @TempDir Path directory;

  @Test
  void read_nothing_hasTheDefaults() throws Exception {
    Settings settings = SettingsReader.read(Optional.empty(), Map.of(), true);

    assertThat(settings.http())
        .isEqualTo(
            new Settings.Http(
                "127.0.0.1",
                8080,
                65536,
                ServerLimits.DEFAULT,
                new Settings.Rate(0, 100),
                Optional.empty()));
    assertThat(settings.management())
        .isEqualTo(
            new Settings.Management(
                "127.0.0.1",
                8000,
                false,
                new ServerLimits(
                    200,
                    4 << 10,
                    8 << 10,
                    100,
                    100,
                    Duration.ofSeconds(75),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(30)),
                Optional.empty()));
    assertThat(settings.database())
        .isEqualTo(
            new Settings.Database(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Path.of("data"),
                Optional.of(Path.of("data.witness").toAbsolutePath()),
                Duration.ofMinutes(10),
                20,
                Duration.ofSeconds(3)));
    assertThat(settings.instanceId()).isNotBlank();
    assertThat(settings.payments().allowedValues()).isEqualTo(TestOrders.ALLOWED_VALUES);
    assertThat(settings.payments().maxUsd()).isEqualTo(new BigDecimal("1000000.00"));
    assertThat(settings.payments().exchangeRates().currencies())
        .extracting(Object::toString)
        .contains("USD", "EUR", "GBP", "JPY", "KRW", "KWD");
    assertThat(settings.webhooks())
        .isEqualTo(
            new Settings.Webhooks(
                Optional.empty(),
                Duration.ofSeconds(15),
                10,
                Duration.ofHours(72),
                new NetworkRanges(List.of()),
                Optional.empty()));
    assertThat(settings.metrics())
        .isEqualTo(
            new Settings.Metrics(
                100,
                Duration.ofSeconds(5),
                65536,
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                0.01,
                100,
                List.of("order", "refund", "subscription"),
                List.of(),
                List.of()));
    assertThat(settings.shutdown())
        .isEqualTo(
            new Settings.Shutdown(
                Duration.ofSeconds(2), Duration.ofSeconds(20), Duration.ofSeconds(30)));
    assertThat(settings.cluster()).isEmpty();
    assertThat(settings.gateways()).containsOnlyKeys("stripe", "paypal");
    assertThat(settings.gateways().values())
        .containsOnly(
            new Settings.Gateway(
                new ResilientGateway.Guards(
                    Duration.ofSeconds(15), 1000, 0.6, 50, Duration.ofSeconds(10)),
                Duration.ofDays(7),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    assertThat(settings.simulator().directory()).isEqualTo(Path.of("data", "simulator"));
    assertThat(settings.simulator().behaviour().timeScale()).isEqualTo(1);
    assertThat(settings.simulator().behaviour().failureRate()).isEqualTo(0.1);
    assertThat(settings.simulator().behaviour().premiumFailureRate()).isEqualTo(0.05);
    assertThat(settings.simulator().delay()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.simulator().faults()).hasSize(Fault.values().length);
    assertThat(settings.simulator().faults().values()).containsOnly(0.0);
    assertThat(settings.simulator().isSwitchable()).isFalse();
    assertThat(settings.log()).isEqualTo(new Settings.Log(LoggingSetup.Format.TEXT, Level.INFO));
    assertThat(settings.warnings()).isEmpty();
  }

  @Test
  void read_stripe_hasItsUrlAndKey() throws Exception {
    Settings settings =
        read(
            Map.of(
                "PAYMETER_GATEWAYS_STRIPE_KIND", "stripe",
                "PAYMETER_GATEWAYS_STRIPE_URL", "http://127.0.0.1:12111",
                "PAYMETER_GATEWAYS_STRIPE_SECRET_KEY", "sk_test_hunter2",
                "PAYMETER_GATEWAYS_STRIPE_PAYMENT_METHOD", "pm_1"));

    assertThat(settings.gateways().get("stripe").stripe())
        .contains(
            new StripeOptions(
                URI.create("http://127.0.0.1:12111"),
                "sk_test_hunter2",
                "pm_1",
                TrustedCertificates.DEFAULT));
    assertThat(settings.gateways().get("paypal").isSimulated()).isTrue();
    assertThat(settings.toString()).doesNotContain("hunter2");
  }

  @Test
  void read_paypal_hasItsUrlAndCredentials() throws Exception {
    Settings settings =
        read(
            Map.of(
                "PAYMETER_GATEWAYS_PAYPAL_KIND", "paypal",
                "PAYMETER_GATEWAYS_PAYPAL_CLIENT_ID", "AbCd-1234_x",
                "PAYMETER_GATEWAYS_PAYPAL_SECRET_KEY", "EFgh-hunter2"));

    assertThat(settings.gateways().get("paypal").paypal())
        .contains(
            new PayPalOptions(
                URI.create("https://api-m.paypal.com"),
                "AbCd-1234_x",
                "EFgh-hunter2",
                TrustedCertificates.DEFAULT));
    assertThat(settings.gateways().get("paypal").isSimulated()).isFalse();
    assertThat(settings.gateways().get("paypal").stripe()).isEmpty();
    assertThat(settings.toString()).doesNotContain("hunter2");
  }

  @Test
  void read_paypalCredentialsMissingOrInvalid_areRejected() {
    assertThat(failure(Map.of("PAYMETER_GATEWAYS_PAYPAL_KIND", "paypal")))
        .containsExactly(
            "gateways.paypal.client-id: expected the client id of the PayPal application, found none",
            "gateways.paypal.secret-key: expected the secret of the PayPal application, found none");
    assertThat(failure(Map.of("PAYMETER_GATEWAYS_PAYPAL_CLIENT_ID", "AbCd-1234_x")))
        .containsExactly(
            "gateways.paypal.kind: expected paypal, as gateways.paypal.client-id is set, found"
                + " simulated");
    assertThat(failure(Map.of("PAYMETER_GATEWAYS_PAYPAL_CLIENT_ID", "a:b")))
        .containsExactly(
            "gateways.paypal.client-id: expected the client id of the PayPal application, found"
                + " \"a:b\"");
  }

  @Test
  void read_trustedCertificates_areThoseOfTheFile() throws Exception {
    TestCertificate one = TestCertificate.make(directory, "one");
    TestCertificate two = TestCertificate.make(directory, "two");
    Path both =
        Files.writeString(
            directory.resolve("both.crt"),
            Files.readString(one.certificate()) + Files.readString(two.certificate()));

    Settings settings =
        read(
            Map.of(
                "PAYMETER_GATEWAYS_STRIPE_KIND", "stripe",
                "PAYMETER_GATEWAYS_STRIPE_SECRET_KEY", "sk_test_hunter2",
                "PAYMETER_GATEWAYS_STRIPE_TRUST", both.toString()));

    assertThat(
            settings
                .gateways()
                .get("stripe")
                .stripe()
                .orElseThrow()
                .trustedCertificates()
                .additional())
        .extracting(certificate -> certificate.getSubjectX500Principal().getName())
        .containsExactly("CN=one", "CN=two");
  }

  @Test
  void read_trustFileWithoutCertificates_isRejected() throws Exception {
    TestCertificate pair = TestCertificate.make(directory, "one");
    Path empty = Files.writeString(directory.resolve("empty"), "");

    for (Path file : List.of(pair.key(), empty)) {
      assertThat(failure(Map.of("PAYMETER_GATEWAYS_PAYPAL_TRUST", file.toString())))
          .containsExactly(
              "gateways.paypal.trust: expected a PEM file of certificates, found no certificates in"
                  + " PEM, in "
                  + file);
    }
    assertThat(failure(Map.of("PAYMETER_GATEWAYS_PAYPAL_TRUST", "/nowhere")))
        .containsExactly("gateways.paypal.trust: expected a readable PEM file, found \"/nowhere\"");
  }

  @Test
  void read_stripeKeyMissingOrInvalid_isRejectedWithoutTheKey() {
    assertThat(failure(Map.of("PAYMETER_GATEWAYS_PAYPAL_KIND", "stripe")))
        .containsExactly("gateways.paypal.secret-key: expected Stripe's secret key, found none");
    assertThat(failure(Map.of("PAYMETER_GATEWAYS_PAYPAL_SECRET_KEY", "hunter 2")))
        .containsExactly(
            "gateways.paypal.secret-key: expected Stripe's secret key, found something else (not shown)");
  }

  @Test
  void read_noSeed_isRandom() throws Exception {
    assertThat(read(Map.of()).simulator().behaviour().seed())
        .isNotEqualTo(read(Map.of()).simulator().behaviour().seed());
  }

  @Test
  void read_noDatabaseUrlWithoutEmbedded_isRejected() {
    ConfigSource nothing = sourceOf(Map.of());

    assertThat(
            catchThrowableOfType(
                SettingsException.class, () -> new SettingsReader(nothing, false, false).read()))
        .hasMessage(
            "database.url: expected postgresql://user:password@host:port/name,"
                + " found none; this build has no embedded PostgreSQL");
  }

  @Test
  void read_databaseUrlWithoutEmbedded_isAccepted() throws Exception {
    ConfigSource source = sourceOf(Map.of("PAYMETER_DATABASE_URL", URL));

    assertThat(new SettingsReader(source, false, false).read().database().url()).isPresent();
  }

  @Test
  void read_severalDatabaseHosts_areAccepted() throws Exception {
    String url = "postgresql://paymeter@db1:5432,db2:5433/payment_db";
    String file = "/run/secrets/password";

    Settings settings =
        read(Map.of("PAYMETER_DATABASE_URL", url, "PAYMETER_DATABASE_PASSWORD_FILE", file));

    assertThat(settings.database().url()).contains(new Settings.Secret(url));
    assertThat(settings.database().passwordFile()).contains(Path.of(file));
  }

  @Test
  void read_passwordInUrlAndFile_isRejected() {
    assertThat(
            failure(
                Map.of(
                    "PAYMETER_DATABASE_URL", URL, "PAYMETER_DATABASE_PASSWORD_FILE", "password")))
        .containsExactly(
            "database.password-file: expected database.url without a password,"
                + " found one with a password");
  }

  @Test
  void read_passwordFileWithoutUrl_isRejected() {
    assertThat(failure(Map.of("PAYMETER_DATABASE_PASSWORD_FILE", "password")))
        .containsExactly(
            "database.password-file: expected database.url without a password,"
                + " found no database.url");
  }

  @Test
  void read_idempotencySecretFile_isReadWithoutItsLineBreak() throws Exception {
    Path file = file("secret");
    Files.writeString(file, "0123456789abcdef0123456789abcdef\n");

    Settings settings = read(Map.of("PAYMETER_PAYMENTS_IDEMPOTENCY_SECRET_FILE", file.toString()));

    assertThat(settings.payments().idempotencySecret())
        .contains(new Settings.Secret("0123456789abcdef0123456789abcdef"));
  }

  @Test
  void read_idempotencySecretFileShortOrMissing_isRejectedWithoutItsContent() throws Exception {
    Path file = file("secret");
    Files.writeString(file, "too short");

    assertThat(failure(Map.of("PAYMETER_PAYMENTS_IDEMPOTENCY_SECRET_FILE", file.toString())))
        .containsExactly(
            "payments.idempotency-secret-file: expected a file with a secret of at least 32"
                + " characters, found 9 in "
                + file);
    assertThat(problem(Map.of("PAYMETER_PAYMENTS_IDEMPOTENCY_SECRET_FILE", "/nowhere")))
        .startsWith("payments.idempotency-secret-file: expected a readable file, found ");
  }

  private static ConfigSource sourceOf(Map<String, String> environment) {
    return new ConfigSource(Optional.empty(), environment);
  }

  @Test
  void read_certificateWithoutKey_isRejected() throws Exception {
    Path certificate = file("certificate");

    assertThat(problem(Map.of("PAYMETER_HTTP_TLS_CERTIFICATE", certificate.toString())))
        .isEqualTo("http.tls: expected both certificate and key, or none, found one of them");
    assertThat(problem(Map.of("PAYMETER_MANAGEMENT_TLS_KEY", "/nowhere")))
        .contains("management.tls.key: expected a readable PEM file, found \"/nowhere\"");
  }

  @ParameterizedTest
  @EnumSource(names = {"rsa2048", "ecp256", "ed25519"})
  void read_certificateWithItsKey_isAccepted(Algorithm algorithm) throws Exception {
    TestCertificate pair = TestCertificate.make(directory, "localhost", algorithm);

    assertThat(read(tls(pair.certificate(), pair.key())).http().tls())
        .hasValue(new ServerTls(pair.certificate(), pair.key()));
  }

  @Test
  void read_certificateAndKeyMismatch_isRejected() throws Exception {
    TestCertificate pair = TestCertificate.make(directory, "localhost");
    TestCertificate other = TestCertificate.make(directory, "other");
    TestCertificate otherKind = TestCertificate.make(directory, "kind", Algorithm.ed25519);

    assertThat(failure(tls(pair.certificate(), other.key())))
        .containsExactly(
            "http.tls: expected a certificate and its private key, found the private key of another"
                + " certificate, in "
                + pair.certificate()
                + " and "
                + other.key());
    assertThat(failure(tls(pair.certificate(), otherKind.key())))
        .singleElement()
        .asString()
        .contains("found no private key of the kind EC, in ");
    assertThat(failure(tls(pair.certificate(), pair.certificate())))
        .singleElement()
        .asString()
        .contains("found no private key in PEM and PKCS #8, in ");
    assertThat(failure(tls(pair.key(), pair.key())))
        .singleElement()
        .asString()
        .contains("found no certificate in PEM, in ");
  }

  private static Map<String, String> tls(Path certificate, Path key) {
    return Map.of(
        "PAYMETER_HTTP_TLS_CERTIFICATE", certificate.toString(),
        "PAYMETER_HTTP_TLS_KEY", key.toString());
  }

  @Test
  void read_hostNotLoopback_requiresAKey() throws Exception {
    Path empty = Files.writeString(directory.resolve("none"), "# no key\n");
    Path wrong = Files.writeString(directory.resolve("wrong"), "secret-line\n");
    Map<String, String> open = Map.of("PAYMETER_HTTP_HOST", "0.0.0.0");

    assertThat(problem(open))
        .isEqualTo(
            "http.host: expected a loopback address, such as 127.0.0.1, as"
                + " security.keys is not set, found 0.0.0.0");
    assertThat(problem(with(open, empty)))
        .isEqualTo(
            "security.keys: expected at least one key, as http.host is 0.0.0.0, found none in "
                + empty);
    assertThat(problem(with(Map.of(), wrong)))
        .startsWith(
            "security.keys: expected a file of API keys, found line 1: expected six words: ")
        .doesNotContain("secret-line");
    assertThat(problem(with(Map.of(), directory.resolve("absent"))))
        .isEqualTo(
            "security.keys: expected a readable file of API keys, found "
                + directory.resolve("absent")
                + " (not found, or not a regular file)");
  }

  @Test
  void read_invalidWebhookSettings_areErrors() throws Exception {
    Path endpoints = file("shop");

    assertThat(problem(Map.of("PAYMETER_WEBHOOKS_ENDPOINTS", endpoints.toString())))
        .contains("webhooks.endpoints: expected a file of endpoints, found line 1: expected four");
    assertThat(problem(Map.of("PAYMETER_WEBHOOKS_ENDPOINTS", directory + "/absent")))
        .contains("webhooks.endpoints: expected a readable file of endpoints, found ");
    assertThat(problem(Map.of("PAYMETER_WEBHOOKS_ALLOWED_NETWORKS", "10.0.0.1/8")))
        .contains("webhooks.allowed-networks: expected networks such as");
    assertThat(problem(Map.of("PAYMETER_WEBHOOKS_PROXY", "https://user:secret@proxy")))
        .contains("webhooks.proxy: expected a URL such as http://proxy.example.com:3128")
        .doesNotContain("secret");
  }

  @Test
  void read_gatewayWebhooks_haveTheFileOfTheirSecrets() throws Exception {
    Path secrets = file("whsec_0123456789abcdef");
    Map<String, String> environment =
        Map.of(
            "PAYMETER_GATEWAYS_STRIPE_KIND", "stripe",
            "PAYMETER_GATEWAYS_STRIPE_SECRET_KEY", "sk_test_hunter2",
            "PAYMETER_GATEWAYS_STRIPE_WEBHOOK_SECRETS_FILE", secrets.toString());

    assertThat(read(environment).gateways().get("stripe").webhooks())
        .contains(new Settings.GatewayWebhooks(secrets, Duration.ofMinutes(5)));
    assertThat(read(environment).gateways().get("paypal").webhooks()).isEmpty();
  }

  @Test
  void read_invalidGatewayWebhooks_areErrors() throws Exception {
    String setting = "PAYMETER_GATEWAYS_STRIPE_WEBHOOK_SECRETS_FILE";

    assertThat(problem(Map.of(setting, file("whsec_0123456789abcdef").toString())))
        .isEqualTo(
            "gateways.stripe.kind: expected stripe, as gateways.stripe.webhook-secrets-file is"
                + " set, found simulated");
    assertThat(problem(stripe(setting, file("hunter3").toString())))
        .startsWith(
            "gateways.stripe.webhook-secrets-file: expected a file of secrets, found expected a"
                + " signing secret of Stripe")
        .doesNotContain("hunter3");
    assertThat(problem(stripe(setting, directory + "/absent")))
        .startsWith(
            "gateways.stripe.webhook-secrets-file: expected a readable file of secrets, found ");
    assertThat(problem(stripe("PAYMETER_GATEWAYS_STRIPE_WEBHOOK_TOLERANCE", "0s")))
        .startsWith("gateways.stripe.webhook-tolerance: expected a duration such as");
  }

  private static Map<String, String> stripe(String variable, String value) {
    return Map.of(
        "PAYMETER_GATEWAYS_STRIPE_KIND",
        "stripe",
        "PAYMETER_GATEWAYS_STRIPE_SECRET_KEY",
        "sk_test_hunter2",
        variable,
        value);
  }

  private static Map<String, String> with(Map<String, String> environment, Path keys) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("PAYMETER_SECURITY_KEYS", keys.toString());
    return all;
  }

  private static String problem(Map<String, String> environment) {
    return catchThrowableOfType(
            SettingsException.class,
            () -> SettingsReader.read(Optional.empty(), environment, false))
        .getMessage();
  }

  @Test
  void read_noTerminal_logsJson() throws Exception {
    assertThat(SettingsReader.read(Optional.empty(), Map.of(), false).log().format())
        .isEqualTo(LoggingSetup.Format.JSON);
  }

  @Test
  void read_everyKeyInTheEnvironment_isApplied() throws Exception {
    Path rates = file("USD,1,2026-01-01\nCHF,1.1,2026-01-01\n");
    TestCertificate one = TestCertificate.make(directory, "one");
    TestCertificate two = TestCertificate.make(directory, "two");
    Path keys = directory.resolve("keys");
    Files.writeString(keys, NewApiKey.generate("shop", "pay", "never").line());
    Path endpoints = directory.resolve("endpoints");
    Files.writeString(
        endpoints, WebhookEndpoint.create("shop", "https://shop.example/", "*", null).line());

    Settings settings =
        read(
            Map.ofEntries(
                Map.entry("PAYMETER_HTTP_HOST", "0.0.0.0"),
                Map.entry("PAYMETER_HTTP_PORT", "1"),
                Map.entry("PAYMETER_HTTP_BODY_LIMIT", "1MiB"),
                Map.entry("PAYMETER_SECURITY_KEYS", keys.toString()),
                Map.entry("PAYMETER_HTTP_CONNECTIONS", "7"),
                Map.entry("PAYMETER_HTTP_RATE", "50"),
                Map.entry("PAYMETER_HTTP_TLS_CERTIFICATE", one.certificate().toString()),
                Map.entry("PAYMETER_HTTP_TLS_KEY", one.key().toString()),
                Map.entry("PAYMETER_MANAGEMENT_TLS_CERTIFICATE", two.certificate().toString()),
                Map.entry("PAYMETER_MANAGEMENT_TLS_KEY", two.key().toString()),
                Map.entry("PAYMETER_HTTP_BURST", "20"),
                Map.entry("PAYMETER_LIMITS_URI", "1KiB"),
                Map.entry("PAYMETER_LIMITS_HEADERS", "4KiB"),
                Map.entry("PAYMETER_LIMITS_HEADER_FIELDS", "50"),
                Map.entry("PAYMETER_LIMITS_STREAMS", "10"),
                Map.entry("PAYMETER_LIMITS_IDLE_TIMEOUT", "20s"),
                Map.entry("PAYMETER_LIMITS_REQUEST_TIMEOUT", "5s"),
                Map.entry("PAYMETER_LIMITS_RESPONSE_TIMEOUT", "6s"),
                Map.entry("PAYMETER_MANAGEMENT_CONNECTIONS", "8"),
                Map.entry("PAYMETER_MANAGEMENT_HOST", "::1"),
                Map.entry("PAYMETER_MANAGEMENT_PORT", "65535"),
                Map.entry("PAYMETER_MANAGEMENT_TRUST_LOCAL", "true"),
                Map.entry("PAYMETER_DATABASE_URL", URL),
                Map.entry("PAYMETER_DATABASE_DIRECTORY", "/var/lib/paymeter"),
                Map.entry("PAYMETER_DATABASE_WITNESS_FILE", "/var/lib/paymeter/witness"),
                Map.entry("PAYMETER_DATABASE_SEARCH_WINDOW", "30m"),
                Map.entry("PAYMETER_DATABASE_POOL_SIZE", "7"),
                Map.entry("PAYMETER_DATABASE_TIMEOUT", "500ms"),
                Map.entry("PAYMETER_INSTANCE_ID", "paymeter-0"),
                Map.entry("PAYMETER_CLUSTER_ENABLED", "true"),
                Map.entry("PAYMETER_CLUSTER_NAME", "shop"),
                Map.entry("PAYMETER_CLUSTER_HOST", "10.42.0.1"),
                Map.entry("PAYMETER_CLUSTER_PORT", "5801"),
                Map.entry("PAYMETER_CLUSTER_BUS_PORT", "5802"),
                Map.entry("PAYMETER_CLUSTER_MEMBERS", "10.42.0.1, [fd00::1]:5801, other:1"),
                Map.entry("PAYMETER_CLUSTER_NETWORKS", "10.42.0.0/16, fd00::/8"),
                Map.entry("PAYMETER_CLUSTER_TLS_CERTIFICATE", rates.toString()),
                Map.entry("PAYMETER_CLUSTER_TLS_KEY", rates.toString()),
                Map.entry("PAYMETER_CLUSTER_TLS_TRUST", rates.toString()),
                Map.entry("PAYMETER_PAYMENTS_TIERS", "gold, silver"),
                Map.entry("PAYMETER_PAYMENTS_METHODS", "cash"),
                Map.entry("PAYMETER_PAYMENTS_GATEWAYS", "adyen"),
                Map.entry("PAYMETER_PAYMENTS_CURRENCIES", "USD,CHF"),
                Map.entry("PAYMETER_PAYMENTS_MAX_AMOUNT_USD", "5000"),
                Map.entry("PAYMETER_FX_RATES", rates.toString()),
                Map.entry("PAYMETER_FX_RELOAD_INTERVAL", "1m"),
                Map.entry("PAYMETER_WEBHOOKS_ENDPOINTS", endpoints.toString()),
                Map.entry("PAYMETER_WEBHOOKS_TIMEOUT", "2s"),
                Map.entry("PAYMETER_WEBHOOKS_MAX_IN_FLIGHT", "3"),
                Map.entry("PAYMETER_WEBHOOKS_RETRY_PERIOD", "1h"),
                Map.entry("PAYMETER_WEBHOOKS_ALLOWED_NETWORKS", "10.0.0.0/8, fd00::/8"),
                Map.entry("PAYMETER_WEBHOOKS_PROXY", "http://user:pass@proxy:3128"),
                Map.entry("PAYMETER_METRICS_BATCH_SIZE", "10"),
                Map.entry("PAYMETER_METRICS_FLUSH_INTERVAL", "1m"),
                Map.entry("PAYMETER_METRICS_QUEUE_CAPACITY", "1024"),
                Map.entry("PAYMETER_METRICS_SYSTEM_INTERVAL", "2s"),
                Map.entry("PAYMETER_SHUTDOWN_GRACE", "0s"),
                Map.entry("PAYMETER_METRICS_AUDIT_INTERVAL", "100ms"),
                Map.entry("PAYMETER_METRICS_SAMPLING_RATE", "0.3"),
                Map.entry("PAYMETER_METRICS_LABEL_LIMIT", "7"),
                Map.entry("PAYMETER_METRICS_BUSINESS_EVENTS", "sale, return_of_goods"),
                Map.entry("PAYMETER_METRICS_OPERATIONS", "db_query, cache_get"),
                Map.entry("PAYMETER_METRICS_CONNECTIONS", "orders_db/main_pool, orders_db/reports"),
                Map.entry("PAYMETER_SHUTDOWN_DEADLINE", "1h"),
                Map.entry("PAYMETER_SHUTDOWN_LAST_SCRAPE_TIMEOUT", "1m"),
                Map.entry("PAYMETER_TRACING_OTLP_ENDPOINT", "http://127.0.0.1:4318/v1/traces"),
                Map.entry("PAYMETER_SIMULATOR_SEED", "-42"),
                Map.entry("PAYMETER_SIMULATOR_TIME_SCALE", "0"),
                Map.entry("PAYMETER_SIMULATOR_FAILURE_RATE", "1"),
                Map.entry("PAYMETER_SIMULATOR_PREMIUM_FAILURE_RATE", "0.5"),
                Map.entry("PAYMETER_SIMULATOR_DIRECTORY", "/var/lib/simulator"),
                Map.entry("PAYMETER_SIMULATOR_SWITCHABLE", "true"),
                Map.entry("PAYMETER_SIMULATOR_FAULTS_DELAY", "100ms"),
                Map.entry("PAYMETER_SIMULATOR_FAULTS_ANSWER_LOST", "0.25"),
                Map.entry("PAYMETER_LOG_FORMAT", "JSON"),
                Map.entry("PAYMETER_LOG_LEVEL", "debug")));

    assertThat(settings.keys()).hasValue(keys);
    assertThat(settings.http())
        .isEqualTo(
            new Settings.Http(
                "0.0.0.0",
                1,
                1 << 20,
                new ServerLimits(
                    7,
                    1024,
                    4096,
                    50,
                    10,
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(6)),
                new Settings.Rate(50, 20),
                Optional.of(new ServerTls(one.certificate(), one.key()))));
    assertThat(settings.management())
        .isEqualTo(
            new Settings.Management(
                "::1",
                65535,
                true,
                new ServerLimits(
                    8,
                    1024,
                    4096,
                    50,
                    10,
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(6)),
                Optional.of(new ServerTls(two.certificate(), two.key()))));
    assertThat(settings.database())
        .isEqualTo(
            new Settings.Database(
                Optional.of(new Settings.Secret(URL)),
                Optional.empty(),
                Optional.empty(),
                Path.of("/var/lib/paymeter"),
                Optional.of(Path.of("/var/lib/paymeter/witness")),
                Duration.ofMinutes(30),
                7,
                Duration.ofMillis(500)));
    assertThat(settings.instanceId()).isEqualTo("paymeter-0");
    assertThat(settings.payments().allowedValues().tiers()).containsExactly("gold", "silver");
    assertThat(settings.payments().allowedValues().methods()).containsExactly("cash");
    assertThat(settings.payments().allowedValues().gateways()).containsExactly("adyen");
    assertThat(settings.payments().allowedValues().currencies()).containsExactly("USD", "CHF");
    assertThat(settings.payments().maxUsd()).isEqualTo(new BigDecimal("5000.00"));
    assertThat(settings.payments().exchangeRates().currencies()).hasSize(2);
    assertThat(settings.payments().ratesFile()).contains(rates);
    assertThat(settings.payments().reloadInterval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(settings.webhooks())
        .isEqualTo(
            new Settings.Webhooks(
                Optional.of(endpoints),
                Duration.ofSeconds(2),
                3,
                Duration.ofHours(1),
                NetworkRanges.parse(List.of("10.0.0.0/8", "fd00::/8")),
                Optional.of(new Settings.Secret("http://user:pass@proxy:3128"))));
    assertThat(settings.metrics())
        .isEqualTo(
            new Settings.Metrics(
                10,
                Duration.ofMinutes(1),
                1024,
                Duration.ofSeconds(2),
                Duration.ofMillis(100),
                0.3,
                7,
                List.of("sale", "return_of_goods"),
                List.of("db_query", "cache_get"),
                List.of("orders_db/main_pool", "orders_db/reports")));
    assertThat(settings.shutdown())
        .isEqualTo(
            new Settings.Shutdown(Duration.ZERO, Duration.ofHours(1), Duration.ofMinutes(1)));
    assertThat(settings.cluster())
        .contains(
            new ClusterOptions(
                "shop",
                InetAddress.getByName("10.42.0.1"),
                5801,
                5802,
                List.of("10.42.0.1", "[fd00::1]:5801", "other:1"),
                Optional.empty(),
                NetworkRanges.parse(List.of("10.42.0.0/16", "fd00::/8")),
                Optional.of(new ClusterOptions.Tls(rates, rates, rates))));
    assertThat(settings.simulator().behaviour())
        .isEqualTo(new SimulatedGateway.Behaviour(-42, 0, 1, 0.5));
    assertThat(settings.simulator().directory()).isEqualTo(Path.of("/var/lib/simulator"));
    assertThat(settings.simulator().isSwitchable()).isTrue();
    assertThat(settings.simulator().delay()).isEqualTo(Duration.ofMillis(100));
    assertThat(settings.simulator().faults())
        .containsEntry(Fault.ANSWER_LOST, 0.25)
        .containsEntry(Fault.ANSWER_LATE, 0.0);
    assertThat(settings.log()).isEqualTo(new Settings.Log(LoggingSetup.Format.JSON, Level.DEBUG));
    assertThat(settings.otlpEndpoint()).contains("http://127.0.0.1:4318/v1/traces");
    assertThat(settings.warnings()).isEmpty();
  }

  @Test
  void read_fileAndEnvironment_environmentTakesPrecedence() throws Exception {
    Path file = file("http: {host: 127.0.0.2, port: 1}\npayments:\n  tiers: [gold, silver]\n");

    Settings settings =
        SettingsReader.read(Optional.of(file), Map.of("PAYMETER_HTTP_PORT", "2"), false);

    assertThat(settings.http().host()).isEqualTo("127.0.0.2");
    assertThat(settings.http().port()).isEqualTo(2);
    assertThat(settings.payments().allowedValues().tiers()).containsExactly("gold", "silver");
  }

  @Test
  void read_emptyVariable_countsAsAbsent() throws Exception {
    assertThat(read(Map.of("PAYMETER_HTTP_PORT", "")).http().port()).isEqualTo(8080);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http.port                      | 65536    | an integer from 0 to 65535",
        "http.port                      | eighty   | an integer from 0 to 65535",
        "http.port                      | -1       | an integer from 0 to 65535",
        "http.body-limit                | 1KB      | a size such as 512B, 64KiB, 1MiB, from 1024 to"
            + " 16777216 bytes",
        "http.body-limit                | 999999999MiB | a size such as 512B, 64KiB, 1MiB, from 1024"
            + " to 16777216 bytes",
        "management.port                | 8000.5   | an integer from 0 to 65535",
        "database.pool-size             | 0        | an integer from 1 to 1000",
        "database.timeout               | 3        | a duration such as 500ms, 5s, 2m or 1h, from 100ms to"
            + " 60s",
        "instance.id                    | a b      | 1 to 128 letters, digits, dots, hyphens,"
            + " underscores",
        "cluster.enabled                | yes      | one of true, false",
        "cluster.name                   | a b      | 1 to 128 letters, digits, dots, hyphens,"
            + " underscores",
        "cluster.host                   | 0.0.0.0  | an address that the other members can reach, not"
            + " a wildcard",
        "cluster.host                   | ::       | an address that the other members can reach, not"
            + " a wildcard",
        "cluster.port                   | 0        | an integer from 1 to 65535",
        "cluster.bus-port               | 0        | an integer from 1 to 65535",
        "cluster.members                | a b      | distinct host or host:port",
        "cluster.members                | a:99999  | distinct host or host:port",
        "cluster.members                | a:0      | distinct host or host:port",
        "cluster.members                | a,a      | distinct host or host:port",
        "cluster.dns                    | a/b      | a name such as"
            + " paymeter-cluster.paymeter.svc.cluster.local",
        "cluster.networks               | 10.0.0.1/8 | networks such as 10.42.0.0/16, with no bits"
            + " set after the prefix",
        "cluster.networks               | 10.0.0.0/33 | networks such as 10.42.0.0/16, with no bits"
            + " set after the prefix",
        "cluster.networks               | example.com | networks such as 10.42.0.0/16, with no bits"
            + " set after the prefix",
        "payments.tiers                 | Gold     | distinct lower-case words, such as a_word",
        "payments.tiers                 | a,a      | distinct lower-case words, such as a_word",
        "payments.methods               | a,,b     | distinct lower-case words, such as a_word",
        "payments.gateways              | ,        | distinct lower-case words, such as a_word",
        "payments.currencies            | usd      | distinct ISO 4217 codes, such as USD",
        "payments.max-amount-usd        | 0        | an amount from 0.01 to 100000000.00",
        "payments.max-amount-usd        | 0.001    | an amount from 0.01 to 100000000.00",
        "payments.max-amount-usd        | 1e999999999 | an amount from 0.01 to 100000000.00",
        "metrics.batch-size             | 0        | an integer from 1 to 10000",
        "metrics.flush-interval         | 0s       | a duration such as 500ms, 5s, 2m or 1h, from 10ms to"
            + " 300s",
        "metrics.queue-capacity         | 3        | an integer from 4 to 16777216",
        "metrics.system-interval        | -1s      | a duration such as 500ms, 5s, 2m or 1h, from 100ms to"
            + " 300s",
        "shutdown.grace                 | 1d       | a duration such as 500ms, 5s, 2m or 1h, from 0s to"
            + " 300s",
        "shutdown.deadline              | forever  | a duration such as 500ms, 5s, 2m or 1h, from 0s to"
            + " 3600s",
        "simulator.seed                 | x        | a 64-bit integer",
        "simulator.time-scale           | NaN      | a number from 0 to 1000",
        "simulator.failure-rate         | 1.01     | a number from 0 to 1",
        "simulator.premium-failure-rate | -0.1     | a number from 0 to 1",
        "simulator.switchable           | yes      | one of true, false",
        "gateways.stripe.kind           | adyen    | one of simulated, stripe, paypal",
        "gateways.stripe.payment-method | a b      | the id of a PaymentMethod",
        "gateways.stripe.url | http://stripe.example | a URL such as https://api.stripe.com, without a"
            + " path; http only for this machine",
        "gateways.stripe.timeout        | 0s       | a duration such as 500ms, 5s, 2m or 1h, from 10ms to 600s",
        "gateways.paypal.max-in-flight  | 0        | an integer from 1 to 1000000",
        "gateways.stripe.breaker.minimum-calls  | 101      | an integer from 1 to 100",
        "gateways.stripe.breaker.failure-rate | 0  | a number from 0.01 to 1",
        "simulator.faults.answer-late   | 2        | a number from 0 to 1",
        "simulator.faults.delay         | 5        | a duration such as 500ms, 5s, 2m or 1h, from 0s to 3600s",
        "log.format                     | xml      | one of text, json",
        "log.level                      | all      | one of error, warn, info, debug"
      })
  void read_invalidValue_namesKeyExpectedAndFound(String key, String value, String expected) {
    assertThat(failure(Map.of(ConfigSource.variable(key), value)))
        .containsExactly(key + ": expected " + expected + ", found \"" + value + "\"");
  }

  @Test
  void read_clusterAtLoopback_isForThisMachineOnly() throws Exception {
    ClusterOptions cluster =
        read(Map.of("PAYMETER_CLUSTER_ENABLED", "true")).cluster().orElseThrow();

    assertThat(cluster.host().isLoopbackAddress()).isTrue();
    assertThat(cluster.networkRanges()).isEqualTo(NetworkRanges.LOOPBACK);
    assertThat(cluster.tls()).isEmpty();
    assertThat(cluster.name()).isEqualTo("paymeter");
    assertThat(cluster.port()).isEqualTo(5701);
    assertThat(cluster.busPort()).isEqualTo(5702);
  }

  @Test
  void read_clusterNotLoopbackWithoutNetworks_isRejected() {
    assertThat(
            failure(
                Map.of("PAYMETER_CLUSTER_ENABLED", "true", "PAYMETER_CLUSTER_HOST", "10.42.0.1")))
        .containsExactly(
            "cluster.networks: expected the networks of the members, as cluster.host is not local,"
                + " found none");
  }

  @Test
  void read_clusterHostOutsideNetworks_isRejected() {
    assertThat(
            failure(
                Map.of(
                    "PAYMETER_CLUSTER_ENABLED", "true",
                    "PAYMETER_CLUSTER_HOST", "10.42.0.1",
                    "PAYMETER_CLUSTER_NETWORKS", "10.43.0.0/16")))
        .containsExactly(
            "cluster.networks: expected networks that contain cluster.host 10.42.0.1, found"
                + " 10.43.0.0/16");
  }

  @Test
  void read_clusterSettingsInConflict_areNamed() throws Exception {
    assertThat(
            failure(
                Map.of(
                    "PAYMETER_CLUSTER_ENABLED", "true",
                    "PAYMETER_CLUSTER_MEMBERS", "10.42.0.1",
                    "PAYMETER_CLUSTER_DNS", "members.example.com",
                    "PAYMETER_CLUSTER_BUS_PORT", "5701",
                    "PAYMETER_CLUSTER_TLS_KEY", file("").toString(),
                    "PAYMETER_CLUSTER_TLS_TRUST", "/nowhere/ca.crt")))
        .containsExactly(
            "cluster.tls.trust: expected a readable PEM file, found \"/nowhere/ca.crt\"",
            "cluster.tls: expected all of certificate, key and trust, or none, found 1 of them",
            "cluster.dns: expected either cluster.members or cluster.dns, found both",
            "cluster.bus-port: expected another port than cluster.port, found 5701");
  }

  @Test
  void read_portsInConflict_areNamed() {
    assertThat(failure(Map.of("PAYMETER_HTTP_PORT", "8000")))
        .containsExactly("management.port: expected another port than http.port, found 8000");
    assertThat(
            failure(
                Map.of("PAYMETER_MANAGEMENT_HOST", "0.0.0.0", "PAYMETER_MANAGEMENT_PORT", "8080")))
        .containsExactly("management.port: expected another port than http.port, found 8080");
    assertThat(
            failure(
                Map.of(
                    "PAYMETER_CLUSTER_ENABLED", "true",
                    "PAYMETER_CLUSTER_PORT", "8080",
                    "PAYMETER_CLUSTER_BUS_PORT", "8000")))
        .containsExactly(
            "cluster.port: expected another port than http.port, found 8080",
            "cluster.bus-port: expected another port than management.port, found 8000");
  }

  @Test
  void read_equalPortsThatDoNotConflict_areAccepted() throws Exception {
    assertThat(read(Map.of("PAYMETER_HTTP_PORT", "0", "PAYMETER_MANAGEMENT_PORT", "0")))
        .isNotNull();
    assertThat(read(Map.of("PAYMETER_HTTP_PORT", "5701"))).isNotNull(); // The cluster is disabled.
    assertThat(read(Map.of("PAYMETER_HTTP_PORT", "8000", "PAYMETER_MANAGEMENT_HOST", "127.0.0.2")))
        .isNotNull();
  }

  @Test
  void read_gatewayTimeoutAboveTheIdleTimeout_isRejected() {
    assertThat(
            failure(
                Map.of(
                    "PAYMETER_LIMITS_IDLE_TIMEOUT", "30s",
                    "PAYMETER_GATEWAYS_PAYPAL_TIMEOUT", "30s")))
        .containsExactly(
            "limits.idle-timeout: expected more than gateways.paypal.timeout, 30s, found 30s");
  }

  /** Its owner expects real payments. */
  @Test
  void read_secretKeyOfASimulatedGateway_isRejected() {
    assertThat(failure(Map.of("PAYMETER_GATEWAYS_STRIPE_SECRET_KEY", "sk_test_hunter2")))
        .containsExactly(
            "gateways.stripe.kind: expected stripe or paypal, as gateways.stripe.secret-key is set,"
                + " found simulated");
  }

  @Test
  void read_currencyWithoutRate_isNamed() {
    assertThat(failure(Map.of("PAYMETER_PAYMENTS_CURRENCIES", "USD,CHF")))
        .containsExactly(
            "fx.rates: expected a rate for each of payments.currencies, found none for CHF");
  }

  @ParameterizedTest
  @ValueSource(strings = {"QQQ", "XAU", "XXX", "UYW"}) // unknown, without units, unknown to the JDK
  void read_invalidCurrency_isNamed(String code) {
    assertThat(failure(Map.of("PAYMETER_PAYMENTS_CURRENCIES", "USD," + code)))
        .containsExactly(
            "payments.currencies: expected ISO 4217 codes of currencies that have units and are known to"
                + " this JDK, found "
                + code);
  }

  @Test
  void read_rateWithFutureDate_isNamed() throws Exception {
    Path rates = file("USD,1,2026-01-01\nEUR,1.1,2999-12-31\n");

    assertThat(
            failure(
                Map.of(
                    "PAYMETER_PAYMENTS_CURRENCIES",
                    "USD,EUR",
                    "PAYMETER_FX_RATES",
                    rates.toString())))
        .containsExactly(
            "fx.rates: expected a rate for each of payments.currencies, found one for EUR with"
                + " a future date, 2999-12-31");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nowhere/rates.csv", "\0"})
  void read_unreadableRatesFile_isNamed(String path) {
    assertThat(failure(Map.of("PAYMETER_FX_RATES", path)))
        .singleElement()
        .asString()
        .startsWith("fx.rates: expected a file of exchange rates, found ");
  }

  @Test
  void read_invalidRatesFile_namesItsLine() throws Exception {
    Path rates = file("USD,1,2026-01-01\nEUR,none,2026-01-01\n");

    assertThat(failure(Map.of("PAYMETER_FX_RATES", rates.toString())))
        .singleElement()
        .asString()
        .startsWith(
            "fx.rates: expected a file of exchange rates, found line 2 (\"EUR,none,2026-01-01\")")
        .endsWith(" in " + rates);
  }

  @Test
  void read_severalErrors_haveALineEach() throws Exception {
    Path file = file("http: {port: x}\nmetric: {batch-size: 10}\n");

    assertThat(failure(Optional.of(file), Map.of("PAYMETER_LOG_LEVEL", "loud")))
        .containsExactly(
            "http.port: expected an integer from 0 to 65535, found \"x\"",
            "log.level: expected one of error, warn, info, debug, found \"loud\"",
            "metric.batch-size: unknown setting" + " (did you mean metrics.batch-size?)");
  }

  @Test
  void read_unknownKey_isNamed() throws Exception {
    assertThat(failure(Optional.of(file("verbose: true\n")), Map.of()))
        .containsExactly("verbose: unknown setting");
    assertThat(failure(Optional.of(file("http: {prot: 1}\n")), Map.of()))
        .containsExactly("http.prot: unknown setting (did you mean http.port?)");
  }

  /** Kubernetes creates such variables for services with names that begin with paymeter. */
  @Test
  void read_variablesOfServices_areWarnings() throws Exception {
    Map<String, String> variables =
        Map.of(
            "PAYMETER_SERVICE_HOST", "10.0.0.1",
            "PAYMETER_SERVICE_PORT_HTTP", "8080",
            "PAYMETER_HTTPS_PORT", "tcp://10.0.0.1:8080",
            "PAYMETER_PORT_8080_TCP_ADDR", "10.0.0.1");
    Map<String, String> environment = new HashMap<>(variables);
    environment.putAll(Map.of("PATH", "/bin", "PAYMETER", "x", "PAYMETER_HOME", "/opt"));

    assertThat(read(environment).warnings())
        .containsExactlyInAnyOrder(
            Stream.concat(variables.keySet().stream(), Stream.of("PAYMETER_HOME"))
                .map(name -> name + " is set, but is not a known setting")
                .toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource({
    "PAYMETER_DATABASE_DIRECTROY, PAYMETER_DATABASE_DIRECTORY",
    "PAYMETER_HTTP_PROT, PAYMETER_HTTP_PORT",
    "PAYMETER_HTTPS_PORT, PAYMETER_HTTP_PORT",
    "PAYMETER_LOGLEVEL, PAYMETER_LOG_LEVEL",
    "PAYMETER_GATEWAYS_STRIP_KIND, PAYMETER_GATEWAYS_STRIPE_KIND"
  })
  void read_mistypedVariable_namesTheSetting(String name, String meant) {
    assertThat(failure(Map.of(name, "1")))
        .containsExactly(name + ": unknown setting (did you mean " + meant + "?)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http: {port: 1, port: 2}\n", // duplicate key
        "http: {port: 1\n",
        "\tx: 1\n",
        "- a\n- b\n",
        "just text\n",
        "a: &a {b: *a}\n", // map that contains itself
        "a: &a [[*a]]\n",
        "a: !!int x\n"
      })
  void read_invalidYaml_isALineThatNamesTheFile(String yaml) throws Exception {
    Path file = file(yaml);

    assertThat(failure(Optional.of(file), Map.of()))
        .singleElement()
        .asString()
        .startsWith(file + ": expected ")
        .contains(", found ");
  }

  @Test
  void read_nestedTooDeeply_isRejected() throws Exception {
    assertThat(failure(Optional.of(file("[".repeat(100_000))), Map.of()))
        .singleElement()
        .asString()
        .endsWith(": expected YAML with fewer levels, found too many");
  }

  @Test
  void read_duplicateKey_namesItsPlace() throws Exception {
    Path file = file("http:\n  port: 1\n  port: 2\n");

    assertThat(failure(Optional.of(file), Map.of()))
        .containsExactly(file + ": expected YAML, found duplicate key port in line 3, column 3");
  }

  @Test
  void read_missingFile_isNamed() {
    Path missing = directory.resolve("absent.yaml");

    assertThat(failure(Optional.of(missing), Map.of()))
        .containsExactly(missing + ": expected a readable file, but the file does not exist");
  }

  @Test
  void read_directory_isRejected() throws Exception {
    assertThat(failure(Optional.of(directory), Map.of()))
        .containsExactly(directory + ": expected a readable file, but it cannot be read");
  }

  @Test
  void read_list_isNamedWithoutJavaClass() throws Exception {
    Path file = file("- a\n- b\n");

    assertThat(failure(Optional.of(file), Map.of()))
        .containsExactly(file + ": expected keys and values, found a list");
  }

  @Test
  void read_emptyFile_hasTheDefaults() throws Exception {
    assertThat(SettingsReader.read(Optional.of(file("# nothing\n")), Map.of(), false).http().port())
        .isEqualTo(8080);
  }

  @ParameterizedTest
  @CsvSource({
    "gateways.stripe.url, https://me:hunter2@api.example.com",
    "gateways.stripe.url, https://hunter2@api.example.com/path",
    "gateways.stripe.url, http://me:hunter2/@3@api.example.com",
    "tracing.otlp-endpoint, ftp://me:hunter2@collector.example.com"
  })
  void read_invalidUrlWithCredentials_isShownWithoutThem(String key, String url) {
    assertThat(failure(Map.of(ConfigSource.variable(key), url)))
        .singleElement()
        .asString()
        .startsWith(key + ": expected a URL ")
        .contains("://***@", "example.com")
        .doesNotContain(SECRET);
  }

  @Test
  void read_databaseUrl_isNotPrinted() throws Exception {
    assertThat(read(Map.of("PAYMETER_DATABASE_URL", URL)).toString())
        .doesNotContain(SECRET)
        .contains("***");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mysql://paymeter:hunter2@db/payment_db",
        "postgresql://paymeter:hunter2@db:port/payment_db",
        "postgresql://paymeter:hunter2@db1,db2:port/payment_db",
        "postgresql://paymeter:hunter2@db1,db2/payment_db?target_session_attrs=standby",
        "postgresql://paymeter:hunter2@", // waited for localhost:5432/db
        "postgresql://paymeter:hunter2@db",
        "postgresql://paymeter:hunter2@db/",
        "postgresql://paymeter:hunter2@db/?sslmode=require",
        "postgresql://paymeter:hunter2@/payment_db",
        "postgresql://paymeter:hunter2@:5432/payment_db",
        "postgresql://paymeter:hunter2@db1,,db2/payment_db",
        "postgresql://db/payment_db",
        "postgresql://:hunter2@db/payment_db",
        "postgresql:hunter2",
        "hunter2"
      })
  void read_invalidDatabaseUrl_isNotShown(String url) {
    assertThat(failure(Map.of("PAYMETER_DATABASE_URL", url)))
        .containsExactly(
            "database.url: expected postgresql://user:password@host:port/name,"
                + " found something else (not shown)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "database:\n  url: \"postgresql://paymeter:hunter2@db/payment_db\n", // unclosed quote
        "database:\n  url: postgresql://paymeter:hunter2@db/payment_db: x\n",
        "database:\n  url: 1\n  url: postgresql://paymeter:hunter2@db/payment_db\n",
        "database:\n  url: @postgresql://paymeter:hunter2@db/payment_db\n",
        "database: postgresql://paymeter:hunter2@db/payment_db\n",
        "database: [postgresql://paymeter:hunter2@db/payment_db]\n",
        "database:\n  url: !!int postgresql://paymeter:hunter2@db/payment_db\n"
      })
  void read_invalidYamlAroundTheSecret_doesNotQuoteIt(String yaml) throws Exception {
    assertThat(failure(Optional.of(file(yaml)), Map.of()))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).doesNotContain(SECRET));
  }

  private Path file(String text) throws IOException {
    return Files.writeString(Files.createTempFile(directory, "settings", ".txt"), text);
  }

  private static Settings read(Map<String, String> environment) throws SettingsException {
    return SettingsReader.read(Optional.empty(), environment, false);
  }

  private static List<String> failure(Map<String, String> environment) {
    return failure(Optional.empty(), environment);
  }

  private static List<String> failure(Optional<Path> file, Map<String, String> environment) {
    SettingsException failure =
        catchThrowableOfType(
            SettingsException.class, () -> SettingsReader.read(file, environment, false));
    assertThat(failure).as("failure").isNotNull();
    return failure.getMessage().lines().toList();
  }
}
