package dev.paymeter.app;

import static dev.paymeter.app.BlockingFutures.await;

import dev.paymeter.app.config.Settings;
import dev.paymeter.bus.InstanceQuery;
import dev.paymeter.cluster.Cluster;
import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.http.AuditTrail;
import dev.paymeter.http.management.ConsoleSource;
import dev.paymeter.http.management.Health;
import dev.paymeter.http.management.ManagementVerticle;
import dev.paymeter.http.management.OperatorPorts;
import dev.paymeter.metrics.MetricsVerticle;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.system.EventLoopLagVerticle;
import dev.paymeter.metrics.system.OshiSystemProbe;
import dev.paymeter.payment.RequestRejectedException;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The metrics, and the port that serves them with health and console. */
final class ManagementModule {
  private static final Duration MAX_CONSOLE_STREAM = Duration.ofMinutes(10);

  private final ModuleContext context;
  private final Settings settings;
  private final PlatformMetrics platform;
  private final MetricsVerticle metrics;
  private final ManagementVerticle port;

  /** Null until the API starts. */
  private volatile @Nullable OperatorPorts operatorPorts;

  /**
   * @param simulated the simulated gateways, which are added later
   * @param cluster whose instances the console shows
   * @param apiUrl the address of the payment API; empty before it is ready
   */
  ManagementModule(
      ModuleContext context,
      PlatformMetrics platform,
      Sampling sampling,
      PortSecurity portSecurity,
      Health health,
      SortedMap<String, SimulatedGateway> simulated,
      Optional<Cluster> cluster,
      Supplier<String> apiUrl) {
    this.context = context;
    this.settings = context.settings();
    this.platform = platform;
    this.metrics =
        new MetricsVerticle(
            context.pipeline(),
            platform,
            OshiSystemProbe::new,
            settings.metrics().flushInterval(),
            settings.metrics().systemInterval(),
            context.scheduler());
    this.port =
        new ManagementVerticle(
            new ManagementVerticle.Endpoint(
                settings.management().host(),
                settings.management().port(),
                health,
                metrics::render,
                sampling,
                consoleSource(cluster, apiUrl),
                settings.simulator().isSwitchable() ? new FaultInjectionJson(simulated) : null,
                portSecurity.management(),
                portSecurity.authHandler(),
                new AuditTrail(() -> operatorPorts().map(OperatorPorts::operatorLog))));
  }

  private ConsoleSource consoleSource(Optional<Cluster> cluster, Supplier<String> apiUrl) {
    return new ConsoleSource(
        settings.instanceId(),
        apiUrl,
        metrics::thresholds,
        metrics.dashboard()::points,
        metrics.dashboard()::budgets,
        metrics.status()::latest,
        metrics::alerts,
        metrics::recentPayments,
        MAX_CONSOLE_STREAM,
        settings.payments().allowedValues(),
        this::operatorPorts,
        metrics::paymentTotals,
        cluster
            .map(
                joined ->
                    new InstanceQuery(
                        settings.instanceId(),
                        joined::instanceIds,
                        Clock.systemUTC(),
                        System::nanoTime))
            .orElse(null));
  }

  private Future<OperatorPorts> operatorPorts() {
    OperatorPorts ports = operatorPorts;
    return ports == null
        ? Future.failedFuture(RequestRejectedException.ledgerUnavailable())
        : Future.succeededFuture(ports);
  }

  /**
   * Starts to count and to listen. Blocks.
   *
   * @param predecessor that may have the port
   * @throws PortInUseException if the port is in use
   */
  void start(Predecessor predecessor, ShutdownStack shutdown) {
    Future<String> deployed =
        context.vertx().deployVerticle(metrics, Deployments.onDedicatedThread("paymeter-metrics"));
    // Added before the first reading of the machine ends, which may take seconds.
    shutdown.add("count the last observations", () -> ShutdownStack.MAX_STEP, metrics::close);
    await(deployed);
    await(
        context
            .vertx()
            .deployVerticle(
                () ->
                    new EventLoopLagVerticle(
                        EventLoopLagVerticle.INTERVAL, platform::eventLoopDelayed),
                Deployments.onePerLoop()));
    String deployment = predecessor.replace(() -> context.vertx().deployVerticle(port));
    shutdown.add(
        "close the management port",
        () -> ShutdownStack.MAX_STEP,
        () -> context.vertx().undeploy(deployment));
    Duration lastScrape = settings.shutdown().lastScrapeTimeout();
    shutdown.add(
        "wait for the last scrape",
        () -> lastScrape.plus(ShutdownStack.MAX_STEP),
        () -> port.awaitFinalScrape(lastScrape));
  }

  /** Takes a dashboard sample now: later counts are growth. */
  Future<Void> sampleDashboard() {
    return metrics.sampleDashboard();
  }

  /**
   * Waits for the first scrape; the API and the bus, which bring payments, start after it.
   *
   * @param isReset whether counters start at zero: Prometheus has to see that, because it takes a
   *     value above the last one for an increase
   */
  Future<Void> awaitFirstScrape(boolean isReset) {
    Duration first = settings.startup().firstScrapeTimeout();
    Duration last = settings.shutdown().lastScrapeTimeout();
    return port.awaitFirstScrape(isReset && last.compareTo(first) > 0 ? last : first);
  }

  /** Lets operators find, refund and settle payments. */
  void enableOperators(OperatorPorts ports) {
    operatorPorts = ports;
  }

  String url() {
    return PortUrl.of(
        settings.management().tls().isPresent(), settings.management().host(), port.port());
  }
}
