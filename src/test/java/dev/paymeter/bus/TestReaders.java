package dev.paymeter.bus;

import dev.paymeter.bus.report.ReportReaders;
import dev.paymeter.json.AmountRules;
import dev.paymeter.json.PaymentOrderReader;
import dev.paymeter.payment.Routing;
import dev.paymeter.payment.port.GatewayCapabilities;
import dev.paymeter.support.payment.TestOrders;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;

/** Readers with the allowed values and defaults of the contract. */
public final class TestReaders {
  public static final BigDecimal MAX_USD = new BigDecimal("1000000.00");
  public static final PaymentOrderReader READER =
      new PaymentOrderReader(
          TestOrders.ALLOWED_VALUES,
          new PaymentOrderReader.Defaults("USD", "standard", "credit_card"),
          new Routing(List.of(), "stripe"),
          new AmountRules(TestOrders.RATES, MAX_USD),
          TestOrders.TOKENS,
          gateway -> GatewayCapabilities.ALL);

  public static final ReportReaders OBSERVATIONS =
      new ReportReaders(
          TestOrders.ALLOWED_VALUES,
          "USD",
          new AmountRules(TestOrders.RATES, MAX_USD),
          Clock.fixed(TestOrders.CREATED_AT, ZoneOffset.UTC));

  private TestReaders() {}
}
