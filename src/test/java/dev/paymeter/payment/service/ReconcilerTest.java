package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.port.UnresolvedTransfers.Demand;
import dev.paymeter.payment.port.UnresolvedTransfers.Inquiry;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.ChargeOnlyGateway;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestCounters;
import dev.paymeter.support.payment.TestOrders;
import dev.paymeter.support.payment.VirtualScheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReconcilerTest {
  private static final int MAX_INQUIRIES = 100;
  private static final Duration LATENCY = Duration.ofMillis(200);

  private final InMemoryPaymentLedger ledger = new InMemoryPaymentLedger();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final ManualClock clock = new ManualClock();
  private final ManualTransfers inquiries = new ManualTransfers();
  private final RecordingMetrics seen = new RecordingMetrics();
  private final List<Payment> asked = new ArrayList<>();
  private Promise<GatewayResult> evidence = Promise.promise();
  private PeriodicTask reconciler;

  @BeforeEach
  void build() {
    reconciler = reconcile(service(new InquiryGateway(), scheduler), scheduler);
    reconciler.start();
  }

  private PaymentService service(PaymentGateway gateway, Scheduler time) {
    return new PaymentService(
        ledger,
        gateway,
        TestOrders.RATES,
        new TransferProcessor.Context(
            seen,
            time,
            TestCounters.of(new LedgerSegments()),
            clock,
            clock,
            TestOrders.GATEWAY_KEYS),
        PaymentStepListener.NONE);
  }

  private PeriodicTask reconcile(PaymentService paymentService, Scheduler scheduler) {
    return Reconciler.of(
        paymentService,
        inquiries,
        () -> TestOrders.accounts("stripe", "paypal"),
        gateway -> MAX_INQUIRIES,
        seen::showUnknownPayments,
        scheduler);
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

  /** The gateway responds: it is asked again, and other inquiries are not held back. */
  @ParameterizedTest
  @CsvSource({"1, PT1S", "3, PT4S", "6, PT20S", "2000000000, PT20S"})
  void inquiry_payerHasNotActed_isPostponedWithBackoff(int number, Duration pause) {
    Payment waiting = TestOrders.order().requiringAction();
    ledger.insert(TestOrders.pendingOf(waiting));
    ledger.settle(waiting);
    inquiries.due.add(new Inquiry<>(waiting, number));

    scheduler.pass();
    evidence.complete(new GatewayResult.ActionRequired(TestOrders.ACTION));

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
    clock.advance(Reconciler.RUN_INTERVAL);
    scheduler.pass();

    assertThat(seen.unknown).isEqualTo(List.of(inquiries.standing, inquiries.standing));
  }

  @Test
  void ledgerUnavailable_isRepeated() {
    inquiries.away = true;
    scheduler.pass();
    clock.advance(Reconciler.RUN_INTERVAL);
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

  /**
   * Regression: 20 payments per second were resolved, so that these took more than four minutes.
   */
  @Test
  void manyUnknown_gatewayResponds_areResolvedAtItsLimit() {
    LatentGateway gateway = new LatentGateway(true);
    for (int i = 0; i < 5000; i++) {
      inquiries.due.add(new Inquiry<>(unknown(), 1));
    }

    Duration took = resolve(gateway, () -> seen.settled.size() == 5000, Duration.ofMinutes(5));

    assertThat(took).isLessThan(Duration.ofSeconds(20));
    assertThat(gateway.mostRunning).isEqualTo(MAX_INQUIRIES);
    assertThat(inquiries.due).isEmpty();
  }

  @Test
  void manyUnknown_gatewayFails_isAskedFewTimesPerSecond() {
    LatentGateway gateway = new LatentGateway(false);
    for (int i = 0; i < 5000; i++) {
      inquiries.due.add(new Inquiry<>(unknown(), 1));
    }

    resolve(gateway, () -> false, Duration.ofSeconds(10));

    assertThat(asked).hasSizeBetween(100, 220);
    assertThat(gateway.mostRunning).isEqualTo(InquiryWindow.MIN);
  }

  @Test
  void manyUnknown_oneGatewayFails_doesNotDelayTheOther() {
    LatentGateway gateway = new LatentGateway(true);
    gateway.failing = "paypal";
    for (int i = 0; i < 2000; i++) {
      inquiries.due.add(new Inquiry<>(unknown("paypal"), 1));
      inquiries.due.add(new Inquiry<>(unknown("stripe"), 1));
    }

    Duration took = resolve(gateway, () -> seen.settled.size() == 2000, Duration.ofMinutes(5));

    assertThat(took).isLessThan(Duration.ofSeconds(12));
    assertThat(asked.stream().filter(payment -> payment.order().gateway().equals("paypal")))
        .hasSizeLessThan(300);
  }

  @Test
  void totals_readingIsSlow_areReadLessOften() {
    VirtualScheduler time = new VirtualScheduler(clock);
    inquiries.readingTime = Duration.ofSeconds(1);
    reconciler.stop();
    PeriodicTask slow = reconcile(service(new LatentGateway(true), time), time);
    slow.start();

    time.runUntil(() -> false, Duration.ofSeconds(60));

    assertThat(seen.unknown).hasSizeBetween(4, 7);
  }

  private Duration resolve(LatentGateway gateway, BooleanSupplier done, Duration max) {
    VirtualScheduler time = new VirtualScheduler(clock);
    gateway.time = time;
    reconciler.stop();
    PeriodicTask task = reconcile(service(gateway, time), time);
    task.start();
    return time.runUntil(done, max);
  }

  /** A gateway whose responses to inquiries take some time. */
  private final class LatentGateway implements ChargeOnlyGateway {
    private final boolean hasEvidence;
    private String failing = "";
    private Scheduler time = scheduler;
    private int running;
    private int mostRunning;

    LatentGateway(boolean hasEvidence) {
      this.hasEvidence = hasEvidence;
    }

    @Override
    public Future<GatewayResult> charge(Payment payment) {
      throw new AssertionError("unexpected charge of " + payment.id());
    }

    @Override
    public Future<GatewayResult> resolve(Payment payment) {
      asked.add(payment);
      mostRunning = Math.max(mostRunning, ++running);
      return time.pause(LATENCY).compose(passed -> respond(payment));
    }

    private Future<GatewayResult> respond(Payment payment) {
      running--;
      return hasEvidence && !payment.order().gateway().equals(failing)
          ? Future.succeededFuture(new GatewayResult.Approved("ref"))
          : Future.failedFuture("no evidence");
    }
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

  private final class ManualTransfers implements UnresolvedTransfers<Payment> {
    final Deque<Inquiry<Payment>> due = new ArrayDeque<>();
    final List<Duration> postponed = new ArrayList<>();
    List<UnknownTotal> standing = List.of();
    Duration readingTime = Duration.ZERO;
    boolean away;

    @Override
    public Future<List<Inquiry<Payment>>> take(List<Demand> demands, Duration lease) {
      if (away) {
        return Future.failedFuture(new LedgerUnavailableException("away"));
      }
      List<Inquiry<Payment>> taken = new ArrayList<>();
      for (Demand demand : demands) {
        Iterator<Inquiry<Payment>> next = due.iterator();
        for (int left = demand.limit(); left > 0 && next.hasNext(); ) {
          Inquiry<Payment> inquiry = next.next();
          if (isIn(demand.account(), inquiry.transfer())) {
            taken.add(inquiry);
            next.remove();
            left--;
          }
        }
      }
      return Future.succeededFuture(taken);
    }

    private boolean isIn(GatewayAccount account, Payment payment) {
      return account.gateway().equals(payment.order().gateway())
          && Objects.equals(account.account(), payment.account());
    }

    @Override
    public Future<Optional<Payment>> find(UUID id) {
      return ledger.find(id);
    }

    @Override
    public Future<Void> postpone(UUID payment, Duration pause) {
      postponed.add(pause);
      return Future.succeededFuture();
    }

    @Override
    public Future<List<UnknownTotal>> unknownByGateway() {
      clock.advance(readingTime);
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
