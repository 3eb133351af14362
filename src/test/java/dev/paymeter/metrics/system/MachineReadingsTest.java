package dev.paymeter.metrics.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.ObservationPipeline;
import dev.paymeter.metrics.Pipelines;
import dev.paymeter.metrics.Scrape;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class MachineReadingsTest {
  private static final MachineProbe.Reading READING =
      new MachineProbe.Reading(1000, 400, List.of(12.5, 100.0));

  private final ObservationPipeline pipeline = Pipelines.open(8, 4);

  @Test
  void refresh_reading_isShown() {
    readings(() -> READING).refresh();

    Scrape scrape = scrape();
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
  void refresh_again_showsTheLatest() {
    MachineReadings readings =
        readings(
            probe(() -> READING, () -> new MachineProbe.Reading(1000, 100, List.of(1.0, 2.0))));
    readings.refresh();

    readings.refresh();

    assertThat(scrape().value("memory_usage_bytes{type=\"used\"}")).isEqualTo(900);
    assertThat(scrape().value("cpu_usage_percent{core=\"cpu1\"}")).isEqualTo(2);
  }

  @Test
  void refresh_probeFails_isCountedAndTheNextReadingShown() {
    MachineReadings readings =
        readings(
            probe(
                () -> {
                  throw new IllegalStateException("no /proc");
                },
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
    MachineReadings readings =
        readings(
            probe(
                () -> READING,
                () -> {
                  throw new IllegalStateException("no /proc");
                }));
    readings.refresh();

    readings.refresh();

    assertThat(scrape().value("memory_usage_bytes{type=\"used\"}")).isEqualTo(600);
    assertThat(scrape().value(error("IllegalStateException"))).isEqualTo(1);
  }

  @Test
  void refresh_probeCannotStartAtFirst_isStartedAgain() {
    Queue<Supplier<MachineProbe>> starts =
        new ArrayDeque<>(
            List.of(
                () -> {
                  throw new NoClassDefFoundError("oshi");
                },
                () -> () -> READING));
    MachineReadings readings =
        new MachineReadings(pipeline::update, pipeline, () -> starts.remove().get());

    readings.refresh();
    readings.refresh();
    readings.refresh(); // Reads with the probe it has: no third one is made.

    assertThat(scrape().value(error("NoClassDefFoundError"))).isEqualTo(1);
    assertThat(scrape().value("memory_usage_bytes{type=\"total\"}")).isEqualTo(1000);
  }

  @Test
  void refresh_coreVanishes_isNotANumberUntilItIsBack() {
    MachineProbe.Reading fewer = new MachineProbe.Reading(1000, 400, List.of(50.0));
    MachineReadings readings = readings(probe(() -> READING, () -> fewer, () -> READING));
    readings.refresh();

    readings.refresh();
    assertThat(scrape().value("cpu_usage_percent{core=\"cpu0\"}")).isEqualTo(50);
    assertThat(scrape().value("cpu_usage_percent{core=\"cpu1\"}")).isNaN();

    readings.refresh();
    assertThat(scrape().value("cpu_usage_percent{core=\"cpu1\"}")).isEqualTo(100);
  }

  private MachineReadings readings(MachineProbe probe) {
    return new MachineReadings(pipeline::update, pipeline, () -> probe);
  }

  @SafeVarargs
  private static MachineProbe probe(Supplier<MachineProbe.Reading>... readings) {
    Queue<Supplier<MachineProbe.Reading>> next = new ArrayDeque<>(Arrays.asList(readings));
    return () -> next.remove().get();
  }

  private Scrape scrape() {
    return Scrape.of(pipeline.snapshot());
  }

  private static String error(String type) {
    return "errors_total{error_type=\"%s\",service=\"machine_readings\",severity=\"medium\"}"
        .formatted(type);
  }
}
