package dev.paymeter.bus;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.logging.LogFields;
import dev.paymeter.payment.Access;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.service.AuthorizationService;
import dev.paymeter.payment.service.PaymentResult;
import dev.paymeter.payment.service.PaymentService;
import dev.paymeter.payment.service.TransferProcessor;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.ChargingGateway;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestCounters;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.junit5.VertxExtension;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class PaymentVerticleTest {
  private static final UUID DEFECT = UUID.randomUUID();
  private static final PaymentOrder ORDER =
      TestOrders.order().references("order_7", "user_7").build();

  private final InMemoryPaymentLedger ledger =
      new InMemoryPaymentLedger() {
        @Override
        public Future<Optional<Payment>> find(UUID id) {
          if (id.equals(DEFECT)) {
            throw new IllegalStateException("select * from secrets");
          }
          return super.find(id);
        }
      };
  private volatile Map<String, String> fieldsAtTheGateway;
  private Vertx vertx;

  @BeforeEach
  void deploy(Vertx vertx) {
    this.vertx = vertx;
    PaymentGateway paymentGateway =
        new ChargingGateway(
            payment -> {
              fieldsAtTheGateway = LogFields.current();
              return vertx.timer(1).map(new GatewayResult.Approved("ref"));
            });
    PaymentService paymentService =
        new PaymentService(
            ledger,
            paymentGateway,
            TestOrders.RATES,
            new TransferProcessor.Context(
                new NoOpPaymentMetrics(),
                new ManualScheduler(),
                TestCounters.of(new LedgerSegments()),
                Clock.systemUTC(),
                System::nanoTime,
                TestOrders.GATEWAY_KEYS),
            PaymentStepListener.NONE);
    LocalCodec.registerAll(vertx.eventBus());
    await(
        vertx.deployVerticle(
            new PaymentVerticle(
                paymentService,
                new AuthorizationService(paymentService, ledger, paymentGateway),
                new OperationTimer(new NoOpPaymentMetrics(), System::nanoTime))));
  }

  @Test
  void create_order_repliesTheSettledPayment() {
    Reply<PaymentResult> reply =
        request(Addresses.PAY, new CreatePayment(ORDER, Optional.empty(), Access.ALL));

    Payment payment = await(reply.asFuture()).payment();
    assertThat(payment.order()).isSameAs(ORDER);
    assertThat(payment.status()).isEqualTo(PaymentStatus.SUCCESS);
  }

  @Test
  void create_order_setsLogFields() {
    request(Addresses.PAY, new CreatePayment(ORDER, Optional.empty(), Access.ALL));

    assertThat(fieldsAtTheGateway)
        .isEqualTo(Map.of("request_id", "request-1", "user_id", "user_7", "order_id", "order_7"));
  }

  @Test
  void create_ledgerUnavailable_repliesTheRejection() {
    ledger.becomeUnavailable();

    Reply<PaymentResult> reply =
        request(Addresses.PAY, new CreatePayment(ORDER, Optional.empty(), Access.ALL));

    assertThat(reply.asFuture().cause())
        .isInstanceOfSatisfying(
            RequestRejectedException.class,
            rejected ->
                assertThat(rejected.reason())
                    .isEqualTo(RequestRejectedException.Reason.LEDGER_UNAVAILABLE));
  }

  @Test
  void find_known_repliesThePayment() {
    Payment known = TestOrders.order().pending();
    await(ledger.insert(known));

    Reply<PaymentResult> reply = request(Addresses.FIND, new FindPayment(known.id(), Access.ALL));

    assertThat(reply).isEqualTo(new Reply.Result<>(new PaymentResult(known, false)));
  }

  @Test
  void find_absent_repliesTheRejection() {
    Reply<PaymentResult> reply =
        request(Addresses.FIND, new FindPayment(UUID.randomUUID(), Access.ALL));

    assertThat(reply).isInstanceOf(Reply.Rejected.class);
  }

  @Test
  void find_unexpectedError_failsWithoutTheMessageOfTheCause() {
    Future<Message<Object>> reply =
        vertx.eventBus().request(Addresses.FIND, new FindPayment(DEFECT, Access.ALL));

    assertThat(await(reply.otherwise(failure -> null))).isNull();
    assertThat(reply.cause())
        .isInstanceOfSatisfying(
            ReplyException.class,
            failure -> {
              assertThat(failure.failureCode()).isEqualTo(LocalRequests.INTERNAL_ERROR);
              assertThat(failure).hasMessage("internal error");
            });
  }

  private Reply<PaymentResult> request(String address, Object message) {
    DeliveryOptions options = new DeliveryOptions().addHeader(Addresses.REQUEST_ID, "request-1");
    return await(vertx.eventBus().<Reply<PaymentResult>>request(address, message, options)).body();
  }
}
