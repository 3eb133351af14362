package dev.paymeter.json;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.PaymentQuery;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads queries for lists of payments from HTTP query parameters and collects all errors.
 * Immutable; safe from any thread.
 */
public record PaymentQueryReader(AllowedValues allowedValues) {
  private static final String MERCHANT = "merchant";

  private static final Set<String> PARAMETERS =
      Set.of(
          "status",
          "gateway",
          "user_tier",
          "order_id",
          "user_id",
          "created_since",
          "created_before",
          MERCHANT,
          QueryParameters.LIMIT,
          QueryParameters.AFTER);

  private static final List<String> STATUSES =
      Arrays.stream(PaymentStatus.values()).map(PaymentStatus::label).toList();

  /**
   * Reads a query.
   *
   * @param parameters each with all its values
   * @param access the payments that the list may contain
   * @throws RequestRejectedException with all field errors
   */
  public PaymentQuery read(Map<String, List<String>> parameters, Access access) {
    QueryParameters query = new QueryParameters(parameters, PARAMETERS);
    PaymentFilter filter = filter(query, access);
    int limit = query.limit();
    PaymentPage.Position after =
        query.after(text -> PageCursor.read(text, list(filter)).orElse(null));
    query.check();
    return new PaymentQuery(filter, after, limit);
  }

  private PaymentFilter filter(QueryParameters query, Access access) {
    String status = query.choice("status", STATUSES);
    Instant since = query.time("created_since");
    Instant before = query.time("created_before");
    query.checkOrder(since, "created_since", before, "created_before");
    return new PaymentFilter(
        status == null ? null : PaymentStatus.of(status),
        query.choice("gateway", allowedValues.gateways()),
        query.choice("user_tier", allowedValues.tiers()),
        query.reference("order_id"),
        query.reference("user_id"),
        since,
        before,
        merchant(query, access));
  }

  /** Returns the merchant of a list: that of the client, if it has one. */
  private static @Nullable String merchant(QueryParameters query, Access access) {
    String own = access.merchant();
    if (own == null) {
      return query.value(MERCHANT, Access.NAME_EXPECTED, text -> Access.isName(text) ? text : null);
    }
    query.value(
        MERCHANT, "the merchant of the key, or none", text -> text.equals(own) ? text : null);
    return own;
  }

  public static JsonObject write(PaymentPage<Payment> page, PaymentFilter filter) {
    List<JsonObject> data = page.transfers().stream().map(PaymentJson::write).toList();
    return PageCursor.page(data, page.next(), list(filter));
  }

  /** Identifies a list in cursors. */
  private static String list(PaymentFilter filter) {
    JsonArray parts = new JsonArray();
    parts.add(filter.status() == null ? null : filter.status().label());
    parts.add(filter.gateway()).add(filter.tier()).add(filter.orderId()).add(filter.userId());
    parts.add(filter.createdSince()).add(filter.createdBefore());
    if (filter.merchant() != null) {
      parts.add(filter.merchant());
    }
    return parts.encode();
  }
}
