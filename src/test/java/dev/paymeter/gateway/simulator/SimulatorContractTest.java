package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.GatewayContract;
import dev.paymeter.gateway.simulator.FaultInjector.Setting;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

class SimulatorContractTest extends GatewayContract {
  @TempDir Path directory;

  private final ManualClock clock = new ManualClock();
  private Simulator simulator;
  private SimulatedGateway gateway;

  @BeforeEach
  void open() {
    simulator = TestSimulator.openWithPayers(directory, clock);
    gateway = simulator.gateways().get("stripe");
  }

  @AfterEach
  void close() throws IOException {
    simulator.close();
  }

  @Nested
  class ManualCaptures extends Captures {}

  @Nested
  class PayerActions extends Actions {}

  @Override
  protected PaymentGateway gateway() {
    return gateway;
  }

  /** A simulated gateway never forgets a key. */
  @Override
  protected PaymentGateway later(Duration age) {
    return gateway;
  }

  @Override
  protected TestOrders order() {
    return TestOrders.order().token("pm_card_visa");
  }

  @Override
  protected TestOrders declined() {
    return TestOrders.order().token("pm_card_chargeDeclined");
  }

  @Override
  protected void rejectCharge() {
    gateway.faults().set(Fault.CONNECTION_REFUSED, new Setting(0, 1, null));
  }

  @Override
  protected void loseRequest(Request kind) {
    gateway.faults().set(Fault.REQUEST_LOST, new Setting(0, 1, null));
  }

  @Override
  protected void loseResponse(Request kind) {
    gateway.faults().set(Fault.ANSWER_LOST, new Setting(0, 1, null));
  }

  /** Its responses are lost without a sign; only the timeout of the guards ends the wait. */
  @Override
  protected void assertUnknown(Future<GatewayResult> result) {
    assertThat(result.isComplete()).isFalse();
  }

  @Override
  protected void expire() {
    clock.advance(SimulatedGateway.DEFAULT_VALIDITY);
  }

  @Override
  protected TestOrders toBeAuthenticated(boolean passes) {
    return TestOrders.order()
        .token(passes ? "pm_card_authenticationRequired" : "pm_card_authenticationFailed");
  }

  @Override
  protected void returnPayers(boolean pass) {
    clock.advance(Duration.ofSeconds(5));
  }

  @Override
  protected TestOrders withFailingRefunds() {
    return TestOrders.order().token("pm_card_refundFail");
  }

  /** They have failed as soon as the gateway has approved them. */
  @Override
  protected void failRefund() {}

  @Override
  protected int charges() {
    return count(charge -> charge.refundOf() == null);
  }

  @Override
  protected int refunds() {
    return count(charge -> charge.refundOf() != null);
  }

  private int count(Predicate<SimulatedCharge> kind) {
    try {
      return (int)
          Simulator.charges(directory, "stripe").values().stream()
              .filter(kind)
              .filter(charge -> charge.outcome() == SimulatedCharge.Outcome.APPROVED)
              .count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
