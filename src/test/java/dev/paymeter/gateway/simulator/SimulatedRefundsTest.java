package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.SimulatedCharge.Outcome;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulatedRefundsTest {
  private static final GatewayResult TOO_MUCH =
      new GatewayResult.Rejected(
          new PaymentValidationException(
              FailureCode.REFUND_DECLINED, "The amount exceeds the rest of the charge"));

  @TempDir Path directory;

  private final ManualScheduler pauses = new ManualScheduler();
  private final Payment payment = TestOrders.order().of("10.00", "USD").succeeded();
  private final Refund refund = TestOrders.refund(payment, "4.00");
  private SimulatedGateway gateway;

  @BeforeEach
  void open() {
    gateway = opened();
    gateway.charge(payment);
  }

  private SimulatedGateway opened() {
    return Objects.requireNonNull(
        TestSimulator.open(directory, TestSimulator.SMOOTH, pauses, "stripe")
            .gateways()
            .get("stripe"));
  }

  private SimulatedCharge known(Refund of) throws Exception {
    return Simulator.charges(directory, "stripe").get(of.id());
  }

  private static GatewayResult approved(Refund of) {
    return new GatewayResult.Approved("sim_" + of.id());
  }

  @Test
  void refund_ofACharge_isInTheJournal() throws Exception {
    assertThat(gateway.refund(refund).result()).isEqualTo(approved(refund));

    SimulatedCharge known = known(refund);
    assertThat(known.refundOf()).isEqualTo(payment.id());
    assertThat(known.outcome()).isEqualTo(Outcome.APPROVED);
    assertThat(known.amountMinor()).isEqualTo(BigInteger.valueOf(400));
    assertThat(known.currency()).isEqualTo("USD");
    assertThat(Simulator.charges(directory, "stripe").get(payment.id()).refundOf()).isNull();
  }

  @Test
  void refund_again_isDoneOnce() throws Exception {
    gateway.refund(refund);

    assertThat(gateway.refund(refund).result()).isEqualTo(approved(refund));
    assertThat(gateway.resolveRefund(refund).result()).isEqualTo(approved(refund));
    assertThat(known(refund).requestCount()).isEqualTo(2);
    assertThat(gateway.refund(TestOrders.refund(payment, "6.00")).result())
        .isInstanceOf(GatewayResult.Approved.class);
  }

  /** Also after a restart, which reads it all again. */
  @Test
  void refund_moreThanIsLeft_isRefused() {
    gateway.refund(refund);
    assertThat(gateway.refund(TestOrders.refund(payment, "6.01")).result()).isEqualTo(TOO_MUCH);

    gateway = opened();

    assertThat(gateway.refund(TestOrders.refund(payment, "6.01")).result()).isEqualTo(TOO_MUCH);
    assertThat(gateway.refund(TestOrders.refund(payment, "6.00")).result())
        .isInstanceOf(GatewayResult.Approved.class);
    assertThat(gateway.refund(TestOrders.refund(payment, "0.01")).result()).isEqualTo(TOO_MUCH);
  }

  /** Also after a restart, which reads it all again. */
  @Test
  void refund_ofAPaymentWhoseTokenLetsRefundsFail_isApprovedAndHasFailedLater() throws Exception {
    Payment charged = TestOrders.order().of("10.00", "USD").token("pm_card_refundFail").pending();
    gateway.charge(charged);
    Payment unlucky = TestOrders.withoutTokenValue(charged);
    Refund first = TestOrders.refund(unlucky, "10.00");
    GatewayResult failed =
        GatewayResult.rejected(FailureCode.REFUND_FAILED, "The gateway's refund failed");

    assertThat(gateway.refund(first).result()).isEqualTo(approved(first));
    assertThat(gateway.resolveRefund(first).result()).isEqualTo(failed);
    gateway = opened();
    assertThat(gateway.resolveRefund(first).result()).isEqualTo(failed);
    Refund second = TestOrders.refund(unlucky, "10.00");
    assertThat(gateway.refund(second).result())
        .as("the amount is back")
        .isEqualTo(approved(second));

    assertThat(gateway.refund(refund).result()).isEqualTo(approved(refund));
    assertThat(gateway.resolveRefund(refund).result()).isEqualTo(approved(refund));
    assertThat(known(first).outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(known(refund).outcome()).isEqualTo(Outcome.APPROVED);
  }

  /** Charges draw the same luck, whatever is refunded in between. */
  @Test
  void refund_betweenCharges_doesNotShiftTheirLuck() {
    SimulatedGateway.Behaviour someFail = new SimulatedGateway.Behaviour(7, 0, 0.5, 0.5);
    SimulatedGateway with = TestSimulator.fresh(directory, "luck", someFail, pauses);
    SimulatedGateway without = TestSimulator.fresh(directory, "luck", someFail, pauses);
    for (int i = 0; i < 50; i++) {
      Payment next = TestOrders.order().succeeded();
      GatewayResult answer = with.charge(next).result();
      with.refund(TestOrders.refund(next, "0.01"));

      assertThat(answer.getClass())
          .isEqualTo(without.charge(TestOrders.order().pending()).result().getClass());
    }
  }

  @Test
  void refund_requestLost_isNeverDone() throws Exception {
    Future<GatewayResult> answer = next(Fault.REQUEST_LOST);
    pauses.pass();

    assertThat(answer.isComplete()).isFalse();
    assertThat(gateway.resolveRefund(refund).result())
        .isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(gateway.refund(refund).result()).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(known(refund).outcome()).isEqualTo(Outcome.NEVER);
    assertThat(known(refund).refundOf()).isEqualTo(payment.id());
    assertThat(gateway.refund(TestOrders.refund(payment, "10.00")).result())
        .isInstanceOf(GatewayResult.Approved.class);
  }

  @Test
  void refund_requestLate_isNotDoneOnceItWasAskedAbout() {
    Future<GatewayResult> answer = next(Fault.REQUEST_LATE);
    GatewayResult evidence = gateway.resolveRefund(refund).result();

    pauses.pass();

    assertThat(evidence).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(answer.result()).isEqualTo(evidence);
  }

  @ParameterizedTest
  @EnumSource(names = {"CONNECTION_BROKEN", "ANSWER_LOST", "ANSWER_LATE", "ANSWER_TWICE"})
  void refund_doneAndAnsweredBadly_isFoundDoneOnce(Fault fault) throws Exception {
    next(fault);

    assertThat(gateway.resolveRefund(refund).result()).isEqualTo(approved(refund));
    assertThat(known(refund).outcome()).isEqualTo(Outcome.APPROVED);
    assertThat(known(refund).requestCount()).isEqualTo(1);
  }

  @Test
  void refund_connectionRefused_isNotAsked() throws Exception {
    assertThat(next(Fault.CONNECTION_REFUSED).result())
        .isInstanceOf(GatewayResult.NotSubmitted.class);

    assertThat(known(refund)).isNull();
  }

  private Future<GatewayResult> next(Fault fault) {
    gateway.faults().set(fault, new FaultInjector.Setting(0, 1, null));
    return gateway.refund(refund);
  }
}
