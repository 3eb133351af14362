package dev.paymeter.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayCapabilities;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.RecordedCharge;
import dev.paymeter.support.payment.ChargeOnlyGateway;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class RoutingGatewayTest {
  private static final PaymentGateway BROKEN = new FixedGateway(Future.failedFuture("broken"));

  /** Gateway with one result for all calls. */
  private record FixedGateway(Future<GatewayResult> answer) implements PaymentGateway {
    @Override
    public Optional<String> account(String gateway) {
      return Optional.of(TestOrders.account(gateway));
    }

    @Override
    public Future<GatewayResult> charge(Payment payment) {
      return answer;
    }

    @Override
    public Future<GatewayResult> resolve(Payment payment) {
      return answer;
    }

    @Override
    public Future<GatewayResult> capture(Payment payment) {
      return answer;
    }

    @Override
    public Future<GatewayResult> cancel(Payment payment) {
      return answer;
    }

    @Override
    public Future<GatewayResult> refund(Refund refund) {
      return answer;
    }

    @Override
    public Future<GatewayResult> resolveRefund(Refund refund) {
      return answer;
    }

    @Override
    public Future<Optional<GatewayDispute>> dispute(String gateway, String reference) {
      return answer.map(Optional.empty());
    }

    @Override
    public Future<Void> recordedCharges(
        Instant since, Function<List<RecordedCharge>, Future<Void>> page) {
      return answer.compose(
          result ->
              page.apply(List.of(new RecordedCharge(TestOrders.order().pending(), since, result))));
    }
  }

  @Test
  void recordedCharges_severalGateways_areReadOneAfterTheOther() {
    List<GatewayResult> read = new ArrayList<>();
    RoutingGateway gateways =
        new RoutingGateway(Map.of("stripe", named("s"), "paypal", named("p")));

    Future<Void> done =
        gateways.recordedCharges(
            TestOrders.CREATED_AT,
            page -> {
              page.forEach(charge -> read.add(charge.result()));
              return Future.succeededFuture();
            });

    assertThat(done.succeeded()).isTrue();
    assertThat(read)
        .containsExactlyInAnyOrder(
            new GatewayResult.Approved("s"), new GatewayResult.Approved("p"));
  }

  @Test
  void recordedCharges_oneGatewayFails_fails() {
    RoutingGateway gateways = new RoutingGateway(Map.of("stripe", named("s"), "paypal", BROKEN));

    assertThat(
            gateways
                .recordedCharges(TestOrders.CREATED_AT, page -> Future.succeededFuture())
                .cause())
        .hasMessage("broken");
  }

  private static Refund refund(String gateway) {
    return TestOrders.refund(TestOrders.order().gateway(gateway).succeeded(), "1.00");
  }

  @Test
  void refund_knownName_goesToThatGateway() {
    RoutingGateway routingGateway =
        new RoutingGateway(Map.of("stripe", named("s"), "paypal", named("p")));

    assertThat(routingGateway.refund(refund("paypal")).result())
        .isEqualTo(new GatewayResult.Approved("p"));
    assertThat(routingGateway.resolveRefund(refund("paypal")).result())
        .isEqualTo(new GatewayResult.Approved("p"));
  }

  /** Nothing was sent, so the outcome is not unknown; an inquiry could never resolve it. */
  @Test
  void refund_gatewayNoLongerConfigured_isNotSubmitted() {
    RoutingGateway routingGateway = new RoutingGateway(Map.of("stripe", named("s")));

    assertThat(routingGateway.refund(refund("paypal")).result())
        .isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(routingGateway.resolveRefund(refund("paypal")).failed()).isTrue();
  }

  @Test
  void charge_knownName_goesToThatGateway() {
    RoutingGateway routingGateway =
        new RoutingGateway(Map.of("stripe", named("s"), "paypal", named("p")));

    assertThat(routingGateway.charge(TestOrders.order().gateway("paypal").pending()).result())
        .isEqualTo(new GatewayResult.Approved("p"));
  }

  @Test
  void resolve_knownName_goesToThatGateway() {
    RoutingGateway routingGateway =
        new RoutingGateway(Map.of("stripe", named("s"), "paypal", named("p")));

    assertThat(routingGateway.resolve(TestOrders.order().gateway("paypal").pending()).result())
        .isEqualTo(new GatewayResult.Approved("p"));
  }

  @Test
  void charge_unknownName_fails() {
    RoutingGateway routingGateway = new RoutingGateway(Map.of("stripe", named("s")));
    Payment payment = TestOrders.order().gateway("paypal").pending();

    for (Future<?> answer :
        List.of(routingGateway.charge(payment), routingGateway.resolve(payment))) {
      assertThat(answer.cause())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("paypal");
    }
  }

  /** The guards and the timer of the operations pass them on. */
  @Test
  void capabilities_decorated_areThoseOfTheNamedGateway() {
    GatewayCapabilities few = GatewayCapabilities.ALL.withDecimals(Map.of("EUR", 0));
    PaymentGateway limited =
        new ChargeOnlyGateway() {
          @Override
          public GatewayCapabilities capabilities(String gateway) {
            return few;
          }

          @Override
          public Future<GatewayResult> charge(Payment payment) {
            return Future.failedFuture("unexpected charge");
          }

          @Override
          public Future<GatewayResult> resolve(Payment payment) {
            return Future.failedFuture("unexpected inquiry");
          }
        };
    PaymentGateway guarded =
        new ResilientGateway(
            "paypal",
            limited,
            new ResilientGateway.Guards(Duration.ofSeconds(1), 1, 1, 1, Duration.ofSeconds(1)),
            new ManualScheduler(),
            () -> 0);
    PaymentGateway routing =
        new OperationTimer(new NoOpPaymentMetrics(), () -> 0)
            .timing(
                PaymentGateway.class,
                new RoutingGateway(Map.of("paypal", guarded, "stripe", BROKEN)));

    assertThat(routing.capabilities("paypal")).isEqualTo(few);
    assertThat(routing.capabilities("stripe")).isEqualTo(GatewayCapabilities.ALL);
  }

  @Test
  void account_isThatOfTheNamedGateway() {
    RoutingGateway routingGateway = new RoutingGateway(Map.of("stripe", named("s")));

    assertThat(routingGateway.account("stripe")).contains(TestOrders.account("stripe"));
    assertThat(routingGateway.account("paypal")).isEmpty();
  }

  /** A gateway that has the same name, but another account, would give wrong evidence. */
  @Test
  void resolve_anotherAccount_fails() {
    RoutingGateway routingGateway = new RoutingGateway(Map.of("stripe", named("s")));
    Payment payment = TestOrders.order().pending().withAccount("elsewhere");
    Refund refund =
        TestOrders.refund(TestOrders.order().succeeded().withAccount("elsewhere"), "1.00");

    for (Future<?> answer :
        List.of(
            routingGateway.charge(payment),
            routingGateway.resolve(payment),
            routingGateway.resolveRefund(refund))) {
      assertThat(answer.cause())
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("Gateway stripe does not have the account elsewhere");
    }
    assertThat(routingGateway.refund(refund).result())
        .isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  @Test
  void charge_withoutAccount_isNotSubmitted() {
    RoutingGateway routingGateway = new RoutingGateway(Map.of("stripe", named("s")));
    Payment payment = TestOrders.order().pending().withAccount(null);

    assertThat(routingGateway.charge(payment).result())
        .isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(routingGateway.resolve(payment).result())
        .isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  @Test
  void timedGateway_timesCallsByOutcome() {
    List<String> timed = new ArrayList<>();
    AtomicLong nanos = new AtomicLong();
    PaymentMetrics paymentMetrics =
        new NoOpPaymentMetrics() {
          @Override
          public void settled(Payment payment) {
            throw new AssertionError("a gateway must not count payments");
          }

          @Override
          public void settled(Refund refund) {
            throw new AssertionError("a gateway must not count refunds");
          }

          @Override
          public void timed(Operation operation, Outcome outcome, long nanos) {
            timed.add(operation + " " + outcome + " " + Duration.ofNanos(nanos));
          }
        };

    for (PaymentGateway paymentGateway : List.of(named("s"), BROKEN)) {
      PaymentGateway timing =
          new OperationTimer(paymentMetrics, () -> nanos.getAndAdd(1_000))
              .timing(PaymentGateway.class, paymentGateway);
      timing.charge(TestOrders.order().pending());
      timing.resolve(TestOrders.order().pending());
      timing.refund(refund("stripe"));
      timing.resolveRefund(refund("stripe"));
    }

    assertThat(timed)
        .containsExactly(
            "GATEWAY_CHARGE SUCCESS PT0.000001S",
            "GATEWAY_RESOLVE SUCCESS PT0.000001S",
            "GATEWAY_REFUND SUCCESS PT0.000001S",
            "GATEWAY_RESOLVE_REFUND SUCCESS PT0.000001S",
            "GATEWAY_CHARGE FAILURE PT0.000001S",
            "GATEWAY_RESOLVE FAILURE PT0.000001S",
            "GATEWAY_REFUND FAILURE PT0.000001S",
            "GATEWAY_RESOLVE_REFUND FAILURE PT0.000001S");
  }

  private static PaymentGateway named(String reference) {
    return new FixedGateway(Future.succeededFuture(new GatewayResult.Approved(reference)));
  }
}
