package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.SampleProofs;
import dev.paymeter.support.ledger.ThreeWayAudit;
import dev.paymeter.support.load.Load;
import dev.paymeter.support.load.RefundLoad;
import dev.paymeter.support.service.RestartableService;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares the samples of Prometheus with the ledger for a service that is killed repeatedly. */
class CrashIT {
  private static final int KILLS = 3;
  private static final int CLIENTS = 8;
  private static final int PUBLISHERS = 2;
  private static final int PROVED_SCRAPES = 30;
  private static final int SEED = 20261130;
  private static final Duration PAUSE = Duration.ofMillis(50);

  private static final String CHECKPOINTS = "select totals from instances where totals is not null";

  /** The process that is killed only after it has stored a checkpoint. */
  private static final int KILL_AFTER_CHECKPOINT = 1;

  @TempDir static Path directory;

  @BeforeAll
  static void require() {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
  }

  /**
   * In Prometheus's raw samples, the increases of the counters equal the ledger, for all label
   * sets, buckets and amounts, and no counter ever decreased. Each sample equals the rows up to the
   * cut of its scrape. The gateways agree: each success was charged or refunded exactly once,
   * despite injected faults and kills. Regression: after a restart, counters started at zero.
   */
  @Test
  void killedUnderLoad_threeTimes_increasesEqualTheLedger() throws Exception {
    Path service = Files.createDirectory(directory.resolve("service"));
    Path storage = Files.createDirectory(directory.resolve("prometheus"));
    long accepted;
    try (RestartableService paymeter = RestartableService.startFast(service, settings());
        TestPrometheus prometheus =
            TestPrometheus.start(storage, Map.of("paymeter", paymeter.scrapeTarget()))) {
      eventually(() -> assertThat(prometheus.countedPayments()).isZero());
      try (Load load =
              Load.startWithRetry(CLIENTS, () -> paymeter.api("/v1/payments")).pausing(PAUSE);
          Load events =
              Load.startEvents(PUBLISHERS, () -> paymeter.api("/v1/observations")).pausing(PAUSE);
          RefundLoad refunds = RefundLoad.start(paymeter::databaseUrl, paymeter::api)) {
        for (int kill = 0; kill < KILLS; kill++) {
          BigDecimal before = prometheus.countedPayments();
          eventually(() -> assertThat(prometheus.countedPayments()).isGreaterThan(before));
          LedgerRows ledger = new LedgerRows(paymeter.databaseUrl());
          if (kill == KILL_AFTER_CHECKPOINT) {
            eventually(() -> assertThat(paymeter.query(CHECKPOINTS)).hasSize(1));
          }
          eventually(
              () ->
                  assertThat(ledger.settled())
                      .as("settled, and not scraped yet")
                      .isGreaterThan(prometheus.countedPayments().longValueExact()));
          paymeter.kill();
          paymeter.start();
        }
        BigDecimal before = prometheus.countedPayments();
        eventually(() -> assertThat(prometheus.countedPayments()).isGreaterThan(before));
        load.stop();
        events.stop();
        refunds.close();
        assertThat(refunds.refunded()).as("refunds").isPositive();
        assertThat(load.responses()).as("responses lost by kills").containsKey(Load.NO_RESPONSE);
        assertThat(events.responses())
            .as("reported events, and lost responses")
            .containsKeys(201, Load.NO_RESPONSE);
        accepted = events.responses().get(201) + events.responses().getOrDefault(200, 0L);
      }

      assertThat(paymeter.query("select count(*) from business_events where publisher = 'load'"))
          .as("events, each repeated until it was acknowledged and stored once")
          .containsExactly(List.of(String.valueOf(accepted)));
      LedgerRows ledger = new LedgerRows(paymeter.databaseUrl());
      ledger.awaitAllSettled();
      new ThreeWayAudit(paymeter.databaseUrl(), simulator()).assertConsistent();
      long settled = ledger.settled();
      eventually(() -> assertThat(prometheus.countedPayments()).isEqualByComparingTo("" + settled));
      eventually(
          () -> assertThat(prometheus.countedEvents()).isEqualByComparingTo(ledger.eventCount()));
      eventually(
          () -> assertThat(errors(prometheus)).isEqualByComparingTo(sum(ledger.errors().values())));
      prometheus.assertIncreases(ledger.expected());
      prometheus.assertNoDrift();
      try (SampleProofs proofs = new SampleProofs(paymeter.databaseUrl())) {
        assertThat(proofs.assertEqual(prometheus, PROVED_SCRAPES, new Random(SEED))).isPositive();
      }
    }
  }

  private static Path simulator() {
    return directory.resolve("simulator");
  }

  /** The gateways are as unreliable as the process. */
  private static Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("simulator.time-scale", "0.05");
    settings.put("simulator.directory", simulator().toString());
    for (String gateway : List.of("stripe", "paypal")) {
      settings.put("gateways." + gateway + ".timeout", "1s");
    }
    settings.put("simulator.faults.delay", "2s");
    for (String fault :
        List.of(
            "request-lost",
            "request-late",
            "connection-refused",
            "connection-broken",
            "answer-lost",
            "answer-late",
            "answer-twice",
            "answers-swapped",
            "inquiry-broken")) {
      settings.put("simulator.faults." + fault, "0.01");
    }
    return settings;
  }

  private static BigDecimal sum(Collection<BigDecimal> values) {
    return values.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static BigDecimal errors(TestPrometheus prometheus) {
    return prometheus.value("sum(last_over_time(errors_total[5m]))");
  }
}
