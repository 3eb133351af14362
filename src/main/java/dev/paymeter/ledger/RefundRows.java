package dev.paymeter.ledger;

import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.Inquiries.Inquiry;
import dev.paymeter.payments.Money;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentException;
import dev.paymeter.payments.Refund;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Refunds to statement parameters, and rows back to refunds. */
final class RefundRows {
  private RefundRows() {}

  static Tuple open(Refund refund, Optional<IdempotencyKey> key, Identity identity) {
    Tuple parameters =
        Tuple.of(
                refund.id(),
                refund.payment().id(),
                refund.amount().amount(),
                refund.amountUsd(),
                refund.reason(),
                Rows.utc(refund.createdAt()))
            .addValue(identity.instanceId())
            .addValue(identity.epoch());
    key.ifPresent(
        its ->
            parameters
                .addValue(its.credential())
                .addValue(its.route())
                .addValue(its.key())
                .addValue(its.fingerprint()));
    return parameters;
  }

  static Tuple doubt(Refund refund, Payment.Doubt why) {
    return Tuple.of(
        refund.id(),
        refund.status().label(),
        Rows.micros(why.duration()),
        Rows.utc(why.since()),
        Rows.before(refund.status()));
  }

  static Tuple settle(Refund refund, Payment.Settlement how, Identity identity) {
    PaymentException error = how.error();
    return Tuple.of(
            refund.id(),
            refund.status().label(),
            Rows.micros(how.duration()),
            Rows.utc(how.at()),
            error == null ? null : error.type(),
            error == null ? null : error.reason())
        .addValue(identity.instanceId())
        .addValue(identity.epoch())
        .addValue(how.page())
        .addValue(Rows.before(refund.status()))
        .addValue(Refund.PUBLISHER)
        .addValue(Refund.EVENT)
        .addValue(Refund.SERVICE)
        .addValue(refund.severity().label());
  }

  static Refund read(Row row) {
    Payment payment = Rows.read(row);
    return new Refund(
        row.getUUID("refund_id"),
        payment,
        Money.of(row.getBigDecimal("refund_amount"), payment.amount().currency()),
        row.getBigDecimal("refund_amount_usd"),
        row.getString("refund_reason"),
        Rows.instant(row, "refund_created_at"),
        doubt(row),
        settlement(row));
  }

  private static Payment.@Nullable Doubt doubt(Row row) {
    return row.getOffsetDateTime("refund_unknown_since") == null
        ? null
        : new Payment.Doubt(duration(row), Rows.instant(row, "refund_unknown_since"));
  }

  private static Payment.@Nullable Settlement settlement(Row row) {
    if (row.getOffsetDateTime("refund_settled_at") == null) {
      return null;
    }
    String errorType = row.getString("refund_error_type");
    return new Payment.Settlement(
        duration(row),
        Rows.instant(row, "refund_settled_at"),
        errorType == null
            ? null
            : PaymentException.of(errorType, row.getString("refund_error_message")),
        row.getInteger("refund_segment"));
  }

  private static Duration duration(Row row) {
    return Duration.of(row.getLong("refund_duration_us"), ChronoUnit.MICROS);
  }

  static Inquiry<Refund> inquiry(Row row) {
    return new Inquiry<>(read(row), row.getInteger("refund_inquiries"));
  }
}
