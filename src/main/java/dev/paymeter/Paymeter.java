package dev.paymeter;

import dev.paymeter.bus.LocalCodec;
import dev.paymeter.cluster.Cluster;
import dev.paymeter.metrics.ClusterReadings;
import dev.paymeter.metrics.EventLoopVerticle;
import dev.paymeter.metrics.Lanes;
import dev.paymeter.metrics.MetricsVerticle;
import dev.paymeter.metrics.ObservationPipeline;
import dev.paymeter.metrics.OshiProbe;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.metrics.Sampling;
import dev.paymeter.payments.Pages;
import dev.paymeter.payments.Steps;
import dev.paymeter.payments.SupersededException;
import dev.paymeter.web.Console;
import dev.paymeter.web.Health;
import dev.paymeter.web.ManagementVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running service: the whole graph, built by hand in the order in which its parts need each
 * other, and taken down in the opposite one. Its methods block; call them from a thread of your
 * own.
 */
final class Paymeter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Paymeter.class);

  private static final Duration LONGEST_CONSOLE_VIEW = Duration.ofMinutes(10);

  private final Settings settings;
  private final Entrance entrance;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final Health health = new Health();
  private final PlatformMetrics platform = new PlatformMetrics();
  private final Sampling sampling;
  private final ObservationPipeline pipeline;
  private final Pages pages = new Pages();
  private final CompletableFuture<String> fatal = new CompletableFuture<>();
  private final Tracing tracing;
  private final @Nullable Cluster cluster;
  private final Vertx vertx;
  private final LedgerRuntime ledger;
  private final PaymentsRuntime payments;

  private @Nullable ManagementVerticle management;
  private @Nullable String metricsDeployment;
  private @Nullable String managementDeployment;
  private int managementPort;

  private Paymeter(Settings settings, Consumer<String> progress, Steps steps) {
    this.settings = settings;
    this.entrance = new Entrance(settings, platform);
    this.sampling = new Sampling(settings.metrics().samplingRate());
    this.pipeline =
        new ObservationPipeline(
            new Lanes.Limits(
                EventLoops.COUNT,
                settings.metrics().queueCapacity(),
                settings.metrics().batchSize(),
                settings.metrics().labelLimit()),
            sampling);
    pipeline.expectOperations(settings.metrics().operations());
    pipeline.expectGateways(settings.payments().choices().gateways());
    this.tracing = Tracing.to(settings.otlpEndpoint(), settings.instanceId());
    this.cluster =
        settings
            .cluster()
            .map(options -> Cluster.join(options, settings.instanceId()))
            .orElse(null);
    this.vertx = vertx();
    pipeline.cluster(cluster == null ? ClusterReadings.ALONE : readings(cluster));
    this.ledger =
        new LedgerRuntime(
            settings,
            vertx,
            new LedgerRuntime.Metering(pipeline, platform, pages),
            progress,
            closing::get,
            this::superseded);
    this.payments =
        new PaymentsRuntime(settings, vertx, pipeline, pages, tracing.requests(), entrance, steps);
  }

  /** A key for the process itself, where one is asked for. */
  Optional<String> ownKey() {
    return entrance.ownKey();
  }

  private Vertx vertx() {
    VertxOptions options = platform.configure(new VertxOptions());
    VertxBuilder builder =
        Vertx.builder().with(options).withMetrics(platform.factory()).withTracer(tracing.factory());
    if (cluster == null) {
      return builder.build();
    }
    try {
      return Blocking.await(cluster.vertx(builder, options));
    } catch (IllegalStateException e) {
      cluster.leave();
      throw e;
    }
  }

  private static ClusterReadings readings(Cluster cluster) {
    return new ClusterReadings(
        cluster::instances, cluster::others, cluster::lostInstances, cluster::sendFailures);
  }

  /**
   * Builds the parts that need nothing, and joins the cluster where there is one; {@link #start}
   * does the rest.
   *
   * @throws IllegalStateException when the cluster cannot be joined
   */
  static Paymeter create(Settings settings, Consumer<String> progress) {
    return create(settings, progress, Steps.UNWATCHED);
  }

  /** The same, watched by whoever wants to know of each step of a payment. */
  static Paymeter create(Settings settings, Consumer<String> progress, Steps steps) {
    return new Paymeter(settings, progress, steps);
  }

  /**
   * Starts everything and returns when the API is ready. With a database of its own making that
   * fails, it fails; for one of somebody else's that is away it waits until that is back.
   *
   * @throws IOException when the embedded PostgreSQL cannot be started
   * @throws IllegalStateException when a port is taken, or the service was closed meanwhile
   */
  void start() throws IOException {
    settings.warnings().forEach(log::warn);
    LocalCodec.registerAll(vertx.eventBus());
    MetricsVerticle metrics = startManagement();
    LedgerRuntime.Ports books = ledger.open();
    Blocking.await(metrics.takeTrend());
    awaitFirstScrape();
    payments.start(books);
    entrance.keepFresh(vertx);
    health.serving(books.ledger()::check);
    log.info(
        "Ready: instance {}, API on {}, metrics on {}, ledger in {}",
        settings.instanceId(),
        apiUrl(),
        managementUrl(),
        ledger.address());
  }

  /** Neither the API nor the bus may bring anything that is counted before. */
  private void awaitFirstScrape() {
    ManagementVerticle port = management;
    if (port == null) {
      throw new IllegalStateException("the management port is not open");
    }
    Blocking.await(port.firstScrape(settings.startup().firstScrapeTimeout()));
    if (closing.get()) {
      throw new IllegalStateException("closed before the first scrape");
    }
  }

  /** Whether the shutdown has begun. */
  boolean isClosing() {
    return closing.get();
  }

  String apiUrl() {
    return url(settings.http().tls().isPresent(), settings.http().host(), payments.port());
  }

  String managementUrl() {
    return url(
        settings.management().tls().isPresent(), settings.management().host(), managementPort);
  }

  private static String url(boolean tls, String host, int port) {
    return (tls ? "https://" : "http://")
        + (host.indexOf(':') < 0 ? host : "[" + host + "]")
        + ":"
        + port;
  }

  private MetricsVerticle startManagement() {
    MetricsVerticle metrics =
        new MetricsVerticle(
            pipeline,
            platform,
            OshiProbe::new,
            settings.metrics().flushInterval(),
            settings.metrics().systemInterval());
    ManagementVerticle port =
        new ManagementVerticle(
            settings.management().host(),
            settings.management().port(),
            health,
            metrics::render,
            sampling,
            new Console(
                settings.instanceId(),
                Queries.shipped().thresholds(),
                metrics.trend()::points,
                metrics::recentPayments,
                LONGEST_CONSOLE_VIEW),
            settings.simulator().isSwitchable() ? new FaultSwitches(payments::simulator) : null,
            entrance.management(),
            entrance.access());
    metricsDeployment =
        Blocking.await(vertx.deployVerticle(metrics, Workers.own("paymeter-metrics")));
    Blocking.await(
        vertx.deployVerticle(
            () -> new EventLoopVerticle(EventLoopVerticle.PERIOD, platform::eventLoopDelayed),
            EventLoops.each()));
    managementDeployment = Blocking.awaitPort("management.port", vertx.deployVerticle(port));
    management = port;
    managementPort = port.port();
    return metrics;
  }

  /** Nothing can be booked here any more: whoever runs this process is to end it. */
  private void superseded(SupersededException why) {
    health.draining();
    log.error("This process must end: {}", why.getMessage());
    fatal.complete(String.valueOf(why.getMessage()));
  }

  /** Completes with the reason when the service cannot go on and the process is to end. */
  CompletableFuture<String> fatal() {
    return fatal;
  }

  /**
   * Takes the service down: not ready; a grace in which requests are still served; nothing new;
   * what is in flight; the queue; then everything else. Returns when all is closed. Later calls
   * return at once.
   */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    log.info("Shutting down");
    health.draining();
    withdraw();
    payments.finish(this::withdraw); // Who left meanwhile made Vert.x publish us again.
    Blocking.quietly("leave the books in order", ledger.leaveBooks());
    if (management != null) {
      Blocking.quietly(
          "wait for the last scrape",
          management.lastScrape(settings.shutdown().lastScrapeTimeout()));
    }
    Blocking.quietly("close the management port", undeploy(managementDeployment));
    Blocking.quietly("stop the metrics", undeploy(metricsDeployment));
    Blocking.quietly("close the connections to the ledger", ledger.disconnect());
    Blocking.quietly("close Vert.x", vertx.close());
    if (cluster != null) {
      cluster.leave();
    }
    ledger.close();
    tracing.close();
    platform.close();
    log.info("Closed");
  }

  private void withdraw() {
    if (cluster != null) {
      Blocking.quietly("tell the other members to send no more", cluster.withdraw(vertx));
    }
  }

  private Future<Void> undeploy(@Nullable String deployment) {
    return deployment == null ? Future.succeededFuture() : vertx.undeploy(deployment);
  }
}
