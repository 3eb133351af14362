package dev.paymeter.gateway.paypal;

import dev.paymeter.gateway.GatewayContract;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.time.Duration;
import org.junit.jupiter.api.extension.RegisterExtension;

class PayPalContractTest extends GatewayContract {
  @RegisterExtension final FakePayPal paypal = new FakePayPal();
  private final PayPalGateway gateway = paypal.gateway(Duration.ofMinutes(2));

  @Override
  protected PaymentGateway gateway() {
    return gateway;
  }

  @Override
  protected PaymentGateway later(Duration age) {
    paypal.forgetKeys();
    return paypal.gateway(age);
  }

  @Override
  protected TestOrders order() {
    return FakePayPal.order();
  }

  @Override
  protected TestOrders declined() {
    paypal.instrument = FakePayPal.Instrument.DECLINES;
    return order();
  }

  @Override
  protected void rejectCharge() {
    paypal.trouble("/orders", 429, false);
  }

  @Override
  protected void loseRequest(Request kind) {
    paypal.trouble(path(kind), 0, false);
  }

  @Override
  protected void loseResponse(Request kind) {
    paypal.trouble(path(kind), 0, true);
  }

  private static String path(Request kind) {
    return switch (kind) {
      case CHARGE -> "/capture";
      case REFUND -> "/refund";
      case CAPTURE, CANCEL -> throw new AssertionError("the gateway authorizes no payments");
    };
  }

  @Override
  protected void assertUnknown(Future<GatewayResult> result) {
    FakePayPal.assertUnknown(result);
  }

  @Override
  protected TestOrders withFailingRefunds() {
    return order();
  }

  @Override
  protected void failRefund() {
    paypal.failLastRefund();
  }

  @Override
  protected int charges() {
    return paypal.charged;
  }

  @Override
  protected int refunds() {
    return paypal.refunds.size();
  }
}
