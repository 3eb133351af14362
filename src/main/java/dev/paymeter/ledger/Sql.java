package dev.paymeter.ledger;

/** Every statement of the ledger, by name. */
final class Sql {
  private Sql() {}

  static final String OPEN =
      """
      insert into payments (id, status, order_id, user_id, amount, currency, amount_usd, fx_rate,
        fx_date, user_tier, payment_method, gateway, created_at)
      values ($1, 'pending', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
      """;

  /** Changes no row when the payment is not pending: a repetition, or somebody else's outcome. */
  static final String SETTLE =
      """
      update payments
      set status = $2, duration_us = $3, settled_at = $4, error_type = $5, error_message = $6,
        instance_id = $7
      where id = $1 and status = 'pending'
      """;

  static final String FIND = "select * from payments where id = $1";

  /** Read-only is a standby, and also a primary whose disk is full at many a provider. */
  static final String CHECK = "select 1 where current_setting('transaction_read_only') = 'off'";
}
