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
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
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

  /** A time by RFC 3339, section 5.6. */
  private static final Pattern TIME =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?([Zz]|[+-]\\d\\d:\\d\\d)");

  /** No payment is earlier; earlier bounds are replaced by it. */
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

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
    Instant since = time(query, "created_since");
    Instant before = time(query, "created_before");
    if (since != null && before != null && !since.isBefore(before)) {
      query.addError("created_before", "a time after created_since", before.toString());
    }
    return new PaymentFilter(
        status == null ? null : PaymentStatus.of(status),
        query.choice("gateway", allowedValues.gateways()),
        query.choice("user_tier", allowedValues.tiers()),
        reference(query, "order_id"),
        reference(query, "user_id"),
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

  private static @Nullable String reference(QueryParameters query, String name) {
    return query.value(
        name, JsonFieldReader.REFERENCE, text -> JsonFieldReader.isReference(text) ? text : null);
  }

  private static @Nullable Instant time(QueryParameters query, String name) {
    return query.value(
        name, "a time such as 2026-03-04T05:06:07Z (RFC 3339)", PaymentQueryReader::time);
  }

  /** Parses a time and rounds it up to a microsecond, the resolution of rows. */
  private static @Nullable Instant time(String text) {
    if (!TIME.matcher(text).matches()) {
      return null;
    }
    try {
      Instant exact = OffsetDateTime.parse(text.toUpperCase(Locale.ROOT)).toInstant();
      Instant cut = exact.truncatedTo(ChronoUnit.MICROS);
      Instant next = cut.equals(exact) ? cut : cut.plus(1, ChronoUnit.MICROS);
      return next.isBefore(EARLIEST) ? EARLIEST : next.isAfter(LATEST) ? LATEST : next;
    } catch (DateTimeException e) {
      return null;
    }
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
