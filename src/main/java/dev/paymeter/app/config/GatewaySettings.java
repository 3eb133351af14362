package dev.paymeter.app.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.paymeter.gateway.ResilientGateway;
import dev.paymeter.gateway.ResilientGateway.Guards;
import dev.paymeter.gateway.http.TrustedCertificates;
import dev.paymeter.gateway.stripe.StripeOptions;
import dev.paymeter.payment.AllowedValues;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private static final Pattern METHOD = Pattern.compile("[A-Za-z0-9_]{1,255}");

  private enum Kind {
    SIMULATED,
    STRIPE
  }

  /**
   * @param names of the configured gateways
   */
  Map<String, Settings.Gateway> read(List<String> names) {
    Map<String, Settings.Gateway> gateways = new LinkedHashMap<>();
    names.forEach(name -> gateways.put(name, gateway("gateways." + name)));
    return gateways;
  }

  /** Reads the settings of both kinds, so that errors are always reported. */
  private Settings.Gateway gateway(String prefix) {
    Kind kind =
        source.value(
            prefix + ".kind",
            Kind.SIMULATED,
            AllowedValues.oneOf(List.of("simulated", "stripe")),
            text -> Kind.valueOf(text.toUpperCase(Locale.ROOT)));
    Optional<StripeOptions> stripe = stripe(prefix, kind == Kind.STRIPE);
    return new Settings.Gateway(guards(prefix), kind == Kind.STRIPE ? stripe : Optional.empty());
  }

  private Optional<StripeOptions> stripe(String prefix, boolean isRequired) {
    URI url =
        source.value(
            prefix + ".url",
            URI.create("https://api.stripe.com"),
            "a URL such as https://api.stripe.com, without a path; http only for this machine",
            GatewaySettings::url);
    String paymentMethod =
        source.value(
            prefix + ".payment-method",
            "pm_card_visa",
            "the id of a PaymentMethod",
            text -> ConfigSource.matching(METHOD, text));
    String key = prefix + ".secret-key";
    Optional<String> secret = source.raw(key).map(String::strip);
    if (secret.isPresent() && !KEY.matcher(secret.get()).matches()) {
      source.addError(key, "Stripe's secret key", "something else (not shown)");
    } else if (secret.isEmpty() && isRequired) {
      source.addError(key, "Stripe's secret key", "none");
    } else if (secret.isPresent() && !isRequired) { // Its owner expects real payments.
      source.addError(prefix + ".kind", "stripe, as " + key + " is set", "simulated");
    }
    TrustedCertificates trustedCertificates = trustedCertificates(prefix + ".trust");
    return secret.map(value -> new StripeOptions(url, value, paymentMethod, trustedCertificates));
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
