package dev.paymeter.metrics.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.PipelineScrape;
import dev.paymeter.metrics.TestPipelines;
import dev.paymeter.support.payment.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class SystemMetersTest {
  private static final SystemProbe.Reading READING =
      new SystemProbe.Reading(1000, 400, List.of(12.5, 100.0));

  private static final Supplier<SystemProbe.Reading> UNREADABLE =
      () -> {
        throw new IllegalStateException("no /proc");
      };

  private static final Duration MAX_AGE = Duration.ofSeconds(30);

  private final MetricsPipeline pipeline = TestPipelines.open(8, 4);
  private final ManualClock clock = new ManualClock();

  @Test
  void refresh_reading_isExposed() {
    readings(() -> READING).refresh();

    PipelineScrape scrape = scrape();
    assertThat(scrape.types())
        .containsEntry("memory_usage_bytes", "gauge")
        .containsEntry("cpu_usage_percent", "gauge");
    assertThat(scrape.series("memory_usage_bytes")).hasSize(3);
    assertThat(scrape.value("memory_usage_bytes{type=\"used\"}")).isEqualTo(600);
    assertThat(scrape.value("memory_usage_bytes{type=\"available\"}")).isEqualTo(400);
    assertThat(scrape.value("memory_usage_bytes{type=\"total\"}")).isEqualTo(1000);
    assertThat(scrape.series("cpu_usage_percent")).hasSize(2);
    assertThat(scrape.value("cpu_usage_percent{core=\"cpu0\"}")).isEqualTo(12.5);
    assertThat(scrape.value("cpu_usage_percent{core=\"cpu1\"}")).isEqualTo(100);
  }

  @Test
  void refresh_again_exposesTheLatest() {
    SystemMeters readings =
        readings(probe(() -> READING, () -> new SystemProbe.Reading(1000, 100, List.of(1.0, 2.0))));
    readings.refresh();

    readings.refresh();

    assertThat(scrape().value("memory_usage_bytes{type=\"used\"}")).isEqualTo(900);
    assertThat(scrape().value("cpu_usage_percent{core=\"cpu1\"}")).isEqualTo(2);
  }

  @Test
  void refresh_probeFails_isCountedAndTheNextReadingExposed() {
    SystemMeters readings =
        readings(
            probe(
                UNREADABLE,
                () -> {
                  throw new UnsatisfiedLinkError("no native code");
                },
                () -> READING));

    readings.refresh();
    readings.refresh();
    assertThat(scrape().series("memory_usage_bytes")).isEmpty();
    readings.refresh();

    assertThat(scrape().value(error("IllegalStateException"))).isEqualTo(1);
    assertThat(scrape().value(error("UnsatisfiedLinkError"))).isEqualTo(1);
    assertThat(scrape().value("memory_usage_bytes{type=\"total\"}")).isEqualTo(1000);
  }

  @Test
  void refresh_probeFailsAfterAReading_keepsTheLastOne() {
    SystemMeters readings = readings(probe(() -> READING, UNREADABLE));
    readings.refresh();

    readings.refresh();

    assertThat(scrape().value("memory_usage_bytes{type=\"used\"}")).isEqualTo(600);
    assertThat(scrape().value(error("IllegalStateException"))).isEqualTo(1);
  }

  /** Regression: the values of an hour ago were exposed as if they were new. */
  @Test
  void refresh_probeFailsForLong_isNotANumberUntilTheNextReading() {
    SystemMeters readings = readings(probe(() -> READING, UNREADABLE, () -> READING));
    readings.refresh();
    clock.advance(MAX_AGE);

    readings.refresh();
    assertThat(scrape().value("memory_usage_bytes{type=\"used\"}")).isEqualTo(600);
    clock.advance(Duration.ofMillis(1));
    assertThat(scrape().value("memory_usage_bytes{type=\"used\"}")).isNaN();
    assertThat(scrape().value("cpu_usage_percent{core=\"cpu0\"}")).isNaN();

    readings.refresh();
    assertThat(scrape().value("memory_usage_bytes{type=\"used\"}")).isEqualTo(600);
    assertThat(scrape().value("cpu_usage_percent{core=\"cpu0\"}")).isEqualTo(12.5);
  }

  @Test
  void refresh_probeFailsToStart_isRetried() {
    Queue<Supplier<SystemProbe>> starts =
        new ArrayDeque<>(
            List.of(
                () -> {
                  throw new NoClassDefFoundError("oshi");
                },
                () -> () -> READING));
    SystemMeters readings =
        new SystemMeters(pipeline::update, pipeline, () -> starts.remove().get(), MAX_AGE, clock);

    readings.refresh();
    readings.refresh();
    readings.refresh(); // Uses the existing probe; does not create a third one.

    assertThat(scrape().value(error("NoClassDefFoundError"))).isEqualTo(1);
    assertThat(scrape().value("memory_usage_bytes{type=\"total\"}")).isEqualTo(1000);
  }

  @Test
  void refresh_coreVanishes_isNotANumberUntilItIsBack() {
    SystemProbe.Reading fewer = new SystemProbe.Reading(1000, 400, List.of(50.0));
    SystemMeters readings = readings(probe(() -> READING, () -> fewer, () -> READING));
    readings.refresh();

    readings.refresh();
    assertThat(scrape().value("cpu_usage_percent{core=\"cpu0\"}")).isEqualTo(50);
    assertThat(scrape().value("cpu_usage_percent{core=\"cpu1\"}")).isNaN();

    readings.refresh();
    assertThat(scrape().value("cpu_usage_percent{core=\"cpu1\"}")).isEqualTo(100);
  }

  private SystemMeters readings(SystemProbe probe) {
    return new SystemMeters(pipeline::update, pipeline, () -> probe, MAX_AGE, clock);
  }

  @SafeVarargs
  private static SystemProbe probe(Supplier<SystemProbe.Reading>... readings) {
    Queue<Supplier<SystemProbe.Reading>> next = new ArrayDeque<>(Arrays.asList(readings));
    return () -> next.remove().get();
  }

  private PipelineScrape scrape() {
    return PipelineScrape.of(pipeline.snapshot());
  }

  private static String error(String type) {
    return "errors_total{error_type=\"%s\",service=\"machine_readings\",severity=\"medium\"}"
        .formatted(type);
  }
}
