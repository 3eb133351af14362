package dev.paymeter.metrics.system;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.PaymentMetrics;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refreshes the gauges of the machine. Used from one worker thread at a time. */
public final class SystemMeters {
  private static final Logger log = LoggerFactory.getLogger(SystemMeters.class);
  private static final String SERVICE = "machine_readings";

  private final Consumer<Consumer<Meters>> update;
  private final PaymentMetrics paymentMetrics;
  private final Supplier<SystemProbe> probeFactory;
  private final Duration maxAge;
  private final LongSupplier nanoTime;
  private final Set<Integer> cores = new HashSet<>();
  private @Nullable SystemProbe probe;

  /** Guarded by the pipeline's lock, so that a scrape contains a single reading. */
  private SystemProbe.@Nullable Reading latest;

  private long readAt;

  /**
   * @param update calls its argument under the lock of the meters
   * @param start creates the probe, which may be slow or fail; retried until it succeeds
   * @param maxAge the age from which a reading is not exposed: NaN is better than an old value
   * @param nanoTime a monotonic clock in nanoseconds
   */
  public SystemMeters(
      Consumer<Consumer<Meters>> update,
      PaymentMetrics paymentMetrics,
      Supplier<SystemProbe> start,
      Duration maxAge,
      LongSupplier nanoTime) {
    this.update = update;
    this.paymentMetrics = paymentMetrics;
    this.probeFactory = start;
    this.maxAge = maxAge;
    this.nanoTime = nanoTime;
  }

  /** Reads once. Failures are logged and counted, not thrown. */
  @SuppressWarnings("CatchingUnchecked") // Native code may fail in any way, also with errors.
  public void refresh() {
    try {
      if (probe == null) {
        probe = probeFactory.get();
      }
      publish(probe.read());
    } catch (RuntimeException | LinkageError e) {
      log.error("Cannot read the machine's memory and CPU", e);
      paymentMetrics.failed(SERVICE, e.getClass().getSimpleName(), Severity.MEDIUM);
    }
  }

  private void publish(SystemProbe.Reading reading) {
    update.accept(
        meters -> {
          if (latest == null) {
            registerMemory(meters, "used", SystemProbe.Reading::memoryUsed);
            registerMemory(meters, "available", SystemProbe.Reading::memoryAvailable);
            registerMemory(meters, "total", SystemProbe.Reading::memoryTotal);
          }
          latest = reading;
          readAt = nanoTime.getAsLong();
          for (int core = 0; core < reading.cpuPercent().size(); core++) {
            registerCore(meters, core);
          }
        });
  }

  private void registerMemory(
      Meters meters, String type, ToLongFunction<SystemProbe.Reading> part) {
    meters.gauge(
        MetricNames.MEMORY_USAGE,
        "The machine's memory in bytes",
        Labels.of("type", type),
        () -> {
          SystemProbe.Reading reading = current();
          return reading == null ? Double.NaN : part.applyAsLong(reading);
        });
  }

  /** Returns null while readings fail or hang. */
  private SystemProbe.@Nullable Reading current() {
    return nanoTime.getAsLong() - readAt > maxAge.toNanos() ? null : latest;
  }

  private void registerCore(Meters meters, int core) {
    if (cores.add(core)) {
      meters.gauge(
          MetricNames.CPU_USAGE,
          "Usage of each of the machine's cores since the last reading, in percent",
          Labels.of("core", "cpu" + core),
          () -> percent(core));
    }
  }

  private double percent(int core) {
    SystemProbe.Reading reading = current();
    List<Double> cpu = reading == null ? List.of() : reading.cpuPercent();
    return core < cpu.size() ? cpu.get(core) : Double.NaN; // A core may be removed.
  }
}
