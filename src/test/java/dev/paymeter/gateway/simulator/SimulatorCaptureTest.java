package dev.paymeter.gateway.simulator;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.VoidReason;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentOutcome;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captures and voids in the journal, beyond the contract of all gateways. */
class SimulatorCaptureTest {
  @TempDir Path directory;

  private final ManualClock clock = new ManualClock();
  private Simulator simulator;

  @BeforeEach
  void start() {
    simulator = TestSimulator.open(directory, clock);
  }

  @AfterEach
  void stop() throws IOException {
    simulator.close();
  }

  private PaymentGateway gateway() {
    return simulator.gateways().get("stripe");
  }

  private void expire() {
    clock.advance(SimulatedGateway.DEFAULT_VALIDITY);
  }

  private Payment authorized() {
    Payment pending = TestOrders.order().manual().pending();
    return PaymentOutcome.authorized(pending, await(gateway().charge(pending)), Duration.ZERO);
  }

  private Payment capturing(String amount) {
    return authorized().requestCapture(UUID.randomUUID(), TestOrders.money(amount, "USD"));
  }

  private Payment voiding() {
    return authorized().requestVoid(UUID.randomUUID(), VoidReason.REQUESTED);
  }

  @Test
  void capture_neverReceived_isNotSubmitted() {
    Payment authorized = TestOrders.order().authorized();

    assertThat(
            await(
                gateway()
                    .capture(authorized.requestCapture(UUID.randomUUID(), authorized.amount()))))
        .isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  @Test
  void journal_readAgain_hasTheSameResults() throws IOException {
    Payment held = capturing("1.00");
    Payment captured = capturing("5.00");
    await(gateway().capture(captured));
    Payment canceled = voiding();
    await(gateway().cancel(canceled));
    Payment expired = capturing("1.00");
    GatewayResult ofHeld = await(gateway().resolve(held));

    simulator.close();
    simulator = TestSimulator.open(directory, clock);

    assertThat(await(gateway().resolve(held))).isEqualTo(ofHeld);
    assertThat(await(gateway().resolve(captured)))
        .isEqualTo(
            new GatewayResult.Approved("sim_" + captured.id(), TestOrders.money("5.00", "USD")));
    assertThat(await(gateway().resolve(canceled)))
        .isEqualTo(new GatewayResult.Canceled("sim_" + canceled.id(), false));
    expire();
    assertThat(await(gateway().resolve(expired)))
        .isEqualTo(new GatewayResult.Canceled("sim_" + expired.id(), true));
    simulator.close();
    simulator = TestSimulator.open(directory, new ManualClock());
    assertThat(await(gateway().resolve(expired)))
        .isEqualTo(new GatewayResult.Canceled("sim_" + expired.id(), true));
  }

  @Test
  void charges_haveWhatHasHappened() throws IOException {
    Payment held = capturing("1.00");
    Payment captured = capturing("5.00");
    await(gateway().capture(captured));
    Payment canceled = voiding();
    await(gateway().cancel(canceled));

    Map<UUID, SimulatedCharge> charges = Simulator.charges(directory, "stripe");

    assertThat(charges.get(held.id()).outcome()).isEqualTo(SimulatedCharge.Outcome.AUTHORIZED);
    assertThat(charges.get(captured.id()).outcome()).isEqualTo(SimulatedCharge.Outcome.APPROVED);
    assertThat(charges.get(captured.id()).amountMinor()).isEqualTo(500);
    assertThat(charges.get(canceled.id()).outcome()).isEqualTo(SimulatedCharge.Outcome.CANCELED);
  }
}
