package dev.paymeter.json;

import dev.paymeter.payment.RequestRejectedException;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads orders to capture a payment from JSON and collects all field errors. */
public final class CaptureOrderReader {
  private static final String AMOUNT = "amount";
  private static final Set<String> FIELDS = Set.of(AMOUNT);

  private CaptureOrderReader() {}

  /**
   * Reads the amount to capture. Its decimals are checked later, against the payment's currency.
   *
   * @return null for the whole amount
   * @throws RequestRejectedException with all field errors
   */
  public static @Nullable BigDecimal read(JsonObject json) {
    JsonFieldReader fields = new JsonFieldReader(json);
    BigDecimal amount = fields.has(AMOUNT) ? fields.amount(AMOUNT) : null;
    fields.check(FIELDS);
    return amount;
  }
}
