package dev.paymeter.postgres;

import dev.paymeter.payment.GatewayKey;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Converts refunds to statement parameters, and rows to refunds. */
final class RefundRowMapper {
  private static final List<String> NAMES =
      List.of(
          "id",
          "status",
          "amount",
          "amount_usd",
          "reason",
          "created_at",
          "unknown_since",
          "inquiries",
          "duration_us",
          "settled_at",
          "error_type",
          "error_code",
          "error_message",
          "segment",
          "gateway_key");

  /** Columns of a payment p, and of its refund r with the prefix {@code refund_}. */
  static final String COLUMNS =
      NAMES.stream()
          .map(name -> "r.%1$s as refund_%1$s".formatted(name))
          .collect(Collectors.joining(", ", PaymentRowMapper.columns("p") + ", ", ""));

  private RefundRowMapper() {}

  /** Returns the columns of a refund, without those of its payment. */
  static String columns(String table) {
    return PaymentRowMapper.columns(NAMES, table);
  }

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
            .addValue(ledgerIdentity.epoch())
            .addValue(PaymentRowMapper.derivedKey(refund));
    key.ifPresent(
        present ->
            parameters
                .addValue(present.owner())
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
        .addValue(refund.severity().label())
        .addValue(error == null ? null : error.code().label());
  }

  static Refund read(Row row) {
    return read(row, PaymentRowMapper.read(row));
  }

  /** Reads a refund with the origin of its payment's gateway key. */
  static Refund readWithOrigin(Row row) {
    return read(row, PaymentRowMapper.readWithOrigin(row));
  }

  private static Refund read(Row row, Payment payment) {
    return new Refund(
        row.getUUID("refund_id"),
        payment,
        Money.of(row.getBigDecimal("refund_amount"), payment.amount().currency()),
        row.getBigDecimal("refund_amount_usd"),
        row.getString("refund_reason"),
        PaymentRowMapper.instant(row, "refund_created_at"),
        PaymentRowMapper.unknownOutcome(row, "refund_"),
        PaymentRowMapper.settlement(row, "refund_"),
        GatewayKey.of(PaymentRowMapper.gatewayKey(row, "refund_")));
  }
}
