package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.audit.LookBackStore.Loss;
import dev.paymeter.audit.LookBackStore.Range;
import dev.paymeter.audit.LookBackStore.State;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.support.payment.ManualClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LookBackMetersTest {
  private static final Range FIRST = new Range("a", 1, 7, 100, 250);
  private static final Range SECOND = new Range("b", 2, 9, 100, 1);

  private final Meters meters = new Meters();
  private final ManualClock clock = new ManualClock();
  private final LookBackMeters lookBackMeters =
      new LookBackMeters(change -> change.accept(meters), clock);

  private PipelineScrape scrape() {
    return PipelineScrape.of(meters.snapshot());
  }

  @Test
  void snapshot_beforeTheFirstStep_hasNoMeters() {
    assertThat(scrape().samples().keySet())
        .noneMatch(series -> series.contains("look_back") || series.contains("drift"));
  }

  @Test
  void accept_differences_areDriftAndNameTheirSegments() {
    lookBackMeters.accept(
        new State(200, Duration.ofSeconds(60), List.of(FIRST, SECOND), 251, List.of(), 1));
    clock.advance(Duration.ofSeconds(5));

    assertThat(scrape().samples())
        .containsEntry("metrics_ledger_drift{family=\"closed_segments\"}", 251.0)
        .containsEntry("paymeter_look_back_rows", 200.0)
        .containsEntry("paymeter_look_back_oldest_seconds", 65.0)
        .containsEntry(
            "paymeter_look_back_difference{epoch=\"1\",instance_id=\"a\",segment=\"7\"}", 250.0)
        .containsEntry(
            "paymeter_look_back_difference{epoch=\"2\",instance_id=\"b\",segment=\"9\"}", 1.0);
  }

  @Test
  void accept_differenceThatWasAcknowledged_isRemoved() {
    lookBackMeters.accept(new State(200, Duration.ZERO, List.of(FIRST, SECOND), 251, List.of(), 1));

    lookBackMeters.accept(new State(200, Duration.ZERO, List.of(SECOND), 1, List.of(), 1));

    assertThat(scrape().samples())
        .containsEntry("metrics_ledger_drift{family=\"closed_segments\"}", 1.0);
    assertThat(scrape().series("paymeter_look_back_difference"))
        .containsExactly(
            "paymeter_look_back_difference{epoch=\"2\",instance_id=\"b\",segment=\"9\"}");
  }

  @Test
  void accept_losses_areShownUntilTheyAreAcknowledged() {
    lookBackMeters.accept(
        new State(200, Duration.ZERO, List.of(), 0, List.of(new Loss("5f0c2a91", 12)), 1));
    assertThat(scrape().samples())
        .containsEntry("paymeter_ledger_lost_rows{generation=\"5f0c2a91\"}", 12.0);

    lookBackMeters.accept(new State(200, Duration.ZERO, List.of(), 0, List.of(), 1));

    assertThat(scrape().series("paymeter_ledger_lost_rows")).isEmpty();
  }
}
