package dev.paymeter.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResilientGatewayTest {
  private static final GatewayResult APPROVED = new GatewayResult.Approved("ref");

  private final HandGateway gateway = new HandGateway();
  private final ManualScheduler pauses = new ManualScheduler();
  private final ResilientGateway guarded =
      new ResilientGateway(
          "stripe",
          gateway,
          new ResilientGateway.Guards(Duration.ofSeconds(15), 2, 0.5, 4, Duration.ofSeconds(10)),
          pauses,
          () -> 0);

  @Test
  void charge_answerInTime_isTheAnswerAndTheTimeoutIsCanceled() {
    Future<GatewayResult> answer = guarded.charge(payment());
    assertThat(guarded.inFlight()).isEqualTo(1);

    gateway.answers.get(0).complete(APPROVED);

    assertThat(answer.result()).isEqualTo(APPROVED);
    assertThat(guarded.inFlight()).isZero();
    assertThat(pauses.asked()).containsExactly(Duration.ofSeconds(15));
    assertThat(pauses.waiting()).isZero();
  }

  @Test
  void charge_noAnswerInTime_failsAndALateOneIsNobodys() {
    Future<GatewayResult> answer = guarded.charge(payment());

    pauses.pass();

    assertThat(answer.cause()).hasMessage("no response from stripe within 15000 ms");
    assertThat(guarded.inFlight()).isZero();
    assertThat(guarded.timeouts()).isEqualTo(1);
    gateway.answers.get(0).complete(APPROVED);
    assertThat(answer.failed()).isTrue();
  }

  @Test
  void resolve_noAnswerInTime_fails() {
    Future<GatewayResult> answer = guarded.resolve(payment());

    pauses.pass();

    assertThat(answer.failed()).isTrue();
    assertThat(guarded.timeouts()).isEqualTo(1);
  }

  @Test
  void charge_noPlaceFree_isNotAskedUntilOneIs() {
    guarded.charge(payment());
    guarded.charge(payment());

    assertThat(guarded.charge(payment()).result()).isInstanceOf(GatewayResult.NotAsked.class);
    assertThat(gateway.answers).hasSize(2);
    assertThat(guarded.rejectedAsFull()).isEqualTo(1);

    gateway.answers.get(0).complete(APPROVED);
    assertThat(guarded.charge(payment()).isComplete()).isFalse();
  }

  @Test
  void charge_gatewayFails_isLeftAloneButStillAskedWhatBecameOfPayments() {
    gateway.answers(Future.failedFuture("broken"));
    gateway.answers(Future.succeededFuture(refused()));
    gateway.answers(Future.succeededFuture(new GatewayResult.NotAsked(away())));
    gateway.answers(Future.failedFuture("broken"));

    assertThat(guarded.state()).isEqualTo("open");
    assertThat(guarded.charge(payment()).result()).isInstanceOf(GatewayResult.NotAsked.class);
    assertThat(guarded.rejectedAsOpen()).isEqualTo(1);
    assertThat(guarded.inFlight()).isZero();
    assertThat(gateway.answers).hasSize(4);
    guarded.resolve(payment());
    assertThat(gateway.answers).hasSize(5);
  }

  @Test
  void charge_declines_areNoFailuresOfTheGateway() {
    for (int i = 0; i < 20; i++) {
      gateway.answers(
          Future.succeededFuture(
              new GatewayResult.Refused(new PaymentValidationException("declined"))));
    }

    assertThat(guarded.state()).isEqualTo("closed");
  }

  @Test
  void charge_gatewayThrows_freesItsPlace() {
    gateway.defect = new IllegalStateException("a defect");
    for (int i = 0; i < 3; i++) {
      Future.succeededFuture().compose(now -> guarded.charge(payment()));
    }

    assertThat(guarded.inFlight()).isZero();
    assertThat(guarded.rejectedAsFull()).isZero();
  }

  private static GatewayResult refused() {
    return new GatewayResult.Refused(away());
  }

  @Test
  void refund_noPlaceFree_isNotSentAndInquiriesAre() {
    guarded.charge(payment());
    guarded.refund(refund());

    assertThat(guarded.refund(refund()).result()).isInstanceOf(GatewayResult.NotAsked.class);

    assertThat(gateway.answers).hasSize(2);
    assertThat(guarded.rejectedAsFull()).isEqualTo(1);
    guarded.resolveRefund(refund());
    assertThat(gateway.answers).hasSize(3);
  }

  @Test
  void refund_noAnswers_opensTheBreakerForPaymentsToo() {
    for (int i = 0; i < 4; i++) {
      guarded.refund(refund());
      pauses.pass();
    }

    assertThat(guarded.timeouts()).isEqualTo(4);
    assertThat(guarded.charge(payment()).result()).isInstanceOf(GatewayResult.NotAsked.class);
    assertThat(guarded.refund(refund()).result()).isInstanceOf(GatewayResult.NotAsked.class);
    assertThat(guarded.rejectedAsOpen()).isEqualTo(2);
    assertThat(gateway.answers).hasSize(4);
  }

  private static Refund refund() {
    return TestOrders.refund(TestOrders.order().succeeded(), "1.00");
  }

  private static PaymentGatewayException away() {
    return new PaymentGatewayException("Gateway timeout");
  }

  private static Payment payment() {
    return TestOrders.order().pending();
  }

  /** Answers when the test says so. */
  private final class HandGateway implements PaymentGateway {
    final List<Promise<GatewayResult>> answers = new ArrayList<>();
    RuntimeException defect;

    void answers(Future<GatewayResult> answer) {
      guarded.charge(payment());
      answer.onComplete(answers.get(answers.size() - 1));
    }

    @Override
    public Future<GatewayResult> charge(Payment payment) {
      if (defect != null) {
        throw defect;
      }
      answers.add(Promise.promise());
      return answers.get(answers.size() - 1).future();
    }

    @Override
    public Future<GatewayResult> resolve(Payment payment) {
      return charge(payment);
    }

    @Override
    public Future<GatewayResult> refund(Refund refund) {
      return charge(refund.payment());
    }

    @Override
    public Future<GatewayResult> resolveRefund(Refund refund) {
      return charge(refund.payment());
    }
  }
}
