package dev.paymeter.postgres;

import static dev.paymeter.postgres.LedgerIdentity.isHeld;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Updates that settle payments. If a batch has several rows of one payment, one is written. */
record SettlementUpdates(StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity)
    implements WriteBatcher.BatchWriter<Payment, Payment> {
  /**
   * Settles payments, and returns the positions of those that it changed. It skips payments whose
   * status is not in {@code before}, and changes none if another process has taken over the
   * identity.
   */
  static final String SETTLE =
      """
      update payments p
      set status = s.status, duration_us = s.duration_us, settled_at = s.settled_at,
        error_type = s.error_type, error_code = s.error_code, error_message = s.error_message,
        segment = s.segment, manual_settlement = s.manual_settlement, instance_id = $11,
        epoch = $12, next_inquiry = null, action_expires_at = null, action = null,
        action_secret = null, step = null, step_id = null, step_amount = null
      from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::text[],
        $7::text[], $8::text[], $9::int[], $10::uuid[]) with ordinality as s (id, status, before,
        duration_us, settled_at, error_type, error_code, error_message, segment, manual_settlement,
        place)
      where p.id = s.id and p.status = any(string_to_array(s.before, ',')) and %s
      returning s.place::int, p.unknown_since
      """
          .formatted(isHeld("$11", "$12"));

  SettlementResult<Payment> results() {
    return new SettlementResult<>(
        statementExecutor,
        ledgerIdentity,
        "payment",
        payment -> PaymentRowMapper.find(statementExecutor, payment.id()));
  }

  @Override
  public Future<List<Future<Payment>>> write(List<Payment> settled) {
    return statementExecutor
        .run(SETTLE, parameters(settled, ledgerIdentity))
        .map(
            rows -> rows.stream().collect(Collectors.toMap(row -> row.getInteger("place"), r -> r)))
        .map(
            byPlace ->
                IntStream.range(0, settled.size())
                    .mapToObj(i -> results().outcome(settled.get(i), byPlace.get(i + 1)))
                    .toList());
  }

  static Tuple parameters(List<Payment> settled, LedgerIdentity ledgerIdentity) {
    return addSettlementColumns(
            Columns.of(settled)
                .add(UUID[]::new, Payment::id)
                .add(String[]::new, payment -> payment.status().label())
                .add(
                    String[]::new,
                    payment -> String.join(",", PaymentRowMapper.statusesBefore(payment.status()))))
        .with(payment -> payment.settled().orElseThrow())
        .add(Integer[]::new, Payment.Settlement::segment)
        .add(UUID[]::new, Payment.Settlement::manual)
        .add(ledgerIdentity)
        .parameters();
  }

  /** Adds the columns duration_us, settled_at, error_type, error_code and error_message. */
  static Columns<Payment> addSettlementColumns(Columns<Payment> payments) {
    payments
        .with(payment -> payment.settled().orElseThrow())
        .add(Long[]::new, settlement -> PaymentRowMapper.micros(settlement.duration()))
        .add(OffsetDateTime[]::new, settlement -> PaymentRowMapper.utc(settlement.at()));
    return payments
        .add(String[]::new, payment -> payment.error().map(PaymentException::type).orElse(null))
        .add(
            String[]::new,
            payment -> payment.error().map(error -> error.code().label()).orElse(null))
        .add(String[]::new, payment -> payment.error().map(PaymentException::reason).orElse(null));
  }
}
