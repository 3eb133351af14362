package dev.paymeter.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.GatewayTimeoutException;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import dev.paymeter.support.payment.TransferOnlyGateway;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResilientGatewayTest {
  private static final GatewayResult APPROVED = new GatewayResult.Approved("ref");

  private final ManualGateway gateway = new ManualGateway();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final ResilientGateway guarded =
      new ResilientGateway(
          "stripe",
          gateway,
          new ResilientGateway.Guards(Duration.ofSeconds(15), 2, 0.5, 4, Duration.ofSeconds(10)),
          scheduler,
          () -> 0);

  @Test
  void charge_responseInTime_isReturnedAndTheTimeoutIsCanceled() {
    Future<GatewayResult> response = guarded.charge(payment());
    assertThat(guarded.inFlight()).isEqualTo(1);

    gateway.responses.get(0).complete(APPROVED);

    assertThat(response.result()).isEqualTo(APPROVED);
    assertThat(guarded.inFlight()).isZero();
    assertThat(scheduler.requested()).containsExactly(Duration.ofSeconds(15));
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void charge_timeout_failsAndPassesTheLateResponseOn() {
    Future<GatewayResult> response = guarded.charge(payment());

    scheduler.pass();

    assertThat(response.cause()).hasMessage("no response from stripe within 15000 ms");
    assertThat(guarded.inFlight()).isZero();
    assertThat(guarded.timeouts()).isEqualTo(1);
    Future<GatewayResult> late = ((GatewayTimeoutException) response.cause()).lateResponse();
    assertThat(late.isComplete()).isFalse();
    gateway.responses.get(0).complete(APPROVED);
    assertThat(response.failed()).isTrue();
    assertThat(late.result()).isEqualTo(APPROVED);
  }

  @Test
  void charge_gatewayKeepsTheTimeoutItself_isCountedOnce() {
    Future<GatewayResult> response = guarded.charge(payment());

    gateway.responses.get(0).fail(new GatewayTimeoutException("stripe", Duration.ofSeconds(15)));

    assertThat(response.failed()).isTrue();
    assertThat(guarded.timeouts()).isEqualTo(1);
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void resolve_timeout_fails() {
    Future<GatewayResult> response = guarded.resolve(payment());

    scheduler.pass();

    assertThat(response.failed()).isTrue();
    assertThat(guarded.timeouts()).isEqualTo(1);
  }

  @Test
  void charge_bulkheadFull_isNotSubmittedUntilAPermitIsFree() {
    guarded.charge(payment());
    guarded.charge(payment());

    assertThat(guarded.charge(payment()).result()).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(gateway.responses).hasSize(2);
    assertThat(guarded.rejectedAsFull()).isEqualTo(1);

    gateway.responses.get(0).complete(APPROVED);
    assertThat(guarded.charge(payment()).isComplete()).isFalse();
  }

  @Test
  void charge_gatewayFails_opensTheBreakerButPermitsInquiries() {
    gateway.responses(Future.failedFuture("broken"));
    gateway.responses(Future.succeededFuture(rejected()));
    gateway.responses(Future.succeededFuture(new GatewayResult.NotSubmitted(gatewayError())));
    gateway.responses(Future.failedFuture("broken"));

    assertThat(guarded.state()).isEqualTo("open");
    assertThat(guarded.charge(payment()).result()).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(guarded.rejectedAsOpen()).isEqualTo(1);
    assertThat(guarded.inFlight()).isZero();
    assertThat(gateway.responses).hasSize(4);
    guarded.resolve(payment());
    assertThat(gateway.responses).hasSize(5);
  }

  @Test
  void charge_declines_areNotFailuresOfTheGateway() {
    for (int i = 0; i < 20; i++) {
      gateway.responses(
          Future.succeededFuture(
              new GatewayResult.Rejected(new PaymentValidationException("declined"))));
    }

    assertThat(guarded.state()).isEqualTo("closed");
  }

  @Test
  void charge_gatewayThrows_releasesThePermit() {
    gateway.defect = new IllegalStateException("a defect");
    for (int i = 0; i < 3; i++) {
      Future.succeededFuture().compose(now -> guarded.charge(payment()));
    }

    assertThat(guarded.inFlight()).isZero();
    assertThat(guarded.rejectedAsFull()).isZero();
  }

  private static GatewayResult rejected() {
    return new GatewayResult.Rejected(gatewayError());
  }

  @Test
  void refund_bulkheadFull_isNotSubmittedButInquiriesAre() {
    guarded.charge(payment());
    guarded.refund(refund());

    assertThat(guarded.refund(refund()).result()).isInstanceOf(GatewayResult.NotSubmitted.class);

    assertThat(gateway.responses).hasSize(2);
    assertThat(guarded.rejectedAsFull()).isEqualTo(1);
    guarded.resolveRefund(refund());
    assertThat(gateway.responses).hasSize(3);
  }

  @Test
  void refund_timeouts_openTheBreakerForPaymentsToo() {
    for (int i = 0; i < 4; i++) {
      guarded.refund(refund());
      scheduler.pass();
    }

    assertThat(guarded.timeouts()).isEqualTo(4);
    assertThat(guarded.charge(payment()).result()).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(guarded.refund(refund()).result()).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(guarded.rejectedAsOpen()).isEqualTo(2);
    assertThat(gateway.responses).hasSize(4);
  }

  private static Refund refund() {
    return TestOrders.refund(TestOrders.order().succeeded(), "1.00");
  }

  private static PaymentGatewayException gatewayError() {
    return new PaymentGatewayException("Gateway timeout");
  }

  private static Payment payment() {
    return TestOrders.order().pending();
  }

  /** Gateway with responses that the test completes. */
  private final class ManualGateway implements TransferOnlyGateway {
    final List<Promise<GatewayResult>> responses = new ArrayList<>();
    RuntimeException defect;

    void responses(Future<GatewayResult> response) {
      guarded.charge(payment());
      response.onComplete(responses.get(responses.size() - 1));
    }

    @Override
    public Optional<String> account(String gateway) {
      return Optional.of(TestOrders.account(gateway));
    }

    @Override
    public Future<GatewayResult> charge(Payment payment) {
      if (defect != null) {
        throw defect;
      }
      responses.add(Promise.promise());
      return responses.get(responses.size() - 1).future();
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
