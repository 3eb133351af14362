package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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

  private static final String CANCELLATION_REASON = "cancellation_reason";

  /** The cancellation reason for intents that wait for an action of the payer. */
  private static final String ABANDONED = "abandoned";

  private static final int MAX_REASON_LENGTH = 255;
  private static final GatewayResult NEVER_CONFIRMED =
      GatewayResult.notSubmitted("Stripe never received the complete request");
  private static final GatewayResult AUTHENTICATION_REQUIRED =
      GatewayResult.declined("The payer must authenticate the payment");

  private final StripeIntents intents;
  private final StripeRefunds refunds;
  private final Clock clock;

  /**
   * @param requests sends the requests of this operation, until its deadline
   */
  StripeOperation(StripeRequests requests, String paymentMethod, Clock clock) {
    this.intents = new StripeIntents(requests, paymentMethod);
    this.refunds = new StripeRefunds(requests);
    this.clock = clock;
  }

  Future<GatewayResult> charge(Payment payment) {
    return intents
        .create(payment)
        .compose(
            created ->
                created.isOk() ? confirm(payment, id(payment, created)) : rejectedCreation(created),
            NotSentException::notSubmittedOrUnknown);
  }

  Future<GatewayResult> resolve(Payment payment) {
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
                return readAndSettle(payment, id(payment, created), true);
              }
              if (created.isKeyReused()) {
                return resolveAsCreatedOtherwise(payment, created);
              }
              // Stripe replays the first response: it returned no intent that could be confirmed.
              if (created.replayed()) {
                return Future.succeededFuture(NEVER_CONFIRMED);
              }
              // The key is unknown to Stripe, or this response is about this request only.
              return created.status() == 400
                  ? rejectedCreation(created)
                  : created.inconclusive("Creating");
            });
  }

  /**
   * Resolves a payment whose intent was created with other settings or by another release. The
   * index may return an outdated intent, or not have it yet.
   */
  private Future<GatewayResult> resolveAsCreatedOtherwise(
      Payment payment, StripeResponse rejected) {
    return intents
        .search(payment)
        .compose(
            found ->
                found.isEmpty()
                    ? rejected.inconclusive("Creating")
                    : readAndSettle(payment, found.get().getString("id"), true));
  }

  /** Searches Stripe's index, which is complete after a day: it lags by at most an hour. */
  private Future<GatewayResult> resolveBySearch(Payment payment) {
    return intents
        .search(payment)
        .compose(
            intent ->
                intent.isEmpty()
                    ? Future.succeededFuture(NEVER_CONFIRMED)
                    : settle(payment, intent.get(), true));
  }

  Future<GatewayResult> refund(Refund refund) {
    return intentId(refund.payment())
        .compose(
            intent -> refunds.create(refund, intent),
            // No request that moves money was sent.
            failure ->
                Future.succeededFuture(GatewayResult.notSubmitted(reason(failure.getMessage()))));
  }

  Future<GatewayResult> resolveRefund(Refund refund) {
    return intentId(refund.payment())
        .compose(intent -> refunds.find(refund, intent, isKeyValid(refund)));
  }

  /** Returns the id of the payment's intent; fails if Stripe has none. */
  private Future<String> intentId(Payment payment) {
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
                found
                    .orElseThrow(() -> new StripeException("Stripe has no such charge"))
                    .getString("id"));
  }

  /** Maps a rejected creation: without an intent nothing can be charged. */
  private static Future<GatewayResult> rejectedCreation(StripeResponse rejected) {
    return switch (rejected.status()) {
      case 400 ->
          rejected.isKeyReused()
              ? rejected.inconclusive("Creating")
              : Future.succeededFuture(invalid(rejected));
      case 401, 403, 404, 429 ->
          Future.succeededFuture(
              GatewayResult.notSubmitted("Stripe rejected the request: HTTP " + rejected.status()));
      default -> rejected.inconclusive("Creating");
    };
  }

  /** An invalid amount is an error of the request; all else is an error of the gateway. */
  private static GatewayResult invalid(StripeResponse rejected) {
    String message = reason(rejected.error("message"));
    return rejected.error("code").startsWith("amount_")
        ? GatewayResult.declined(message)
        : GatewayResult.failed(message);
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
                return Future.succeededFuture(declined(confirmed.error("message")));
              }
              // The intent is unchanged, or another request was faster: read it and cancel it.
              return confirmed.status() == 400 || confirmed.status() == 402
                  ? readAndSettle(payment, id, true)
                  : confirmed.inconclusive("Confirming");
            },
            NotSentException::notSubmittedOrUnknown);
  }

  private static boolean isDeclined(StripeResponse confirmed, String intent) {
    return confirmed.status() == 402
        && confirmed.error("type").equals("card_error")
        && intent.equals(confirmed.errorObject("payment_intent").getString("id"));
  }

  private Future<GatewayResult> readAndSettle(Payment payment, String id, boolean canCancel) {
    return intents.read(payment, id).compose(intent -> settle(payment, intent, canCancel));
  }

  /**
   * Maps an intent to its result, if it is the payment's.
   *
   * @param canCancel whether an open intent may be canceled; that is tried once
   */
  private Future<GatewayResult> settle(Payment payment, JsonObject found, boolean canCancel) {
    JsonObject intent = ResponseVerifier.verify(payment, found);
    String id = intent.getString("id");
    Optional<GatewayResult> declined =
        Optional.ofNullable(intent.getJsonObject("last_payment_error"))
            .map(error -> declined(error.getString("message", "")));
    String status = String.valueOf(intent.getString("status"));
    return switch (status) {
      case "succeeded" -> Future.succeededFuture(new GatewayResult.Approved(id));
      case "canceled" -> Future.succeededFuture(declined.orElseGet(() -> canceled(intent)));
      case "requires_payment_method" ->
          declined
              .map(Future::succeededFuture)
              .orElseGet(() -> cancel(payment, id, Map.of(), canCancel));
      case "requires_confirmation" -> cancel(payment, id, Map.of(), canCancel);
      case "requires_action" ->
          cancel(payment, id, Map.of(CANCELLATION_REASON, ABANDONED), canCancel);
      default -> Future.failedFuture(new StripeException("Stripe's intent is " + status));
    };
  }

  /** Maps an intent that an earlier request of ours, with a lost response, may have canceled. */
  private static GatewayResult canceled(JsonObject intent) {
    return ABANDONED.equals(intent.getString(CANCELLATION_REASON))
        ? AUTHENTICATION_REQUIRED
        : NEVER_CONFIRMED;
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
                  ? readAndSettle(payment, id, false)
                  : canceled.inconclusive("Canceling");
            });
  }

  private static String id(Payment payment, StripeResponse created) {
    return ResponseVerifier.verify(payment, created.body()).getString("id");
  }

  private static GatewayResult declined(String message) {
    return GatewayResult.declined(reason(message));
  }

  static String reason(@Nullable String message) {
    String printable = String.valueOf(message).replaceAll("\\p{Cntrl}", " ").strip();
    if (printable.isEmpty()) {
      return "Declined";
    }
    return printable.substring(0, Math.min(MAX_REASON_LENGTH, printable.length()));
  }
}
