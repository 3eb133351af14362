package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.SimulatedGateway.Behaviour;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
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
  void charge_firstWasAskedAboutAndNeverReceived_isNeverCharged() {
    GatewayResult never = gateway.resolve(lost).result();

    assertThat(never).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(gateway.charge(repeated).result())
        .isEqualTo(new GatewayResult.Earlier(lost.id(), never));
  }
}
