package dev.paymeter.gateway.paypal;

import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentGatewayContract;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class PayPalContractTest extends PaymentGatewayContract {
  private FakePayPal paypal;
  private PayPalGateway gateway;

  @BeforeEach
  void start(Vertx vertx) {
    paypal = new FakePayPal(vertx);
    gateway = paypal.gateway(Duration.ofMinutes(2));
  }

  @AfterEach
  void stop() {
    paypal.close();
  }

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
  protected void loseRequest() {
    paypal.trouble("/capture", 0, false);
    paypal.trouble("/refund", 0, false);
  }

  @Override
  protected void loseResponse() {
    paypal.trouble("/capture", 0, true);
    paypal.trouble("/refund", 0, true);
  }

  @Override
  protected void assertUnknown(Future<GatewayResult> result) {
    FakePayPal.assertUnknown(result);
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
