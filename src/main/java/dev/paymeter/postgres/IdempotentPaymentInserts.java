package dev.paymeter.postgres;

import static dev.paymeter.postgres.LedgerIdentity.hasValidLease;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.IdempotencyRecord;
import io.vertx.core.Future;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Inserts of pending payments with their idempotency keys. */
record IdempotentPaymentInserts(StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity)
    implements WriteBatcher.BatchWriter<
        IdempotentPaymentInserts.KeyedPayment, Optional<IdempotencyRecord<Payment>>> {
  static final Comparator<KeyedPayment> BY_KEY =
      Comparator.<KeyedPayment, String>comparing(payment -> payment.key().key())
          .thenComparing(payment -> payment.key().owner())
          .thenComparing(payment -> payment.key().route());

  /**
   * Inserts the payments whose keys are new, and returns their ids. If several payments have the
   * same key, one is inserted.
   */
  private static final String INSERT =
      """
      with key as (
        insert into idempotency_keys (owner, route, key, fingerprint, payment_id, created_at)
        select owner, route, key, fingerprint, payment_id, clock_timestamp()
        from unnest($18::text[], $19::text[], $20::text[], $21::text[], $1::uuid[])
          as k (owner, route, key, fingerprint, payment_id)
        where %s
        on conflict (owner, route, key) do nothing
        returning payment_id)
      %s where p.id in (select payment_id from key)
      returning id
      """
          .formatted(
              PaymentInserts.IS_ALLOWED,
              PaymentInserts.insert(
                  PaymentInserts.COLUMNS + ", gateway_key",
                  PaymentInserts.PARAMETERS + ", $22::uuid[]"));

  /** Returns a key's payment. It is in flight while its process may still settle it. */
  private static final String FIND =
      """
      select k.fingerprint, %s, p.status = 'pending' and p.step is null and %s as in_flight
      from idempotency_keys k join payments p on p.id = k.payment_id
      where k.owner = $1 and k.route = $2 and k.key = $3
      """
          .formatted(
              PaymentRowMapper.columns("p"), hasValidLease("p.inserted_by", "p.inserted_epoch"));

  record KeyedPayment(Payment pending, IdempotencyKey key) {}

  @Override
  public Future<List<Future<Optional<IdempotencyRecord<Payment>>>>> write(
      List<KeyedPayment> payments) {
    return statementExecutor
        .list(
            INSERT,
            PaymentInserts.columns(
                    payments.stream().map(KeyedPayment::pending).toList(), ledgerIdentity)
                .with(payments.stream().map(KeyedPayment::key).toList())
                .add(String[]::new, IdempotencyKey::owner)
                .add(String[]::new, IdempotencyKey::route)
                .add(String[]::new, IdempotencyKey::key)
                .add(String[]::new, IdempotencyKey::fingerprint)
                .with(payments.stream().map(KeyedPayment::pending).toList())
                .add(UUID[]::new, PaymentRowMapper::derivedKey)
                .parameters(),
            row -> row.getUUID("id"))
        .map(
            ids -> {
              Set<UUID> inserted = new HashSet<>(ids);
              return payments.stream()
                  .map(payment -> outcome(payment, inserted.contains(payment.pending().id())))
                  .toList();
            });
  }

  private Future<Optional<IdempotencyRecord<Payment>>> outcome(
      KeyedPayment payment, boolean isInserted) {
    return isInserted
        ? Future.succeededFuture(Optional.empty())
        : ledgerIdentity
            .checkInserts(statementExecutor)
            .compose(valid -> find(payment.key()))
            .map(Optional::of);
  }

  /** Treats a key that was deleted in the meantime as if its request were still in flight. */
  private Future<IdempotencyRecord<Payment>> find(IdempotencyKey key) {
    return statementExecutor
        .first(
            FIND,
            PaymentRowMapper.keyParameters(key),
            row -> PaymentRowMapper.idempotencyRecord(row, PaymentRowMapper::read))
        .map(
            found ->
                found.orElse(
                    new IdempotencyRecord<Payment>(Optional.empty(), key.fingerprint(), true)));
  }
}
