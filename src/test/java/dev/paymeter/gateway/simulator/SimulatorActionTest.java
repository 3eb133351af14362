package dev.paymeter.gateway.simulator;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.NextAction;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
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

/** Payers in the journal, beyond the contract of all gateways. */
class SimulatorActionTest {
  @TempDir Path directory;

  private final ManualClock clock = new ManualClock();
  private Simulator simulator;

  @BeforeEach
  void start() {
    simulator = TestSimulator.openWithPayers(directory, clock);
  }

  @AfterEach
  void stop() throws IOException {
    simulator.close();
  }

  private PaymentGateway gateway() {
    return simulator.gateways().get("stripe");
  }

  private Payment charged(String token) {
    Payment pending = TestOrders.order().token(token).returning().pending();
    assertThat(await(gateway().charge(pending))).isInstanceOf(GatewayResult.ActionRequired.class);
    return pending;
  }

  @Test
  void payer_neverReturns_isWaitedFor() {
    Payment pending = charged("pm_card_authenticationAbandoned");

    clock.advance(Duration.ofDays(1));

    assertThat(await(gateway().resolve(pending)))
        .isEqualTo(
            new GatewayResult.ActionRequired(
                new NextAction(NextAction.Kind.REDIRECT, TestOrders.RETURN.url())));
  }

  @Test
  void payer_beforeTheTime_isWaitedFor() {
    Payment pending = charged("pm_card_authenticationRequired");

    clock.advance(Duration.ofMillis(4999));

    assertThat(await(gateway().resolve(pending))).isInstanceOf(GatewayResult.ActionRequired.class);
  }

  @Test
  void journal_readAgain_hasTheSameResults() throws IOException {
    Payment passed = charged("pm_card_authenticationRequired");
    Payment failed = charged("pm_card_authenticationFailed");
    Payment waiting = charged("pm_card_authenticationAbandoned");
    clock.advance(Duration.ofSeconds(5));
    GatewayResult ofPassed = await(gateway().resolve(passed));
    GatewayResult ofFailed = await(gateway().resolve(failed));
    GatewayResult ofWaiting = await(gateway().resolve(waiting));

    simulator.close();
    simulator = TestSimulator.openWithPayers(directory, new ManualClock());

    assertThat(await(gateway().resolve(passed))).isEqualTo(ofPassed);
    assertThat(await(gateway().resolve(failed))).isEqualTo(ofFailed);
    assertThat(await(gateway().resolve(waiting))).isEqualTo(ofWaiting);
    Map<UUID, SimulatedCharge> charges = Simulator.charges(directory, "stripe");
    assertThat(charges.get(passed.id()).outcome()).isEqualTo(SimulatedCharge.Outcome.APPROVED);
    assertThat(charges.get(passed.id()).amountMinor()).isEqualTo(1250);
    assertThat(charges.get(failed.id()).outcome()).isEqualTo(SimulatedCharge.Outcome.REFUSED);
    assertThat(charges.get(waiting.id()).outcome())
        .isEqualTo(SimulatedCharge.Outcome.ACTION_REQUIRED);
  }
}
