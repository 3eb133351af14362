package dev.paymeter.support.payment;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.RecordedCharge;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A gateway for tests without authorizations and disputes, whose records are not read. */
public interface TransferOnlyGateway extends PaymentGateway {
  @Override
  default Future<GatewayResult> capture(Payment payment) {
    throw new AssertionError("unexpected capture of " + payment.id());
  }

  @Override
  default Future<GatewayResult> cancel(Payment payment) {
    throw new AssertionError("unexpected cancellation of " + payment.id());
  }

  @Override
  default Future<Optional<GatewayDispute>> dispute(String gateway, String reference) {
    throw new AssertionError("unexpected inquiry about the dispute " + reference);
  }

  @Override
  default Future<Void> recordedCharges(
      Instant since, Function<List<RecordedCharge>, Future<Void>> page) {
    throw new AssertionError("unexpected read of charges since " + since);
  }
}
