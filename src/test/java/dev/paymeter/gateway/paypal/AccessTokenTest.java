package dev.paymeter.gateway.paypal;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(VertxExtension.class)
class AccessTokenTest {
  private static final String PATH = "/v1/oauth2/token";

  private final ManualClock clock = new ManualClock();

  private Vertx vertx;
  private FakePayPal paypal;
  private PayPalGateway gateway;

  @BeforeEach
  void start(Vertx vertx) {
    this.vertx = vertx;
    paypal = new FakePayPal(vertx);
    paypal.tokenLifetime = 1000;
    gateway = paypal.gateway(clock);
  }

  @AfterEach
  void stop() {
    paypal.close();
  }

  private GatewayResult charge() {
    return await(gateway.charge(FakePayPal.order().pending()));
  }

  private void assertApproved() {
    assertThat(charge()).isInstanceOf(GatewayResult.Approved.class);
  }

  @Test
  void charge_valid_usesTheSameToken() {
    clock.advance(Duration.ofSeconds(799));
    assertApproved();
    assertApproved();

    assertThat(paypal.tokens).hasSize(1);
  }

  @Test
  void charge_beforeItExpires_renewsItInTheBackground() {
    clock.advance(Duration.ofSeconds(800));

    assertApproved();

    eventually(() -> assertThat(paypal.tokens).hasSize(2));
    clock.advance(Duration.ofSeconds(799));
    assertApproved();
    assertThat(paypal.tokens).hasSize(2);
  }

  @Test
  void charge_renewalFails_usesTheTokenUntilItExpires() {
    clock.advance(Duration.ofSeconds(800));
    paypal.answerOnce(PATH, 500, new JsonObject());

    assertApproved();
    clock.advance(Duration.ofSeconds(140));
    assertApproved();

    eventually(() -> assertThat(paypal.tokens).hasSize(2));
  }

  @Test
  void charge_expired_requestsAnother() {
    clock.advance(Duration.ofSeconds(950));

    assertApproved();

    assertThat(paypal.tokens).hasSize(2);
  }

  @Test
  void charge_rejectedByPayPal_isRepeatedWithAnother() {
    paypal.revokeToken();

    assertApproved();

    assertThat(paypal.tokens).hasSize(2);
    assertThat(paypal.received("/orders")).isEqualTo(2);
    assertThat(paypal.orders).hasSize(1);
  }

  @Test
  void charge_severalAtOnceWithoutToken_shareOneRequest() {
    clock.advance(Duration.ofSeconds(950));

    List<Future<GatewayResult>> charges =
        IntStream.range(0, 10).mapToObj(i -> gateway.charge(FakePayPal.order().pending())).toList();

    charges.forEach(charge -> assertThat(await(charge)).isInstanceOf(GatewayResult.Approved.class));
    assertThat(paypal.tokens).hasSize(2);
  }

  /** Otherwise, log lines would have the fields of another request. */
  @Test
  void charge_waitsForTheRequestOfAnother_endsOnItsOwnContext() {
    clock.advance(Duration.ofSeconds(950));
    Context first = vertx.getOrCreateContext();
    Context second = vertx.getOrCreateContext();
    Promise<Boolean> isOnOwn = Promise.promise();

    first.runOnContext(now -> gateway.charge(FakePayPal.order().pending()));
    second.runOnContext(
        now ->
            gateway
                .charge(FakePayPal.order().pending())
                .onComplete(charged -> isOnOwn.complete(Vertx.currentContext() == second)));

    assertThat(await(isOnOwn.future())).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "401, GATEWAY_ACCESS_DENIED, PayPal rejected the credentials: HTTP 401",
    "429, GATEWAY_BUSY, PayPal rejected the request: HTTP 429",
    "503, GATEWAY_UNAVAILABLE, PayPal returned no access token: HTTP 503",
    "200, GATEWAY_UNAVAILABLE, PayPal returned no access token",
    "0, GATEWAY_UNAVAILABLE, PayPal returned no access token"
  })
  void charge_noToken_isNotSubmitted(int status, FailureCode code, String reason) {
    clock.advance(Duration.ofSeconds(950));
    paypal.answerOnce(PATH, status, new JsonObject().put("access_token", "x"));

    assertThat(charge()).isEqualTo(GatewayResult.notSubmitted(code, reason));

    assertThat(paypal.orders).isEmpty();
    assertApproved();
  }

  @Test
  void charge_rejectedAndNoOther_isNotSubmitted() {
    paypal.revokeToken();
    paypal.answerOnce(PATH, 503, new JsonObject());

    assertThat(charge()).isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  @Test
  void start_wrongCredentials_doesNotKnowTheAccount() {
    PayPalGateway other =
        new PayPalGateway(
            vertx,
            paypal.options("secret-key-2"),
            Clock.fixed(TestOrders.CREATED_AT, ZoneOffset.UTC),
            FakePayPal.TIMEOUT);

    other.start();

    eventually(() -> assertThat(paypal.tokenRequests).hasValueGreaterThan(1));
    assertThat(other.account("paypal")).isEmpty();
    assertThat(await(gateway.charge(FakePayPal.order().pending())))
        .isInstanceOf(GatewayResult.Approved.class);
  }
}
