package dev.paymeter.bus;

import dev.paymeter.logging.LogFields;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.PaymentQuery;
import dev.paymeter.payment.service.AuthorizationResult;
import dev.paymeter.payment.service.AuthorizationService;
import dev.paymeter.payment.service.PaymentResult;
import dev.paymeter.payment.service.PaymentService;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Map;

/** Handles this process's requests for payments. Stateless; deploy one for each event loop. */
public final class PaymentVerticle extends VerticleBase {
  private final PaymentService paymentService;
  private final AuthorizationService authorizationService;
  private final OperationTimer timer;

  public PaymentVerticle(
      PaymentService paymentService,
      AuthorizationService authorizationService,
      OperationTimer timer) {
    this.paymentService = paymentService;
    this.authorizationService = authorizationService;
    this.timer = timer;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        LocalRequests.serve(
            vertx, timer, Addresses.PAY, Operation.BUS_PAYMENTS_CREATE, this::create),
        LocalRequests.serve(
            vertx, timer, Addresses.CAPTURE, Operation.BUS_PAYMENTS_CAPTURE, this::capture),
        LocalRequests.serve(
            vertx, timer, Addresses.VOID, Operation.BUS_PAYMENTS_VOID, this::cancel),
        LocalRequests.serve(vertx, timer, Addresses.FIND, Operation.BUS_PAYMENTS_FIND, this::find),
        LocalRequests.serve(vertx, timer, Addresses.LIST, Operation.BUS_PAYMENTS_LIST, this::list));
  }

  private Future<PaymentResult> create(CreatePayment request) {
    LogFields.add(
        Map.of("user_id", request.order().userId(), "order_id", request.order().orderId()));
    return paymentService.pay(request.order(), request.key(), request.access());
  }

  private Future<AuthorizationResult> capture(CapturePayment request) {
    return authorizationService.capture(
        request.payment(), request.amount(), request.key(), request.access());
  }

  private Future<AuthorizationResult> cancel(VoidPayment request) {
    return authorizationService.cancel(request.payment(), request.key(), request.access());
  }

  private Future<PaymentResult> find(FindPayment request) {
    return paymentService
        .find(request.id(), request.access())
        .map(payment -> new PaymentResult(payment, false));
  }

  private Future<PaymentPage<Payment>> list(PaymentQuery query) {
    return paymentService.list(query.filter(), query.after(), query.limit());
  }
}
