package dev.paymeter.metrics;

import dev.paymeter.metrics.alerts.ActiveAlerts;
import dev.paymeter.metrics.alerts.AlertMonitor;
import dev.paymeter.metrics.dashboard.DashboardSampler;
import dev.paymeter.metrics.dashboard.PaymentTotals;
import dev.paymeter.metrics.dashboard.PrometheusRules;
import dev.paymeter.metrics.dashboard.RecentPayments;
import dev.paymeter.metrics.dashboard.StatusSampler;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.metrics.registry.ExpositionRenderer;
import dev.paymeter.metrics.system.SystemMeters;
import dev.paymeter.metrics.system.SystemProbe;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.service.PeriodicTask;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verticle that applies observations in batches, refreshes the system metrics and the dashboard,
 * and renders scrapes. Deploy once, as a worker: its tasks may block, and run one at a time.
 */
public final class MetricsVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(MetricsVerticle.class);

  /** A reading may be slow. */
  private static final Duration MIN_READING_AGE = Duration.ofSeconds(30);

  /** Few, so that many scrapes do not occupy all CPUs. */
  static final int RENDERING_THREADS = 4;

  private final MetricsPipeline pipeline;
  private final PlatformMetrics platform;
  private final Duration flushInterval;
  private final PeriodicTask systemReadings;
  private final PeriodicTask alertEvaluations;
  private final SystemMeters systemMeters;
  private final DashboardSampler dashboardSampler;
  private final StatusSampler statusSampler;
  private final AlertMonitor alertMonitor;
  private volatile @Nullable WorkerExecutor systemReader;
  private volatile @Nullable WorkerExecutor alertEvaluator;
  private volatile @Nullable WorkerExecutor renderers;

  // Guarded by this.
  private @Nullable Future<?> firstReading;
  private boolean isClosed;

  /** The snapshot that has not begun: it will contain everything recorded by now. */
  private @Nullable Future<MetricSnapshots> nextSnapshot;

  public MetricsVerticle(
      MetricsPipeline pipeline,
      PlatformMetrics platform,
      Supplier<SystemProbe> probe,
      Duration flushInterval,
      Duration readingInterval,
      Scheduler scheduler) {
    this.pipeline = pipeline;
    this.platform = platform;
    this.flushInterval = flushInterval;
    this.systemReadings = new PeriodicTask(scheduler, readingInterval, this::refreshSystemMeters);
    this.systemMeters =
        new SystemMeters(
            pipeline::update, pipeline, probe, maxAge(readingInterval), System::nanoTime);
    this.dashboardSampler =
        new DashboardSampler(pipeline::read, pipeline::money, Clock.systemUTC());
    this.statusSampler =
        new StatusSampler(
            pipeline::read, pipeline::lastComparison, pipeline::missingAccounts, Clock.systemUTC());
    this.alertMonitor =
        new AlertMonitor(
            PrometheusRules::load,
            families -> merge(platform.snapshot(families), pipeline.read(families)),
            Clock.systemUTC());
    this.alertEvaluations =
        new PeriodicTask(scheduler, AlertMonitor.INTERVAL, this::evaluateAlerts);
  }

  /** Returns the age from which a reading is too old: several readings have failed since. */
  private static Duration maxAge(Duration readingInterval) {
    Duration several = readingInterval.multipliedBy(3);
    return several.compareTo(MIN_READING_AGE) < 0 ? MIN_READING_AGE : several;
  }

  /** Completes after the first reading of the system metrics. */
  @Override
  public synchronized Future<?> start() {
    if (isClosed) {
      return Future.failedFuture(new IllegalStateException("closed before the start"));
    }
    systemReader = vertx.createSharedWorkerExecutor("paymeter-metrics-system", 1);
    alertEvaluator = vertx.createSharedWorkerExecutor("paymeter-metrics-alerts", 1);
    renderers = vertx.createSharedWorkerExecutor("paymeter-metrics-render", RENDERING_THREADS);
    pipeline.onFullBatch(() -> context.runOnContext(due -> pipeline.flush()));
    vertx.setPeriodic(flushInterval.toMillis(), due -> pipeline.flush());
    Future<?> first = refreshSystemMeters();
    firstReading = first;
    return first.onSuccess(
        done -> {
          systemReadings.start();
          dashboardSampler.sample();
          vertx.setPeriodic(DashboardSampler.INTERVAL.toMillis(), due -> dashboardSampler.sample());
          statusSampler.sample();
          vertx.setPeriodic(StatusSampler.INTERVAL.toMillis(), due -> statusSampler.sample());
          alertEvaluations.start();
        });
  }

  @Override
  public Future<?> stop() {
    systemReadings.stop();
    alertEvaluations.stop();
    return Future.succeededFuture();
  }

  /**
   * Applies the waiting observations, and waits for the work on other threads: the last reading of
   * the system, also if it is the first one, and the last evaluation of the alerts. Thread-safe.
   * Call it before the verticle is undeployed: Vert.x rejects the tasks that it still has then.
   */
  public Future<?> close() {
    Future<?> first;
    synchronized (this) {
      isClosed = true;
      first = firstReading;
    }
    return first == null
        ? Future.succeededFuture()
        : first
            .eventually(() -> context.executeBlocking(Executors.callable(pipeline::flush)))
            .compose(flushed -> Future.join(systemReadings.stop(), alertEvaluations.stop()));
  }

  /** Reads on its own thread: scrapes do not wait for the operating system, nor the other way. */
  private Future<?> refreshSystemMeters() {
    return started(systemReader).executeBlocking(Executors.callable(systemMeters::refresh), false);
  }

  private static WorkerExecutor started(@Nullable WorkerExecutor executor) {
    return Objects.requireNonNull(executor, "not started");
  }

  /** Evaluates on its own thread. */
  private Future<?> evaluateAlerts() {
    return started(alertEvaluator)
        .executeBlocking(Executors.callable(alertMonitor::evaluate), false)
        .onFailure(failure -> log.error("Failed to evaluate the alerts", failure));
  }

  /**
   * Renders a scrape that contains everything recorded before the call. Thread-safe; renders in
   * parallel with others and with the tasks on this verticle's own thread.
   *
   * @param gzip whether to compress (RFC 1952)
   */
  public Future<Buffer> render(ExpositionFormat format, boolean gzip) {
    return snapshot()
        .compose(
            ours ->
                started(renderers).executeBlocking(() -> renderBoth(ours, format, gzip), false));
  }

  /** Takes a snapshot for all scrapes that have arrived when it begins. */
  private synchronized Future<MetricSnapshots> snapshot() {
    if (nextSnapshot == null) {
      nextSnapshot = context.executeBlocking(this::takeSnapshot);
    }
    return nextSnapshot;
  }

  private MetricSnapshots takeSnapshot() {
    synchronized (this) {
      nextSnapshot = null;
    }
    return pipeline.snapshot();
  }

  /** Returns the threshold of each alert. Thread-safe. */
  public Future<Map<String, BigDecimal>> thresholds() {
    return started(alertEvaluator).executeBlocking(alertMonitor::thresholds, false);
  }

  /** Returns the samples of the dashboard. Thread-safe. */
  public DashboardSampler dashboard() {
    return dashboardSampler;
  }

  /** Returns the samples of the status. Thread-safe. */
  public StatusSampler status() {
    return statusSampler;
  }

  /** Returns the alerts with a condition that holds. Thread-safe. */
  public ActiveAlerts alerts() {
    return alertMonitor.latest();
  }

  /** Takes a dashboard sample now: later counts are growth. Thread-safe. */
  public Future<Void> sampleDashboard() {
    return context.executeBlocking(Executors.callable(dashboardSampler::sample)).mapEmpty();
  }

  /** Returns the latest counted payments, including all whose clients have got their response. */
  public Future<List<RecentPayments.CountedPayment>> recentPayments() {
    return context.executeBlocking(pipeline::recentPayments);
  }

  /** Returns the number and the sum of all counted payments. Thread-safe. */
  public Future<PaymentTotals> paymentTotals() {
    return context.executeBlocking(() -> PaymentTotals.read(pipeline::read));
  }

  private Buffer renderBoth(MetricSnapshots ours, ExpositionFormat format, boolean gzip)
      throws IOException {
    long start = System.nanoTime();
    Buffer page = ExpositionRenderer.render(merge(platform.snapshot(), ours), format, gzip);
    pipeline.rendered(format, System.nanoTime() - start);
    return page;
  }

  private static MetricSnapshots merge(MetricSnapshots some, MetricSnapshots others) {
    return new MetricSnapshots(
        Stream.concat(some.stream(), others.stream()).toArray(MetricSnapshot[]::new));
  }
}
