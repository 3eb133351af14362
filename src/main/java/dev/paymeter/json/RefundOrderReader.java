package dev.paymeter.json;

import dev.paymeter.payment.RefundOrder;
import dev.paymeter.payment.RequestRejectedException;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.Set;

/** Reads refund orders from JSON and collects all field errors. */
public final class RefundOrderReader {
  private static final String AMOUNT = "amount";
  private static final String REASON = "reason";
  private static final Set<String> FIELDS = Set.of(AMOUNT, REASON);

  private RefundOrderReader() {}

  /**
   * Reads an order. The decimals of the amount are checked later, against the payment's currency.
   *
   * @throws RequestRejectedException with all field errors
   */
  public static RefundOrder read(JsonObject json) {
    JsonFieldReader fields = new JsonFieldReader(json);
    BigDecimal amount = fields.has(AMOUNT) ? fields.amount(AMOUNT) : null;
    String reason = fields.has(REASON) ? fields.reference(REASON) : null;
    fields.check(FIELDS);
    return new RefundOrder(amount, reason);
  }
}
