package dev.paymeter.metrics.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paymeter.payment.port.LedgerCut;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ScrapeTest {
  private static final Map<String, String> CARD =
      Map.of("status", "success", "gateway", "stripe", "user_tier", "basic");

  /** Returns a sample with the labels of a target. */
  private static Sample sample(
      String target, String name, Map<String, String> labels, double value) {
    Map<String, String> all = new TreeMap<>(labels);
    if (!target.isEmpty()) {
      all.put("instance", target);
      all.put("job", "paymeter");
    }
    return new Sample(name, all, value);
  }

  private static List<Sample> cut(
      String target, String instance, String generation, LedgerCut cut) {
    Map<String, String> labels = Map.of("instance_id", instance, "generation", generation);
    return List.of(
        sample(target, "paymeter_scrape_cut", labels, cut.number()),
        sample(target, "paymeter_scrape_cut_complete", labels, 1));
  }

  @Test
  void of_twoTargets_haveTheirOwnCuts() {
    List<Sample> samples = new ArrayList<>();
    samples.addAll(cut("a:8000", "host-1", "g1", new LedgerCut(1, 5)));
    samples.addAll(cut("b:8000", "host-2", "g1", new LedgerCut(7, 0)));
    samples.add(sample("a:8000", "payment_requests_total", CARD, 3));
    samples.add(sample("b:8000", "payment_requests_total", CARD, 4));
    samples.add(sample("b:8000", "up", Map.of(), 1));

    assertThat(Scrape.of(samples))
        .containsExactlyInAnyOrder(
            new Scrape("host-1", "g1", new LedgerCut(1, 5), true, List.of(samples.get(4))),
            new Scrape("host-2", "g1", new LedgerCut(7, 0), true, List.of(samples.get(5))));
  }

  @Test
  void of_responseOfMetrics_hasNoTarget() {
    List<Sample> samples = new ArrayList<>(cut("", "host-1", "g1", new LedgerCut(2, 1)));
    samples.add(
        sample(
            "",
            "payment_amount_usd_bucket",
            Map.of("currency", "EUR", "user_tier", "basic", "le", "10.0"),
            3));

    assertThat(Scrape.of(samples)).hasSize(1);
  }

  /** The last samples of a time contain those of the process before the last one. */
  @Test
  void of_twoGenerations_hasTheLaterCut() {
    List<Sample> samples = new ArrayList<>();
    samples.addAll(cut("a:8000", "host-1", "g2", new LedgerCut(3, 1)));
    samples.addAll(cut("a:8000", "host-1", "g1", new LedgerCut(2, 900)));
    samples.add(sample("a:8000", "payment_requests_total", CARD, 3));

    assertThat(Scrape.of(samples))
        .singleElement()
        .satisfies(scrape -> assertThat(scrape.generation()).isEqualTo("g2"))
        .satisfies(scrape -> assertThat(scrape.cut()).isEqualTo(new LedgerCut(3, 1)));
  }

  @Test
  void of_sampleWithoutCut_isRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Scrape.of(List.of(sample("a:8000", "payment_requests_total", CARD, 3))))
        .withMessageContaining("paymeter_scrape_cut")
        .withMessageContaining("instance=\"a:8000\"");
  }

  /** They are not in the ledger. */
  @Test
  void of_errorsOfPaymeterItself_areLeftOut() {
    List<Sample> samples = new ArrayList<>(cut("", "host-1", "g1", new LedgerCut(2, 1)));
    samples.add(
        sample(
            "",
            "errors_total",
            Map.of("service", "ledger", "error_type", "X", "severity", "high"),
            3));

    assertThat(Scrape.of(samples)).isEmpty();
  }
}
