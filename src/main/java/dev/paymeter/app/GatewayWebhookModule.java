package dev.paymeter.app;

import dev.paymeter.app.config.FileProblem;
import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.TextFile;
import dev.paymeter.gateway.stripe.StripeWebhooks;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.payment.port.GatewayWebhooks;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Readers of the webhooks that gateways send, with secrets that are reloaded. */
record GatewayWebhookModule(ModuleContext context, PlatformMetrics platform) {
  private static final String FILE = "gateway_webhook_secrets";
  private static final Clock CLOCK = Clock.systemUTC();
  private static final Duration RELOAD_INTERVAL = Duration.ofSeconds(1);

  /**
   * Returns the readers by gateway; blocks.
   *
   * @param ledger the id of the ledger
   * @throws IllegalStateException if a file of secrets cannot be used
   */
  Map<String, GatewayWebhooks> open(UUID ledger) {
    Map<String, GatewayWebhooks> webhooks = new HashMap<>();
    List<FileWatcher<String>> watchers = new ArrayList<>();
    context
        .settings()
        .gateways()
        .forEach(
            (name, gateway) ->
                gateway
                    .webhooks()
                    .ifPresent(
                        settings -> webhooks.put(name, stripe(name, settings, ledger, watchers))));
    platform.fileReloads(FILE, () -> watchers.stream().allMatch(FileWatcher::isSuccessful));
    watchers.forEach(watcher -> watcher.start(context.vertx(), RELOAD_INTERVAL));
    return webhooks;
  }

  private static StripeWebhooks stripe(
      String name,
      Settings.GatewayWebhooks settings,
      UUID ledger,
      List<FileWatcher<String>> watchers) {
    FileWatcher.Source<String> source = () -> TextFile.read(settings.secretsFile());
    try {
      StripeWebhooks webhooks =
          new StripeWebhooks(source.read(), ledger, settings.tolerance(), CLOCK);
      watchers.add(
          new FileWatcher<>(
              "secrets of webhooks in " + settings.secretsFile(),
              source,
              webhooks::replaceSecrets,
              CLOCK));
      return webhooks;
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalStateException(
          "gateways.%s.webhook-secrets-file: %s".formatted(name, FileProblem.describe(e)), e);
    }
  }
}
