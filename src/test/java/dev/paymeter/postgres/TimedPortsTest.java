package dev.paymeter.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestOrders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TimedPortsTest {
  private final InMemoryPaymentLedger ledger = new InMemoryPaymentLedger();
  private final List<String> timed = new ArrayList<>();
  private final AtomicLong nanos = new AtomicLong();
  private final PaymentLedger timedLedger =
      new OperationTimer(new Timings(timed), () -> nanos.getAndAdd(1_000))
          .timing(PaymentLedger.class, ledger);

  @Test
  void call_isTimedWithItsOutcome() {
    Payment pending = TestOrders.order().pending();

    timedLedger.insert(pending);
    timedLedger.settle(TestOrders.order().succeeded());
    timedLedger.find(pending.id());
    ledger.becomeUnavailable();
    timedLedger.find(pending.id());

    assertThat(timed)
        .containsExactly(
            "LEDGER_INSERT SUCCESS PT0.000001S",
            "LEDGER_SETTLE FAILURE PT0.000001S",
            "LEDGER_FIND SUCCESS PT0.000001S",
            "LEDGER_FIND FAILURE PT0.000001S");
  }

  @Test
  void check_isTimed() {
    assertThat(timedLedger.check().succeeded()).isTrue();
    assertThat(timed).containsExactly("LEDGER_CHECK SUCCESS PT0.000001S");
  }

  private static final class Timings extends NoOpPaymentMetrics {
    private final List<String> timed;

    Timings(List<String> timed) {
      this.timed = timed;
    }

    @Override
    public void settled(Payment payment) {
      throw new AssertionError("a ledger counts no payments");
    }

    @Override
    public void settled(Refund refund) {
      throw new AssertionError("a ledger counts no refunds");
    }

    @Override
    public void timed(Operation operation, Outcome outcome, long nanos) {
      timed.add(operation + " " + outcome + " " + Duration.ofNanos(nanos));
    }
  }
}
