package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.FaultInjector.Setting;
import dev.paymeter.gateway.simulator.SimulatedCharge.Outcome;
import dev.paymeter.gateway.simulator.SimulatedGateway.Behaviour;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Effects of each fault: the response, the charge, and the result of a later inquiry. */
class InjectedFaultsTest {
  private final ManualScheduler pauses = new ManualScheduler();
  private final Payment payment = TestOrders.order().pending();
  private final GatewayResult approved = new GatewayResult.Approved("sim_" + payment.id());

  @TempDir Path directory;
  private SimulatedGateway gateway;

  @BeforeEach
  void open() {
    gateway =
        TestSimulator.open(directory, TestSimulator.SMOOTH, pauses, "stripe")
            .gateways()
            .get("stripe");
  }

  @Test
  void charge_requestLost_getsNoResponseAndIsNotCharged() throws Exception {
    Future<GatewayResult> answer = next(Fault.REQUEST_LOST);
    pauses.pass();

    assertThat(answer.isComplete()).isFalse();
    assertThat(Simulator.charges(directory, "stripe")).isEmpty();
    assertThat(gateway.resolve(payment).result()).isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  /** A gateway must remember inquiries because of this case. */
  @Test
  void charge_requestLateAfterAnInquiry_isNotCharged() throws Exception {
    Future<GatewayResult> answer = next(Fault.REQUEST_LATE);
    GatewayResult evidence = gateway.resolve(payment).result();

    pauses.pass();

    assertThat(evidence).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(answer.result()).isEqualTo(evidence);
    assertThat(known().outcome()).isEqualTo(Outcome.NEVER);
    assertThat(known().requestCount()).isEqualTo(1);
  }

  @Test
  void charge_requestLateWithoutInquiry_isChargedAfterTheDelay() throws Exception {
    Future<GatewayResult> answer = next(Fault.REQUEST_LATE);
    assertThat(Simulator.charges(directory, "stripe")).isEmpty();

    pauses.pass();

    assertThat(pauses.requested()).containsExactly(TestSimulator.DELAY);
    assertThat(answer.result()).isEqualTo(approved);
  }

  @Test
  void charge_connectionRefused_isNotSubmitted() throws Exception {
    Future<GatewayResult> answer = next(Fault.CONNECTION_REFUSED);

    assertThat(answer.result()).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(Simulator.charges(directory, "stripe")).isEmpty();
    assertThat(gateway.charge(payment).result()).isEqualTo(approved);
  }

  @Test
  void charge_connectionBroken_failsAndIsCharged() throws Exception {
    Future<GatewayResult> answer = next(Fault.CONNECTION_BROKEN);

    assertThat(answer.cause()).isInstanceOf(IOException.class);
    assertChargedOnce();
  }

  @Test
  void charge_answerLost_getsNoResponseAndIsCharged() throws Exception {
    Future<GatewayResult> answer = next(Fault.ANSWER_LOST);
    pauses.pass();

    assertThat(answer.isComplete()).isFalse();
    assertChargedOnce();
  }

  @Test
  void charge_answerLate_isChargedAtOnceAndGetsALateResponse() throws Exception {
    Future<GatewayResult> answer = next(Fault.ANSWER_LATE);
    assertThat(answer.isComplete()).isFalse();
    assertChargedOnce();

    pauses.pass();

    assertThat(pauses.requested()).containsExactly(TestSimulator.DELAY);
    assertThat(answer.result()).isEqualTo(approved);
  }

  @Test
  void charge_answerTwice_theSecondIsUnexpected() throws Exception {
    Future<GatewayResult> answer = next(Fault.ANSWER_TWICE);
    assertThat(answer.result()).isEqualTo(approved);
    Payment other = TestOrders.order().pending();
    Future<GatewayResult> others = gateway.charge(other);

    pauses.pass();

    assertThat(gateway.unexpectedResponses()).isEqualTo(1);
    assertThat(others.result()).isEqualTo(new GatewayResult.Approved("sim_" + other.id()));
    assertChargedOnce();
  }

  @Test
  void charge_answersSwapped_theLaterOneArrivesFirst() {
    assertThat(swapped(1)).hasToString("second first ");
    pauses.pass();
    assertThat(gateway.unexpectedResponses()).isZero();
  }

  @Test
  void charge_answersSwappedTwice_areSwapped() {
    assertThat(swapped(2)).hasToString("second first ");
  }

  /** Returns the order of the responses to two charges with the usual delays. */
  private StringBuilder swapped(int count) {
    gateway = TestSimulator.fresh(directory, "stripe", new Behaviour(1, 1, 0, 0), pauses);
    StringBuilder order = new StringBuilder();
    gateway.faults().set(Fault.ANSWERS_SWAPPED, new Setting(0, count, null));
    gateway.charge(payment).onSuccess(answer -> order.append("first "));
    gateway.charge(TestOrders.order().pending()).onSuccess(answer -> order.append("second "));
    assertThat(order).isEmpty();
    pauses.pass();
    return order;
  }

  @Test
  void charge_answersSwappedWithoutAnotherResponse_arrivesAfterTheDelay() {
    Future<GatewayResult> answer = next(Fault.ANSWERS_SWAPPED);

    pauses.pass();

    assertThat(answer.result()).isEqualTo(approved);
  }

  @Test
  void charge_brownOut_isLateAndFailsAtRandom() throws Exception {
    gateway.faults().set(Fault.BROWN_OUT, Setting.ofRate(1));
    var answers =
        Stream.generate(() -> gateway.charge(TestOrders.order().pending())).limit(50).toList();
    assertThat(answers).noneMatch(Future::isComplete);

    pauses.pass();

    assertThat(pauses.requested()).containsOnly(TestSimulator.DELAY);
    long failed =
        answers.stream()
            .filter(answer -> answer.result() instanceof GatewayResult.Rejected)
            .count();
    assertThat(failed).isBetween(10L, 40L);
    assertThat(
            Simulator.charges(directory, "stripe").values().stream()
                .filter(charge -> charge.outcome() == Outcome.REFUSED))
        .hasSize((int) failed);
  }

  @Test
  void resolve_inquiryBroken_failsAndSettlesNothing() throws Exception {
    gateway.faults().set(Fault.INQUIRY_BROKEN, new Setting(0, 1, null));

    assertThat(gateway.resolve(payment).cause()).isInstanceOf(IOException.class);
    assertThat(Simulator.charges(directory, "stripe")).isEmpty();
    assertThat(gateway.charge(payment).result()).isEqualTo(approved);
  }

  @Test
  void resolve_connectionRefused_failsAndSettlesNothing() throws Exception {
    gateway.faults().set(Fault.CONNECTION_REFUSED, Setting.ofRate(1));

    assertThat(gateway.resolve(payment).cause()).isInstanceOf(IOException.class);
    assertThat(Simulator.charges(directory, "stripe")).isEmpty();
  }

  private Future<GatewayResult> next(Fault fault) {
    gateway.faults().set(fault, new Setting(0, 1, null));
    return gateway.charge(payment);
  }

  private SimulatedCharge known() throws IOException {
    return Simulator.charges(directory, "stripe").get(payment.id());
  }

  /** Asserts that the payment is charged once, even if it is sent again. */
  private void assertChargedOnce() throws IOException {
    assertThat(known().outcome()).isEqualTo(Outcome.APPROVED);
    assertThat(gateway.resolve(payment).result()).isEqualTo(approved);
    assertThat(gateway.charge(payment).result()).isEqualTo(approved);
    assertThat(known().requestCount()).isEqualTo(2);
  }
}
