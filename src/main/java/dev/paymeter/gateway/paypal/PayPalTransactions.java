package dev.paymeter.gateway.paypal;

import dev.paymeter.gateway.http.GatewayRequests;
import dev.paymeter.payment.Payment;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/**
 * The search for the capture of a payment among the account's transactions, when PayPal may have
 * forgotten the payment's key. PayPal cannot search by invoice id, so the search reads all
 * transactions in the currency from the time of the payment.
 */
record PayPalTransactions(PayPalRequests requests) {
  /** More than the difference of the clocks. */
  private static final Duration BEFORE = Duration.ofMinutes(5);

  /** More than the maximum timeout of a gateway, ten minutes, after which nothing is captured. */
  private static final Duration AFTER = Duration.ofMinutes(20);

  /** PayPal's maximum. */
  private static final int PAGE_SIZE = 500;

  /** PayPal writes offsets with a colon, or without. */
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
          .appendPattern("[XXX][XX]")
          .toFormatter(Locale.ROOT);

  /** Begins the codes of payments, in contrast to refunds and fees. */
  private static final String PAYMENTS = "T00";

  /**
   * Returns the id of the payment's capture; empty if there is none. Fails if the list may not be
   * complete yet.
   */
  Future<Optional<String>> findCapture(Payment payment) {
    return findCapture(payment, 1);
  }

  private Future<Optional<String>> findCapture(Payment payment, int page) {
    Instant end = payment.createdAt().plus(AFTER);
    return requests
        .get(
            "/v1/reporting/transactions?start_date="
                + time(payment.createdAt().minus(BEFORE))
                + "&end_date="
                + time(end)
                + "&transaction_currency="
                + payment.amount().currency().getCurrencyCode()
                + "&balance_affecting_records_only=N&fields=transaction_info&page_size="
                + PAGE_SIZE
                + "&page="
                + page)
        .map(found -> requireComplete(found.requireOk("A search"), end))
        .compose(
            list -> {
              Optional<String> capture = capture(payment, list);
              return capture.isEmpty() && page < list.getInteger("total_pages", 0)
                  ? findCapture(payment, page + 1)
                  : Future.succeededFuture(capture);
            });
  }

  private static String time(Instant at) {
    return GatewayRequests.encode(at.truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private static JsonObject requireComplete(JsonObject list, Instant end) {
    String refreshed = list.getString("last_refreshed_datetime", "");
    try {
      if (!OffsetDateTime.parse(refreshed, TIME).toInstant().isBefore(end)) {
        return list;
      }
    } catch (DateTimeParseException e) {
      throw new PayPalException("PayPal's list of transactions has no time");
    }
    throw new PayPalException("PayPal's list of transactions ends at " + refreshed);
  }

  private static Optional<String> capture(Payment payment, JsonObject list) {
    return list.getJsonArray("transaction_details", new JsonArray()).stream()
        .map(each -> ((JsonObject) each).getJsonObject("transaction_info", new JsonObject()))
        .filter(info -> info.getString("transaction_event_code", "").startsWith(PAYMENTS))
        .filter(
            info ->
                ResponseVerifier.invoiceId(payment)
                    .equals(info.getString(ResponseVerifier.INVOICE_ID)))
        .map(info -> info.getString("transaction_id", ""))
        .findFirst();
  }
}
