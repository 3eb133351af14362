package dev.paymeter.metrics.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.Refund;
import dev.paymeter.support.payment.TestOrders;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MoneyTotalsTest {
  private final MoneyTotals totals = new MoneyTotals();

  @Test
  void add_successes_dividesTheSameCentsByEachLabel() {
    totals.add(TestOrders.order().gateway("stripe").tier("basic").of("10.01", "USD").succeeded());
    totals.add(TestOrders.order().gateway("paypal").tier("basic").of("5.00", "USD").succeeded());
    totals.add(TestOrders.order().gateway("stripe").tier("premium").of("1.00", "USD").succeeded());

    MoneyTotals.Money money = totals.now();
    assertThat(money.paid()).isEqualTo(new MoneyTotals.Sum(3, 1601));
    assertThat(money.byGateway()).isEqualTo(Map.of("stripe", 1101L, "paypal", 500L));
    assertThat(money.byCurrency()).isEqualTo(Map.of("USD", 1601L));
    assertThat(money.byTier()).isEqualTo(Map.of("basic", 1501L, "premium", 100L));
    assertThat(money.failed()).isEmpty();
  }

  @Test
  void add_failure_countsItsReasonAndNoVolume() {
    totals.add(
        TestOrders.order()
            .of("7.50", "USD")
            .failed(new PaymentGatewayException("Gateway timeout")));
    totals.add(
        TestOrders.order()
            .of("2.50", "USD")
            .failed(new PaymentGatewayException("Gateway timeout")));

    MoneyTotals.Money money = totals.now();
    assertThat(money.failed()).isEqualTo(Map.of("gateway_error", new MoneyTotals.Sum(2, 1000)));
    assertThat(money.paid()).isEqualTo(new MoneyTotals.Sum(0, 0));
    assertThat(money.byGateway()).isEmpty();
  }

  @Test
  void add_events_countsRefundsOfPaymentsOnly() {
    totals.add(TestOrders.event(Refund.PUBLISHER, "r1", Refund.EVENT, "4.00"));
    totals.add(TestOrders.event("shop", "r2", Refund.EVENT, "100.00"));
    totals.add(TestOrders.event(Refund.PUBLISHER, "r3", Refund.FAILURE_EVENT, "3.00"));
    totals.add(TestOrders.event("shop", "r4", Refund.FAILURE_EVENT, "100.00"));

    assertThat(totals.now().refunded()).isEqualTo(new MoneyTotals.Sum(1, 400));
    assertThat(totals.now().failedRefunds()).isEqualTo(new MoneyTotals.Sum(1, 300));
  }

  @Test
  void now_later_doesNotChange() {
    MoneyTotals.Money before = totals.now();

    totals.add(TestOrders.order().succeeded());

    assertThat(before.byGateway()).isEmpty();
  }
}
