package dev.paymeter.gateway;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayCapabilities;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.RecordedCharge;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Sends each payment, and its refunds, to the gateway that its order names, if this gateway has the
 * payment's account. Otherwise it calls none: another account has no evidence about the payment.
 */
public record RoutingGateway(Map<String, ? extends PaymentGateway> byName)
    implements PaymentGateway {
  private static final GatewayResult ACCOUNT_NOT_KNOWN =
      GatewayResult.notSubmitted(
          FailureCode.GATEWAY_UNAVAILABLE,
          "The gateway has not stated its account, and was not called");

  public RoutingGateway {
    byName = Map.copyOf(byName);
  }

  @Override
  public Optional<String> account(String gateway) {
    PaymentGateway paymentGateway = byName.get(gateway);
    return paymentGateway == null ? Optional.empty() : paymentGateway.account(gateway);
  }

  @Override
  public GatewayCapabilities capabilities(String gateway) {
    PaymentGateway paymentGateway = byName.get(gateway);
    return paymentGateway == null ? GatewayCapabilities.ALL : paymentGateway.capabilities(gateway);
  }

  @Override
  public Future<GatewayResult> charge(Payment payment) {
    return payment.account() == null
        ? Future.succeededFuture(ACCOUNT_NOT_KNOWN)
        : withAccountOf(payment).compose(paymentGateway -> paymentGateway.charge(payment));
  }

  /** A payment without an account was never submitted. */
  @Override
  public Future<GatewayResult> resolve(Payment payment) {
    return payment.account() == null
        ? Future.succeededFuture(ACCOUNT_NOT_KNOWN)
        : withAccountOf(payment).compose(paymentGateway -> paymentGateway.resolve(payment));
  }

  @Override
  public Future<GatewayResult> capture(Payment payment) {
    return send(payment, paymentGateway -> paymentGateway.capture(payment));
  }

  @Override
  public Future<GatewayResult> cancel(Payment payment) {
    return send(payment, paymentGateway -> paymentGateway.cancel(payment));
  }

  @Override
  public Future<GatewayResult> refund(Refund refund) {
    return send(refund.payment(), paymentGateway -> paymentGateway.refund(refund));
  }

  /**
   * Sends a request about an earlier payment to its gateway, which may have been removed from the
   * settings since.
   */
  private Future<GatewayResult> send(
      Payment payment, Function<PaymentGateway, Future<GatewayResult>> request) {
    return withAccountOf(payment)
        .compose(
            request,
            missing ->
                Future.succeededFuture(
                    GatewayResult.notSubmitted(
                        FailureCode.GATEWAY_UNAVAILABLE, String.valueOf(missing.getMessage()))));
  }

  @Override
  public Future<GatewayResult> resolveRefund(Refund refund) {
    return withAccountOf(refund.payment())
        .compose(paymentGateway -> paymentGateway.resolveRefund(refund));
  }

  @Override
  public Future<Optional<GatewayDispute>> dispute(String gateway, String reference) {
    PaymentGateway paymentGateway = byName.get(gateway);
    return paymentGateway == null
        ? Future.succeededFuture(Optional.empty())
        : paymentGateway.dispute(gateway, reference);
  }

  /** Reads one gateway after the other. Gateways with the same account list the same charges. */
  @Override
  public Future<Void> recordedCharges(
      Instant since, Function<List<RecordedCharge>, Future<Void>> page) {
    Future<Void> read = Future.succeededFuture();
    for (PaymentGateway gateway : byName.values()) {
      read = read.compose(previous -> gateway.recordedCharges(since, page));
    }
    return read;
  }

  private Future<PaymentGateway> withAccountOf(Payment payment) {
    String name = payment.order().gateway();
    PaymentGateway paymentGateway = byName.get(name);
    if (paymentGateway == null) {
      return Future.failedFuture(
          new IllegalStateException("Gateway " + name + " is not configured"));
    }
    return paymentGateway.account(name).equals(Optional.ofNullable(payment.account()))
        ? Future.succeededFuture(paymentGateway)
        : Future.failedFuture(
            new IllegalStateException(
                "Gateway " + name + " does not have the account " + payment.account()));
  }
}
