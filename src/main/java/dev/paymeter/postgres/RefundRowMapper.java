package dev.paymeter.postgres;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;

/** Converts refunds to statement parameters, and rows to refunds. */
final class RefundRowMapper {
  /** Columns of a payment, and of its refund with the prefix {@code refund_}. */
  static final String COLUMNS =
      """
      p.*, r.id as refund_id, r.status as refund_status, r.amount as refund_amount,
      r.amount_usd as refund_amount_usd, r.reason as refund_reason,
      r.created_at as refund_created_at, r.unknown_since as refund_unknown_since,
      r.inquiries as refund_inquiries, r.duration_us as refund_duration_us,
      r.settled_at as refund_settled_at, r.error_type as refund_error_type,
      r.error_message as refund_error_message, r.segment as refund_segment""";

  private RefundRowMapper() {}

  static Tuple insertParameters(
      Refund refund, Optional<IdempotencyKey> key, LedgerIdentity ledgerIdentity) {
    Tuple parameters =
        Tuple.of(
                refund.id(),
                refund.payment().id(),
                refund.amount().amount(),
                refund.amountUsd(),
                refund.reason(),
                PaymentRowMapper.utc(refund.createdAt()))
            .addValue(ledgerIdentity.instanceId())
            .addValue(ledgerIdentity.epoch());
    key.ifPresent(
        present ->
            parameters
                .addValue(present.credential())
                .addValue(present.route())
                .addValue(present.key())
                .addValue(present.fingerprint()));
    return parameters;
  }

  static Tuple settlementParameters(
      Refund refund, Payment.Settlement settlement, LedgerIdentity ledgerIdentity) {
    PaymentException error = settlement.error();
    return Tuple.of(
            refund.id(),
            refund.status().label(),
            PaymentRowMapper.micros(settlement.duration()),
            PaymentRowMapper.utc(settlement.at()),
            error == null ? null : error.type(),
            error == null ? null : error.reason())
        .addValue(ledgerIdentity.instanceId())
        .addValue(ledgerIdentity.epoch())
        .addValue(settlement.segment())
        .addValue(PaymentRowMapper.statusesBefore(refund.status()))
        .addValue(Refund.PUBLISHER)
        .addValue(Refund.EVENT)
        .addValue(Refund.SERVICE)
        .addValue(refund.severity().label());
  }

  static Refund read(Row row) {
    Payment payment = PaymentRowMapper.read(row);
    return new Refund(
        row.getUUID("refund_id"),
        payment,
        Money.of(row.getBigDecimal("refund_amount"), payment.amount().currency()),
        row.getBigDecimal("refund_amount_usd"),
        row.getString("refund_reason"),
        PaymentRowMapper.instant(row, "refund_created_at"),
        PaymentRowMapper.unknownOutcome(row, "refund_"),
        PaymentRowMapper.settlement(row, "refund_"));
  }
}
