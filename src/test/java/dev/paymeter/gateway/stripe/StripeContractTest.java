package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.GatewayContract;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;

class StripeContractTest extends GatewayContract {
  @RegisterExtension final FakeStripe stripe = new FakeStripe();
  private final StripeGateway gateway = stripe.gateway(Duration.ofMinutes(2));

  @BeforeEach
  void start() {
    gateway.start();
    eventually(() -> assertThat(gateway.account("stripe")).isPresent());
  }

  @Nested
  class ManualCaptures extends Captures {}

  @Nested
  class PayerActions extends Actions {}

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
  protected void rejectCharge() {
    stripe.trouble("/payment_intents", 429, false, "api_error");
  }

  @Override
  protected void loseRequest(Request kind) {
    stripe.trouble(path(kind), 0, false, "api_error");
  }

  @Override
  protected void loseResponse(Request kind) {
    stripe.trouble(path(kind), 0, true, "api_error");
  }

  private static String path(Request kind) {
    return switch (kind) {
      case CHARGE -> "/confirm";
      case CAPTURE -> "/capture";
      case CANCEL -> "/cancel";
      case REFUND -> "/refunds";
    };
  }

  @Override
  protected void assertUnknown(Future<GatewayResult> result) {
    FakeStripe.assertUnknown(result);
  }

  @Override
  protected void expire() {
    stripe.expire();
  }

  @Override
  protected TestOrders toBeAuthenticated(boolean passes) {
    stripe.card = FakeStripe.Card.WANTS_AUTHENTICATION;
    return order();
  }

  @Override
  protected void returnPayers(boolean pass) {
    stripe.payersReturn(pass);
  }

  @Override
  protected TestOrders withFailingRefunds() {
    return order();
  }

  @Override
  protected void failRefund() {
    stripe.failLater("re_" + stripe.refunds.size());
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
