package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.http.AccountLookup;
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
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * Charges, refunds and inquires at Stripe. Charges and refunds share their connections; inquiries
 * have their own, so that they never wait for charges. Safe from any thread.
 */
public final class StripeGateway implements PaymentGateway {
  private static final int TRANSFER_CONNECTIONS = 100;

  /**
   * Further inquiries wait for a connection. With 40, inquiries reach the 100 requests a second
   * that Stripe permits, unless a response takes more than 0.4 s.
   */
  private static final int INQUIRY_CONNECTIONS = 40;

  /** Cancellations of abandoned intents at a time, so that they do not delay inquiries. */
  private static final int MAX_CANCELLATIONS = 10;

  private final StripeClient transfers;
  private final StripeClient inquiries;
  private final AccountLookup account;
  private final String paymentMethod;
  private final UUID ledger;
  private final Clock clock;
  private final Duration validity;
  private final Semaphore cancellations = new Semaphore(MAX_CANCELLATIONS);

  /**
   * @param ledger the id of the ledger that the payments belong to
   * @param timeout deadline of each charge, capture, refund and inquiry, with all its requests
   * @param validity how long an amount is held if Stripe does not state it
   */
  public StripeGateway(
      Vertx vertx,
      StripeOptions options,
      UUID ledger,
      Clock clock,
      Duration timeout,
      Duration validity) {
    this.transfers = new StripeClient(vertx, options, timeout, TRANSFER_CONNECTIONS);
    this.inquiries = new StripeClient(vertx, options, timeout, INQUIRY_CONNECTIONS);
    this.account = new AccountLookup(vertx, "Stripe", new StripeAccount(inquiries)::request);
    this.paymentMethod = options.paymentMethod();
    this.ledger = ledger;
    this.clock = clock;
    this.validity = validity;
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
    return StripeAmount.CAPABILITIES;
  }

  @Override
  public Future<GatewayResult> charge(Payment payment) {
    return run(transfers, payment, operation -> operation.charge(payment));
  }

  @Override
  public Future<GatewayResult> resolve(Payment payment) {
    return run(inquiries, payment, operation -> operation.resolve(payment));
  }

  @Override
  public Future<GatewayResult> capture(Payment payment) {
    return run(transfers, payment, operation -> operation.capture(payment));
  }

  @Override
  public Future<GatewayResult> cancel(Payment payment) {
    return run(transfers, payment, operation -> operation.cancel(payment));
  }

  @Override
  public Future<GatewayResult> refund(Refund refund) {
    return run(transfers, refund, operation -> operation.refund(refund));
  }

  @Override
  public Future<GatewayResult> resolveRefund(Refund refund) {
    return run(inquiries, refund, operation -> operation.resolveRefund(refund));
  }

  @Override
  public Future<Optional<GatewayDispute>> dispute(String gateway, String reference) {
    StripeRequests requests = inquiries.begin();
    return new StripeDisputes(requests, ledger).find(reference).onComplete(ended -> requests.end());
  }

  @Override
  public Future<Void> recordedCharges(
      Instant since, Function<List<RecordedCharge>, Future<Void>> page) {
    return new StripeCharges(inquiries, ledger, validity, since, page).read();
  }

  private Future<GatewayResult> run(
      StripeClient client,
      Transfer<?> transfer,
      Function<StripeOperation, Future<GatewayResult>> steps) {
    if (StripeAmount.of(transfer.amount()).isEmpty()) {
      return Future.succeededFuture(
          GatewayResult.notSubmitted(
              FailureCode.CURRENCY_NOT_SUPPORTED, "Stripe does not support " + transfer.amount()));
    }
    StripeRequests requests = client.begin();
    return steps
        .apply(new StripeOperation(requests, intents(requests), clock, validity, this::cancel))
        .onComplete(ended -> requests.end());
  }

  private StripeIntents intents(StripeRequests requests) {
    return new StripeIntents(requests, paymentMethod, ledger);
  }

  /**
   * Cancels an intent that will never be confirmed, unless too many are being canceled. An intent
   * that stays open moves no money.
   */
  private void cancel(String intent) {
    if (cancellations.tryAcquire()) {
      StripeRequests requests = inquiries.begin();
      intents(requests)
          .cancel(intent, Map.of())
          .onComplete(
              ended -> {
                requests.end();
                cancellations.release();
              });
    }
  }
}
