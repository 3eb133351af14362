package dev.paymeter.bus;

import dev.paymeter.logging.LogFields;
import dev.paymeter.payment.port.Observations.Operation;
import dev.paymeter.payment.port.OperationTimes;
import dev.paymeter.payment.query.ListPayments;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.service.Paid;
import dev.paymeter.payment.service.Payments;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Map;

/** Handles this process' requests for payments. Stateless; deploy one for each event loop. */
public final class PaymentVerticle extends VerticleBase {
  private final Payments payments;
  private final OperationTimes times;

  public PaymentVerticle(Payments payments, OperationTimes times) {
    this.payments = payments;
    this.times = times;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        LocalRequests.serve(
            vertx, times, Addresses.PAY, Operation.BUS_PAYMENTS_CREATE, this::create),
        LocalRequests.serve(vertx, times, Addresses.FIND, Operation.BUS_PAYMENTS_FIND, this::find),
        LocalRequests.serve(vertx, times, Addresses.LIST, Operation.BUS_PAYMENTS_LIST, this::list));
  }

  private Future<Paid> create(CreatePayment request) {
    LogFields.add(
        Map.of("user_id", request.order().userId(), "order_id", request.order().orderId()));
    return payments.pay(request.order(), request.key());
  }

  private Future<Paid> find(FindPayment request) {
    return payments.find(request.id()).map(payment -> new Paid(payment, false));
  }

  private Future<PaymentPage> list(ListPayments query) {
    return payments.list(query.filter(), query.after(), query.limit());
  }
}
