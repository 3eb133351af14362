package dev.paymeter.gateway.simulator;

import dev.paymeter.gateway.ChargeFields;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.ReturnAddress;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.RecordedCharge;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongFunction;

/**
 * Gateway that moves no money. It responds after a delay, declines some payments, and injects
 * faults on request. It decides on a payment when it receives it, and writes the decision to its
 * journal before it responds. For a given seed and gateway name, the decision on the nth payment
 * received is always the same; a repeated payment gets its first result, also if the ledger has
 * lost it and it has another id. A payment with a token gets the token's result. Safe from any
 * thread.
 */
public final class SimulatedGateway implements PaymentGateway {
  /** The usual period of card networks. */
  public static final Duration DEFAULT_VALIDITY = Duration.ofDays(7);

  private static final Duration BASE_DELAY = Duration.ofMillis(100);

  /** The time in which a payer authenticates a payment. */
  private static final double PAYER_SECONDS = 5;

  private static final double PREMIUM_FACTOR = 0.8;
  private static final double HIGH_VALUE_FACTOR = 1.5;
  private static final double JITTER_SECONDS = 0.3;
  private static final double GATEWAY_SHARE_OF_FAILURES = 0.3;
  private static final String PREMIUM = "premium";

  private static final Duration FIRST_REPORT = Duration.ofSeconds(1);
  private static final Duration REPORT_PAUSE = Duration.ofSeconds(5);
  private static final int MAX_REPORTS = 100;

  private static final GatewayResult NOT_CONNECTED =
      GatewayResult.notSubmitted(
          FailureCode.GATEWAY_UNAVAILABLE, "The gateway refused the connection");
  private static final GatewayResult OVERLOADED =
      GatewayResult.rejected(
          FailureCode.GATEWAY_BUSY, "The gateway was overloaded, and moved no money");
  private static final GatewayResult FAILED =
      GatewayResult.rejected(
          FailureCode.GATEWAY_ERROR, "The gateway reported an internal error, and charged nothing");
  private static final GatewayResult DECLINED =
      GatewayResult.rejected(FailureCode.INVALID_PAYMENT_METHOD, "Invalid payment method");
  private static final GatewayResult MORE_THAN_CHARGED =
      GatewayResult.rejected(
          FailureCode.REFUND_DECLINED, "The amount exceeds the rest of the charge");

  private final String account;
  private final UUID ledger;
  private final Behaviour behaviour;
  private final Duration validity;
  private final FaultInjector faultInjector;
  private final RequestBatcher requestBatcher;
  private final Scheduler scheduler;
  private final SeededRandom seededRandom;
  private final SeededRandom faultRandom;
  private volatile Function<String, Future<?>> disputeReceiver = id -> Future.succeededFuture();
  private final PendingResponses pendingResponses = new PendingResponses();
  private final AtomicLong requests = new AtomicLong();

  /**
   * Behaviour of a simulated gateway without injected faults.
   *
   * @param seed seed of the random source
   * @param timeScale factor of the response delays; 0 for immediate responses
   * @param failureRate share of payments that fail, 0 to 1
   * @param premiumFailureRate share of payments of the premium tier that fail, 0 to 1
   */
  public record Behaviour(
      long seed, double timeScale, double failureRate, double premiumFailureRate) {}

  SimulatedGateway(
      String name,
      String account,
      UUID ledger,
      Behaviour behaviour,
      Duration validity,
      FaultInjector faultInjector,
      RequestBatcher requestBatcher,
      Scheduler scheduler) {
    this.account = account;
    this.ledger = ledger;
    this.behaviour = behaviour;
    this.validity = validity;
    this.faultInjector = faultInjector;
    this.requestBatcher = requestBatcher;
    this.scheduler = scheduler;
    this.seededRandom = new SeededRandom(behaviour.seed(), name);
    this.faultRandom = new SeededRandom(behaviour.seed(), name + " faults");
  }

  @Override
  public Optional<String> account(String gateway) {
    return Optional.of(account);
  }

  @Override
  public Future<GatewayResult> charge(Payment payment) {
    Optional<TestToken> token = payment.order().details().paymentToken().map(TestToken::of);
    return token.isEmpty()
        ? send(payment, number -> decide(payment, number), Optional.empty())
        : send(payment, number -> token.get().decide(payment), token.get().fault());
  }

  /**
   * Sets what receives the ids of disputes when their states may have changed, and begins to report
   * them. If the returned future fails, the report is repeated.
   */
  public void reportDisputes(Function<String, Future<?>> receiver) {
    disputeReceiver = receiver;
    requestBatcher
        .read(Journal::disputed)
        .onSuccess(references -> references.forEach(this::reportDispute));
  }

  /** Reports a dispute soon, and when it may have ended. */
  private void reportDispute(UUID reference) {
    scheduler.after(FIRST_REPORT, () -> report(reference, MAX_REPORTS));
    scheduler.after(
        SimulatedDispute.DECISION.plus(FIRST_REPORT), () -> report(reference, MAX_REPORTS));
  }

  private void report(UUID reference, int attempts) {
    disputeReceiver
        .apply(SimulatedDispute.id(reference))
        .onFailure(
            failure -> {
              if (attempts > 1) {
                scheduler.after(REPORT_PAUSE, () -> report(reference, attempts - 1));
              }
            });
  }

  @Override
  public Future<Optional<GatewayDispute>> dispute(String gateway, String reference) {
    return SimulatedDispute.gatewayKey(reference)
        .map(key -> requestBatcher.read(journal -> journal.dispute(key, ledger)))
        .orElseGet(() -> Future.succeededFuture(Optional.empty()));
  }

  /** Rejects a capture only if it exceeds what is held, never at random. */
  @Override
  public Future<GatewayResult> capture(Payment payment) {
    return send(isOverloaded -> step(payment, isOverloaded), Optional.empty());
  }

  @Override
  public Future<GatewayResult> cancel(Payment payment) {
    return capture(payment);
  }

  private static Request stepRequest(Payment payment) {
    return payment.isToBeCanceled() ? Request.ofCancellation(payment) : Request.ofStep(payment);
  }

  /** An overloaded gateway does not carry the step out. */
  private Future<GatewayResult> step(Payment payment, boolean isOverloaded) {
    return isOverloaded
        ? Future.succeededFuture(OVERLOADED)
        : requestBatcher
            .submit(stepRequest(payment))
            .onSuccess(outcome -> reportDisputeOf(payment))
            .compose(
                outcome -> wait(delay(payment, payment.id().hashCode())).map(outcome.result()));
  }

  private void reportDisputeOf(Payment captured) {
    UUID reference = captured.gatewayKey().id();
    requestBatcher
        .read(journal -> journal.dispute(reference, ledger))
        .onSuccess(dispute -> dispute.ifPresent(present -> reportDispute(reference)));
  }

  /** Rejects a refund only if it exceeds the rest of the charge, never at random. */
  @Override
  public Future<GatewayResult> refund(Refund refund) {
    return send(refund, left -> decide(refund, left), Optional.empty());
  }

  /** The receipt of a request by the gateway. */
  private interface Receipt {
    Future<GatewayResult> receive(boolean isOverloaded);
  }

  private Future<GatewayResult> send(
      Transfer<?> transfer, LongFunction<GatewayResult> decision, Optional<Fault> always) {
    return send(
        isOverloaded -> receive(transfer, isOverloaded ? number -> OVERLOADED : decision), always);
  }

  /**
   * @param always the fault of the request if none is injected
   */
  private Future<GatewayResult> send(Receipt receipt, Optional<Fault> always) {
    SplittableRandom random = faultRandom.generator(requests.incrementAndGet());
    Optional<Fault> fault = faultInjector.drawForCharge(random).or(() -> always);
    Promise<GatewayResult> request = RequestBatcher.promise();
    Future<GatewayResult> sent =
        fault.isEmpty()
            ? deliver(request, receipt.receive(false))
            : send(receipt, request, fault.get(), random);
    sent.onFailure(request::tryFail);
    return request.future();
  }

  /** Sends with a fault; completes the request only with responses that the client receives. */
  private Future<GatewayResult> send(
      Receipt receipt, Promise<GatewayResult> request, Fault fault, SplittableRandom random) {
    return switch (fault) {
      case CONNECTION_REFUSED -> deliver(request, Future.succeededFuture(NOT_CONNECTED));
      case REQUEST_LOST -> Future.succeededFuture(NOT_CONNECTED);
      case REQUEST_LATE -> deliver(request, delayed().compose(now -> receipt.receive(false)));
      case CONNECTION_BROKEN -> receipt.receive(false).compose(result -> broken());
      case ANSWER_LOST -> receipt.receive(false);
      case ANSWER_LATE -> deliver(request, receipt.receive(false).compose(this::delayed));
      case ANSWER_TWICE ->
          deliver(request, deliver(request, receipt.receive(false)).compose(this::delayed));
      case ANSWERS_SWAPPED -> receipt.receive(false).onSuccess(result -> holdBack(request, result));
      case BROWN_OUT ->
          deliver(request, delayed().compose(now -> receipt.receive(random.nextBoolean())));
      case INQUIRY_BROKEN -> throw new IllegalStateException(fault + " applies to inquiries only");
    };
  }

  /** Returns the result of a payment; one that was not received will never be charged. */
  @Override
  public Future<GatewayResult> resolve(Payment payment) {
    return inquire(Request.of(payment));
  }

  /** Returns the result of a refund, as {@link #resolve} does. */
  @Override
  public Future<GatewayResult> resolveRefund(Refund refund) {
    return inquire(Request.of(refund));
  }

  @Override
  public Future<Void> recordedCharges(
      Instant since, Function<List<RecordedCharge>, Future<Void>> page) {
    Promise<Void> done = RequestBatcher.promise();
    readRecorded(0, since, page, done);
    return done.future();
  }

  private void readRecorded(
      long from,
      Instant since,
      Function<List<RecordedCharge>, Future<Void>> page,
      Promise<Void> done) {
    requestBatcher
        .read(since, from)
        .compose(part -> deliver(recorded(part, since), page).map(part))
        .onComplete(
            part -> {
              if (part.isLast()) {
                done.complete();
              } else {
                readRecorded(part.next(), since, page, done);
              }
            },
            done::fail);
  }

  private static Future<Void> deliver(
      List<RecordedCharge> charges, Function<List<RecordedCharge>, Future<Void>> page) {
    return charges.isEmpty() ? Future.succeededFuture() : page.apply(charges);
  }

  private List<RecordedCharge> recorded(Journal.Part part, Instant since) {
    String id = ledger.toString();
    return part.lines().stream()
        .filter(line -> !line.at().isBefore(since))
        .filter(line -> id.equals(line.fields().getString(ChargeFields.LEDGER_ID)))
        .map(
            line ->
                new RecordedCharge(
                    ChargeFields.read(line.fields()),
                    line.at(),
                    part.later().getOrDefault(line.reference(), line.result())))
        .toList();
  }

  private Future<GatewayResult> inquire(Request inquiry) {
    SplittableRandom random = faultRandom.generator(requests.incrementAndGet());
    Optional<Fault> fault = faultInjector.drawForInquiry(random);
    if (fault.equals(Optional.of(Fault.BROWN_OUT))) {
      return delayed().compose(now -> random.nextBoolean() ? broken() : respond(inquiry));
    }
    return fault.isEmpty() ? respond(inquiry) : broken();
  }

  private Future<GatewayResult> respond(Request inquiry) {
    return requestBatcher
        .submit(inquiry)
        .compose(outcome -> wait(scaled(BASE_DELAY.toMillis() / 1e3)).map(outcome.result()));
  }

  private Future<GatewayResult> receive(
      Transfer<?> transfer, LongFunction<GatewayResult> decision) {
    Request received = Request.of(transfer, decision, fields(transfer));
    return requestBatcher
        .submit(transfer instanceof Payment payment ? withDetails(received, payment) : received)
        .compose(
            outcome -> {
              if (received.fields().containsKey(SimulatedDispute.FIELD)) {
                reportDispute(received.reference());
              }
              // A known payment and a refund have no number: their id determines the delay.
              long number = outcome.number() == 0 ? transfer.id().hashCode() : outcome.number();
              return wait(delay(transfer, number)).map(outcome.result());
            });
  }

  private Request withDetails(Request received, Payment payment) {
    OrderDetails details = payment.order().details();
    Request request = details.isCapturedManually() ? received.holdingFor(validity) : received;
    ReturnAddress returns = details.returnAddress();
    return returns == null
        ? request
        : details
            .paymentToken()
            .flatMap(token -> TestToken.of(token).act(payment))
            .map(
                act ->
                    request.waitingFor(
                        new SimulatedPayer.Plan(act, returns.url(), scaled(PAYER_SECONDS))))
            .orElse(request);
  }

  private JsonObject fields(Transfer<?> transfer) {
    if (!(transfer instanceof Payment payment)) {
      return new JsonObject();
    }
    JsonObject fields = ChargeFields.write(ledger, payment);
    Optional<TestToken> token = payment.order().details().paymentToken().map(TestToken::of);
    token
        .flatMap(TestToken::dispute)
        .ifPresent(dispute -> fields.put(SimulatedDispute.FIELD, dispute.label()));
    return token.equals(Optional.of(TestToken.REFUNDS_FAIL))
        ? JournalEntry.failingRefunds(fields)
        : fields;
  }

  private static GatewayResult decide(Refund refund, long left) {
    return JournalEntry.Order.of(refund).amount() > left
        ? MORE_THAN_CHARGED
        : JournalEntry.approved(refund.gatewayKey().id());
  }

  private GatewayResult decide(Payment payment, long number) {
    SplittableRandom draws = seededRandom.generator(number);
    draws.nextDouble(); // The first number determines the delay.
    double failure = draws.nextDouble();
    double kind = draws.nextDouble();
    if (failure >= failureRate(payment)) {
      return JournalEntry.approved(payment.gatewayKey().id());
    }
    return kind < GATEWAY_SHARE_OF_FAILURES ? FAILED : DECLINED;
  }

  private Future<GatewayResult> deliver(
      Promise<GatewayResult> request, Future<GatewayResult> response) {
    return response.onSuccess(result -> pendingResponses.deliver(request, result));
  }

  private void holdBack(Promise<GatewayResult> request, GatewayResult result) {
    Runnable release = pendingResponses.holdBack(request, result);
    delayed().onSuccess(now -> release.run());
  }

  private Future<Void> delayed() {
    return wait(faultInjector.delay());
  }

  private Future<GatewayResult> delayed(GatewayResult result) {
    return delayed().map(result);
  }

  private static Future<GatewayResult> broken() {
    return Future.failedFuture(new BrokenConnectionException());
  }

  private Future<Void> wait(Duration delay) {
    return delay.toMillis() < 1 ? Future.succeededFuture() : scheduler.pause(delay);
  }

  private Duration delay(Transfer<?> transfer, long number) {
    double factor =
        isPremium(transfer) ? PREMIUM_FACTOR : transfer.isHighValue() ? HIGH_VALUE_FACTOR : 1;
    double jitter = seededRandom.generator(number).nextDouble();
    return scaled(BASE_DELAY.toMillis() / 1e3 * factor + JITTER_SECONDS * jitter);
  }

  private Duration scaled(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9 * behaviour.timeScale()));
  }

  private double failureRate(Payment payment) {
    return isPremium(payment) ? behaviour.premiumFailureRate() : behaviour.failureRate();
  }

  private static boolean isPremium(Transfer<?> transfer) {
    return transfer.order().tier().equals(PREMIUM);
  }

  /** Connection to the gateway that broke before the response. Has no stack trace. */
  private static final class BrokenConnectionException extends IOException {
    private static final long serialVersionUID = 1;

    BrokenConnectionException() {
      super("the connection to the gateway broke before the response");
    }

    @Override
    public Throwable fillInStackTrace() {
      return this;
    }
  }

  public FaultInjector faults() {
    return faultInjector;
  }

  /** Returns the number of responses that arrived twice, or after their request had ended. */
  public long unexpectedResponses() {
    return pendingResponses.unexpected();
  }
}
