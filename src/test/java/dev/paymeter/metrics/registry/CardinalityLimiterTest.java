package dev.paymeter.metrics.registry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.PipelineScrape;
import dev.paymeter.metrics.TestPipelines;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.payment.Severity;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class CardinalityLimiterTest {
  private static final int LIMIT = 3;
  private static final int FLOOD = 100_000;
  private static final String SERIES =
      "errors_total{error_type=\"%s\",service=\"%s\",severity=\"high\"}";
  private static final String OVERFLOW =
      "paymeter_series_overflow_total{family=\"errors_total\",label=\"%s\"}";

  private final Logger logger = (Logger) LoggerFactory.getLogger(CardinalityLimiter.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final CardinalityLimiter limiter = new CardinalityLimiter(LIMIT, "a_family", "a_label");

  @BeforeEach
  void listen() {
    logger.setAdditive(false);
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void leave() {
    logger.detachAppender(lines);
    logger.setAdditive(true);
  }

  @Test
  void admit_upToTheLimit_isTheValueItself() {
    assertThat(
            List.of(limiter.admit("a"), limiter.admit("b"), limiter.admit("c"), limiter.admit("a")))
        .containsExactly("a", "b", "c", "a");
    assertThat(limiter.overflows()).isZero();
    assertThat(lines.list).isEmpty();
  }

  @Test
  void admit_beyondTheLimit_isOtherAndKnownValuesRemain() {
    fill();

    assertThat(limiter.admit("d")).isEqualTo("other");
    assertThat(limiter.admit("a")).isEqualTo("a");
    assertThat(limiter.admit("d")).isEqualTo("other");
    assertThat(limiter.overflows()).isEqualTo(2);
  }

  @Test
  void admit_beyondTheLimit_isLoggedOnce() {
    fill();
    limiter.admit("d");
    limiter.admit("e");

    assertThat(lines.list).extracting(ILoggingEvent::getFormattedMessage).hasSize(1);
    assertThat(lines.list.get(0).getFormattedMessage())
        .contains("a_family", "a_label", String.valueOf(LIMIT));
  }

  @Test
  void admit_other_doesNotCountAgainstTheLimit() {
    assertThat(limiter.admit("other")).isEqualTo("other");
    fill();

    assertThat(limiter.overflows()).isZero();
  }

  private void fill() {
    limiter.admit("a");
    limiter.admit("b");
    limiter.admit("c");
  }

  /**
   * A hostile flood of both labels. A past defect: the limiter admitted everything, which created
   * 100,004 series.
   */
  @Test
  void failed_floodOfLabelValues_isBoundedCountedAndLoggedOnce() {
    MetricsPipeline pipeline =
        TestPipelines.open(new StripedQueue.Limits(1, 1024, 1 << 20, LIMIT), new Sampling(1));

    for (int i = 0; i < FLOOD; i++) {
      pipeline.failed("service_" + i, "Error" + i, Severity.HIGH);
      if (i == LIMIT) {
        pipeline.flush(); // A full queue may change the order.
      }
    }
    pipeline.failed("service_0", "Error0", Severity.HIGH);
    pipeline.failed("service_0", "Error" + FLOOD, Severity.HIGH);

    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());
    List<String> ours =
        scrape.series("errors_total").stream()
            .filter(series -> !series.contains("service=\"payment\""))
            .filter(series -> !series.contains("service=\"refund\""))
            .toList();
    assertThat(ours)
        .containsExactlyInAnyOrder(
            SERIES.formatted("Error0", "service_0"),
            SERIES.formatted("Error1", "service_1"),
            SERIES.formatted("Error2", "service_2"),
            SERIES.formatted("other", "other"),
            SERIES.formatted("other", "service_0"));
    assertThat(scrape.value(SERIES.formatted("Error0", "service_0"))).isEqualTo(2);
    assertThat(scrape.value(SERIES.formatted("other", "other"))).isEqualTo(FLOOD - LIMIT);
    assertThat(scrape.value(OVERFLOW.formatted("service"))).isEqualTo(FLOOD - LIMIT);
    assertThat(scrape.value(OVERFLOW.formatted("error_type"))).isEqualTo(FLOOD - LIMIT + 1);
    assertThat(scrape.value("paymeter_series{family=\"errors_total\"}"))
        .isEqualTo(scrape.series("errors_total").size());
    assertThat(lines.list).as("one line for each label").hasSize(2);
  }

  /** The worst case of a flood: every combination of admitted values. */
  @Test
  void failed_everyCombination_staysBelowTheCeiling() {
    MetricsPipeline pipeline =
        TestPipelines.open(new StripedQueue.Limits(1, 1024, 1 << 20, LIMIT), new Sampling(1));

    for (int service = 0; service < 100; service++) {
      for (int type = 0; type < 100; type++) {
        for (Severity severity : Severity.values()) {
          pipeline.failed("service_" + service, "Error" + type, severity);
        }
      }
    }

    int withOther = LIMIT + 1;
    assertThat(PipelineScrape.of(pipeline.snapshot()).series("errors_total"))
        .hasSize(8 + withOther * withOther * Severity.values().length);
  }
}
