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
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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
          "failed_at",
          "failure_type",
          "failure_code",
          "failure_message",
          "failure_segment",
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

  static Tuple failureParameters(
      Refund refund, Payment.Settlement failure, LedgerIdentity ledgerIdentity) {
    PaymentException error = Objects.requireNonNull(failure.error());
    return Tuple.of(
            refund.id(),
            PaymentRowMapper.utc(failure.at()),
            error.type(),
            error.code().label(),
            error.reason())
        .addValue(ledgerIdentity.instanceId())
        .addValue(ledgerIdentity.epoch())
        .addValue(failure.segment())
        .addValue(Refund.PUBLISHER)
        .addValue(Refund.failureId(refund.id()))
        .addValue(Refund.FAILURE_EVENT);
  }

  static Refund read(Row row) {
    return read(row, PaymentRowMapper.read(row));
  }

  /** Reads a refund with the origin of its payment's gateway key. */
  static Refund readWithOrigin(Row row) {
    return read(row, PaymentRowMapper.readWithOrigin(row));
  }

  private static Refund read(Row row, Payment payment) {
    Payment.Settlement first = PaymentRowMapper.settlement(row, "refund_");
    Payment.Settlement failure = failure(row, first);
    return new Refund(
        row.getUUID("refund_id"),
        payment,
        Money.of(row.getBigDecimal("refund_amount"), payment.amount().currency()),
        row.getBigDecimal("refund_amount_usd"),
        row.getString("refund_reason"),
        PaymentRowMapper.instant(row, "refund_created_at"),
        PaymentRowMapper.unknownOutcome(row, "refund_"),
        failure == null ? first : failure,
        failure == null ? null : first,
        GatewayKey.of(PaymentRowMapper.gatewayKey(row, "refund_")));
  }

  private static Payment.@Nullable Settlement failure(
      Row row, Payment.@Nullable Settlement success) {
    return success == null || row.getOffsetDateTime("refund_failed_at") == null
        ? null
        : new Payment.Settlement(
            success.duration(),
            PaymentRowMapper.instant(row, "refund_failed_at"),
            PaymentException.of(
                row.getString("refund_failure_type"),
                row.getString("refund_failure_code"),
                row.getString("refund_failure_message")),
            row.getInteger("refund_failure_segment"));
  }
}
