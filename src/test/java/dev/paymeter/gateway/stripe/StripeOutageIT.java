package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.app.VertxScheduler;
import dev.paymeter.gateway.ResilientGateway;
import dev.paymeter.gateway.http.GatewayHttpClient;
import dev.paymeter.gateway.http.InconclusiveException;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.GatewayTimeoutException;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetServer;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The adapter, behind its guards, and a Stripe that accepts requests but does not answer. */
@ExtendWith(VertxExtension.class)
class StripeOutageIT {
  private static final int CONNECTIONS = 100;
  private static final Duration TIMEOUT = Duration.ofSeconds(4);

  /** Enough for a hundred charges to be created, however busy the machine is. */
  private static final Duration CREATION_TIMEOUT = Duration.ofSeconds(15);

  private static final Duration LONG_TIMEOUT = Duration.ofMinutes(2);
  private static final Class<?> APPROVED = GatewayResult.Approved.class;
  private static final Duration OPEN = Duration.ofMillis(200);

  private Vertx vertx;
  private Context context;
  private FakeStripe stripe;
  private ResilientGateway gateway;

  @BeforeEach
  void start(Vertx vertx) {
    this.vertx = vertx;
    context = vertx.getOrCreateContext();
    stripe = new FakeStripe(vertx);
    gateway = gateway(stripe.url(), TIMEOUT);
    charges(20).forEach(charge -> await(charge.result()));
    stripe.reset();
  }

  @AfterEach
  void stop() {
    stripe.close();
  }

  private ResilientGateway gateway(URI url, Duration timeout) {
    StripeGateway adapter =
        new StripeGateway(
            vertx,
            FakeStripe.options(url, FakeStripe.SECRET),
            TestOrders.LEDGER,
            Clock.fixed(TestOrders.CREATED_AT, ZoneOffset.UTC),
            timeout,
            FakeStripe.VALIDITY);
    return new ResilientGateway(
        "stripe",
        adapter,
        new ResilientGateway.Guards(timeout, 5000, 0.6, 50, OPEN),
        new VertxScheduler(vertx),
        System::nanoTime);
  }

  /**
   * Regression: connections whose requests were never answered were in use for good, and no later
   * charge reached Stripe.
   */
  @Test
  void charge_stripeHangsUnderLoadAndRecovers_sendsNothingLateAndSucceedsAgain() {
    stripe.hang("");
    List<Charge> charges = charges(130);

    int unknown = countUnknown(charges);
    assertThat(unknown).isLessThan(charges.size());
    assertThat(gateway.state()).isEqualTo("open");
    assertThat(gateway.timeouts()).isEqualTo(unknown);
    assertThat(gateway.inFlight()).isZero();
    eventually(() -> assertThat(stripe.requests).hasSize(unknown));

    stripe.recoverWithLoss();
    eventually(() -> assertThat(await(charge().result())).isInstanceOf(APPROVED));
    for (int i = 0; i < 20; i++) {
      assertThat(await(charge().result())).isInstanceOf(APPROVED);
    }
    assertThat(gateway.state()).isEqualTo("closed");
    assertThat(stripe.received("/confirm")).isEqualTo(stripe.charged);
    assertThat(stripe.intents).hasSize(stripe.charged);
  }

  /** The charges are created, and more of them than connections wait for their confirmation. */
  @Test
  void charge_confirmationIsStillQueuedAtTheDeadline_isNotSubmitted() {
    gateway = gateway(stripe.url(), CREATION_TIMEOUT);
    stripe.hang("/confirm");
    List<Charge> charges = charges(150);

    assertThat(countUnknown(charges)).isLessThan(charges.size());

    stripe.recover();
    assertThat(stripe.charged).isPositive();
    assertThat(stripe.received("/confirm")).isEqualTo(stripe.charged);
    assertThat(charges)
        .filteredOn(charge -> charge.result().succeeded())
        .extracting(charge -> charge.payment().id().toString())
        .doesNotContainAnyElementsOf(stripe.chargedPayments());
    // Some of the intents that were never confirmed, while others are being canceled.
    eventually(() -> assertThat(stripe.received("/cancel")).isPositive());
  }

  @Test
  void charge_tooManyWait_isNotSubmittedAtOnce() {
    gateway = gateway(stripe.url(), LONG_TIMEOUT);
    stripe.hang("");
    charges(CONNECTIONS);
    eventually(() -> assertThat(stripe.requests).hasSize(CONNECTIONS));
    charges(GatewayHttpClient.MAX_WAITING);

    assertThat(await(charge().result()))
        .isEqualTo(
            GatewayResult.notSubmitted(
                FailureCode.GATEWAY_BUSY, "Too many requests wait for a connection to Stripe"));

    assertThat(stripe.requests).hasSize(CONNECTIONS);
  }

  @Test
  void resolve_chargesHang_isNotDelayed() {
    gateway = gateway(stripe.url(), LONG_TIMEOUT);
    stripe.hang("/confirm");
    charges(150);
    eventually(() -> assertThat(stripe.received("/confirm")).isEqualTo(CONNECTIONS));
    Payment unknown = TestOrders.order().pending();

    assertThat(await(onContext(() -> gateway.resolve(unknown))))
        .isInstanceOf(GatewayResult.NotSubmitted.class);

    assertThat(stripe.received("/cancel")).isEqualTo(1);
    assertThat(gateway.timeouts()).isZero();
  }

  @Test
  void resolve_stripeHangsAndRecovers_succeedsAtOnce() {
    stripe.hang("");
    List<Future<GatewayResult>> inquiries =
        IntStream.range(0, CONNECTIONS)
            .mapToObj(i -> TestOrders.order().pending())
            .map(unknown -> onContext(() -> gateway.resolve(unknown)))
            .toList();
    inquiries.forEach(inquiry -> assertThatThrownBy(() -> await(inquiry)).isNotNull());
    stripe.recoverWithLoss();

    assertThat(await(onContext(() -> gateway.resolve(TestOrders.order().pending()))))
        .isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  @Test
  void charge_bodyNeverEnds_isEndedAtOneMebibyteAndTheConnectionIsClosed() {
    AtomicInteger closed = new AtomicInteger();
    HttpServer endless = server(request -> sendForever(request, "x".repeat(50_000), closed));

    assertThatThrownBy(() -> await(onContext(() -> charge(endless))))
        .isInstanceOf(InconclusiveException.class)
        .hasMessageContaining("1 MiB");

    eventually(() -> assertThat(closed).hasValue(1));
    assertThat(gateway.timeouts()).isZero();
  }

  @Test
  void charge_bodyTricklesBeyondTheDeadline_isEndedAndTheConnectionIsClosed() {
    AtomicInteger closed = new AtomicInteger();
    HttpServer endless = server(request -> sendForever(request, " ", closed));

    assertThatThrownBy(() -> await(onContext(() -> charge(endless))))
        .isInstanceOf(GatewayTimeoutException.class);

    eventually(() -> assertThat(closed).hasValue(1));
  }

  @Test
  void charge_tlsHandshakeIsNotAnswered_isNotSubmittedAndTheConnectionIsClosed() {
    AtomicInteger closed = new AtomicInteger();
    NetServer silent =
        await(
            vertx
                .createNetServer()
                .connectHandler(socket -> socket.closeHandler(end -> closed.incrementAndGet()))
                .listen(0, "127.0.0.1"));
    ResilientGateway tls = gateway(URI.create("https://127.0.0.1:" + silent.actualPort()), TIMEOUT);

    assertThat(await(onContext(() -> tls.charge(TestOrders.order().pending()))))
        .isInstanceOf(GatewayResult.NotSubmitted.class);

    assertThat(tls.timeouts()).isZero();
    eventually(() -> assertThat(closed).hasValue(1));
  }

  private HttpServer server(Handler<HttpServerRequest> handler) {
    return await(vertx.createHttpServer().requestHandler(handler).listen(0, "127.0.0.1"));
  }

  private Future<GatewayResult> charge(HttpServer server) {
    return gateway(URI.create("http://127.0.0.1:" + server.actualPort()), TIMEOUT)
        .charge(TestOrders.order().pending());
  }

  private void sendForever(HttpServerRequest request, String part, AtomicInteger closed) {
    request.response().setChunked(true);
    long timer = vertx.setPeriodic(1, 10, tick -> request.response().write(Buffer.buffer(part)));
    request
        .connection()
        .closeHandler(
            end -> {
              vertx.cancelTimer(timer);
              closed.incrementAndGet();
            });
  }

  private record Charge(Payment payment, Future<GatewayResult> result) {}

  private List<Charge> charges(int count) {
    return IntStream.range(0, count).mapToObj(i -> charge()).toList();
  }

  private Charge charge() {
    Payment payment = TestOrders.order().pending();
    return new Charge(payment, onContext(() -> gateway.charge(payment)));
  }

  /** Calls as the verticles do: on an event loop. */
  private Future<GatewayResult> onContext(Supplier<Future<GatewayResult>> call) {
    Promise<GatewayResult> result = Promise.promise();
    context.runOnContext(now -> call.get().onComplete(result));
    return result.future();
  }

  /** Waits for all charges: no response in time, or not submitted. */
  private static int countUnknown(List<Charge> charges) {
    eventually(() -> assertThat(charges).allMatch(charge -> charge.result().isComplete()));
    assertThat(charges)
        .filteredOn(charge -> charge.result().succeeded())
        .extracting(charge -> charge.result().result())
        .hasOnlyElementsOfType(GatewayResult.NotSubmitted.class);
    List<Charge> unknown = charges.stream().filter(charge -> charge.result().failed()).toList();
    assertThat(unknown)
        .extracting(charge -> charge.result().cause())
        .hasOnlyElementsOfType(GatewayTimeoutException.class);
    return unknown.size();
  }
}
