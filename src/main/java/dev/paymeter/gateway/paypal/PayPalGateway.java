package dev.paymeter.gateway.paypal;

import dev.paymeter.gateway.http.AccountLookup;
import dev.paymeter.gateway.http.GatewayHttpClient;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayCapabilities;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.RecordedCharge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Charges, refunds and inquires at PayPal. Charges and refunds share their connections; inquiries
 * have their own, so that they never wait for charges, and so have access tokens. Safe from any
 * thread.
 */
public final class PayPalGateway implements PaymentGateway {
  private static final Logger log = LoggerFactory.getLogger(PayPalGateway.class);
  private static final int TRANSFER_CONNECTIONS = 100;
  private static final int INQUIRY_CONNECTIONS = 40;
  private static final int TOKEN_CONNECTIONS = 1;

  private final PayPalClient transfers;
  private final PayPalClient inquiries;
  private final AccountLookup account;
  private final Clock clock;

  /**
   * @param timeout deadline of each charge, refund and inquiry, with all its requests
   */
  public PayPalGateway(Vertx vertx, PayPalOptions options, Clock clock, Duration timeout) {
    GatewayHttpClient.Endpoint endpoint =
        new GatewayHttpClient.Endpoint("PayPal", options.url(), options.trustedCertificates());
    // An operation that gets no token in half of its time ends as not submitted, not as unknown.
    AccessToken token =
        new AccessToken(
            vertx,
            new GatewayHttpClient(vertx, endpoint, timeout.dividedBy(2), TOKEN_CONNECTIONS),
            options,
            clock);
    this.transfers =
        new PayPalClient(
            new GatewayHttpClient(vertx, endpoint, timeout, TRANSFER_CONNECTIONS), token);
    this.inquiries =
        new PayPalClient(
            new GatewayHttpClient(vertx, endpoint, timeout, INQUIRY_CONNECTIONS), token);
    this.account = new AccountLookup(vertx, "PayPal", new PayPalAccount(inquiries)::request);
    this.clock = clock;
  }

  /** Starts to request the account. Call once. */
  public void start() {
    account.start();
  }

  @Override
  public Optional<String> account(String gateway) {
    return account.id();
  }

  @Override
  public GatewayCapabilities capabilities(String gateway) {
    return PayPalAmount.CAPABILITIES;
  }

  @Override
  public Future<GatewayResult> charge(Payment payment) {
    if (PayPalAmount.isSupported(payment.amount())
        && !PayPalAmount.CAPABILITIES.violations(payment.order(), "").isEmpty()) {
      return Future.succeededFuture(
          GatewayResult.notSubmitted(
              FailureCode.GATEWAY_ERROR, "PayPal cannot carry out such orders"));
    }
    return run(transfers, payment, operation -> operation.charge(payment));
  }

  @Override
  public Future<GatewayResult> resolve(Payment payment) {
    return run(inquiries, payment, operation -> operation.resolve(payment));
  }

  /** Is not called: the capabilities exclude orders that are captured later. */
  @Override
  public Future<GatewayResult> capture(Payment payment) {
    return Future.failedFuture(new UnsupportedOperationException("capture at PayPal"));
  }

  /** As {@link #capture}. */
  @Override
  public Future<GatewayResult> cancel(Payment payment) {
    return Future.failedFuture(new UnsupportedOperationException("cancellation at PayPal"));
  }

  @Override
  public Future<GatewayResult> refund(Refund refund) {
    return run(transfers, refund, operation -> operation.refund(refund));
  }

  @Override
  public Future<GatewayResult> resolveRefund(Refund refund) {
    return run(inquiries, refund, operation -> operation.resolveRefund(refund));
  }

  /** Reads nothing: PayPal does not store the fields that the rows of lost payments need. */
  /** Reports none: the account at PayPal has disputes and reversals. */
  @Override
  public Future<Optional<GatewayDispute>> dispute(String gateway, String reference) {
    return Future.succeededFuture(Optional.empty());
  }

  @Override
  public Future<Void> recordedCharges(
      Instant since, Function<List<RecordedCharge>, Future<Void>> page) {
    log.info("PayPal is not searched for payments that the ledger may have lost");
    return Future.succeededFuture();
  }

  private Future<GatewayResult> run(
      PayPalClient client,
      Transfer<?> transfer,
      Function<PayPalOperation, Future<GatewayResult>> steps) {
    if (!PayPalAmount.isSupported(transfer.amount())) {
      return Future.succeededFuture(
          GatewayResult.notSubmitted(
              FailureCode.CURRENCY_NOT_SUPPORTED, "PayPal does not support " + transfer.amount()));
    }
    Optional<String> known = account.id();
    if (known.isEmpty()) {
      return Future.failedFuture(new PayPalException("PayPal has not stated its account"));
    }
    PayPalRequests requests = client.begin();
    return steps
        .apply(new PayPalOperation(requests, new ResponseVerifier(known.get()), clock))
        .onComplete(ended -> requests.end());
  }
}
