package dev.paymeter.metrics.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.alerts.SeriesSelector;
import dev.paymeter.payment.port.LedgerCut;
import dev.paymeter.support.ledger.InMemoryProofStore;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ProverTest {
  private static final String GENERATION = InMemoryProofStore.GENERATION;

  private final InMemoryProofStore store = new InMemoryProofStore();
  private final Prover prover = new Prover(store);

  private static Scrape scrape(LedgerCut cut, double payments, double dollars, String target) {
    return scrape(GENERATION, cut, payments, dollars, target);
  }

  private static Scrape scrape(
      String generation, LedgerCut cut, double payments, double dollars, String target) {
    Map<String, String> requests =
        new TreeMap<>(Map.of("status", "success", "gateway", "stripe", "user_tier", "basic"));
    Map<String, String> amounts = new TreeMap<>(Map.of("currency", "EUR", "user_tier", "basic"));
    requests.put("instance", target);
    amounts.put("instance", target);
    return new Scrape(
        "host-1",
        generation,
        cut,
        true,
        List.of(
            new Sample("payment_requests_total", requests, payments),
            new Sample("payment_amount_usd_sum", amounts, dollars)));
  }

  @Test
  void prove_scrape_equalsTheRowsUpToItsCut() {
    InstanceProof proof = prover.prove(scrape(new LedgerCut(1, 3), 2, 2.02, "a")).result();

    assertThat(proof.isEqual()).isTrue();
    assertThat(proof.series())
        .extracting(series -> series.ledger().toPlainString())
        .containsExactly("2", "2.02");
    assertThat(proof.note()).isNull();
  }

  @Test
  void prove_rowIsMissing_isDifferent() {
    InstanceProof proof = prover.prove(scrape(new LedgerCut(1, 3), 3, 3.03, "a")).result();

    assertThat(proof.isEqual()).isFalse();
    assertThat(proof.series()).noneMatch(InstanceProof.SeriesProof::isEqual);
  }

  /** Cents that are rounded to those of the rows are not equal to them. */
  @Test
  void prove_fractionOfACent_isDifferent() {
    assertThat(prover.prove(scrape(new LedgerCut(1, 3), 2, 2.0201, "a")).result().isEqual())
        .isFalse();
  }

  /** VictoriaMetrics stores decimal digits, and may return a neighbour of the scraped double. */
  @Test
  void prove_neighbourOfTheNearestDouble_isEqual() {
    assertThat(
            prover.prove(scrape(new LedgerCut(1, 3), 2, Math.nextUp(2.02), "a")).result().isEqual())
        .isTrue();
    assertThat(prover.prove(scrape(new LedgerCut(1, 3), 2, 2.02 + 1e-12, "a")).result().isEqual())
        .isFalse();
  }

  @Test
  void prove_notANumber_fails() {
    assertThat(prover.prove(scrape(new LedgerCut(1, 0), 0, Double.NaN, "a")).cause())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("payment_amount_usd_sum");
  }

  /** Rows in a series that the scrape does not have are not proved by the others. */
  @Test
  void prove_seriesWithoutSample_isDifferent() {
    Scrape scrape = scrape(new LedgerCut(1, 3), 2, 2.02, "a");
    Scrape filtered =
        new Scrape("host-1", GENERATION, scrape.cut(), true, scrape.samples().subList(0, 1));

    InstanceProof proof =
        prover
            .prove(
                null,
                filtered,
                SeriesSelector.parse(
                    "{__name__=~\"payment_requests_total|payment_amount_usd_sum\"}"))
            .result();

    assertThat(proof.isEqual()).isFalse();
    assertThat(proof.series())
        .filteredOn(series -> !series.isEqual())
        .singleElement()
        .satisfies(series -> assertThat(series.sample().name()).isEqualTo("payment_amount_usd_sum"))
        .satisfies(series -> assertThat(series.rows()).isEqualTo(2));
    assertThat(
            prover
                .prove(null, filtered, SeriesSelector.parse("payment_requests_total"))
                .result()
                .isEqual())
        .isTrue();
  }

  /** Prometheus 3 and Java write whole bounds with a decimal, others without it. */
  @Test
  void prove_bucketsWithOtherBounds_areTheSame() {
    InstanceProof proof =
        prover
            .prove(bucket(new LedgerCut(1, 1), "10", 1), bucket(new LedgerCut(2, 7), "10.0", 3))
            .result();

    assertThat(proof.isEqual()).isTrue();
  }

  private static Scrape bucket(LedgerCut cut, String bound, double payments) {
    Map<String, String> labels = Map.of("currency", "EUR", "user_tier", "basic", "le", bound);
    return new Scrape(
        "host-1",
        GENERATION,
        cut,
        true,
        List.of(new Sample("payment_amount_usd_bucket", labels, payments)));
  }

  /** The pod of the instance was replaced meanwhile. */
  @Test
  void prove_increase_equalsTheRowsBetweenTheCuts() {
    InstanceProof proof =
        prover
            .prove(
                scrape(new LedgerCut(1, 1), 1, 1.01, "a"),
                scrape(new LedgerCut(2, 7), 3, 3.03, "b"))
            .result();

    assertThat(proof.isEqual()).isTrue();
    assertThat(proof.series())
        .extracting(series -> series.shown().toPlainString())
        .containsExactly("2", "2.02");
  }

  /** After a loss, counters start at zero although the ledger has rows. */
  @Test
  void prove_baseline_isAdded() {
    store.setBaseline(
        """
        {"payment_requests_total":[{"labels":{"status":"success","gateway":"stripe",
          "user_tier":"basic"},"cells":[-2]}]}
        """);

    InstanceProof proof = prover.prove(scrape(new LedgerCut(2, 7), 1, 3.03, "a")).result();

    assertThat(proof.isEqual()).isTrue();
    assertThat(proof.series().get(0).baseline()).isEqualByComparingTo("-2");
  }

  /** Before the loss, the counters contained the rows that are still there. */
  @Test
  void prove_scrapeFromBeforeTheBaseline_equalsTheRows() {
    store.setBaseline(
        """
        {"payment_requests_total":[{"labels":{"status":"success","gateway":"stripe",
          "user_tier":"basic"},"cells":[-2]}]}
        """);

    assertThat(prover.prove(scrape("g0", new LedgerCut(1, 3), 2, 2.02, "a")).result().isEqual())
        .isTrue();
  }

  @Test
  void prove_processThatTheLedgerLacks_fails() {
    assertThat(prover.prove(scrape(new LedgerCut(3, 1), 3, 3.03, "a")).cause())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected process 3 of instance host-1")
        .hasMessageContaining("found process 2");
  }

  @Test
  void prove_cutsInTheWrongOrder_fails() {
    assertThat(
            prover
                .prove(
                    scrape(new LedgerCut(2, 1), 3, 3.03, "a"),
                    scrape(new LedgerCut(1, 1), 1, 1.01, "a"))
                .cause())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void rows_ofAProof_addUpToIt() {
    InstanceProof proof = prover.prove(scrape(new LedgerCut(2, 7), 3, 3.03, "a")).result();
    Map<String, BigDecimal> sums = new TreeMap<>();

    prover.rows(proof, (row, sample, value) -> sums.merge(sample.name(), value, BigDecimal::add));

    assertThat(sums.get("payment_requests_total")).isEqualByComparingTo("3");
    assertThat(sums.get("payment_amount_usd_sum")).isEqualByComparingTo("3.03");
  }
}
