package dev.paymeter.payment.service;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayHint;
import dev.paymeter.payment.port.GatewayHint.Claim;
import dev.paymeter.payment.port.GatewayHint.DisputeSubject;
import dev.paymeter.payment.port.GatewayHint.OtherSubject;
import dev.paymeter.payment.port.GatewayHint.TransferSubject;
import dev.paymeter.payment.port.GatewayWebhooks;
import dev.paymeter.payment.port.HintOutcome;
import dev.paymeter.payment.port.WebhookRejectedException;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates the webhooks of gateways. A webhook is a hint: the gateway is asked at once, and only
 * its response is evidence. Webhooks that are repeated or arrive in another order change nothing,
 * because a hint has no effect but an inquiry. If a refund has succeeded, no scheduled inquiry
 * follows; therefore a webhook about its failure is accepted only after the gateway's response is
 * committed, and otherwise has to be repeated. Safe from any thread.
 */
public final class HintService {
  private static final Logger log = LoggerFactory.getLogger(HintService.class);

  /** Most take a connection of the ledger while they are in progress. */
  static final int MAX_IN_PROGRESS = 100;

  /**
   * Those of them that wait for evidence, divided among the gateways: gateways that do not respond
   * leave half of the places to other webhooks.
   */
  static final int MAX_AWAITING_EVIDENCE = MAX_IN_PROGRESS / 2;

  /** Stripe sends about three events for a payment. */
  static final int MAX_REMEMBERED = 10_000;

  private final Map<String, Source> sources;
  private final Function<String, Optional<String>> accounts;
  private final PaymentService paymentService;
  private final RefundService refundService;
  private final ImmediateInquiries<Payment> payments;
  private final ImmediateInquiries<Refund> refunds;
  private final DisputeService disputes;
  private final BiConsumer<String, HintOutcome> count;
  private final Semaphore permits = new Semaphore(MAX_IN_PROGRESS);

  private record Source(GatewayWebhooks webhooks, RecentIds processed, Semaphore evidencePermits) {}

  /**
   * @param webhooks of the gateways that send some, by name
   * @param accounts returns the account of a gateway, as {@code PaymentGateway.account}
   * @param count counts a webhook of a gateway, by outcome
   */
  public HintService(
      Map<String, GatewayWebhooks> webhooks,
      Function<String, Optional<String>> accounts,
      PaymentService paymentService,
      RefundService refundService,
      ImmediateInquiries<Payment> payments,
      ImmediateInquiries<Refund> refunds,
      DisputeService disputes,
      BiConsumer<String, HintOutcome> count) {
    this.sources =
        webhooks.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Map.Entry::getKey,
                    each ->
                        new Source(
                            each.getValue(),
                            new RecentIds(MAX_REMEMBERED),
                            new Semaphore(Math.max(1, MAX_AWAITING_EVIDENCE / webhooks.size())))));
    this.accounts = accounts;
    this.paymentService = paymentService;
    this.refundService = refundService;
    this.payments = payments;
    this.refunds = refunds;
    this.disputes = disputes;
    this.count = count;
  }

  /**
   * Evaluates a webhook. Does not wait for an inquiry about a payment or refund; of a dispute, and
   * of a successful refund that may have failed, which no later inquiry would find, it does.
   *
   * @param gateway the name of the gateway that it claims to be from
   * @param headers returns the values of a header
   * @return fails with {@link RequestRejectedException} if the gateway has no webhooks, if too many
   *     are in progress, if the ledger is unavailable, if there is no evidence about a dispute or
   *     the failure of a successful refund, or if a refund that is reported as failed has no
   *     outcome yet
   */
  public Future<HintOutcome> receive(
      String gateway, Function<String, List<String>> headers, String body) {
    Source source = sources.get(gateway);
    if (source == null) {
      return Future.failedFuture(
          RequestRejectedException.notFound("There is no such gateway, or it has no webhooks."));
    }
    if (!permits.tryAcquire()) {
      count.accept(gateway, HintOutcome.OVERLOADED);
      return rejectAsOverloaded();
    }
    return Futures.attempt(() -> source.webhooks().read(headers, body))
        .compose(hint -> evaluate(gateway, source, hint))
        .recover(HintService::rejected)
        .onComplete(ended -> permits.release())
        .onSuccess(outcome -> count.accept(gateway, outcome))
        .onFailure(failure -> count.accept(gateway, outcome(failure)));
  }

  private static Future<HintOutcome> rejectAsOverloaded() {
    return Future.failedFuture(RequestRejectedException.tooManyWebhooks());
  }

  private static Future<HintOutcome> rejected(Throwable failure) {
    return failure instanceof WebhookRejectedException rejected
        ? Future.succeededFuture(rejected.reason())
        : Future.failedFuture(failure);
  }

  private static HintOutcome outcome(Throwable failure) {
    if (!(failure instanceof RequestRejectedException rejected)) {
      return HintOutcome.UNAVAILABLE;
    }
    return switch (rejected.reason()) {
      case OVERLOADED -> HintOutcome.OVERLOADED;
      case NO_EVIDENCE -> HintOutcome.NO_EVIDENCE;
      case WRONG_STATE -> HintOutcome.EARLY;
      default -> HintOutcome.UNAVAILABLE;
    };
  }

  private Future<HintOutcome> evaluate(String gateway, Source source, GatewayHint hint) {
    String id = hint.id();
    if (id == null) {
      return evaluate(gateway, hint);
    }
    return source.processed().contains(id)
        ? Future.succeededFuture(HintOutcome.DUPLICATE)
        : evaluate(gateway, hint).onSuccess(outcome -> source.processed().add(id));
  }

  private Future<HintOutcome> evaluate(String gateway, GatewayHint hint) {
    if (hint.account() != null
        && accounts.apply(gateway).filter(own -> !own.equals(hint.account())).isPresent()) {
      return Future.succeededFuture(HintOutcome.OTHER_ACCOUNT);
    }
    if (hint.subject() instanceof TransferSubject transfer) {
      return evaluate(gateway, hint, transfer).recover(HintService::notFound);
    }
    if (hint.subject() instanceof DisputeSubject dispute) {
      return awaitEvidence(gateway, () -> disputes.inquire(gateway, dispute.reference()))
          .recover(HintService::notFound);
    }
    return Future.succeededFuture(
        hint.subject() == OtherSubject.FOREIGN ? HintOutcome.FOREIGN : HintOutcome.UNKNOWN_TYPE);
  }

  private static Future<HintOutcome> notFound(Throwable failure) {
    return failure instanceof RequestRejectedException rejected
            && rejected.reason() == RequestRejectedException.Reason.NOT_FOUND
        ? Future.succeededFuture(HintOutcome.NOT_FOUND)
        : Future.failedFuture(failure);
  }

  private Future<HintOutcome> evaluate(String gateway, GatewayHint hint, TransferSubject transfer) {
    return transfer.refund() == null
        ? paymentService
            .find(transfer.payment(), Access.ALL)
            .compose(
                found ->
                    evaluate(new Hinted<>(gateway, hint, transfer.claim(), found, found, payments)))
        : refundService
            .find(transfer.payment(), transfer.refund(), Access.ALL)
            .compose(
                found ->
                    evaluate(
                        new Hinted<>(
                            gateway, hint, transfer.claim(), found, found.payment(), refunds)));
  }

  /**
   * A payment or refund with a hint.
   *
   * @param payment the payment, or the refunded payment
   */
  private record Hinted<T extends Transfer<T>>(
      String gateway,
      GatewayHint hint,
      Claim claim,
      T transfer,
      Payment payment,
      ImmediateInquiries<T> inquiries) {
    boolean needsInquiry() {
      return transfer.status().needsInquiry();
    }

    /** Returns whether the hint claims that a refund has failed that succeeded, or still may. */
    boolean isFailureOfRefund() {
      return transfer instanceof Refund
          && claim == Claim.NO_MONEY_MOVED
          && transfer.status() != PaymentStatus.FAILED;
    }

    /**
     * Returns whether the payment is authorized, and the hint claims that its authorization ended
     * at the gateway.
     */
    boolean isEndOfAuthorization() {
      return transfer.status() == PaymentStatus.AUTHORIZED && claim != Claim.NONE;
    }

    /** Returns whether the settled transfer has another outcome than the hint claims. */
    boolean isContradicted() {
      return transfer.status().isPaid()
          ? claim == Claim.NO_MONEY_MOVED
          : claim == Claim.MONEY_MOVED;
    }
  }

  private <T extends Transfer<T>> Future<HintOutcome> evaluate(Hinted<T> hinted) {
    boolean isOwn =
        accounts.apply(hinted.gateway()).equals(Optional.ofNullable(hinted.payment().account()));
    if (!isOwn) {
      // An instance that has the payment's account has evidence.
      if (hinted.needsInquiry()) {
        return makeDue(hinted, HintOutcome.OTHER_ACCOUNT);
      }
      return hinted.isFailureOfRefund()
          ? reject(RequestRejectedException.noEvidence())
          : Future.succeededFuture(HintOutcome.OTHER_ACCOUNT);
    }
    if (hinted.needsInquiry()) {
      return begin(hinted).isPresent()
          ? Future.succeededFuture(HintOutcome.INQUIRED)
          : makeDue(hinted, HintOutcome.INQUIRED);
    }
    if (!hinted.transfer().status().isAnswered()) {
      // The response to the request may be older than the failure.
      return hinted.isFailureOfRefund()
          ? reject(RequestRejectedException.refundInProgress())
          : Future.succeededFuture(HintOutcome.EARLY);
    }
    if (hinted.isEndOfAuthorization()) {
      return beginOrReject(hinted, HintOutcome.INQUIRED);
    }
    if (!hinted.transfer().status().isSettled() || !hinted.isContradicted()) {
      return Future.succeededFuture(HintOutcome.LATE);
    }
    return hinted.isFailureOfRefund()
        ? awaitEvidence(
            hinted.gateway(),
            () ->
                begin(hinted).map(HintService::evidence).orElseGet(HintService::rejectAsOverloaded))
        : beginOrReject(hinted, HintOutcome.CONTRADICTING);
  }

  private static <T extends Transfer<T>> Future<HintOutcome> beginOrReject(
      Hinted<T> hinted, HintOutcome outcome) {
    return begin(hinted).isPresent() ? Future.succeededFuture(outcome) : rejectAsOverloaded();
  }

  /** Rejects the webhook if too many wait for evidence of the gateway already. */
  private Future<HintOutcome> awaitEvidence(String gateway, Supplier<Future<HintOutcome>> inquiry) {
    Semaphore evidencePermits = Objects.requireNonNull(sources.get(gateway)).evidencePermits();
    return evidencePermits.tryAcquire()
        ? Futures.attempt(inquiry).onComplete(ended -> evidencePermits.release())
        : rejectAsOverloaded();
  }

  private static Future<HintOutcome> reject(RequestRejectedException rejection) {
    return Future.failedFuture(rejection);
  }

  private static Future<HintOutcome> evidence(Future<Void> inquiry) {
    return inquiry.compose(
        evidence -> Future.succeededFuture(HintOutcome.CONTRADICTING),
        noEvidence -> reject(RequestRejectedException.noEvidence()));
  }

  private static <T extends Transfer<T>> Optional<Future<Void>> begin(Hinted<T> hinted) {
    Optional<Future<Void>> inquiry = hinted.inquiries().begin(hinted.transfer());
    if (inquiry.isPresent()) {
      TransferLog.identify(log.atInfo(), hinted.transfer())
          .addKeyValue("gateway", hinted.gateway())
          .addKeyValue("event_id", hinted.hint().id())
          .log("{} inquiry after its gateway's webhook", TransferLog.noun(hinted.transfer()));
    }
    return inquiry;
  }

  private static <T extends Transfer<T>> Future<HintOutcome> makeDue(
      Hinted<T> hinted, HintOutcome outcome) {
    return Futures.attemptOrReject(() -> hinted.inquiries().makeDue(hinted.transfer()))
        .map(outcome);
  }
}
