package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.SimulatedGateway.Behaviour;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.payment.TestOrders;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Payments with the same gateway key, because the ledger has lost the first one. */
class RepeatedKeysTest {
  private static final Optional<IdempotencyKey> KEY =
      Optional.of(new IdempotencyKey("shop", "POST /p", "k-1", "aa"));
  private static final GatewayResult ANOTHER_AMOUNT =
      new GatewayResult.Rejected(
          new PaymentValidationException(
              FailureCode.IDEMPOTENCY_KEY_REUSED,
              "The idempotency key was used for another amount"));

  private final Payment lost = TestOrders.order().pending(KEY);
  private final Payment repeated = TestOrders.order().pending(KEY);

  @TempDir Path directory;
  private Simulator simulator;
  private SimulatedGateway gateway;

  @BeforeEach
  void open() {
    open(TestSimulator.SMOOTH);
  }

  @AfterEach
  void close() throws IOException {
    simulator.close();
  }

  private void open(Behaviour behaviour) {
    simulator = TestSimulator.open(directory, behaviour, TestSimulator.NO_PAUSES, "stripe");
    gateway = simulator.gateways().get("stripe");
  }

  private static GatewayResult approved(Payment payment) {
    return new GatewayResult.Approved("sim_" + payment.gatewayKey().id());
  }

  @Test
  void charge_repeated_getsTheFirstResultAndIsNotChargedAgain() throws Exception {
    assertThat(gateway.charge(lost).result()).isEqualTo(approved(lost));

    GatewayResult earlier = new GatewayResult.Earlier(lost.id(), approved(lost));
    assertThat(gateway.charge(repeated).result()).isEqualTo(earlier);
    assertThat(gateway.resolve(repeated).result()).isEqualTo(earlier);
    assertThat(gateway.charge(lost).result()).isEqualTo(approved(lost));

    assertThat(Simulator.charges(directory, "stripe"))
        .containsOnlyKeys(lost.gatewayKey().id())
        .allSatisfy(
            (key, charge) -> {
              assertThat(charge.id()).isEqualTo(lost.id());
              assertThat(charge.requestCount()).isEqualTo(3);
            });
  }

  @Test
  void charge_repeatedAfterARestart_getsTheFirstResult() throws IOException {
    close();
    open(new Behaviour(1, 0, 1, 1));
    for (int i = 0; i < 100; i++) { // Enough for several lines after the first one.
      gateway.charge(TestOrders.order().pending());
    }
    GatewayResult refused = gateway.charge(lost).result();
    gateway.charge(TestOrders.order().pending());

    close();
    open(TestSimulator.SMOOTH);

    assertThat(refused).isInstanceOf(GatewayResult.Rejected.class);
    assertThat(gateway.charge(repeated).result())
        .isEqualTo(new GatewayResult.Earlier(lost.id(), refused));
  }

  @Test
  void charge_repeatedWithAnotherAmount_isDeclined() {
    gateway.charge(lost);

    for (Payment other :
        new Payment[] {
          TestOrders.order().of("12.51", "USD").pending(KEY),
          TestOrders.order().of("12.50", "EUR").pending(KEY)
        }) {
      assertThat(gateway.charge(other).result()).isEqualTo(ANOTHER_AMOUNT);
      assertThat(gateway.resolve(other).result()).isEqualTo(ANOTHER_AMOUNT);
    }
    assertThat(gateway.resolve(lost).result()).isEqualTo(approved(lost));
  }

  @Test
  void charge_firstWasAskedAboutAndNeverReceived_isNeverCharged() {
    GatewayResult never = gateway.resolve(lost).result();

    assertThat(never).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(gateway.charge(repeated).result())
        .isEqualTo(new GatewayResult.Earlier(lost.id(), never));
  }

  @Test
  void refund_ofARepeatedPayment_isOfTheFirstCharge() {
    gateway.charge(lost);
    gateway.charge(repeated);

    assertThat(gateway.refund(TestOrders.refund(repeated, "12.50")).result())
        .isInstanceOf(GatewayResult.Approved.class);
    assertThat(gateway.refund(TestOrders.refund(lost, "0.01")).result())
        .isInstanceOf(GatewayResult.Rejected.class);
  }

  @Test
  void refund_repeated_getsTheFirstResultAndIsNotDoneAgain() {
    gateway.charge(lost);
    Refund first = refund("5.00");

    GatewayResult done = gateway.refund(first).result();

    assertThat(done).isInstanceOf(GatewayResult.Approved.class);
    assertThat(gateway.refund(refund("5.00")).result())
        .isEqualTo(new GatewayResult.Earlier(first.id(), done));
    assertThat(gateway.resolveRefund(refund("5.00")).result())
        .isEqualTo(new GatewayResult.Earlier(first.id(), done));
    assertThat(gateway.refund(refund("5.01")).result()).isEqualTo(ANOTHER_AMOUNT);
    assertThat(gateway.refund(TestOrders.refund(lost, "7.50")).result())
        .isInstanceOf(GatewayResult.Approved.class);
  }

  private Refund refund(String amount) {
    Refund refund = TestOrders.refund(lost, amount);
    IdempotencyKey key = new IdempotencyKey("shop", "POST /r", "k-1", "aa");
    return refund.withGatewayKey(TestOrders.GATEWAY_KEYS.create(refund.id(), Optional.of(key)));
  }
}
