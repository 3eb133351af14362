package dev.paymeter.json;

import dev.paymeter.payment.RefundOrder;
import dev.paymeter.payment.RequestRefusedException;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.Set;

/** Reads what is to be given back from JSON, field by field, and names every fault at once. */
public final class RefundOrderReader {
  private static final String AMOUNT = "amount";
  private static final String REASON = "reason";
  private static final Set<String> FIELDS = Set.of(AMOUNT, REASON);

  private RefundOrderReader() {}

  /**
   * Reads one order. How many decimals its amount may have depends on the payment.
   *
   * @throws RequestRefusedException naming every fault
   */
  public static RefundOrder read(JsonObject json) {
    JsonFieldReader jsonFieldReader = new JsonFieldReader(json);
    BigDecimal amount = jsonFieldReader.has(AMOUNT) ? jsonFieldReader.amount(AMOUNT) : null;
    String reason = jsonFieldReader.has(REASON) ? jsonFieldReader.reference(REASON) : null;
    jsonFieldReader.check(FIELDS);
    return new RefundOrder(amount, reason);
  }
}
