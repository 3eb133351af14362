package dev.paymeter.gateway.stripe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.KeyedHash;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sender of webhooks, as Stripe sends them: events that Stripe's description allows, signed with
 * the secret of an endpoint.
 */
final class StripeEvents {
  static final String SECRET = "whsec_abcdefghijklmnopqrstuvwxyz012345";
  static final String OTHER_SECRET = "whsec_543210zyxwvutsrqponmlkjihgfedcba";

  private static final StripeDescription DESCRIPTION = StripeDescription.load();
  private static final AtomicLong NUMBERS = new AtomicLong();

  private StripeEvents() {}

  /** Returns a new event about an object as it is now. */
  static JsonObject event(String type, JsonObject object) {
    JsonObject event = otherEvent(type, object);
    assertThat(DESCRIPTION.faultsOfEvent(event)).isEmpty();
    return event;
  }

  /** Returns a new event about an object that the tests do not describe. */
  static JsonObject otherEvent(String type, JsonObject object) {
    return new JsonObject()
        .put("id", "evt_" + NUMBERS.incrementAndGet())
        .put("object", "event")
        .put("api_version", DESCRIPTION.version())
        .put("created", Instant.now().getEpochSecond())
        .put("data", new JsonObject().put("object", object.copy()))
        .put("livemode", false)
        .put("pending_webhooks", 1)
        .put("request", new JsonObject().putNull("id").putNull("idempotency_key"))
        .put("type", type);
  }

  /** Returns the header of a body that is signed now. */
  static String sign(String secret, String body) {
    return sign(secret, Instant.now().getEpochSecond(), body);
  }

  static String sign(String secret, long seconds, String body) {
    return "t=" + seconds + ",v1=" + hash(secret, seconds, body) + ",v0=" + "0".repeat(64);
  }

  static String hash(String secret, long seconds, String body) {
    return HexFormat.of().formatHex(new KeyedHash(secret.getBytes(UTF_8)).of(seconds + "." + body));
  }

  /** Sends an event. */
  static HttpResponse<String> send(RunningService service, JsonObject event) {
    return send(service, event.encode(), sign(SECRET, event.encode()));
  }

  static HttpResponse<String> send(RunningService service, String body, String signature) {
    return sendLater(service.api("/v1/webhooks/stripe"), body, signature).join();
  }

  static CompletableFuture<HttpResponse<String>> sendLater(
      URI endpoint, String body, String signature) {
    return RunningService.CLIENT.sendAsync(
        HttpRequest.newBuilder(endpoint)
            .header("Content-Type", "application/json; charset=utf-8")
            .header(StripeSignature.HEADER, signature)
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }
}
