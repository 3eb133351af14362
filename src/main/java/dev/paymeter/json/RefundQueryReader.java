package dev.paymeter.json;

import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.RefundQuery;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Reads what somebody asks of the list of a payment's refunds. */
public final class RefundQueryReader {
  private RefundQueryReader() {}

  /**
   * What is asked for.
   *
   * @param parameters of the query, each with all its values
   * @throws RequestRefusedException naming every fault
   */
  public static RefundQuery read(UUID payment, Map<String, List<String>> parameters) {
    QueryParameters reading =
        new QueryParameters(parameters, Set.of(QueryParameters.LIMIT, QueryParameters.AFTER));
    int limit = reading.limit();
    PaymentPage.Position after =
        reading.after(text -> PageCursor.read(text, scope(payment)).orElse(null));
    reading.check();
    return new RefundQuery(payment, after, limit);
  }

  static String scope(RefundQuery asked) {
    return scope(asked.payment());
  }

  private static String scope(UUID payment) {
    return "refunds of " + payment;
  }
}
