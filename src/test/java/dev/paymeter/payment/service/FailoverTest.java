package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.ChargingGateway;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestCounters;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The conditions under which a payment fails over to the next gateway. */
class FailoverTest {
  private static final GatewayResult NOT_SUBMITTED =
      new GatewayResult.NotSubmitted(new PaymentGatewayException("not reached"));
  private static final GatewayResult FAILED =
      new GatewayResult.Rejected(new PaymentGatewayException("out of order"));
  private static final GatewayResult DECLINED =
      new GatewayResult.Rejected(new PaymentValidationException("no funds"));
  private static final GatewayResult APPROVED = new GatewayResult.Approved("ref");
  private static final PaymentOrder ORDER =
      new PaymentOrder(
          "order_1",
          "user_1",
          TestOrders.money("12.50", "USD"),
          "standard",
          "credit_card",
          "one",
          List.of("two", "three"));

  private final Map<String, Future<GatewayResult>> responses = new HashMap<>();
  private final List<String> called = new ArrayList<>();
  private final List<String> failedGateways = new ArrayList<>();
  private final List<Payment> counted = new ArrayList<>();
  private final ReroutingLedger ledger = new ReroutingLedger();
  private final ManualClock clock = new ManualClock();
  private PaymentService paymentService;

  @BeforeEach
  void build() {
    paymentService =
        new PaymentService(
            ledger,
            new ChargingGateway(this::charge),
            TestOrders.RATES,
            new TransferProcessor.Context(
                new NoOpPaymentMetrics() {
                  @Override
                  public void settled(Payment payment) {
                    counted.add(payment);
                  }

                  @Override
                  public void failedOver(String gateway) {
                    failedGateways.add(gateway);
                  }
                },
                new ManualScheduler(),
                TestCounters.of(new LedgerSegments()),
                clock,
                clock,
                TestOrders.GATEWAY_KEYS),
            PaymentStepListener.NONE);
  }

  /** Checks that the ledger names a gateway and its account before that gateway is called. */
  private Future<GatewayResult> charge(Payment payment) {
    String gateway = payment.order().gateway();
    Payment stored = ledger.find(payment.id()).result().orElseThrow();
    assertThat(stored.order().gateway()).isEqualTo(gateway);
    assertThat(stored.account()).isEqualTo(TestOrders.account(gateway));
    called.add(gateway);
    clock.advance(Duration.ofMillis(100));
    return responses.get(gateway);
  }

  private Payment pay() {
    return paymentService.pay(ORDER, Optional.empty(), Access.ALL).result().payment();
  }

  @Test
  void pay_firstNotReached_isChargedByTheSecond_andCountedOnce() {
    responses.put("one", Future.succeededFuture(NOT_SUBMITTED));
    responses.put("two", Future.succeededFuture(APPROVED));

    Payment paid = pay();

    assertThat(called).containsExactly("one", "two");
    assertThat(failedGateways).containsExactly("one");
    assertThat(paid.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(paid.order().gateway()).isEqualTo("two");
    assertThat(paid.settled().orElseThrow().duration()).isEqualTo(Duration.ofMillis(200));
    assertThat(counted).containsExactly(paid);
    assertThat(ledger.find(paid.id()).result()).contains(paid);
  }

  @Test
  void pay_firstFailsWithoutCharge_isChargedByTheSecond() {
    responses.put("one", Future.succeededFuture(FAILED));
    responses.put("two", Future.succeededFuture(APPROVED));

    assertThat(pay().status()).isEqualTo(PaymentStatus.SUCCESS);
  }

  @Test
  void pay_noGatewayReached_failsWithTheLastResponse() {
    responses.put("one", Future.succeededFuture(NOT_SUBMITTED));
    responses.put("two", Future.succeededFuture(FAILED));
    responses.put("three", Future.succeededFuture(NOT_SUBMITTED));

    Payment failed = pay();

    assertThat(called).containsExactly("one", "two", "three");
    assertThat(failedGateways).containsExactly("one", "two");
    assertThat(failed.order().gateway()).isEqualTo("three");
    assertThat(failed.error()).contains(new PaymentGatewayException("not reached"));
    assertThat(counted).containsExactly(failed);
  }

  @Test
  void pay_declined_isNotFailedOver() {
    responses.put("one", Future.succeededFuture(DECLINED));

    assertThat(pay().status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(called).containsExactly("one");
  }

  @Test
  void pay_noResponse_isUnknown_andNotFailedOver() {
    responses.put("one", Future.failedFuture("silence"));

    assertThat(pay().status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(called).containsExactly("one");
  }

  @Test
  void pay_noResponseFromTheSecond_isUnknownThere() {
    responses.put("one", Future.succeededFuture(NOT_SUBMITTED));
    responses.put("two", Future.failedFuture("silence"));

    Payment unknown = pay();

    assertThat(unknown.status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(ledger.find(unknown.id()).result().orElseThrow().order().gateway()).isEqualTo("two");
    assertThat(called).containsExactly("one", "two");
  }

  /** The ledger may name either gateway: no gateway is called now, and an inquiry follows later. */
  @Test
  void pay_nextGatewayNotConfirmed_isUnknown_andNotFailedOver() {
    responses.put("one", Future.succeededFuture(NOT_SUBMITTED));
    ledger.rerouted = Future.failedFuture(new LedgerUnavailableException("away"));

    assertThat(pay().status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(called).containsExactly("one");
    assertThat(failedGateways).isEmpty();
  }

  @Test
  void pay_takenOverByOtherInstance_failsAtTheFirstGateway() {
    responses.put("one", Future.succeededFuture(NOT_SUBMITTED));
    ledger.rerouted = Future.succeededFuture(false);

    Payment failed = pay();

    assertThat(failed.status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(failed.order().gateway()).isEqualTo("one");
    assertThat(called).containsExactly("one");
  }

  private static final class ReroutingLedger extends InMemoryPaymentLedger {
    private Future<Boolean> rerouted;

    @Override
    public Future<Boolean> reroute(Payment pending, String from) {
      return rerouted == null ? super.reroute(pending, from) : rerouted;
    }
  }
}
