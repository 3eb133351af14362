package dev.paymeter.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestCounters;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

class ReportHandlerTest {
  private static final PaymentException TIMEOUT = new PaymentGatewayException("Gateway timeout");

  private final LossyLedger ledger = new LossyLedger();
  private final List<Payment> counted = new ArrayList<>();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final ManualClock clock = new ManualClock();
  private final ReportIngestor<PaymentReport, RecordedPayment> reportIngestor =
      new ReportIngestor<>(
          ReportHandler.ofPayments(ledger, TestOrders.RATES, new RecordingMetrics()),
          scheduler,
          TestCounters.of(new LedgerSegments()),
          new Semaphore(1000),
          clock);

  /** A ledger that can lose responses. */
  private static final class LossyLedger extends InMemoryPaymentLedger {
    boolean losing;

    @Override
    public Future<List<Recording>> recordPayments(List<RecordedPayment> payments) {
      Future<List<Recording>> done = super.recordPayments(payments);
      return losing ? Future.failedFuture(new LedgerUnavailableException("lost")) : done;
    }
  }

  private final class RecordingMetrics extends NoOpPaymentMetrics {
    @Override
    public void settled(Payment payment) {
      counted.add(payment);
    }
  }

  @Test
  void record_oldFailure_isCountedUnchanged() {
    Instant then = Instant.parse("2026-03-01T00:00:00Z");
    PaymentReport report =
        TestOrders.order().of("1000", "EUR").reported("shop", "sale-7", TIMEOUT, then);

    assertThat(reportIngestor.record(List.of(report)).result())
        .containsExactly(ReportLedger.Recording.ACCEPTED);

    Payment payment = counted.get(0);
    assertThat(payment.status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(payment.order()).isEqualTo(report.order());
    assertThat(payment.amountUsd()).isEqualTo(new BigDecimal("1032.10"));
    assertThat(payment.isHighValue()).isTrue();
    assertThat(payment.error()).contains(TIMEOUT);
    assertThat(payment.createdAt()).isEqualTo(then.minus(TestOrders.DURATION));
    assertThat(payment.settled())
        .contains(new Payment.Settlement(TestOrders.DURATION, then, TIMEOUT, 1));
    assertThat(payment.reportedBy()).contains(new Payment.Source("shop", "sale-7"));
    assertThat(payment.id().version()).isEqualTo(7);
  }

  @Test
  void record_withoutTime_isSettledNow() {
    reportIngestor.record(List.of(TestOrders.order().reported("shop", "sale-7")));

    assertThat(counted)
        .extracting(payment -> payment.settled().orElseThrow().at())
        .containsExactly(TestOrders.CREATED_AT);
  }

  @Test
  void record_several_haveOutcomesInOrderAndNewOnesCount() {
    reportIngestor.record(List.of(TestOrders.order().reported("shop", "2")));

    assertThat(
            reportIngestor
                .record(
                    List.of(
                        TestOrders.order().reported("shop", "1"),
                        TestOrders.order().reported("shop", "2"),
                        TestOrders.order().reported("shop", "2", TIMEOUT, null)))
                .result())
        .containsExactly(
            ReportLedger.Recording.ACCEPTED,
            ReportLedger.Recording.DUPLICATE,
            ReportLedger.Recording.CONFLICTING);

    assertThat(counted)
        .extracting(payment -> payment.reportedBy().orElseThrow().id())
        .containsExactly("2", "1");
  }

  /** The row is committed, its response was lost: this instance counts it, once. */
  @Test
  void record_responseLost_isCountedOnce() {
    ledger.losing = true;
    PaymentReport report = TestOrders.order().reported("shop", "sale-7");

    assertThat(reportIngestor.record(List.of(report)).failed()).isTrue();
    assertThat(counted).isEmpty();
    ledger.losing = false;
    scheduler.pass();

    assertThat(counted).hasSize(1);
    assertThat(reportIngestor.record(List.of(report)).result())
        .containsExactly(ReportLedger.Recording.DUPLICATE);
    assertThat(counted).hasSize(1);
  }
}
