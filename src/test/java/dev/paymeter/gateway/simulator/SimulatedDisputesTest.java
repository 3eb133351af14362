package dev.paymeter.gateway.simulator;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentOutcome;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulatedDisputesTest {
  private static final Duration DECISION = Duration.ofSeconds(5);
  private static final Duration RESPONSE_TIME = Duration.ofDays(7);

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock();
  private final ManualScheduler scheduler = new ManualScheduler();
  private Simulator simulator;

  @BeforeEach
  void open() {
    simulator = TestSimulator.open(directory, TestSimulator.SMOOTH, scheduler, clock);
  }

  @AfterEach
  void close() throws IOException {
    simulator.close();
  }

  private SimulatedGateway gateway() {
    return simulator.gateways().get("stripe");
  }

  private Payment charged(String token) {
    Payment payment = TestOrders.order().token(token).pending(Optional.empty());
    assertThat(await(gateway().charge(payment))).isInstanceOf(GatewayResult.Approved.class);
    return payment;
  }

  private static String id(Payment payment) {
    return SimulatedDispute.id(payment.gatewayKey().id());
  }

  private Optional<GatewayDispute> find(Payment payment) {
    return await(gateway().dispute("stripe", id(payment)));
  }

  private GatewayDispute dispute(Payment payment) {
    return find(payment).orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "pm_card_createDispute, NEEDS_RESPONSE, NEEDS_RESPONSE, LOST",
    "pm_card_createDisputeWon, NEEDS_RESPONSE, WON, WON",
    "pm_card_createDisputeLost, NEEDS_RESPONSE, LOST, LOST",
    "pm_card_createDisputeInquiry, WARNING_NEEDS_RESPONSE, WARNING_NEEDS_RESPONSE, WARNING_CLOSED",
    "pm_card_createReversal, REVERSED, REVERSED, REVERSED"
  })
  void dispute_ofEachToken_takesItsCourse(
      String token, DisputeStatus first, DisputeStatus decided, DisputeStatus overdue) {
    Payment payment = charged(token);

    assertThat(dispute(payment).status()).isEqualTo(first);
    clock.advance(DECISION.minusMillis(1));
    assertThat(dispute(payment).status()).isEqualTo(first);
    clock.advance(Duration.ofMillis(1));
    assertThat(dispute(payment).status()).isEqualTo(decided);
    clock.advance(RESPONSE_TIME.minus(DECISION).minusMillis(1));
    assertThat(dispute(payment).status()).isEqualTo(decided);
    clock.advance(Duration.ofMillis(1));
    assertThat(dispute(payment).status()).isEqualTo(overdue);
  }

  @ParameterizedTest
  @CsvSource({
    "pm_card_createDispute, fraudulent, true, true",
    "pm_card_createDisputeInquiry, fraudulent, true, false",
    "pm_card_createReversal, insufficient_funds, false, false"
  })
  void dispute_hasAmountDeadlineAndFee(
      String token, String reason, boolean hasDeadline, boolean hasFee) {
    Payment payment = charged(token);
    Instant begin = clock.instant();
    clock.advance(Duration.ofSeconds(1));

    assertThat(dispute(payment))
        .isEqualTo(
            new GatewayDispute(
                id(payment),
                payment.id(),
                payment.gatewayKey().id(),
                dispute(payment).status(),
                reason,
                payment.amount(),
                hasDeadline ? begin.plus(RESPONSE_TIME) : null,
                hasFee ? TestOrders.money("15.00", "USD") : null,
                begin));
  }

  @Test
  void dispute_ofAPartialCapture_isOfTheCapturedAmountAndBeginsThen() throws IOException {
    Payment pending =
        TestOrders.order().token("pm_card_createDispute").manual().pending(Optional.empty());
    Payment held =
        PaymentOutcome.authorized(pending, await(gateway().charge(pending)), TestOrders.DURATION);
    assertThat(find(pending)).as("no money has moved").isEmpty();
    clock.advance(Duration.ofDays(1));
    Money part = TestOrders.money("5.00", "USD");

    await(gateway().capture(held.requestCapture(UUID.randomUUID(), part)));

    assertThat(dispute(pending).amount()).isEqualTo(part);
    assertThat(dispute(pending).createdAt()).isEqualTo(clock.instant());
    simulator.close();
    open();
    assertThat(dispute(pending).amount()).as("read again").isEqualTo(part);
  }

  @Test
  void dispute_ofAnotherPayment_isEmpty() {
    Payment undisputed = charged("pm_card_visa");

    assertThat(find(undisputed)).isEmpty();
    assertThat(await(gateway().dispute("stripe", "sim_dp_1"))).isEmpty();
    assertThat(await(gateway().dispute("stripe", "sim_dp_" + UUID.randomUUID()))).isEmpty();
  }

  @Test
  void reports_beginSoonAndFollowTheDecision_andAreRepeatedUntilTheyAreProcessed() {
    List<String> reports = new ArrayList<>();
    gateway()
        .reportDisputes(
            id -> {
              reports.add(id);
              return reports.size() == 1
                  ? Future.failedFuture("the ledger is unavailable")
                  : Future.succeededFuture();
            });

    Payment payment = charged("pm_card_createDisputeWon");
    assertThat(scheduler.requested())
        .containsExactly(Duration.ofSeconds(1), DECISION.plusSeconds(1));
    scheduler.pass();

    assertThat(reports).containsExactly(id(payment), id(payment));
    assertThat(scheduler.requested()).hasSize(3).endsWith(Duration.ofSeconds(5));
    scheduler.pass();
    assertThat(reports).hasSize(3);
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void reports_ofEarlierDisputes_areMadeAgainAfterARestart() throws IOException {
    Payment payment = charged("pm_card_createDispute");
    scheduler.pass();
    simulator.close();
    open();
    List<String> reports = new ArrayList<>();

    gateway()
        .reportDisputes(
            id -> {
              reports.add(id);
              return Future.succeededFuture();
            });
    scheduler.pass();

    assertThat(reports).containsOnly(id(payment));
  }
}
