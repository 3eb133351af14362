package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.ChargeFields;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.RecordedCharge;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The list of the payments of one ledger at Stripe, newest first. Each page has a deadline of its
 * own.
 *
 * @param validity as in {@link IntentResult#of}
 * @param page receives the charges of one of Stripe's pages
 */
record StripeCharges(
    StripeClient client,
    UUID ledger,
    Duration validity,
    Instant since,
    Function<List<RecordedCharge>, Future<Void>> page) {
  /** Stripe's maximum. */
  private static final int PAGE_SIZE = 100;

  private static final String LEDGER_ID = StripeMetadata.PREFIX + ChargeFields.LEDGER_ID;

  Future<Void> read() {
    Promise<Void> done = Promise.promise();
    readAfter("", done);
    return done.future();
  }

  private void readAfter(String query, Promise<Void> done) {
    StripeRequests requests = client.begin();
    requests
        .get(
            "/payment_intents?created%5Bgte%5D="
                + since.getEpochSecond()
                + "&limit="
                + PAGE_SIZE
                + query)
        .onComplete(ended -> requests.end())
        .map(list -> list.requireOk("Listing payments"))
        .compose(list -> deliver(list).map(list))
        .onComplete(
            list -> {
              if (list.getBoolean("has_more", false)) {
                readAfter(after(list.getJsonArray("data")), done);
              } else {
                done.complete();
              }
            },
            done::fail);
  }

  private static String after(JsonArray intents) {
    String last = intents.getJsonObject(intents.size() - 1).getString("id");
    return "&starting_after=" + StripeRequests.encode(last);
  }

  private Future<Void> deliver(JsonObject list) {
    List<RecordedCharge> charges =
        list.getJsonArray("data").stream()
            .map(JsonObject.class::cast)
            .filter(this::isOfLedger)
            .flatMap(intent -> charge(intent).stream())
            .toList();
    return charges.isEmpty() ? Future.succeededFuture() : page.apply(charges);
  }

  private boolean isOfLedger(JsonObject intent) {
    return ledger.toString().equals(ResponseVerifier.metadata(intent, LEDGER_ID));
  }

  /** Returns empty for an intent without a result; the payer may have another try. */
  private Optional<GatewayResult> result(JsonObject intent) {
    return allowsAction(intent) && IntentResult.isOpenToPayer(intent)
        ? Optional.empty()
        : IntentResult.of(intent, validity);
  }

  private static boolean allowsAction(JsonObject intent) {
    return intent
        .getJsonObject("metadata")
        .containsKey(StripeMetadata.PREFIX + ChargeFields.RETURN_URL);
  }

  /** Returns empty for a payment whose request was never complete: Stripe never charges it. */
  private Optional<RecordedCharge> charge(JsonObject intent) {
    @Nullable GatewayResult result = result(intent).orElse(null);
    return result instanceof GatewayResult.NotSubmitted
        ? Optional.empty()
        : Optional.of(
            new RecordedCharge(
                ChargeFields.read(StripeMetadata.read(intent)),
                Instant.ofEpochSecond(intent.getLong("created")),
                result));
  }
}
