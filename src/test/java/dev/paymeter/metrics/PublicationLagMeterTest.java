package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PublicationLagMeterTest {
  private static final String FAMILY = "payment_events_unpublished_seconds";

  private final MetricsPipeline pipeline = TestPipelines.open(8, 4);

  private PipelineScrape scrape() {
    return PipelineScrape.of(pipeline.snapshot());
  }

  @Test
  void unpublished_reported_isExposedInSecondsUntilTheNextReport() {
    pipeline.showPublicationLag(Duration.ofMillis(61_500));
    assertThat(scrape().value(FAMILY)).isEqualTo(61.5);
    assertThat(scrape().types()).containsEntry(FAMILY, "gauge");

    pipeline.showPublicationLag(Duration.ZERO);

    assertThat(scrape().value(FAMILY)).isZero();
  }

  @Test
  void unpublished_neverReported_isNotExposed() {
    assertThat(scrape().series(FAMILY)).isEmpty();
  }
}
