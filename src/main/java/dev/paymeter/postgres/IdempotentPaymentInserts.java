package dev.paymeter.postgres;

import static dev.paymeter.postgres.LedgerIdentity.isAlive;

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
    implements WriteBatcher.Work<
        IdempotentPaymentInserts.Opening, Optional<IdempotencyRecord<Payment>>> {
  private static final Comparator<Opening> BY_KEY =
      Comparator.<Opening, String>comparing(opening -> opening.key().key())
          .thenComparing(opening -> opening.key().credential())
          .thenComparing(opening -> opening.key().route());

  /**
   * Inserts the payments whose keys are new, and returns their ids. Of several payments with one
   * key, one is inserted.
   */
  private static final String OPEN =
      """
      with key as (
        insert into idempotency_keys (credential, route, key, fingerprint, payment_id, created_at)
        select k.*, clock_timestamp()
        from unnest($15::text[], $16::text[], $17::text[], $18::text[], $1::uuid[]) k
        where %s
        on conflict (credential, route, key) do nothing
        returning payment_id)
      %s where p.id in (select payment_id from key)
      returning id
      """
          .formatted(PaymentInserts.IS_ALLOWED, PaymentInserts.INSERT);

  /** The payment of a key, and if the process that inserted it may still settle it. */
  private static final String KEPT =
      """
      select k.fingerprint, p.*, p.status = 'pending' and %s as in_flight
      from idempotency_keys k join payments p on p.id = k.payment_id
      where k.credential = $1 and k.route = $2 and k.key = $3
      """
          .formatted(isAlive("p.inserted_by", "p.inserted_epoch"));

  record Opening(Payment pending, IdempotencyKey key) {}

  @Override
  public Future<List<Future<Optional<IdempotencyRecord<Payment>>>>> write(List<Opening> openings) {
    return statementExecutor
        .list(
            OPEN,
            PaymentInserts.columns(openings.stream().map(Opening::pending).toList())
                .add(ledgerIdentity)
                .with(openings.stream().map(Opening::key).toList())
                .add(String[]::new, IdempotencyKey::credential)
                .add(String[]::new, IdempotencyKey::route)
                .add(String[]::new, IdempotencyKey::key)
                .add(String[]::new, IdempotencyKey::fingerprint)
                .parameters(),
            row -> row.getUUID("id"))
        .map(
            ids -> {
              Set<UUID> opened = new HashSet<>(ids);
              return openings.stream()
                  .map(opening -> opened(opening, opened.contains(opening.pending().id())))
                  .toList();
            });
  }

  private Future<Optional<IdempotencyRecord<Payment>>> opened(Opening opening, boolean isOpen) {
    return isOpen
        ? Future.succeededFuture(Optional.empty())
        : ledgerIdentity
            .checkLease(statementExecutor)
            .compose(valid -> kept(opening.key()))
            .map(Optional::of);
  }

  /** Treats a key that was deleted meanwhile like one whose request is still in flight. */
  private Future<IdempotencyRecord<Payment>> kept(IdempotencyKey key) {
    return statementExecutor
        .first(
            KEPT,
            PaymentRowMapper.key(key),
            row -> PaymentRowMapper.kept(row, PaymentRowMapper::read))
        .map(
            kept ->
                kept.orElse(
                    new IdempotencyRecord<Payment>(Optional.empty(), key.fingerprint(), true)));
  }

  @Override
  public Comparator<Opening> order() {
    return BY_KEY;
  }
}
