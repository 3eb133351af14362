package dev.paymeter.ledger;

import dev.paymeter.payments.BusinessEvent;
import dev.paymeter.payments.EventReport;
import dev.paymeter.payments.Money;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentException;
import dev.paymeter.payments.PaymentOrder;
import dev.paymeter.payments.PaymentStatus;
import dev.paymeter.payments.Rates;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Currency;
import org.jspecify.annotations.Nullable;

/** Payments to statement parameters, and rows back to payments. */
final class Rows {
  private Rows() {}

  static Tuple open(Payment payment, String instanceId, int epoch) {
    PaymentOrder order = payment.order();
    return Tuple.of(
        payment.id(),
        order.orderId(),
        order.userId(),
        order.amount().amount(),
        order.amount().currency().getCurrencyCode(),
        payment.amountUsd(),
        payment.rate().usd(),
        payment.rate().date(),
        order.tier(),
        order.method(),
        order.gateway(),
        utc(payment.createdAt()),
        instanceId,
        epoch);
  }

  static Tuple settle(Payment payment, Payment.Settlement how, String instanceId, int epoch) {
    PaymentException error = how.error();
    return Tuple.of(
        payment.id(),
        payment.status().word(),
        how.duration().toNanos() / 1000,
        utc(how.at()),
        error == null ? null : error.type(),
        error == null ? null : error.reason(),
        instanceId,
        epoch,
        how.page());
  }

  static Tuple record(BusinessEvent event, String instanceId, int epoch) {
    EventReport report = event.report();
    return Tuple.of(
        report.publisher(),
        report.id(),
        report.event(),
        event.label(),
        report.amount().amount(),
        report.amount().currency().getCurrencyCode(),
        event.amountUsd(),
        event.rate().usd(),
        event.rate().date(),
        utc(event.recordedAt()),
        event.receipt(),
        instanceId,
        epoch,
        event.page());
  }

  static Payment read(Row row) {
    return new Payment(
        row.getUUID("id"),
        new PaymentOrder(
            row.getString("order_id"),
            row.getString("user_id"),
            Money.of(row.getBigDecimal("amount"), Currency.getInstance(row.getString("currency"))),
            row.getString("user_tier"),
            row.getString("payment_method"),
            row.getString("gateway")),
        row.getBigDecimal("amount_usd"),
        new Rates.Rate(row.getBigDecimal("fx_rate"), row.getLocalDate("fx_date")),
        row.getOffsetDateTime("created_at").toInstant(),
        settlement(row));
  }

  private static Payment.@Nullable Settlement settlement(Row row) {
    if (!PaymentStatus.of(row.getString("status")).isFinal()) {
      return null;
    }
    String errorType = row.getString("error_type");
    return new Payment.Settlement(
        Duration.of(row.getLong("duration_us"), ChronoUnit.MICROS),
        row.getOffsetDateTime("settled_at").toInstant(),
        errorType == null ? null : PaymentException.of(errorType, row.getString("error_message")),
        row.getInteger("page"));
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
