package dev.paymeter.metrics.proof;

import static org.assertj.core.api.Assertions.assertThat;

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
    Map<String, String> requests =
        new TreeMap<>(Map.of("status", "success", "gateway", "stripe", "user_tier", "basic"));
    Map<String, String> amounts = new TreeMap<>(Map.of("currency", "EUR", "user_tier", "basic"));
    requests.put("instance", target);
    amounts.put("instance", target);
    return new Scrape(
        "host-1",
        GENERATION,
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
