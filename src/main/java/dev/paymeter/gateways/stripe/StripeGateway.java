package dev.paymeter.gateways.stripe;

import dev.paymeter.payments.Authorization;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentGatewayException;
import dev.paymeter.payments.PaymentValidationException;
import dev.paymeter.payments.Refund;
import dev.paymeter.payments.Transfer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Charges through Stripe in two steps: a PaymentIntent is created, which moves no money, and then
 * confirmed. So what became of a payment can be asked without charging it: to create it again under
 * the same key gives the same intent, and one that is not confirmed is cancelled, which nobody can
 * undo, whatever arrives later. Safe from any thread.
 *
 * <p>Of Stripe's answers, a decline (type {@code card_error}) is one; a request that it does not
 * take is a failure; and what does not say what happened (a conflict, too many requests, an error
 * of Stripe's) leaves the outcome unknown.
 */
public final class StripeGateway implements Gateway {
  /** Stripe keeps keys for 24 hours at least; after that, creating again makes another intent. */
  private static final Duration KEYS_LAST = Duration.ofHours(23);

  private static final String INTENTS = "/payment_intents";
  private static final String CANCELLATION_REASON = "cancellation_reason";

  /** Of those that Stripe knows, the one that says that the payer was to do something. */
  private static final String ABANDONED = "abandoned";

  private static final int LONGEST_REASON = 255;
  private static final Authorization NEVER_CONFIRMED = notAsked("Stripe never received it whole");
  private static final Authorization NEEDS_THE_PAYER =
      new Authorization.Refused(
          new PaymentValidationException("The payer has to authenticate the payment"));

  private final StripeClient client;
  private final StripeRefunds refunds;
  private final String paymentMethod;
  private final Clock clock;

  public StripeGateway(Vertx vertx, StripeOptions options, Clock clock) {
    this.client = new StripeClient(vertx, options);
    this.refunds = new StripeRefunds(client);
    this.paymentMethod = options.paymentMethod();
    this.clock = clock;
  }

  @Override
  public Future<Authorization> charge(Payment payment) {
    Optional<Long> amount = StripeAmount.of(payment.order().amount());
    if (amount.isEmpty()) {
      return Future.succeededFuture(inexpressible(payment));
    }
    return create(payment, amount.get())
        .compose(
            created ->
                created.isOk() ? confirm(payment, id(payment, created)) : refusedToCreate(created),
            StripeGateway::notAskedOrUnknown);
  }

  @Override
  public Future<Authorization> resolve(Payment payment) {
    Optional<Long> amount = StripeAmount.of(payment.order().amount());
    if (amount.isEmpty()) {
      return Future.succeededFuture(inexpressible(payment));
    }
    return keyLasts(payment) ? resolveByKey(payment, amount.get()) : resolveBySearch(payment);
  }

  private boolean keyLasts(Transfer<?> transfer) {
    return Duration.between(transfer.createdAt(), clock.instant()).compareTo(KEYS_LAST) < 0;
  }

  private Future<Authorization> resolveByKey(Payment payment, long amount) {
    return create(payment, amount)
        .compose(
            created -> {
              if (created.isOk()) {
                return look(payment, id(payment, created))
                    .compose(intent -> settle(payment, intent, true));
              }
              if (created.isForAnotherRequest()) {
                return resolveAsCreatedOtherwise(payment, created);
              }
              // What Stripe answered first it answers always: nobody ever got an intent to confirm.
              if (created.replayed()) {
                return Future.succeededFuture(NEVER_CONFIRMED);
              }
              // It knows no such key, or this answer speaks of this request only.
              return created.status() == 400
                  ? refusedToCreate(created)
                  : Future.failedFuture(created.unclear("Creating"));
            });
  }

  /**
   * Settings were others when it was created, or the release was. What the index has may be old,
   * and what it lacks may come.
   */
  private Future<Authorization> resolveAsCreatedOtherwise(Payment payment, StripeAnswer refused) {
    return search(payment)
        .compose(
            found ->
                found.isEmpty()
                    ? Future.failedFuture(refused.unclear("Creating"))
                    : look(payment, found.get().getString("id"))
                        .compose(intent -> settle(payment, intent, true)));
  }

  /** After a day Stripe's index, which lags by an hour at worst, has what there is. */
  private Future<Authorization> resolveBySearch(Payment payment) {
    return search(payment)
        .compose(
            intent ->
                intent.isEmpty()
                    ? Future.succeededFuture(NEVER_CONFIRMED)
                    : settle(payment, intent.get(), true));
  }

  private Future<Optional<JsonObject>> search(Payment payment) {
    String query = "metadata['payment_id']:'" + payment.id() + "'";
    return client
        .get(INTENTS + "/search?query=" + StripeClient.encode(query))
        .compose(
            found -> {
              if (!found.isOk()) {
                return Future.failedFuture(found.unclear("A search"));
              }
              JsonArray intents = found.body().getJsonArray("data");
              return Future.succeededFuture(
                  intents.isEmpty()
                      ? Optional.empty()
                      : Optional.of(Evidence.intent(payment, intents.getJsonObject(0))));
            });
  }

  @Override
  public Future<Authorization> refund(Refund refund) {
    Optional<Long> amount = StripeAmount.of(refund.amount());
    if (amount.isEmpty()) {
      return Future.succeededFuture(inexpressible(refund));
    }
    return intent(refund.payment())
        .map(intent -> intent.orElseThrow(() -> new StripeException("Stripe has no such charge")))
        .compose(
            intent -> refunds.create(refund, intent, amount.get()),
            // Nothing was sent that moves money, and nothing will be.
            failure -> Future.succeededFuture(notAsked(reason(failure.getMessage()))));
  }

  @Override
  public Future<Authorization> resolveRefund(Refund refund) {
    if (StripeAmount.of(refund.amount()).isEmpty()) {
      return Future.succeededFuture(inexpressible(refund));
    }
    return intent(refund.payment())
        .compose(
            intent ->
                intent.isEmpty()
                    ? Future.failedFuture(new StripeException("Stripe has no such charge"))
                    : refunds.find(refund, intent.get(), keyLasts(refund)));
  }

  /** Stripe's name for what was charged; empty where it knows of no such thing. */
  private Future<Optional<String>> intent(Payment payment) {
    if (!keyLasts(payment)) {
      return searchId(payment);
    }
    return create(payment, StripeAmount.of(payment.amount()).orElseThrow())
        .compose(
            created -> {
              if (created.isOk()) {
                return Future.succeededFuture(Optional.of(id(payment, created)));
              }
              return created.isForAnotherRequest()
                  ? searchId(payment)
                  : Future.failedFuture(created.unclear("Finding the charge"));
            });
  }

  private Future<Optional<String>> searchId(Payment payment) {
    return search(payment).map(found -> found.map(intent -> intent.getString("id")));
  }

  private Future<StripeAnswer> create(Payment payment, long amount) {
    return client.post(
        INTENTS,
        payment.id() + "-create",
        Map.of(
            "amount",
            String.valueOf(amount),
            "currency",
            Evidence.currency(payment.order().amount()),
            "payment_method",
            paymentMethod,
            "allowed_payment_method_types[]",
            "card",
            "metadata[" + Evidence.PAYMENT_ID + "]",
            payment.id().toString(),
            "metadata[order_id]",
            payment.order().orderId()));
  }

  /** No intent came of it, and without one nothing can be charged. */
  private static Future<Authorization> refusedToCreate(StripeAnswer refused) {
    return switch (refused.status()) {
      case 400 ->
          refused.isForAnotherRequest()
              ? Future.failedFuture(refused.unclear("Creating"))
              : Future.succeededFuture(invalid(refused));
      case 401, 403, 404, 429 ->
          Future.succeededFuture(notAsked("Stripe did not take it: " + refused.status()));
      default -> Future.failedFuture(refused.unclear("Creating"));
    };
  }

  /** An amount that Stripe does not take is for the payer to change, all else for us. */
  private static Authorization invalid(StripeAnswer refused) {
    String message = reason(refused.error("message"));
    return refused.error("code").startsWith("amount_")
        ? new Authorization.Refused(new PaymentValidationException(message))
        : new Authorization.Refused(new PaymentGatewayException(message));
  }

  private Future<Authorization> confirm(Payment payment, String intent) {
    return client
        .post(
            INTENTS + "/" + intent + "/confirm",
            payment.id() + "-confirm",
            Map.of("payment_method", paymentMethod))
        .compose(
            confirmed -> {
              if (confirmed.isOk()) {
                return settle(payment, same(intent, confirmed.body()), true);
              }
              if (isDeclined(confirmed, intent)) {
                return Future.succeededFuture(declined(confirmed.error("message")));
              }
              // It stands as it was, or another request was first: it is looked at, and closed.
              return confirmed.status() == 400 || confirmed.status() == 402
                  ? look(payment, intent).compose(stands -> settle(payment, stands, true))
                  : Future.failedFuture(confirmed.unclear("Confirming"));
            });
  }

  private static boolean isDeclined(StripeAnswer confirmed, String intent) {
    return confirmed.status() == 402
        && confirmed.error("type").equals("card_error")
        && intent.equals(confirmed.erring("payment_intent").getString("id"));
  }

  private Future<JsonObject> look(Payment payment, String intent) {
    return client
        .get(INTENTS + "/" + intent)
        .compose(
            found ->
                found.isOk()
                    ? Future.succeededFuture(Evidence.intent(payment, same(intent, found.body())))
                    : Future.failedFuture(found.unclear("Reading")));
  }

  private static JsonObject same(String intent, JsonObject found) {
    Evidence.same("id", intent, found);
    return found;
  }

  /**
   * What an intent says, if it is the payment's.
   *
   * @param canClose whether one that is open may be cancelled; it is tried once
   */
  private Future<Authorization> settle(Payment payment, JsonObject found, boolean canClose) {
    JsonObject intent = Evidence.intent(payment, found);
    String id = intent.getString("id");
    JsonObject error = intent.getJsonObject("last_payment_error");
    String status = String.valueOf(intent.getString("status"));
    return switch (status) {
      case "succeeded" -> Future.succeededFuture(new Authorization.Approved(id));
      case "canceled" ->
          Future.succeededFuture(
              error == null ? cancelled(intent) : declined(error.getString("message", "")));
      case "requires_payment_method" ->
          error == null
              ? close(payment, id, Map.of(), canClose)
              : Future.succeededFuture(declined(error.getString("message", "")));
      case "requires_confirmation" -> close(payment, id, Map.of(), canClose);
      case "requires_action" ->
          close(payment, id, Map.of(CANCELLATION_REASON, ABANDONED), canClose);
      default -> Future.failedFuture(new StripeException("Stripe's intent is " + status));
    };
  }

  /** The answer to our cancelling may have been lost. */
  private static Authorization cancelled(JsonObject intent) {
    return ABANDONED.equals(intent.getString(CANCELLATION_REASON))
        ? NEEDS_THE_PAYER
        : NEVER_CONFIRMED;
  }

  private Future<Authorization> close(
      Payment payment, String intent, Map<String, String> why, boolean canClose) {
    if (!canClose) {
      return Future.failedFuture(new StripeException("Stripe's intent cannot be cancelled"));
    }
    return client
        .post(INTENTS + "/" + intent + "/cancel", null, why)
        .compose(
            closed -> {
              if (closed.isOk()) {
                return settle(payment, same(intent, closed.body()), false);
              }
              // Something else was first.
              return closed.status() == 400
                  ? look(payment, intent).compose(stands -> settle(payment, stands, false))
                  : Future.failedFuture(closed.unclear("Cancelling"));
            });
  }

  private static String id(Payment payment, StripeAnswer created) {
    return Evidence.intent(payment, created.body()).getString("id");
  }

  private static Authorization declined(String message) {
    return new Authorization.Refused(new PaymentValidationException(reason(message)));
  }

  private static Authorization inexpressible(Transfer<?> transfer) {
    return notAsked("Stripe does not take " + transfer.amount());
  }

  /** A request that failed: not asked if surely nothing of it was sent. */
  static Future<Authorization> notAskedOrUnknown(Throwable failure) {
    return StripeClient.whyNotSent(failure)
        .map(reason -> Future.succeededFuture(notAsked(reason)))
        .orElseGet(() -> Future.failedFuture(failure));
  }

  static Authorization notAsked(String reason) {
    return new Authorization.NotAsked(new PaymentGatewayException(reason));
  }

  static String reason(@Nullable String message) {
    String printable = String.valueOf(message).replaceAll("\\p{Cntrl}", " ").strip();
    if (printable.isEmpty()) {
      return "Declined";
    }
    return printable.substring(0, Math.min(LONGEST_REASON, printable.length()));
  }
}
