package dev.paymeter.app;

import dev.paymeter.app.config.FileProblem;
import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.TextFile;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.metrics.WebhookMeters;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.postgres.PostgresPaymentEventLog;
import dev.paymeter.postgres.PostgresWebhookStore;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.webhook.RetrySchedule;
import dev.paymeter.webhook.WebhookAdministration;
import dev.paymeter.webhook.WebhookClient;
import dev.paymeter.webhook.WebhookEndpoints;
import dev.paymeter.webhook.WebhookStore;
import dev.paymeter.webhook.WebhookVerticle;
import dev.paymeter.webhook.client.HostResolver;
import dev.paymeter.webhook.client.HttpWebhookClient;
import dev.paymeter.webhook.client.WebhookClientOptions;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** Outgoing webhooks, if there is a file of endpoints. The methods block. */
record WebhookModule(ModuleContext context, PlatformMetrics platform) {
  private static final String FILE = "webhook_endpoints";
  private static final Clock CLOCK = Clock.systemUTC();
  private static final Duration RELOAD_INTERVAL = Duration.ofSeconds(1);

  /** Names of hosts are resolved by a library that blocks. */
  private static final int RESOLVER_THREADS = 16;

  /**
   * Starts to send webhooks.
   *
   * @return empty if there is no file of endpoints
   * @throws IllegalStateException if the file cannot be used
   */
  Optional<WebhookAdministration> start(DatabaseModule database, ShutdownStack shutdown) {
    Optional<Path> file = context.settings().webhooks().endpoints();
    if (file.isEmpty()) {
      platform.fileReloads(FILE, () -> true);
      return Optional.empty();
    }
    WebhookEndpoints endpoints = endpoints(file.get());
    StatementExecutor statements = database.webhookStatements();
    WebhookStore store =
        context.times().timing(WebhookStore.class, new PostgresWebhookStore(statements));
    Vertx vertx = context.vertx();
    String deployment =
        BlockingFutures.await(vertx.deployVerticle(verticle(endpoints, statements, store)));
    shutdown.add(
        "stop sending webhooks", () -> ShutdownStack.MAX_STEP, () -> vertx.undeploy(deployment));
    return Optional.of(new WebhookAdministration(endpoints, store));
  }

  private WebhookEndpoints endpoints(Path file) {
    FileWatcher.Source<String> source = () -> TextFile.read(file);
    try {
      WebhookEndpoints endpoints = new WebhookEndpoints(source.read());
      FileWatcher<String> watcher =
          new FileWatcher<>("webhook endpoints in " + file, source, endpoints::replace, CLOCK);
      platform.fileReloads(FILE, watcher::isSuccessful);
      watcher.start(context.vertx(), RELOAD_INTERVAL);
      return endpoints;
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalStateException("webhooks.endpoints: " + FileProblem.describe(e), e);
    }
  }

  private WebhookVerticle verticle(
      WebhookEndpoints endpoints, StatementExecutor statements, WebhookStore store) {
    Settings.Webhooks settings = context.settings().webhooks();
    return new WebhookVerticle(
        endpoints,
        new WebhookVerticle.Ports(
            context.times().timing(PaymentEventLog.class, new PostgresPaymentEventLog(statements)),
            store,
            clients(settings),
            new WebhookMeters(
                context.pipeline()::update, context.settings().metrics().labelLimit(), CLOCK)),
        new RetrySchedule(settings.retryPeriod(), () -> ThreadLocalRandom.current().nextDouble()),
        settings.maxInFlight(),
        UUID.randomUUID().toString(),
        context.scheduler(),
        System::nanoTime);
  }

  private WebhookClient.Factory clients(Settings.Webhooks settings) {
    Vertx vertx = context.vertx();
    HostResolver resolver = resolver(vertx);
    WebhookClientOptions options =
        new WebhookClientOptions(
            settings.timeout(),
            settings.maxInFlight(),
            settings.allowedNetworks()::contains,
            settings.proxy().map(url -> URI.create(url.value())));
    return () -> new HttpWebhookClient(vertx, options, resolver, CLOCK);
  }

  private static HostResolver resolver(Vertx vertx) {
    WorkerExecutor threads =
        vertx.createSharedWorkerExecutor("paymeter-webhook-names", RESOLVER_THREADS);
    return host -> threads.executeBlocking(() -> List.of(InetAddress.getAllByName(host)), false);
  }
}
