package dev.paymeter.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.CountingReportMetrics;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
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

  private static final int ROOM = 8;

  private final Failing ledger = new Failing();
  private final List<BusinessEvent> counted = new ArrayList<>();
  private final ManualScheduler pauses = new ManualScheduler();
  private final LedgerSegments ledgerSegments = new LedgerSegments();
  private final ReportIngestor<EventReport, BusinessEvent> reportIngestor =
      new ReportIngestor<>(
          new BusinessEventHandler(
              ledger,
              TestOrders.RATES,
              new Counting(),
              event -> event.equals("order") ? event : "other"),
          pauses,
          ledgerSegments,
          new Semaphore(ROOM),
          new ManualClock());

  /** Fails as the test wants it: before the row is there, or after. */
  private static final class Failing extends InMemoryPaymentLedger {
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

  private final class Counting extends CountingReportMetrics {
    @Override
    public void recorded(BusinessEvent event) {
      counted.add(event);
    }
  }

  private static EventReport report(String id, String event) {
    return new EventReport("shop", id, event, REPORT.amount());
  }

  private Future<List<ReportIngestor.Outcome>> record(EventReport... reports) {
    return reportIngestor.record(List.of(reports));
  }

  private void assertEveryPageCanBeClosed() {
    ledgerSegments.turn();
    assertThat(ledgerSegments.closed(0)).isPositive();
  }

  @Test
  void record_new_isAcceptedAndCountedWithEveryField() {
    assertThat(record(REPORT).result()).containsExactly(ReportIngestor.Outcome.ACCEPTED);

    assertThat(counted).hasSize(1);
    BusinessEvent event = counted.get(0);
    assertThat(event.report()).isEqualTo(REPORT);
    assertThat(event.label()).isEqualTo("order");
    assertThat(event.amountUsd()).isEqualTo(new BigDecimal("103.21"));
    assertThat(event.rate()).isEqualTo(TestOrders.rate("1.0321"));
    assertThat(event.recordedAt()).isEqualTo(TestOrders.CREATED_AT);
    assertEveryPageCanBeClosed();
  }

  /** Broken once: whatever the ledger said, it was counted. */
  @Test
  void record_again_isADuplicateAndNotCounted() {
    record(REPORT);

    assertThat(record(REPORT).result()).containsExactly(ReportIngestor.Outcome.DUPLICATE);

    assertThat(counted).hasSize(1);
    assertEveryPageCanBeClosed();
  }

  @Test
  void record_several_areAnsweredOneByOneAndTheNewOnesCounted() {
    record(report("2", "order"));

    assertThat(record(report("1", "order"), report("2", "order"), report("2", "refund")).result())
        .containsExactly(
            ReportIngestor.Outcome.ACCEPTED,
            ReportIngestor.Outcome.DUPLICATE,
            ReportIngestor.Outcome.CONFLICTING);

    assertThat(counted).extracting(event -> event.report().id()).containsExactly("2", "1");
    assertEveryPageCanBeClosed();
  }

  @Test
  void record_eventWithoutALabelOfItsOwn_isCountedAsOther() {
    record(report("1", "surprise"));

    assertThat(counted.get(0).label()).isEqualTo("other");
    assertThat(counted.get(0).report().event()).isEqualTo("surprise");
  }

  @Test
  void record_ledgerAway_isRefusedAndCountedOnceTheLedgerIsBack() {
    ledger.failure = new LedgerUnavailableException("away");

    assertUncertain(record(REPORT));
    assertThat(counted).isEmpty();
    ledger.failure = null;
    pauses.pass();

    assertThat(counted).hasSize(1);
    assertThat(record(REPORT).result()).containsExactly(ReportIngestor.Outcome.DUPLICATE);
    assertEveryPageCanBeClosed();
  }

  /** The answer was lost, the row is there. Broken once: it was a duplicate, and never counted. */
  @Test
  void record_answerLost_isCountedOnce() {
    ledger.failure = new LedgerUnavailableException("away");
    ledger.afterwards = true;

    assertUncertain(record(REPORT));
    ledger.failure = null;
    pauses.pass();

    assertThat(counted).hasSize(1);
    assertEveryPageCanBeClosed();
  }

  /** Its page stays open: whether there is a row on it is not known. */
  @Test
  void record_notKnownYet_keepsThePageOpen() {
    ledger.failure = new LedgerUnavailableException("away");
    record(REPORT);
    ledgerSegments.turn();

    assertThat(ledgerSegments.closed(0)).isZero();
    ledger.failure = null;
    pauses.pass();
    assertThat(ledgerSegments.closed(0)).isEqualTo(1);
  }

  /** Broken once: an outage filled the memory with events. */
  @Test
  void record_whileAnotherIsNotKnown_isRefusedWithoutAsking() {
    ledger.failure = new LedgerUnavailableException("away");
    record(REPORT);
    int asked = pauses.asked().size();

    assertUncertain(record(report("2", "order")));

    assertThat(pauses.asked()).hasSize(asked);
    ledger.failure = null;
    pauses.pass();
    assertThat(record(report("2", "order")).result())
        .containsExactly(ReportIngestor.Outcome.ACCEPTED);
  }

  @Test
  void record_defect_failsAndClosesThePage() {
    ledger.failure = new IllegalStateException("defect");

    assertThat(record(REPORT).cause()).isSameAs(ledger.failure);

    assertThat(counted).isEmpty();
    assertThat(pauses.asked()).isEmpty();
    assertEveryPageCanBeClosed();
  }

  /** Its page stays open for good: the books are another's. */
  @Test
  void record_superseded_isRefusedAndNotTriedAgain() {
    ledger.failure = new SupersededException("host");

    assertUncertain(record(REPORT));

    assertThat(counted).isEmpty();
    assertThat(pauses.asked()).isEmpty();
    ledgerSegments.turn();
    assertThat(ledgerSegments.closed(0)).isZero();
  }

  @Test
  void drained_eventNotKnown_waitsForIt() {
    ledger.failure = new LedgerUnavailableException("away");
    record(REPORT);

    Future<Void> drained = reportIngestor.drained();
    pauses.pass();
    assertThat(drained.isComplete()).isFalse();
    ledger.failure = null;
    pauses.pass();
    pauses.pass();

    assertThat(drained.succeeded()).isTrue();
  }

  private static void assertUncertain(Future<?> answer) {
    assertThat(answer.cause())
        .isInstanceOfSatisfying(
            RequestRefusedException.class,
            refused ->
                assertThat(refused.reason())
                    .isEqualTo(RequestRefusedException.Reason.LEDGER_UNAVAILABLE));
  }

  /** Broken once: whatever came while the ledger did not answer was kept in memory. */
  @Test
  void record_moreThanThereIsRoomFor_isRefusedUntilThereIs() {
    assertThat(reportIngestor.record(reports("a", ROOM + 1)).cause())
        .isInstanceOfSatisfying(
            RequestRefusedException.class,
            refused ->
                assertThat(refused.reason()).isEqualTo(RequestRefusedException.Reason.OVERLOADED));
    assertThat(counted).isEmpty();

    ledger.failure = new LedgerUnavailableException("away");
    assertThat(reportIngestor.record(reports("a", ROOM)).failed()).isTrue();
    ledger.failure = null;
    pauses.pass();

    assertThat(counted).hasSize(ROOM);
    assertThat(reportIngestor.record(reports("b", ROOM)).succeeded()).isTrue();
    assertThat(reportIngestor.record(reports("c", ROOM)).succeeded()).isTrue();
  }

  @Test
  void record_failedForGood_leavesItsRoom() {
    ledger.failure = new IllegalStateException("a defect");
    assertThat(reportIngestor.record(reports("a", ROOM)).failed()).isTrue();
    ledger.failure = null;

    assertThat(reportIngestor.record(reports("a", ROOM)).succeeded()).isTrue();
  }

  private static List<EventReport> reports(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> report(prefix + i, "order")).toList();
  }
}
