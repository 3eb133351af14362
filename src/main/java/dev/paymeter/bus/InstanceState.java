package dev.paymeter.bus;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The state of one instance of the cluster. Between instances, it is JSON.
 *
 * @param drift of the instance's metrics from the ledger; null before it is known
 * @param payments the number of payments that it has counted
 * @param usd their sum in US dollars, two decimals
 * @param point its latest sample of the dashboard's figures; null before the first one
 */
public record InstanceState(
    @Nullable Number drift, long payments, BigDecimal usd, @Nullable JsonObject point) {
  /** Maximum length of the JSON text. */
  static final int MAX_CHARACTERS = 32 << 10;

  private static final int USD_DECIMALS = 2;
  private static final String DRIFT = "metrics_ledger_drift";
  private static final String PAYMENTS = "payments";
  private static final String USD = "usd";
  private static final String POINT = "point";

  /** Returns the JSON; without a field for a sample that does not exist. */
  public JsonObject toJson() {
    JsonObject json =
        new JsonObject().put(DRIFT, drift).put(PAYMENTS, payments).put(USD, usd.toPlainString());
    return point == null ? json : json.put(POINT, point);
  }

  /**
   * Reads what another instance replied. Fields that it does not know are ignored.
   *
   * @throws RuntimeException if it is too long, or a field is missing or of another type
   */
  static InstanceState parse(String text) {
    if (text.length() > MAX_CHARACTERS) {
      throw new IllegalArgumentException("expected at most " + MAX_CHARACTERS + " characters");
    }
    JsonObject json = new JsonObject(text);
    return new InstanceState(
        json.getNumber(DRIFT),
        Objects.requireNonNull(json.getLong(PAYMENTS), PAYMENTS),
        usd(Objects.requireNonNull(json.getString(USD), USD)),
        json.getJsonObject(POINT));
  }

  /** Rejects other scales: the digits of a sum with {@code 1e999999999} do not fit in memory. */
  private static BigDecimal usd(String text) {
    BigDecimal usd = new BigDecimal(text);
    if (usd.scale() != USD_DECIMALS) {
      throw new IllegalArgumentException("expected two decimals, found a scale of " + usd.scale());
    }
    return usd;
  }
}
