package dev.paymeter.metrics;

import com.sun.management.OperatingSystemMXBean;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.security.RejectionMetrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.vertx.core.VertxOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Metrics of the JVM and Vert.x under their usual names, and event loop delays. They have a
 * registry of their own, which does not need the pipeline's lock. Thread-safe.
 */
public final class PlatformMetrics implements AutoCloseable, RejectionMetrics {
  /** Known methods. Others share a label, so that clients cannot create series. */
  private static final Set<String> HTTP_METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE");

  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics garbageCollection = new JvmGcMetrics();
  private final Timer eventLoopDelay;
  private final Map<Reason, Counter> rejections = new EnumMap<>(Reason.class);

  public PlatformMetrics() {
    registry
        .config()
        .meterFilter(
            MeterFilter.replaceTagValues(
                "method", method -> HTTP_METHODS.contains(method) ? method : "other"))
        .meterFilter(MeterFilter.deny(id -> id.getName().equals("process.cpu.time")))
        .meterFilter(rename("system.cpu.count", "system.cpus"));
    Stream.<MeterBinder>of(
            new ClassLoaderMetrics(),
            new FileDescriptorMetrics(),
            garbageCollection,
            new JvmInfoMetrics(),
            new JvmMemoryMetrics(),
            new JvmThreadMetrics(),
            new ProcessorMetrics(),
            new UptimeMetrics())
        .forEach(binder -> binder.bindTo(registry));
    // Micrometer's counter is in nanoseconds, and no filter can change a value.
    FunctionCounter.builder("process.cpu", SYSTEM, system -> system.getProcessCpuTime() / 1e9)
        .description("CPU time that the process has used")
        .baseUnit("seconds")
        .register(registry);
    eventLoopDelay =
        Timer.builder(MetricNames.EVENT_LOOP_DELAY)
            .description("Delays of event loops")
            .serviceLevelObjectives(
                Arrays.stream(MetricNames.OPERATION_BUCKETS)
                    .mapToObj(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                    .toArray(Duration[]::new))
            .register(registry);
    for (Reason reason : Reason.values()) {
      rejections.put(
          reason,
          Counter.builder(MetricNames.REQUESTS_REFUSED)
              .description("Rejected requests and connections")
              .tag("reason", reason.label())
              .register(registry));
    }
  }

  /** Replaces a name that Prometheus reserves: only parts of a histogram end with "count". */
  private static MeterFilter rename(String from, String to) {
    return new MeterFilter() {
      @Override
      public Meter.Id map(Meter.Id id) {
        return id.getName().equals(from) ? id.withName(to) : id;
      }
    };
  }

  /** Adds the metrics options for {@link #factory} and returns {@code options}. */
  public VertxOptions configure(VertxOptions options) {
    return options.setMetricsOptions(
        new MicrometerMetricsOptions()
            .setEnabled(true)
            // Vert.x keeps registries by name for the whole JVM; a unique name avoids sharing.
            .setRegistryName(UUID.randomUUID().toString())
            // Routes, not paths; no client addresses: the number of series must be bounded.
            .setLabels(
                EnumSet.of(
                    Label.HTTP_ROUTE,
                    Label.HTTP_METHOD,
                    Label.HTTP_CODE,
                    Label.POOL_TYPE,
                    Label.POOL_NAME))
            // It rebuilds a gauge for each message, which costs more than the message itself.
            .addDisabledMetricsCategory(MetricsDomain.EVENT_BUS));
  }

  public VertxMetricsFactory factory() {
    return new MicrometerMetricsFactory(registry);
  }

  /** Returns the connections in use of a SQL pool; 0 if the pool does not exist yet. */
  public double sqlConnectionsInUse(String pool) {
    Gauge inUse =
        registry.find("vertx.pool.in.use").tags("pool_type", "sql", "pool_name", pool).gauge();
    return inUse == null ? 0 : inUse.value();
  }

  public void eventLoopDelayed(long nanos) {
    eventLoopDelay.record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void rejected(Reason reason) {
    Objects.requireNonNull(rejections.get(reason)).increment();
  }

  /**
   * Registers the log lines that were dropped.
   *
   * @param dropped read in every scrape, must not block
   */
  public void logLinesDropped(LongSupplier dropped) {
    // Micrometer holds only a weak reference to the object.
    FunctionCounter.builder(MetricNames.LOG_LINES_DROPPED, this, holder -> dropped.getAsLong())
        .description("Log lines that were dropped, because their reader was slow or failed")
        .register(registry);
  }

  /**
   * Registers the reload state of a file that is read again when it changes.
   *
   * @param file label of the file: one of a few names
   * @param successful read in every scrape, must not block; true if there is no such file
   */
  public void fileReloads(String file, BooleanSupplier successful) {
    Gauge.builder(MetricNames.FILE_RELOADED, () -> successful.getAsBoolean() ? 1 : 0)
        .description("1 if the last reload of the file succeeded, else 0")
        .tag("file", file)
        .register(registry);
  }

  MetricSnapshots snapshot() {
    return registry.getPrometheusRegistry().scrape();
  }

  MetricSnapshots snapshot(Set<String> families) {
    return registry
        .getPrometheusRegistry()
        .scrape(name -> families.contains(name) || families.contains(name + MetricNames.TOTAL));
  }

  @Override
  public void close() {
    garbageCollection.close();
    registry.close();
  }
}
