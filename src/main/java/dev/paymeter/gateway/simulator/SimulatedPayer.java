package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Labeled;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The payer of a payment that requires an authentication. A journal has the authentication when the
 * gateway is next asked after its time.
 *
 * @param url to which the payer is sent: the return URL, because no person has to act
 * @param actsAt when the payer acts; ignored if the payer never returns
 * @param validity how long the amount is then held; null if it is charged
 */
record SimulatedPayer(Act act, String url, Instant actsAt, @Nullable Duration validity) {
  enum Act implements Labeled {
    SUCCEEDS,
    FAILS,
    NEVER
  }

  /** A payer of a request that is not received yet. */
  record Plan(Act act, String url, Duration delay) {}

  boolean hasActed(Instant now) {
    return act != Act.NEVER && !now.isBefore(actsAt);
  }

  JsonObject toJson() {
    JsonObject json =
        new JsonObject().put("act", act.label()).put("url", url).put("at", actsAt.toString());
    return validity == null ? json : json.put("validity_ms", validity.toMillis());
  }

  static @Nullable SimulatedPayer of(@Nullable JsonObject json) {
    if (json == null) {
      return null;
    }
    Long validity = json.getLong("validity_ms");
    return new SimulatedPayer(
        Act.valueOf(json.getString("act").toUpperCase(Locale.ROOT)),
        json.getString("url"),
        Instant.parse(json.getString("at")),
        validity == null ? null : Duration.ofMillis(validity));
  }
}
