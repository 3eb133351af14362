package dev.paymeter.postgres;

import static dev.paymeter.postgres.LedgerIdentity.mayInsert;

import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.ReturnAddress;
import dev.paymeter.payment.port.LedgerUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Inserts of pending payments. */
record PaymentInserts(StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity)
    implements WriteBatcher.BatchWriter<Payment, Void> {
  /** Columns that have a value when a payment is inserted. */
  static final String COLUMNS =
      "id, order_id, user_id, amount, currency, amount_usd, fx_rate, fx_date, user_tier,"
          + " payment_method, gateway, created_at";

  /** The parameters of {@link #COLUMNS}. */
  static final String PARAMETERS =
      "$1::uuid[], $2::text[], $3::text[], $4::numeric[], $5::text[], $6::numeric[],"
          + " $7::numeric[], $8::date[], $9::text[], $10::text[], $11::text[], $12::timestamptz[]";

  /** The columns of {@link OrderDetails}. */
  static final String DETAILS_COLUMNS =
      "customer, description, metadata, token_hash, capture, return_url, created_by";

  /** The values of {@link #DETAILS_COLUMNS}, from a parameter of {@link #details}. */
  static final String DETAILS =
      "details ->> 'customer', details ->> 'description', details -> 'metadata',"
          + " details ->> 'token_hash', coalesce(details ->> 'capture', 'automatic'),"
          + " details ->> 'return_url', details ->> 'created_by'";

  /**
   * Condition: {@link LedgerIdentity#mayInsert}, and no insert was canceled. It rejects payments
   * that this process could not settle, and statements that arrive late.
   */
  static final String IS_ALLOWED =
      mayInsert("$13", "$14")
          + " and not exists (select from canceled_inserts c where c.id = any($1))";

  /** Inserts all payments or none. */
  static final String INSERT_IF_ALLOWED = insert(COLUMNS, PARAMETERS) + " where " + IS_ALLOWED;

  static String insert(String columns, String parameters) {
    return """
        insert into payments (%1$s, account, merchant, %3$s, status, inserted_by, inserted_epoch)
        select %1$s, account, merchant, %4$s, 'pending', $13, $14
        from unnest(%2$s, $15::text[], $16::text[], $17::text[]::jsonb[])
          as p (%1$s, account, merchant, details)"""
        .formatted(columns, parameters, DETAILS_COLUMNS, DETAILS);
  }

  @Override
  public Future<List<Future<Void>>> write(List<Payment> pending) {
    return statementExecutor
        .update(INSERT_IF_ALLOWED, columns(pending, ledgerIdentity).parameters())
        .map(inserted -> Collections.nCopies(pending.size(), outcome(inserted == pending.size())));
  }

  /** The parameters of {@link #insert}. */
  static Columns<Payment> columns(List<Payment> pending, LedgerIdentity ledgerIdentity) {
    return columns(pending)
        .add(ledgerIdentity)
        .add(String[]::new, Payment::account)
        .add(String[]::new, Payment::merchant)
        .add(String[]::new, payment -> details(payment.order().details()));
  }

  /** The values of {@link #COLUMNS}. */
  static Columns<Payment> columns(List<Payment> payments) {
    return Columns.of(payments)
        .add(UUID[]::new, Payment::id)
        .add(String[]::new, payment -> payment.order().orderId())
        .add(String[]::new, payment -> payment.order().userId())
        .add(BigDecimal[]::new, payment -> payment.amount().amount())
        .add(String[]::new, payment -> PaymentRowMapper.currency(payment.amount()))
        .add(BigDecimal[]::new, Payment::amountUsd)
        .add(BigDecimal[]::new, payment -> payment.rate().usd())
        .add(LocalDate[]::new, payment -> payment.rate().date())
        .add(String[]::new, payment -> payment.order().tier())
        .add(String[]::new, payment -> payment.order().method())
        .add(String[]::new, payment -> payment.order().gateway())
        .add(OffsetDateTime[]::new, payment -> PaymentRowMapper.utc(payment.createdAt()));
  }

  /** Returns the details as JSON; null if there are none, as usual. */
  static @Nullable String details(OrderDetails details) {
    if (details.isEmpty()) {
      return null;
    }
    JsonObject json = new JsonObject();
    if (details.customer() != null) {
      json.put("customer", details.customer());
    }
    if (details.description() != null) {
      json.put("description", details.description());
    }
    if (!details.metadata().isEmpty()) {
      json.put("metadata", details.metadata());
    }
    details.paymentToken().ifPresent(token -> json.put("token_hash", token.hash()));
    if (details.isCapturedManually()) {
      json.put("capture", details.capture().label());
    }
    ReturnAddress returns = details.returnAddress();
    if (returns != null) {
      json.put("return_url", returns.url()).put("created_by", returns.owner());
    }
    return json.encode();
  }

  private Future<Void> outcome(boolean isInserted) {
    return isInserted
        ? Future.succeededFuture()
        : ledgerIdentity
            .checkInserts(statementExecutor)
            .compose(
                valid ->
                    Future.failedFuture(
                        new LedgerUnavailableException("the payment's insert was canceled")));
  }
}
