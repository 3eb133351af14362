package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.LedgerPosition;
import dev.paymeter.audit.ScrapedTotals;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.LedgerCut;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.service.SettlementCounter;
import dev.paymeter.support.Await;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A scrape contains the rows up to its cut, and no others. */
class ScrapeCutTest {
  private static final String LABELS = "{generation=\"g1\",instance_id=\"host-1\"}";
  private static final int EPOCH = 3;
  private static final AuditStore.SettledTotals NOTHING =
      new AuditStore.SettledTotals(List.of(), List.of(), List.of());

  private final MetricsPipeline pipeline =
      new MetricsPipeline(
          new StripedQueue.Limits(1, 8, 4, 100), new Sampling(1), List.of(), List.of());
  private final LedgerSegments ledgerSegments = new LedgerSegments();
  private final List<List<Integer>> moves = new ArrayList<>();
  private final SettlementCounter settlementCounter =
      new SettlementCounter(
          ledgerSegments,
          (receipts, from, to) -> {
            moves.add(List.of(from, to));
            return Future.succeededFuture();
          },
          new ManualScheduler());
  private final AuditedPipelineMetrics metrics =
      new AuditedPipelineMetrics(
          pipeline,
          ledgerSegments,
          "host-1",
          TestOrders.ALLOWED_VALUES,
          List.of(),
          new ManualClock());
  private final List<ScrapedTotals> witnesses = new ArrayList<>();

  @BeforeEach
  void restore() {
    metrics.restore(
        "g1", new AuditStore.AcquiredLease(EPOCH, null, null, LedgerPosition.NONE), NOTHING);
    pipeline.onSnapshot(witnesses::add);
  }

  private Payment begin() {
    return TestOrders.order().segment(ledgerSegments.begin()).succeeded();
  }

  /** Counts a payment, whose row is moved if a scrape has not waited for it. */
  private void end(Payment payment) {
    int segment = payment.settled().orElseThrow().segment();
    assertThat(
            settlementCounter
                .count(
                    segment,
                    List.of(payment.id()),
                    counted -> pipeline.settled(payment.inSegment(counted)))
                .succeeded())
        .isTrue();
  }

  private PipelineScrape scrape() {
    return PipelineScrape.of(pipeline.snapshot());
  }

  /** Starts a scrape, which waits for settlements in progress. */
  private CompletableFuture<PipelineScrape> startScrape() {
    CompletableFuture<PipelineScrape> scrape = new CompletableFuture<>();
    Thread thread = new Thread(() -> scrape.complete(scrape()));
    thread.start();
    Await.eventually(() -> assertThat(thread.getState()).isEqualTo(Thread.State.TIMED_WAITING));
    return scrape;
  }

  private static double payments(PipelineScrape scrape) {
    return scrape.total("payment_requests_total");
  }

  private static LedgerCut cut(PipelineScrape scrape) {
    return LedgerCut.of((long) scrape.value("paymeter_scrape_cut" + LABELS));
  }

  private static boolean isComplete(PipelineScrape scrape) {
    return scrape.value("paymeter_scrape_cut_complete" + LABELS) == 1;
  }

  @Test
  void scrape_countedPayments_hasTheirCut() {
    assertThat(cut(scrape())).isEqualTo(new LedgerCut(EPOCH, 0));
    end(begin());

    PipelineScrape scrape = scrape();

    assertThat(payments(scrape)).isEqualTo(1);
    assertThat(cut(scrape)).isEqualTo(new LedgerCut(EPOCH, 1));
    assertThat(isComplete(scrape)).isTrue();
  }

  @Test
  void scrape_settlementInProgress_waitsForIt() {
    Payment inProgress = begin();
    CompletableFuture<PipelineScrape> started = startScrape();

    end(inProgress);

    PipelineScrape scrape = started.join();
    assertThat(payments(scrape)).isEqualTo(1);
    assertThat(cut(scrape)).isEqualTo(new LedgerCut(EPOCH, 1));
    assertThat(isComplete(scrape)).isTrue();
  }

  /** A payment that began after the cut is in the next scrape, although it was counted before. */
  @Test
  void scrape_laterPaymentCountedFirst_isInTheNextOne() {
    Payment inProgress = begin();
    CompletableFuture<PipelineScrape> started = startScrape();
    end(begin());
    assertThat(pipeline.recentPayments()).hasSize(1);

    end(inProgress);

    PipelineScrape scrape = started.join();
    assertThat(payments(scrape)).isEqualTo(1);
    assertThat(scrape.total("payment_duration_seconds_count")).isEqualTo(1);
    assertThat(scrape.total("payment_amount_usd_count")).isEqualTo(1);
    assertThat(cut(scrape)).isEqualTo(new LedgerCut(EPOCH, 1));
    assertThat(witnesses.get(0).recent()).containsExactly(inProgress.id());
    PipelineScrape next = scrape();
    assertThat(payments(next)).isEqualTo(2);
    assertThat(cut(next)).isEqualTo(new LedgerCut(EPOCH, 2));
  }

  /** Regression: its row was before the cut of scrapes that did not contain it. */
  @Test
  void scrape_settlementThatTakesLong_isCountedBehindItsCut() {
    Payment inProgress = begin();

    PipelineScrape scrape = scrape();

    assertThat(payments(scrape)).isZero();
    assertThat(isComplete(scrape)).isFalse();
    assertThat(cut(scrape)).isEqualTo(new LedgerCut(EPOCH, 1));
    end(begin());
    assertThat(moves).isEmpty();
    PipelineScrape next = scrape();
    assertThat(payments(next)).isEqualTo(1);
    assertThat(isComplete(next)).isFalse();
    assertThat(cut(next)).isEqualTo(new LedgerCut(EPOCH, 2));
    end(inProgress);
    assertThat(moves).containsExactly(List.of(1, 3));
    PipelineScrape last = scrape();
    assertThat(payments(last)).isEqualTo(2);
    assertThat(isComplete(last)).isTrue();
    assertThat(cut(last)).isEqualTo(new LedgerCut(EPOCH, 3));
    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(3);
  }

  /** Between the cut and the snapshot, the audit may close later segments. */
  @Test
  void scrape_laterSegmentClosedMeanwhile_isInTheCut() {
    end(begin());
    LedgerSegments.Cut cut = ledgerSegments.cut(Duration.ZERO);
    end(begin());
    pipeline.flush();
    ledgerSegments.roll();
    metrics.close(2, NOTHING);

    pipeline.update(
        meters ->
            pipeline
                .audited()
                .upTo(
                    cut,
                    () -> {
                      assertThat(
                              PipelineScrape.of(meters.snapshot()).total("payment_requests_total"))
                          .isEqualTo(2);
                      assertThat(pipeline.audited().cut().segment()).isEqualTo(2);
                      return true;
                    }));
  }

  private final MetricsPipeline restarted =
      new MetricsPipeline(
          new StripedQueue.Limits(1, 8, 4, 100), new Sampling(1), List.of(), List.of());

  /** Restores the metrics of the next process. */
  private void restart() {
    new AuditedPipelineMetrics(
            restarted,
            new LedgerSegments(),
            "host-1",
            TestOrders.ALLOWED_VALUES,
            List.of(),
            new ManualClock())
        .restore(
            "g1",
            new AuditStore.AcquiredLease(EPOCH + 1, null, null, LedgerPosition.NONE),
            NOTHING);
  }

  /** A scrape that arrives before the metrics are restored may be answered after it. */
  @Test
  void scrape_restoredMeanwhile_hasTheCutOfTheStart() {
    restarted.cutWith(
        () -> {
          restart();
          return LedgerSegments.Cut.NONE;
        });

    PipelineScrape scrape = PipelineScrape.of(restarted.snapshot());

    assertThat(cut(scrape)).isEqualTo(new LedgerCut(EPOCH + 1, 0));
    assertThat(isComplete(scrape)).isFalse();
  }
}
