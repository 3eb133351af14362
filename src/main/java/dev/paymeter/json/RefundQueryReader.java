package dev.paymeter.json;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.RefundQuery;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Reads queries for lists of a payment's refunds. */
public final class RefundQueryReader {
  private RefundQueryReader() {}

  /**
   * Reads a query.
   *
   * @param parameters each with all its values
   * @param access the payments of which the client may see refunds
   * @throws RequestRejectedException with all field errors
   */
  public static RefundQuery read(
      UUID payment, Map<String, List<String>> parameters, Access access) {
    QueryParameters query =
        new QueryParameters(parameters, Set.of(QueryParameters.LIMIT, QueryParameters.AFTER));
    int limit = query.limit();
    PaymentPage.Position after =
        query.after(text -> PageCursor.read(text, scope(payment)).orElse(null));
    query.check();
    return new RefundQuery(payment, after, limit, access);
  }

  static String scope(UUID payment) {
    return "refunds of " + payment;
  }
}
