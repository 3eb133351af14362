package dev.paymeter.support.payment;

import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import java.util.Optional;

/** A gateway for tests without refunds. */
public interface ChargeOnlyGateway extends TransferOnlyGateway {
  @Override
  default Optional<String> account(String gateway) {
    return Optional.of(TestOrders.account(gateway));
  }

  @Override
  default Future<GatewayResult> refund(Refund refund) {
    throw new AssertionError("unexpected refund " + refund.id());
  }

  @Override
  default Future<GatewayResult> resolveRefund(Refund refund) {
    throw new AssertionError("unexpected inquiry about " + refund.id());
  }
}
