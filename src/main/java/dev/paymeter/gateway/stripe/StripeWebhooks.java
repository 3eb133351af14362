package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.ChargeFields;
import dev.paymeter.payment.port.GatewayHint;
import dev.paymeter.payment.port.GatewayHint.Claim;
import dev.paymeter.payment.port.GatewayHint.DisputeSubject;
import dev.paymeter.payment.port.GatewayHint.OtherSubject;
import dev.paymeter.payment.port.GatewayHint.Subject;
import dev.paymeter.payment.port.GatewayHint.TransferSubject;
import dev.paymeter.payment.port.GatewayWebhooks;
import dev.paymeter.payment.port.HintOutcome;
import dev.paymeter.payment.port.WebhookRejectedException;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Webhooks of Stripe: snapshots of PaymentIntents and refunds, whose metadata contain the ids of
 * the payment and the refund, and of disputes, which do not name them. Safe from any thread.
 */
public final class StripeWebhooks implements GatewayWebhooks {
  private static final String LEDGER_ID = StripeMetadata.PREFIX + ChargeFields.LEDGER_ID;
  private static final Pattern ID = Pattern.compile("\\w{1,255}");

  private final UUID ledger;
  private final Duration tolerance;
  private final Clock clock;
  private volatile StripeWebhookSecrets secrets;

  /**
   * @param secrets the text of the secrets file
   * @param ledger id of the ledger that the payments belong to
   * @param tolerance maximum difference between the time of an attempt and the clock
   * @throws IllegalArgumentException if the secrets are invalid
   */
  public StripeWebhooks(String secrets, UUID ledger, Duration tolerance, Clock clock) {
    this.secrets = new StripeWebhookSecrets(secrets);
    this.ledger = ledger;
    this.tolerance = tolerance;
    this.clock = clock;
  }

  /**
   * Checks the text of a secrets file.
   *
   * @throws IllegalArgumentException if it is invalid; the message does not contain secrets
   */
  public static void checkSecrets(String text) {
    new StripeWebhookSecrets(text);
  }

  /**
   * Replaces the secrets.
   *
   * @throws IllegalArgumentException if they are invalid; then nothing changes
   */
  public void replaceSecrets(String text) {
    secrets = new StripeWebhookSecrets(text);
  }

  @Override
  public Future<GatewayHint> read(Function<String, List<String>> headers, String body) {
    return StripeSignature.parse(headers.apply(StripeSignature.HEADER))
        .map(signature -> verified(signature, body))
        .orElseGet(() -> rejected(HintOutcome.UNSIGNED));
  }

  private Future<GatewayHint> verified(StripeSignature signature, String body) {
    if (!secrets.haveSigned(signature, body)) {
      return rejected(HintOutcome.FORGED);
    }
    Duration age =
        Duration.between(Instant.ofEpochSecond(signature.seconds()), clock.instant()).abs();
    return age.compareTo(tolerance) > 0
        ? rejected(HintOutcome.EXPIRED)
        : Future.succeededFuture(hint(body));
  }

  private static Future<GatewayHint> rejected(HintOutcome reason) {
    return Future.failedFuture(new WebhookRejectedException(reason));
  }

  /** Reads an event; one of a form that Stripe does not use today is of an unknown type. */
  private GatewayHint hint(String body) {
    try {
      JsonObject event = new JsonObject(body);
      return new GatewayHint(id(text(event, "id")), id(text(event, "account")), subject(event));
    } catch (DecodeException | ClassCastException e) {
      return new GatewayHint(null, null, OtherSubject.UNKNOWN_TYPE);
    }
  }

  private static @Nullable String id(String text) {
    return ID.matcher(text).matches() ? text : null;
  }

  private Subject subject(JsonObject event) {
    String type = text(event, "type");
    JsonObject object = member(member(event, "data"), "object");
    String kind = text(object, "object");
    if (type.startsWith("payment_intent.") && kind.equals("payment_intent")) {
      return isOfOtherLedger(object) ? OtherSubject.FOREIGN : ofPayment(object);
    }
    if (type.startsWith("charge.dispute.") && kind.equals("dispute")) {
      String reference = id(text(object, "id"));
      return reference == null ? OtherSubject.UNKNOWN_TYPE : new DisputeSubject(reference);
    }
    return (type.startsWith("refund.") || type.equals("charge.refund.updated"))
            && kind.equals("refund")
        ? ofRefund(object)
        : OtherSubject.UNKNOWN_TYPE;
  }

  private boolean isOfOtherLedger(JsonObject intent) {
    String id = text(member(intent, "metadata"), LEDGER_ID);
    return !id.isEmpty() && !id.equals(ledger.toString());
  }

  private static Subject ofPayment(JsonObject intent) {
    Claim claim =
        switch (text(intent, "status")) {
          case "succeeded" -> Claim.MONEY_MOVED;
          case "canceled" -> Claim.NO_MONEY_MOVED;
          // After a decline.
          case "requires_payment_method" ->
              intent.getValue("last_payment_error") == null ? Claim.NONE : Claim.NO_MONEY_MOVED;
          default -> Claim.NONE;
        };
    return uuid(intent, ResponseVerifier.PAYMENT_ID)
        .<Subject>map(payment -> new TransferSubject(payment, null, claim))
        .orElse(OtherSubject.FOREIGN);
  }

  private static Subject ofRefund(JsonObject refund) {
    Claim claim =
        switch (text(refund, "status")) {
          case "succeeded" -> Claim.MONEY_MOVED;
          case "failed", "canceled" -> Claim.NO_MONEY_MOVED;
          default -> Claim.NONE;
        };
    Optional<UUID> payment = uuid(refund, ResponseVerifier.PAYMENT_ID);
    return uuid(refund, ResponseVerifier.REFUND_ID)
        .filter(id -> payment.isPresent())
        .<Subject>map(id -> new TransferSubject(payment.orElseThrow(), id, claim))
        .orElse(OtherSubject.FOREIGN);
  }

  private static Optional<UUID> uuid(JsonObject object, String name) {
    try {
      return Optional.of(UUID.fromString(text(member(object, "metadata"), name)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Returns a member that is an object; an empty one if it is absent, null or something else. */
  private static JsonObject member(JsonObject object, String name) {
    return object.getValue(name) instanceof JsonObject member ? member : new JsonObject();
  }

  /** Returns a member that is a text; an empty one if it is absent, null or something else. */
  private static String text(JsonObject object, String name) {
    return object.getValue(name) instanceof String text ? text : "";
  }
}
