package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.http.NotSentException;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.NextAction;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A charge, a refund or an inquiry. A charge has two steps: it creates a PaymentIntent, which moves
 * no money, and then confirms it. Inquiries therefore never charge: creating the intent again under
 * the same idempotency key returns the same intent, and an intent that is not confirmed is
 * canceled, which is final.
 *
 * <p>The operation ends at its deadline, whatever its step. If the request that moves money was not
 * sent by then, it never will be, and the payment is not submitted; else the outcome is unknown.
 *
 * <p>One class, because the responses to all steps lead to the same two decisions, {@link #settle}
 * and {@link #cancel}, which call each other: the payments' state machine cannot be cut in two.
 *
 * <p>A decline (type {@code card_error}) and a rejected request are final responses. Responses that
 * do not report the outcome (a conflict, too many requests, an error of Stripe's) leave it unknown.
 */
final class StripeOperation {
  /** Stripe keeps keys for at least 24 hours; after that, a repeated request creates an intent. */
  private static final Duration KEY_LIFETIME = Duration.ofHours(23);

  private static final Map<String, String> AS_ABANDONED =
      Map.of(IntentResult.CANCELLATION_REASON, IntentResult.ABANDONED);

  private static final GatewayResult NOT_IN_TIME =
      GatewayResult.rejected(
          FailureCode.AUTHENTICATION_TIMEOUT, "The payer did not authenticate the payment in time");

  private static final GatewayResult CANCELED_AT_STRIPE =
      GatewayResult.rejected(
          FailureCode.AUTHENTICATION_FAILED, "The payment was canceled before its authentication");

  private final StripeIntents intents;
  private final StripeRefunds refunds;
  private final Clock clock;
  private final Duration validity;
  private final Consumer<String> onAbandoned;

  /**
   * @param requests sends the requests of this operation, until its deadline
   * @param validity as in {@link IntentResult#of}
   * @param onAbandoned receives the id of an intent that will never be confirmed
   */
  StripeOperation(
      StripeRequests requests,
      StripeIntents intents,
      Clock clock,
      Duration validity,
      Consumer<String> onAbandoned) {
    this.intents = intents;
    this.refunds = new StripeRefunds(requests);
    this.clock = clock;
    this.validity = validity;
    this.onAbandoned = onAbandoned;
  }

  Future<GatewayResult> charge(Payment payment) {
    return intents
        .create(payment)
        .compose(
            created -> {
              if (created.isOk()) {
                return confirm(payment, id(payment, created));
              }
              return created.isKeyReused()
                  ? resolveAsCreatedOtherwise(payment, created)
                  : rejectedCreation(created);
            },
            NotSentException::notSubmittedOrUnknown);
  }

  /** Captures an authorized intent. */
  Future<GatewayResult> capture(Payment payment) {
    String id = reference(payment);
    return afterStep(payment, id, intents.capture(payment, id), "Capturing");
  }

  /** Cancels an authorized intent, or one that waits for the payer. */
  Future<GatewayResult> cancel(Payment payment) {
    if (payment.isToBeCanceled()) {
      return intentId(payment).compose(id -> cancel(payment, id, AS_ABANDONED, true));
    }
    String id = reference(payment);
    return afterStep(payment, id, intents.cancel(id, Map.of()), "Canceling");
  }

  private static String reference(Payment payment) {
    return payment.authorized().orElseThrow().reference();
  }

  private Future<GatewayResult> afterStep(
      Payment payment, String id, Future<StripeResponse> sent, String step) {
    return sent.compose(
        done ->
            switch (done.status()) {
              case 200 ->
                  settle(payment, ResponseVerifier.requireEqual("id", id, done.body()), false);
              // Rejected, or another request was faster.
              case 400, 402 ->
                  readAndSettle(payment, id)
                      .map(
                          found ->
                              found instanceof GatewayResult.Authorized
                                  ? StripeFailures.stepDeclined(done.error())
                                  : found);
              case 401, 403, 404 ->
                  Future.succeededFuture(StripeFailures.notAccepted(done.status()));
              default -> done.inconclusive(step);
            },
        NotSentException::notSubmittedOrUnknown);
  }

  Future<GatewayResult> resolve(Payment payment) {
    if (payment.authorized().isPresent()) {
      return readAndSettle(payment, reference(payment));
    }
    return isKeyValid(payment) ? resolveByKey(payment) : resolveBySearch(payment);
  }

  private boolean isKeyValid(Transfer<?> transfer) {
    return Duration.between(transfer.createdAt(), clock.instant()).compareTo(KEY_LIFETIME) < 0;
  }

  private Future<GatewayResult> resolveByKey(Payment payment) {
    return intents
        .create(payment)
        .compose(
            created -> {
              if (created.isOk()) {
                return readAndSettle(payment, id(payment, created));
              }
              if (created.isKeyReused()) {
                return resolveAsCreatedOtherwise(payment, created);
              }
              // Stripe replays the first response: it returned no intent that could be confirmed.
              if (created.replayed()) {
                return Future.succeededFuture(IntentResult.NEVER_CONFIRMED);
              }
              // The key is unknown to Stripe, or this response is about this request only.
              return created.status() == 400
                  ? rejectedCreation(created)
                  : created.inconclusive("Creating");
            });
  }

  /**
   * Resolves a payment whose key was used with other parameters: by an earlier payment that the
   * ledger has lost, with other settings, or by another release. The index may return an outdated
   * intent, or not have it yet.
   */
  private Future<GatewayResult> resolveAsCreatedOtherwise(
      Payment payment, StripeResponse rejected) {
    return intents
        .search(payment)
        .compose(
            found ->
                best(payment, found)
                    .filter(
                        intent -> ResponseVerifier.isOf(payment, intent) || hadKey(intent, payment))
                    .map(intent -> resolveFound(payment, intent))
                    .orElseGet(() -> rejected.inconclusive("Creating")));
  }

  /**
   * Returns true if Stripe still had the key of an earlier payment's intent when this payment was
   * created, so that this payment cannot have another one.
   */
  private static boolean hadKey(JsonObject earlier, Payment payment) {
    Instant created = Instant.ofEpochSecond(earlier.getLong("created"));
    return Duration.between(created, payment.createdAt()).compareTo(KEY_LIFETIME) < 0;
  }

  /** Searches Stripe's index, which is complete after a day: it lags by at most an hour. */
  private Future<GatewayResult> resolveBySearch(Payment payment) {
    return intents
        .search(payment)
        .compose(
            found ->
                best(payment, found)
                    .map(intent -> resolveFound(payment, intent))
                    .orElse(Future.succeededFuture(IntentResult.NEVER_CONFIRMED)));
  }

  /** Returns the payment's own intent, or that of an earlier payment with the same key. */
  private static Optional<JsonObject> best(Payment payment, List<JsonObject> found) {
    return found.stream()
        .filter(intent -> ResponseVerifier.isOf(payment, intent))
        .findFirst()
        .or(() -> found.stream().findFirst());
  }

  private Future<GatewayResult> resolveFound(Payment payment, JsonObject intent) {
    if (ResponseVerifier.isOf(payment, intent)) {
      return readAndSettle(payment, intent.getString("id"));
    }
    UUID earlier = ResponseVerifier.id(payment, intent);
    return ResponseVerifier.hasAmountOf(payment, intent)
        ? readAndSettle(payment, intent.getString("id"))
            .map(result -> new GatewayResult.Earlier(earlier, result))
        : Future.succeededFuture(GatewayResult.KEY_OF_ANOTHER_AMOUNT);
  }

  Future<GatewayResult> refund(Refund refund) {
    return intentId(refund.payment())
        .compose(
            intent -> refunds.create(refund, intent),
            // No request that moves money was sent.
            failure -> Future.succeededFuture(NotSentException.notSubmitted(failure)));
  }

  Future<GatewayResult> resolveRefund(Refund refund) {
    return intentId(refund.payment())
        .compose(intent -> refunds.find(refund, intent, isKeyValid(refund)));
  }

  /** Returns the id of the payment's intent; fails if Stripe has none. */
  private Future<String> intentId(Payment payment) {
    if (payment.authorized().isPresent()) {
      return Future.succeededFuture(reference(payment));
    }
    if (!isKeyValid(payment)) {
      return searchId(payment);
    }
    return intents
        .create(payment)
        .compose(
            created -> {
              if (created.isOk()) {
                return Future.succeededFuture(id(payment, created));
              }
              return created.isKeyReused()
                  ? searchId(payment)
                  : created.inconclusive("Finding the charge");
            });
  }

  private Future<String> searchId(Payment payment) {
    return intents
        .search(payment)
        .map(
            found ->
                best(payment, found)
                    .orElseThrow(() -> new StripeException("Stripe has no such charge"))
                    .getString("id"));
  }

  /** Maps a rejected creation: without an intent nothing can be charged. */
  private static Future<GatewayResult> rejectedCreation(StripeResponse rejected) {
    if (rejected.status() == 404 && StripeFailures.isAboutCustomer(rejected.error())) {
      return Future.succeededFuture(StripeFailures.invalidCreation(rejected.error()));
    }
    return switch (rejected.status()) {
      case 400 -> Future.succeededFuture(StripeFailures.invalidCreation(rejected.error()));
      case 401, 403, 404, 429 ->
          Future.succeededFuture(StripeFailures.notAccepted(rejected.status()));
      default -> rejected.inconclusive("Creating");
    };
  }

  private Future<GatewayResult> confirm(Payment payment, String id) {
    return intents
        .confirm(payment, id)
        .compose(
            confirmed -> {
              if (confirmed.isOk()) {
                return settle(
                    payment, ResponseVerifier.requireEqual("id", id, confirmed.body()), true);
              }
              if (isDeclined(confirmed, id)) {
                return Future.succeededFuture(StripeFailures.declined(confirmed.error()));
              }
              if (isInvalidToken(payment, confirmed)) {
                return readAndSettle(payment, id).map(StripeOperation::asInvalidToken);
              }
              // The intent is unchanged, or another request was faster: read it and cancel it.
              return confirmed.status() == 400 || confirmed.status() == 402
                  ? readAndSettle(payment, id)
                  : confirmed.inconclusive("Confirming");
            },
            failure -> {
              if (failure instanceof NotSentException) {
                onAbandoned.accept(id);
              }
              return NotSentException.notSubmittedOrUnknown(failure);
            });
  }

  /**
   * Returns true if Stripe did not accept the payment's token. Clients send tokens, so that it is
   * no failure of the gateway.
   */
  private static boolean isInvalidToken(Payment payment, StripeResponse confirmed) {
    return payment.order().details().paymentToken().isPresent()
        && (confirmed.status() == 400 || confirmed.status() == 404)
        && confirmed.error("type").equals("invalid_request_error")
        && !confirmed.error("code").equals("payment_intent_unexpected_state");
  }

  /** Returns the result of an intent that was canceled because its token is invalid. */
  private static GatewayResult asInvalidToken(GatewayResult settled) {
    return settled == IntentResult.NEVER_CONFIRMED ? StripeFailures.INVALID_TOKEN : settled;
  }

  private static boolean isDeclined(StripeResponse confirmed, String intent) {
    return confirmed.status() == 402
        && confirmed.error("type").equals("card_error")
        && intent.equals(confirmed.errorObject("payment_intent").getString("id"));
  }

  private Future<GatewayResult> readAndSettle(Payment payment, String id) {
    return intents.read(payment, id).compose(intent -> settle(payment, intent, true));
  }

  /**
   * Maps an intent to its result, if it is the payment's.
   *
   * @param canCancel whether an open intent may be canceled; that is tried once
   */
  private Future<GatewayResult> settle(Payment payment, JsonObject found, boolean canCancel) {
    JsonObject intent = ResponseVerifier.verify(payment, found);
    if (payment.order().details().allowsAction()) {
      Optional<NextAction> next = IntentResult.nextAction(intent);
      if (next.isPresent()) {
        return Future.succeededFuture(new GatewayResult.ActionRequired(next.get()));
      }
      if (IntentResult.isOpenToPayer(intent)) {
        return cancel(payment, intent.getString("id"), Map.of(), canCancel);
      }
    }
    return IntentResult.of(intent, validity)
        .map(result -> afterAction(payment, result))
        .map(Future::succeededFuture)
        .orElseGet(() -> settleOpen(payment, intent, canCancel));
  }

  /** An intent that was canceled while it waited for the payer has no error. */
  private static GatewayResult afterAction(Payment payment, GatewayResult result) {
    boolean isCanceled =
        result == IntentResult.AUTHENTICATION_REQUIRED || result == IntentResult.NEVER_CONFIRMED;
    if (payment.payerAction().isEmpty() || !isCanceled) {
      return result;
    }
    return payment.isToBeCanceled() ? NOT_IN_TIME : CANCELED_AT_STRIPE;
  }

  private Future<GatewayResult> settleOpen(Payment payment, JsonObject intent, boolean canCancel) {
    String id = intent.getString("id");
    String status = String.valueOf(intent.getString("status"));
    return switch (status) {
      case "requires_payment_method", "requires_confirmation" ->
          cancel(payment, id, Map.of(), canCancel);
      case "requires_action" -> cancel(payment, id, AS_ABANDONED, canCancel);
      default -> Future.failedFuture(new StripeException("Stripe's intent is " + status));
    };
  }

  private Future<GatewayResult> cancel(
      Payment payment, String id, Map<String, String> reason, boolean canCancel) {
    if (!canCancel) {
      return Future.failedFuture(new StripeException("Stripe's intent cannot be canceled"));
    }
    return intents
        .cancel(id, reason)
        .compose(
            canceled -> {
              if (canceled.isOk()) {
                return settle(
                    payment, ResponseVerifier.requireEqual("id", id, canceled.body()), false);
              }
              // Another request was faster.
              return canceled.status() == 400
                  ? intents.read(payment, id).compose(intent -> settle(payment, intent, false))
                  : canceled.inconclusive("Canceling");
            });
  }

  private static String id(Payment payment, StripeResponse created) {
    return ResponseVerifier.verify(payment, created.body()).getString("id");
  }
}
