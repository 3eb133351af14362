package dev.paymeter.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.RecordingReportMetrics;
import dev.paymeter.support.payment.TestCounters;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReportIngestorTest {
  private static final EventReport REPORT =
      new EventReport("shop", "order-7", "order", TestOrders.money("100.00", "EUR"));

  private static final int CAPACITY = 8;

  private final FailingLedger ledger = new FailingLedger();
  private final List<BusinessEvent> counted = new ArrayList<>();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final LedgerSegments ledgerSegments = new LedgerSegments();
  private final ReportIngestor<EventReport, BusinessEvent> reportIngestor =
      new ReportIngestor<>(
          ReportHandler.ofBusinessEvents(
              ledger,
              TestOrders.RATES,
              new RecordingMetrics(),
              event -> event.equals("order") ? event : "other"),
          scheduler,
          TestCounters.of(ledgerSegments),
          new Semaphore(CAPACITY),
          new ManualClock());

  /** A ledger that can fail before or after the commit. */
  private static final class FailingLedger extends InMemoryPaymentLedger {
    RuntimeException failure;
    boolean afterwards;

    @Override
    public Future<List<Recording>> record(List<BusinessEvent> events) {
      if (failure == null) {
        return super.record(events);
      }
      Future<?> done = afterwards ? super.record(events) : Future.succeededFuture();
      return done.compose(ignored -> Future.failedFuture(failure));
    }
  }

  private final class RecordingMetrics extends RecordingReportMetrics {
    @Override
    public void recorded(BusinessEvent event) {
      counted.add(event);
    }
  }

  private static EventReport report(String id, String event) {
    return new EventReport("shop", id, event, REPORT.amount());
  }

  private Future<List<ReportLedger.Recording>> record(EventReport... reports) {
    return reportIngestor.record(List.of(reports));
  }

  private void assertAllSegmentsClose() {
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).isPositive();
  }

  @Test
  void record_new_isAcceptedAndCountedWithEveryField() {
    assertThat(record(REPORT).result()).containsExactly(ReportLedger.Recording.ACCEPTED);

    assertThat(counted).hasSize(1);
    BusinessEvent event = counted.get(0);
    assertThat(event.report()).isEqualTo(REPORT);
    assertThat(event.label()).isEqualTo("order");
    assertThat(event.amountUsd()).isEqualTo(new BigDecimal("103.21"));
    assertThat(event.rate()).isEqualTo(TestOrders.rate("1.0321"));
    assertThat(event.recordedAt()).isEqualTo(TestOrders.CREATED_AT);
    assertAllSegmentsClose();
  }

  /** Regression: reports were counted regardless of the ledger's result. */
  @Test
  void record_again_isADuplicateAndNotCounted() {
    record(REPORT);

    assertThat(record(REPORT).result()).containsExactly(ReportLedger.Recording.DUPLICATE);

    assertThat(counted).hasSize(1);
    assertAllSegmentsClose();
  }

  @Test
  void record_several_haveOutcomesInOrderAndNewOnesCount() {
    record(report("2", "order"));

    assertThat(record(report("1", "order"), report("2", "order"), report("2", "refund")).result())
        .containsExactly(
            ReportLedger.Recording.ACCEPTED,
            ReportLedger.Recording.DUPLICATE,
            ReportLedger.Recording.CONFLICTING);

    assertThat(counted).extracting(event -> event.report().id()).containsExactly("2", "1");
    assertAllSegmentsClose();
  }

  @Test
  void record_eventAboveLabelLimit_isCountedAsOther() {
    record(report("1", "surprise"));

    assertThat(counted.get(0).label()).isEqualTo("other");
    assertThat(counted.get(0).report().event()).isEqualTo("surprise");
  }

  @Test
  void record_ledgerUnavailable_isRejectedAndCountedLater() {
    ledger.failure = new LedgerUnavailableException("away");

    assertUncertain(record(REPORT));
    assertThat(counted).isEmpty();
    ledger.failure = null;
    scheduler.pass();

    assertThat(counted).hasSize(1);
    assertThat(record(REPORT).result()).containsExactly(ReportLedger.Recording.DUPLICATE);
    assertAllSegmentsClose();
  }

  /** The row is committed, its response lost. Regression: it was a duplicate, and never counted. */
  @Test
  void record_responseLost_isCountedOnce() {
    ledger.failure = new LedgerUnavailableException("away");
    ledger.afterwards = true;

    assertUncertain(record(REPORT));
    ledger.failure = null;
    scheduler.pass();

    assertThat(counted).hasSize(1);
    assertAllSegmentsClose();
  }

  /** The segment stays open, because it may have a row. */
  @Test
  void record_uncertain_keepsTheSegmentOpen() {
    ledger.failure = new LedgerUnavailableException("away");
    record(REPORT);
    ledgerSegments.roll();

    assertThat(ledgerSegments.lastClosed(0)).isZero();
    ledger.failure = null;
    scheduler.pass();
    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(1);
  }

  /** Regression: an outage filled the memory with events. */
  @Test
  void record_whileAnotherIsUncertain_isRejectedWithoutCommit() {
    ledger.failure = new LedgerUnavailableException("away");
    record(REPORT);
    int asked = scheduler.requested().size();

    assertUncertain(record(report("2", "order")));

    assertThat(scheduler.requested()).hasSize(asked);
    ledger.failure = null;
    scheduler.pass();
    assertThat(record(report("2", "order")).result())
        .containsExactly(ReportLedger.Recording.ACCEPTED);
  }

  @Test
  void record_defect_failsAndClosesTheSegment() {
    ledger.failure = new IllegalStateException("defect");

    assertThat(record(REPORT).cause()).isSameAs(ledger.failure);

    assertThat(counted).isEmpty();
    assertThat(scheduler.requested()).isEmpty();
    assertAllSegmentsClose();
  }

  /** The segment stays open: another process audits it. */
  @Test
  void record_superseded_isRejectedAndNotRetried() {
    ledger.failure = new SupersededException("host");

    assertUncertain(record(REPORT));

    assertThat(counted).isEmpty();
    assertThat(scheduler.requested()).isEmpty();
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).isZero();
  }

  @Test
  void drained_uncertainEvent_waitsForIt() {
    ledger.failure = new LedgerUnavailableException("away");
    record(REPORT);

    Future<Void> drained = reportIngestor.drained();
    scheduler.pass();
    assertThat(drained.isComplete()).isFalse();
    ledger.failure = null;
    scheduler.pass();
    scheduler.pass();

    assertThat(drained.succeeded()).isTrue();
  }

  private static void assertUncertain(Future<?> answer) {
    assertThat(answer.cause())
        .isInstanceOfSatisfying(
            RequestRejectedException.class,
            rejection ->
                assertThat(rejection.reason())
                    .isEqualTo(RequestRejectedException.Reason.LEDGER_UNAVAILABLE));
  }

  /** Regression: all reports were kept in memory while the ledger did not respond. */
  @Test
  void record_aboveCapacity_isRejectedUntilReleased() {
    assertThat(reportIngestor.record(reports("a", CAPACITY + 1)).cause())
        .isInstanceOfSatisfying(
            RequestRejectedException.class,
            rejection ->
                assertThat(rejection.reason())
                    .isEqualTo(RequestRejectedException.Reason.OVERLOADED));
    assertThat(counted).isEmpty();

    ledger.failure = new LedgerUnavailableException("away");
    assertThat(reportIngestor.record(reports("a", CAPACITY)).failed()).isTrue();
    ledger.failure = null;
    scheduler.pass();

    assertThat(counted).hasSize(CAPACITY);
    assertThat(reportIngestor.record(reports("b", CAPACITY)).succeeded()).isTrue();
    assertThat(reportIngestor.record(reports("c", CAPACITY)).succeeded()).isTrue();
  }

  @Test
  void record_failedPermanently_releasesCapacity() {
    ledger.failure = new IllegalStateException("a defect");
    assertThat(reportIngestor.record(reports("a", CAPACITY)).failed()).isTrue();
    ledger.failure = null;

    assertThat(reportIngestor.record(reports("a", CAPACITY)).succeeded()).isTrue();
  }

  private static List<EventReport> reports(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> report(prefix + i, "order")).toList();
  }
}
