package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

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
class StripeContractTest extends PaymentGatewayContract {
  private FakeStripe stripe;
  private StripeGateway gateway;

  @BeforeEach
  void start(Vertx vertx) {
    stripe = new FakeStripe(vertx);
    gateway = stripe.gateway(Duration.ofMinutes(2));
    gateway.start();
    eventually(() -> assertThat(gateway.account("stripe")).isPresent());
  }

  @AfterEach
  void stop() {
    stripe.close();
  }

  @Override
  protected PaymentGateway gateway() {
    return gateway;
  }

  @Override
  protected PaymentGateway later(Duration age) {
    stripe.forgetKeys();
    return stripe.gateway(age);
  }

  @Override
  protected TestOrders order() {
    return TestOrders.order().token("pm_card_visa");
  }

  @Override
  protected TestOrders declined() {
    stripe.card = FakeStripe.Card.DECLINES;
    return order();
  }

  @Override
  protected void loseRequest() {
    stripe.trouble("/confirm", 0, false, "api_error");
    stripe.trouble("/refunds", 0, false, "api_error");
  }

  @Override
  protected void loseResponse() {
    stripe.trouble("/confirm", 0, true, "api_error");
    stripe.trouble("/refunds", 0, true, "api_error");
  }

  @Override
  protected void assertUnknown(Future<GatewayResult> result) {
    FakeStripe.assertUnknown(result);
  }

  @Override
  protected int charges() {
    return stripe.charged;
  }

  @Override
  protected int refunds() {
    return stripe.refunds.size();
  }
}
