package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.port.UnresolvedTransfers.Inquiry;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.ChargeOnlyGateway;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReconcilerTest {
  private final InMemoryPaymentLedger ledger = new InMemoryPaymentLedger();
  private final ManualTransfers inquiries = new ManualTransfers();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final ManualClock clock = new ManualClock();
  private final RecordingMetrics seen = new RecordingMetrics();
  private final List<Payment> asked = new ArrayList<>();
  private Promise<GatewayResult> evidence = Promise.promise();
  private PeriodicTask reconciler;

  @BeforeEach
  void build() {
    PaymentService paymentService =
        new PaymentService(
            ledger,
            new InquiryGateway(),
            TestOrders.RATES,
            new TransferProcessor.Context(seen, scheduler, new LedgerSegments(), clock, clock),
            PaymentStepListener.NONE);
    reconciler =
        Reconciler.of(
            paymentService,
            inquiries,
            () -> TestOrders.accounts("stripe", "paypal"),
            seen::showUnknownPayments,
            scheduler);
    reconciler.start();
  }

  private Payment unknown() {
    return unknown("stripe");
  }

  private Payment unknown(String gateway) {
    Payment pending = TestOrders.order().gateway(gateway).pending();
    Payment unknown =
        pending.markUnknown(new Payment.UnknownOutcome(Duration.ofSeconds(1), clock.instant()));
    ledger.insert(pending);
    ledger.markUnknown(unknown);
    return unknown;
  }

  @Test
  void inquiry_evidence_isSettled() {
    Payment unknown = unknown();
    inquiries.due.add(new Inquiry<>(unknown, 1));

    scheduler.pass();
    evidence.complete(new GatewayResult.Approved("ref"));

    assertThat(asked).containsExactly(unknown);
    assertThat(ledger.find(unknown.id()).result().orElseThrow().status())
        .isEqualTo(PaymentStatus.SUCCESS);
    assertThat(seen.settled).hasSize(1);
    assertThat(inquiries.postponed).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1, PT1S", "2, PT2S", "5, PT16S", "9, PT4M16S", "10, PT5M", "2000000000, PT5M"})
  void inquiry_noEvidence_isPostponedWithBackoff(int number, Duration pause) {
    inquiries.due.add(new Inquiry<>(unknown(), number));

    scheduler.pass();
    evidence.fail("no answer");

    assertThat(inquiries.postponed).containsExactly(pause);
    assertThat(seen.settled).isEmpty();
  }

  @Test
  void gatewaySlow_isSkippedAtTheLimit() {
    for (int i = 0; i < 30; i++) {
      inquiries.due.add(new Inquiry<>(unknown(), 1));
    }

    scheduler.pass();
    scheduler.pass();
    assertThat(asked).hasSize(20);

    evidence.complete(new GatewayResult.Approved("ref"));
    scheduler.pass();

    assertThat(asked).hasSize(30);
  }

  @Test
  void gatewaySlow_doesNotBlockOthers() {
    for (int i = 0; i < 30; i++) {
      inquiries.due.add(new Inquiry<>(unknown(), 1));
    }
    scheduler.pass();
    Payment others = unknown("paypal");
    inquiries.due.add(new Inquiry<>(others, 1));

    scheduler.pass();

    assertThat(asked).hasSize(21).endsWith(others);
  }

  @Test
  void unknown_isShownEachTime() {
    inquiries.standing =
        List.of(new UnknownTotal("stripe", 2, TestOrders.CREATED_AT, new BigDecimal("12.50")));

    scheduler.pass();
    scheduler.pass();

    assertThat(seen.unknown).isEqualTo(List.of(inquiries.standing, inquiries.standing));
  }

  @Test
  void ledgerUnavailable_isRepeated() {
    inquiries.away = true;
    scheduler.pass();
    inquiries.away = false;
    inquiries.due.add(new Inquiry<>(unknown(), 1));

    scheduler.pass();

    assertThat(asked).hasSize(1);
  }

  @Test
  void stopped_runsNoMore() {
    inquiries.due.add(new Inquiry<>(unknown(), 1));
    reconciler.stop();

    scheduler.pass();

    assertThat(asked).isEmpty();
    assertThat(scheduler.requested()).hasSize(1);
  }

  private final class InquiryGateway implements ChargeOnlyGateway {
    @Override
    public Future<GatewayResult> charge(Payment payment) {
      throw new AssertionError("unexpected charge of " + payment.id());
    }

    @Override
    public Future<GatewayResult> resolve(Payment payment) {
      asked.add(payment);
      return evidence.future();
    }
  }

  private static final class ManualTransfers implements UnresolvedTransfers<Payment> {
    final Deque<Inquiry<Payment>> due = new ArrayDeque<>();
    final List<Duration> postponed = new ArrayList<>();
    List<UnknownTotal> standing = List.of();
    boolean away;

    @Override
    public Future<List<Inquiry<Payment>>> take(
        int most, Duration lease, List<GatewayAccount> accounts) {
      if (away) {
        return Future.failedFuture(new LedgerUnavailableException("away"));
      }
      List<Inquiry<Payment>> taken = new ArrayList<>();
      due.stream()
          .filter(
              inquiry ->
                  accounts.stream()
                      .anyMatch(
                          each ->
                              each.gateway().equals(inquiry.transfer().order().gateway())
                                  && Objects.equals(each.account(), inquiry.transfer().account())))
          .limit(most)
          .forEach(taken::add);
      due.removeAll(taken);
      return Future.succeededFuture(taken);
    }

    @Override
    public Future<Void> postpone(UUID payment, Duration pause) {
      postponed.add(pause);
      return Future.succeededFuture();
    }

    @Override
    public Future<List<UnknownTotal>> unknownByGateway() {
      return Future.succeededFuture(standing);
    }
  }

  private static final class RecordingMetrics extends NoOpPaymentMetrics {
    final List<Payment> settled = new ArrayList<>();
    final List<List<UnknownTotal>> unknown = new ArrayList<>();

    @Override
    public void settled(Payment payment) {
      settled.add(payment);
    }

    @Override
    public void showUnknownPayments(List<UnknownTotal> now) {
      unknown.add(now);
    }
  }
}
