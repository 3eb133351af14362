package dev.paymeter.app.config;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;

import dev.paymeter.webhook.RetrySchedule;
import dev.paymeter.webhook.WebhookEndpoints;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** Reader of the settings of outgoing webhooks. */
record WebhookSettings(ConfigSource source) {
  private static final String ENDPOINTS = "webhooks.endpoints";
  private static final String PROXY = "a URL such as http://proxy.example.com:3128";

  Settings.Webhooks read() {
    return new Settings.Webhooks(
        endpoints(),
        source.duration("webhooks.timeout", ofSeconds(15), ofMillis(100), ofSeconds(60)),
        source.integer("webhooks.max-in-flight", 10, 1, 1000),
        source.duration(
            "webhooks.retry-period", RetrySchedule.DEFAULT_PERIOD, ofSeconds(1), ofDays(14)),
        ClusterSettings.networks(source, "webhooks.allowed-networks"),
        source.optional("webhooks.proxy", PROXY, WebhookSettings::proxy));
  }

  private Optional<Path> endpoints() {
    Optional<Path> file = source.optional(ENDPOINTS, "a path", Path::of);
    if (file.isPresent()) {
      try {
        new WebhookEndpoints(TextFile.read(file.get()));
      } catch (IOException e) {
        source.addError(ENDPOINTS, "a readable file of endpoints", FileProblem.describe(e));
      } catch (IllegalArgumentException e) {
        source.addError(ENDPOINTS, "a file of endpoints", e.getMessage() + ", in " + file.get());
      }
    }
    return file;
  }

  private static Settings.Secret proxy(String text) {
    URI url = URI.create(text);
    ConfigSource.require("http".equals(url.getScheme()) && url.getHost() != null);
    ConfigSource.require(url.getPort() != 0 && url.getPort() <= ConfigSource.MAX_PORT);
    return new Settings.Secret(text);
  }
}
