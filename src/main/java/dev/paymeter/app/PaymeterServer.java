package dev.paymeter.app;

import dev.paymeter.app.config.Settings;
import dev.paymeter.bus.LocalCodec;
import dev.paymeter.cluster.Cluster;
import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.http.management.ConsoleSource;
import dev.paymeter.http.management.Health;
import dev.paymeter.http.management.ManagementVerticle;
import dev.paymeter.metrics.ClusterStatus;
import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.MetricsVerticle;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.metrics.dashboard.PrometheusRules;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.metrics.system.EventLoopLagVerticle;
import dev.paymeter.metrics.system.OshiSystemProbe;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.SupersededException;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running service: the whole graph, built by hand in the order in which its parts need each
 * other, and closed in the opposite one. Its methods block; call them from a thread of your own.
 */
public final class PaymeterServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PaymeterServer.class);

  private static final Duration LONGEST_CONSOLE_VIEW = Duration.ofMinutes(10);

  private final Settings settings;
  private final Consumer<String> progress;
  private final PaymentStepListener paymentStepListener;
  private final PlatformMetrics platform = new PlatformMetrics();
  private final Health health = new Health();
  private final CompletableFuture<String> fatal = new CompletableFuture<>();
  private final SortedMap<String, SimulatedGateway> simulated = new ConcurrentSkipListMap<>();
  private final ShutdownStack shutdown = new ShutdownStack();
  private final ShutdownStack database;
  private final ShutdownStack connections;
  private final PortSecurity portSecurity;
  private final Tracing tracing;
  private final Optional<Cluster> cluster;
  private final Vertx vertx;
  private final ModuleContext context;
  private final MetricsVerticle metrics;
  private final ManagementVerticle management;
  private volatile BooleanSupplier ledgerAnswers = () -> false;
  private String apiUrl = "";

  private PaymeterServer(
      Settings settings, Consumer<String> progress, PaymentStepListener paymentStepListener) {
    this.settings = settings;
    this.progress = progress;
    this.paymentStepListener = paymentStepListener;
    this.portSecurity = new PortSecurity(settings, platform);
    Sampling sampling = new Sampling(settings.metrics().samplingRate());
    MetricsPipeline pipeline = pipeline(sampling);
    shutdown.add(platform::close);
    this.tracing = Tracing.to(settings.otlpEndpoint(), settings.instanceId());
    shutdown.add(tracing::close);
    this.database = shutdown.reserve();
    this.cluster = settings.cluster().map(options -> Cluster.join(options, settings.instanceId()));
    cluster.ifPresent(joined -> shutdown.add(joined::leave));
    this.vertx = vertx();
    shutdown.add(() -> BlockingFutures.quietly("close Vert.x", vertx.close()));
    this.connections = shutdown.reserve();
    pipeline.cluster(cluster.map(PaymeterServer::readings).orElse(ClusterStatus.ALONE));
    pipeline.ledger(() -> ledgerAnswers.getAsBoolean());
    this.context = new ModuleContext(settings, vertx, pipeline);
    this.metrics =
        new MetricsVerticle(
            pipeline,
            platform,
            OshiSystemProbe::new,
            settings.metrics().flushInterval(),
            settings.metrics().systemInterval());
    this.management = management(sampling);
  }

  private MetricsPipeline pipeline(Sampling sampling) {
    MetricsPipeline pipeline =
        new MetricsPipeline(
            new StripedQueue.Limits(
                EventLoops.COUNT,
                settings.metrics().queueCapacity(),
                settings.metrics().batchSize(),
                settings.metrics().labelLimit()),
            sampling);
    pipeline.expectOperations(settings.metrics().operations());
    pipeline.expectGateways(settings.payments().allowedValues().gateways());
    return pipeline;
  }

  private Vertx vertx() {
    VertxOptions options = platform.configure(new VertxOptions());
    VertxBuilder builder =
        Vertx.builder().with(options).withMetrics(platform.factory()).withTracer(tracing.factory());
    if (cluster.isEmpty()) {
      return builder.build();
    }
    try {
      return BlockingFutures.await(cluster.get().vertx(builder, options));
    } catch (IllegalStateException e) {
      cluster.get().leave();
      throw e;
    }
  }

  private static ClusterStatus readings(Cluster cluster) {
    return new ClusterStatus(
        cluster::instances, cluster::others, cluster::lostInstances, cluster::sendFailures);
  }

  private ManagementVerticle management(Sampling sampling) {
    return new ManagementVerticle(
        settings.management().host(),
        settings.management().port(),
        health,
        metrics::render,
        sampling,
        new ConsoleSource(
            settings.instanceId(),
            PrometheusRules.shipped().thresholds(),
            metrics.trend()::points,
            metrics::recentPayments,
            LONGEST_CONSOLE_VIEW),
        settings.simulator().isSwitchable() ? new FaultInjectionJson(simulated) : null,
        portSecurity.management(),
        portSecurity.access());
  }

  /**
   * Builds the parts that need nothing, and joins the cluster if there is one; {@link #start} does
   * the rest.
   *
   * @throws IllegalStateException if the cluster cannot be joined
   */
  public static PaymeterServer create(Settings settings, Consumer<String> progress) {
    return create(settings, progress, PaymentStepListener.UNWATCHED);
  }

  /** The same, with a listener to each step of a payment. */
  public static PaymeterServer create(
      Settings settings, Consumer<String> progress, PaymentStepListener paymentStepListener) {
    return new PaymeterServer(settings, progress, paymentStepListener);
  }

  /**
   * Starts everything and returns when the API is ready. Fails if an embedded database fails; waits
   * for an external one that is unavailable.
   *
   * @throws IOException if the embedded PostgreSQL cannot be started
   * @throws IllegalStateException if a port is taken, or the service was closed meanwhile
   */
  public void start() throws IOException {
    settings.warnings().forEach(log::warn);
    LocalCodec.registerAll(vertx.eventBus());
    startManagement();
    LedgerModule.Ports ledger = openLedger();
    BlockingFutures.await(metrics.takeTrend());
    awaitFirstScrape();
    PaymentModule payments =
        new PaymentModule(
            context,
            ledger,
            GatewayModule.open(context, shutdown, simulated),
            tracing.requests(),
            portSecurity,
            paymentStepListener);
    apiUrl = url(settings.http().tls().isPresent(), settings.http().host(), payments.port());
    // Members that left during the grace made Vert.x announce this one again.
    shutdown.add(() -> payments.close(this::withdraw));
    portSecurity.keepFresh(vertx);
    health.serving(ledger.paymentLedger()::check);
    log.info(
        "Ready: instance {}, API on {}, metrics on {}, ledger in {}",
        settings.instanceId(),
        apiUrl(),
        managementUrl(),
        ledger.address());
  }

  private void startManagement() {
    String flushes =
        BlockingFutures.await(vertx.deployVerticle(metrics, WorkerThreads.own("paymeter-metrics")));
    shutdown.add(() -> BlockingFutures.quietly("stop the metrics", vertx.undeploy(flushes)));
    BlockingFutures.await(
        vertx.deployVerticle(
            () -> new EventLoopLagVerticle(EventLoopLagVerticle.PERIOD, platform::eventLoopDelayed),
            EventLoops.each()));
    String port = BlockingFutures.awaitPort("management.port", vertx.deployVerticle(management));
    shutdown.add(() -> BlockingFutures.quietly("close the management port", vertx.undeploy(port)));
    shutdown.add(
        () ->
            BlockingFutures.quietly(
                "wait for the last scrape",
                management.lastScrape(settings.shutdown().lastScrapeTimeout())));
  }

  private LedgerModule.Ports openLedger() throws IOException {
    LedgerModule.Ports ledger =
        new LedgerModule(
                context,
                platform,
                new LedgerModule.Places(shutdown, connections, database),
                progress,
                this::superseded)
            .open();
    ledgerAnswers = ledger.isAnswered();
    return ledger;
  }

  /** Neither the API nor the bus may bring anything that is counted before. */
  private void awaitFirstScrape() {
    BlockingFutures.await(management.firstScrape(settings.startup().firstScrapeTimeout()));
    if (isClosing()) {
      throw new IllegalStateException("closed before the first scrape");
    }
  }

  /** The process cannot write to the ledger any more, and has to end. */
  private void superseded(SupersededException why) {
    health.draining();
    log.error("This process must end: {}", why.getMessage());
    fatal.complete(String.valueOf(why.getMessage()));
  }

  /** Completes with the reason when the service cannot continue and the process has to end. */
  public CompletableFuture<String> fatal() {
    return fatal;
  }

  /** Whether the shutdown has begun. */
  public boolean isClosing() {
    return shutdown.isClosing();
  }

  /** A key for the process itself; absent if the API requires none. */
  public Optional<String> ownKey() {
    return portSecurity.ownKey();
  }

  /** Of the started service. */
  public String apiUrl() {
    return apiUrl;
  }

  /** Of the started service. */
  public String managementUrl() {
    return url(
        settings.management().tls().isPresent(), settings.management().host(), management.port());
  }

  private static String url(boolean tls, String host, int port) {
    return (tls ? "https://" : "http://")
        + (host.indexOf(':') < 0 ? host : "[" + host + "]")
        + ":"
        + port;
  }

  /**
   * Takes the service down: not ready; a grace period in which requests are still served; nothing
   * new; what is in flight; the queue and the last comparison with the ledger; the last scrape;
   * then everything else. Returns when all is closed. Later calls return at once.
   */
  @Override
  public void close() {
    if (!shutdown.begin()) {
      return;
    }
    log.info("Shutting down");
    health.draining();
    withdraw();
    shutdown.undo();
    log.info("Closed");
  }

  private void withdraw() {
    cluster.ifPresent(
        joined ->
            BlockingFutures.quietly(
                "tell the other members to send no more", joined.withdraw(vertx)));
  }
}
