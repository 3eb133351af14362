package dev.paymeter.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
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
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.vertx.core.VertxOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The JVM's and Vert.x's own metrics, under their usual names, in a registry apart from ours: their
 * values are read without the lock that keeps our families whole. Safe from any thread.
 */
public final class PlatformMetrics implements AutoCloseable {
  /** Whoever sends made-up methods must not make series. */
  private static final Set<String> HTTP_METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE");

  private final PrometheusRegistry snapshots = new PrometheusRegistry();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, snapshots, Clock.SYSTEM);
  private final JvmGcMetrics garbageCollection = new JvmGcMetrics();

  public PlatformMetrics() {
    registry
        .config()
        .meterFilter(
            MeterFilter.replaceTagValues(
                "method", method -> HTTP_METHODS.contains(method) ? method : "other"));
    List<MeterBinder> binders =
        List.of(
            new ClassLoaderMetrics(),
            new FileDescriptorMetrics(),
            garbageCollection,
            new JvmInfoMetrics(),
            new JvmMemoryMetrics(),
            new JvmThreadMetrics(),
            new ProcessorMetrics(),
            new UptimeMetrics());
    binders.forEach(binder -> binder.bindTo(registry));
  }

  /** What {@link #factory} needs to be told beside the registry. */
  public VertxOptions configure(VertxOptions options) {
    return options.setMetricsOptions(
        new MicrometerMetricsOptions()
            .setEnabled(true)
            // Vert.x keeps registries by name for the whole JVM; ours is nobody else's.
            .setRegistryName(UUID.randomUUID().toString())
            // Routes, never paths; no addresses of clients: these would grow without bound.
            .setLabels(
                EnumSet.of(
                    Label.HTTP_ROUTE,
                    Label.HTTP_METHOD,
                    Label.HTTP_CODE,
                    Label.POOL_TYPE,
                    Label.POOL_NAME))
            // It rebuilds a gauge for each message, which costs more than the message.
            .addDisabledMetricsCategory(MetricsDomain.EVENT_BUS));
  }

  public VertxMetricsFactory factory() {
    return new MicrometerMetricsFactory(registry);
  }

  /** How many connections of a SQL pool are in use now; 0 as long as the pool does not exist. */
  public double sqlConnectionsInUse(String pool) {
    Gauge inUse =
        registry.find("vertx.pool.in.use").tags("pool_type", "sql", "pool_name", pool).gauge();
    return inUse == null ? 0 : inUse.value();
  }

  MetricSnapshots snapshot() {
    return snapshots.scrape();
  }

  /** For tests: which series exist. */
  List<Meter> meters() {
    return registry.getMeters();
  }

  @Override
  public void close() {
    garbageCollection.close();
    registry.close();
  }
}
