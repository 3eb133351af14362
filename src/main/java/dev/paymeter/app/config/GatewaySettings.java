package dev.paymeter.app.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.paymeter.gateway.ResilientGateway;
import dev.paymeter.gateway.ResilientGateway.Guards;
import dev.paymeter.gateway.http.TrustedCertificates;
import dev.paymeter.gateway.paypal.PayPalOptions;
import dev.paymeter.gateway.stripe.StripeOptions;
import dev.paymeter.gateway.stripe.StripeWebhooks;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.Labeled;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reader of the gateway settings: keys, defaults, ranges. */
record GatewaySettings(ConfigSource source) {
  private static final Pattern KEY = Pattern.compile("[!-~]{8,255}");

  /** Without a colon, which separates it from the secret. */
  private static final Pattern CLIENT_ID = Pattern.compile("[A-Za-z0-9_-]{8,255}");

  private static final Pattern METHOD = Pattern.compile("[A-Za-z0-9_]{1,255}");

  private enum Kind implements Labeled {
    SIMULATED,
    STRIPE,
    PAYPAL
  }

  /**
   * @param names of the configured gateways
   */
  Map<String, Settings.Gateway> read(List<String> names) {
    Map<String, Settings.Gateway> gateways = new LinkedHashMap<>();
    names.forEach(name -> gateways.put(name, gateway("gateways." + name)));
    return gateways;
  }

  /** Reads the settings of all kinds, so that errors are always reported. */
  private Settings.Gateway gateway(String prefix) {
    Kind kind =
        source.value(
            prefix + ".kind",
            Kind.SIMULATED,
            AllowedValues.oneOf(Arrays.stream(Kind.values()).map(Labeled::label).toList()),
            GatewaySettings::kind);
    URI url =
        source.value(
            prefix + ".url",
            URI.create(kind == Kind.PAYPAL ? "https://api-m.paypal.com" : "https://api.stripe.com"),
            "a URL such as https://api.stripe.com, without a path; http only for this machine",
            GatewaySettings::url);
    String paymentMethod =
        source.value(
            prefix + ".payment-method",
            "pm_card_visa",
            "the id of a PaymentMethod",
            text -> ConfigSource.matching(METHOD, text));
    Optional<String> clientId = clientId(prefix, kind);
    Optional<String> secret = secretKey(prefix, kind);
    TrustedCertificates trusted = trustedCertificates(prefix + ".trust");
    return new Settings.Gateway(
        guards(prefix),
        source.duration(prefix + ".authorization-validity", ofDays(7), ofSeconds(1), ofDays(365)),
        secret
            .filter(value -> kind == Kind.STRIPE)
            .map(value -> new StripeOptions(url, value, paymentMethod, trusted)),
        secret
            .filter(value -> kind == Kind.PAYPAL && clientId.isPresent())
            .map(value -> new PayPalOptions(url, clientId.orElseThrow(), value, trusted)),
        webhooks(prefix, kind));
  }

  private Optional<Settings.GatewayWebhooks> webhooks(String prefix, Kind kind) {
    String key = prefix + ".webhook-secrets-file";
    Duration tolerance =
        source.duration(prefix + ".webhook-tolerance", ofMinutes(5), ofSeconds(1), ofHours(1));
    Optional<Path> file = source.optional(key, "a path", Path::of);
    if (file.isPresent() && kind != Kind.STRIPE) {
      source.addError(prefix + ".kind", "stripe, as " + key + " is set", kind.label());
    }
    file.ifPresent(path -> checkSecrets(key, path));
    return file.map(path -> new Settings.GatewayWebhooks(path, tolerance));
  }

  private void checkSecrets(String key, Path file) {
    try {
      StripeWebhooks.checkSecrets(TextFile.read(file));
    } catch (IOException e) {
      source.addError(key, "a readable file of secrets", FileProblem.describe(e));
    } catch (IllegalArgumentException e) {
      source.addError(key, "a file of secrets", e.getMessage() + ", in " + file);
    }
  }

  private static Kind kind(String text) {
    return Arrays.stream(Kind.values())
        .filter(kind -> kind.label().equals(text.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(IllegalArgumentException::new);
  }

  private Optional<String> secretKey(String prefix, Kind kind) {
    String key = prefix + ".secret-key";
    String expected =
        kind == Kind.PAYPAL ? "the secret of the PayPal application" : "Stripe's secret key";
    Optional<String> secret = source.raw(key).map(String::strip);
    if (secret.isPresent() && !KEY.matcher(secret.get()).matches()) {
      source.addError(key, expected, "something else (not shown)");
    } else if (secret.isEmpty() && kind != Kind.SIMULATED) {
      source.addError(key, expected, "none");
    } else if (secret.isPresent() && kind == Kind.SIMULATED) { // Its owner expects real payments.
      source.addError(prefix + ".kind", "stripe or paypal, as " + key + " is set", "simulated");
    }
    return secret;
  }

  private Optional<String> clientId(String prefix, Kind kind) {
    String key = prefix + ".client-id";
    Optional<String> id =
        source.optional(key, "the client id of the PayPal application", GatewaySettings::clientId);
    if (id.isEmpty() && kind == Kind.PAYPAL && source.raw(key).isEmpty()) {
      source.addError(key, "the client id of the PayPal application", "none");
    } else if (id.isPresent() && kind != Kind.PAYPAL) { // Its owner expects payments at PayPal.
      source.addError(prefix + ".kind", "paypal, as " + key + " is set", kind.label());
    }
    return id;
  }

  private static String clientId(String text) {
    return ConfigSource.matching(CLIENT_ID, text);
  }

  private TrustedCertificates trustedCertificates(String key) {
    Optional<Path> file = source.pemFile(key);
    if (file.isEmpty()) {
      return TrustedCertificates.DEFAULT;
    }
    try {
      return TrustedCertificates.parse(Files.readString(file.get(), ISO_8859_1));
    } catch (IOException | IllegalArgumentException e) {
      source.addError(
          key, "a PEM file of certificates", FileProblem.describe(e) + ", in " + file.get());
      return TrustedCertificates.DEFAULT;
    }
  }

  /** Returns the URL, which receives the secret key: without TLS only on this machine. */
  private static URI url(String text) {
    URI url = URI.create(text);
    boolean isSecure =
        "https".equals(url.getScheme())
            || ("http".equals(url.getScheme()) && isLocal(url.getHost()));
    ConfigSource.require(isSecure && url.getHost() != null && url.getUserInfo() == null);
    ConfigSource.require(url.getQuery() == null && String.valueOf(url.getPath()).isEmpty());
    return url;
  }

  private static boolean isLocal(@Nullable String host) {
    return host != null && (host.equals("localhost") || host.equals("127.0.0.1"));
  }

  private Guards guards(String prefix) {
    return new Guards(
        source.duration(prefix + ".timeout", ofSeconds(15), ofMillis(10), ofMinutes(10)),
        source.integer(prefix + ".max-in-flight", 1000, 1, 1_000_000),
        source.number(prefix + ".breaker.failure-rate", 0.6, 0.01, 1),
        source.integer(prefix + ".breaker.minimum-calls", 50, 1, ResilientGateway.WINDOW),
        source.duration(
            prefix + ".breaker.open-duration", ofSeconds(10), ofMillis(10), ofHours(1)));
  }
}
