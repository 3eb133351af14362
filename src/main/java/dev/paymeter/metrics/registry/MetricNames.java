package dev.paymeter.metrics.registry;

/** Names, label values and buckets of the families, as Prometheus sees them. */
public final class MetricNames {
  private MetricNames() {}

  /** Suffix of counters, which Prometheus' model omits. */
  public static final String TOTAL = "_total";

  /** Returns the name of a family in Prometheus' model. */
  public static String withoutTotal(String family) {
    return family.endsWith(TOTAL) ? family.substring(0, family.length() - TOTAL.length()) : family;
  }

  public static final String PAYMENT_REQUESTS = "payment_requests_total";
  public static final String PAYMENT_DURATION = "payment_duration_seconds";
  public static final String PAYMENT_AMOUNT = "payment_amount_usd";
  public static final String ERRORS = "errors_total";
  public static final String BUSINESS_EVENTS = "business_events_usd";
  public static final String LOW_LEVEL_OPERATIONS = "low_level_operations_seconds";
  public static final String DATABASE_CONNECTIONS_ACTIVE = "database_connections_active";
  public static final String DATABASE_CONNECTIONS_MAX = "database_connections_max";
  public static final String LEDGER_UP = "paymeter_ledger_up";
  public static final String MEMORY_USAGE = "memory_usage_bytes";
  public static final String CPU_USAGE = "cpu_usage_percent";
  public static final String ERRORS_HELP =
      "Errors; service=\"payment\" counts failed payments, each once";
  public static final String OBSERVATIONS_OFFERED = "paymeter_observations_offered_total";
  public static final String OBSERVATIONS_APPLIED = "paymeter_observations_applied_total";
  public static final String OBSERVATIONS_SAMPLED_OUT = "paymeter_observations_sampled_out_total";
  public static final String OBSERVATIONS_DROPPED = "paymeter_observations_dropped_total";
  public static final String OBSERVATIONS_REJECTED = "paymeter_observations_rejected_total";
  public static final String OBSERVATIONS_DUPLICATE = "paymeter_observations_duplicate_total";
  public static final String OBSERVATIONS_MISSING = "paymeter_observations_missing_total";
  public static final String OBSERVATIONS_LATE = "paymeter_observations_late_total";
  public static final String QUEUE_DEPTH = "paymeter_queue_depth";
  public static final String QUEUE_DEPTH_HIGHEST = "paymeter_queue_depth_highest";
  public static final String QUEUE_CAPACITY = "paymeter_queue_capacity";
  public static final String BATCH_SIZE = "paymeter_batch_size";
  public static final String FLUSH_SECONDS = "paymeter_flush_seconds";
  public static final String SNAPSHOT_SECONDS = "paymeter_snapshot_seconds";
  public static final String RENDER_SECONDS = "paymeter_render_seconds";
  static final String SERIES = "paymeter_series";
  public static final String SERIES_OVERFLOW = "paymeter_series_overflow_total";
  public static final String LEDGER_DRIFT = "metrics_ledger_drift";
  public static final String PAYMENTS_UNAVAILABLE = "paymeter_payments_unavailable_total";
  public static final String LOOK_BACK_ROWS = "paymeter_look_back_rows";
  public static final String LOOK_BACK_OLDEST = "paymeter_look_back_oldest_seconds";
  public static final String LOOK_BACK_DIFFERENCE = "paymeter_look_back_difference";
  public static final String LEDGER_LOST_ROWS = "paymeter_ledger_lost_rows";
  public static final String SCRAPE_CUT = "paymeter_scrape_cut";
  public static final String SCRAPE_CUT_COMPLETE = "paymeter_scrape_cut_complete";
  public static final String CHAIN_CUT = "paymeter_chain_cut";
  public static final String CHAIN_HEAD = "paymeter_chain_head";
  public static final String AUDIT_LAG = "paymeter_audit_lag_seconds";
  public static final String AUDIT_SECONDS = "paymeter_audit_seconds";
  public static final String REQUESTS_REFUSED = "paymeter_requests_refused_total";
  public static final String FILE_RELOADED = "paymeter_file_last_reload_successful";
  public static final String LOG_LINES_DROPPED = "paymeter_log_lines_dropped_total";
  public static final String EVENT_LOOP_DELAY = "paymeter_event_loop_delay_seconds";
  public static final String RATES_AGE = "paymeter_fx_rates_age_seconds";
  public static final String RATES_RELOADED = "paymeter_fx_rates_last_reload_successful";
  public static final String RATES_RELOADED_AT =
      "paymeter_fx_rates_last_reload_success_timestamp_seconds";

  public static final String PAYMENTS_UNKNOWN = "payments_unknown";
  public static final String REFUNDS_UNKNOWN = "refunds_unknown";
  public static final String PAYMENTS_REQUIRES_ACTION = "payments_requires_action";
  public static final String PAYMENTS_AUTHORIZED = "payments_authorized";

  public static final String DISPUTES_OPEN = "disputes_open";
  public static final String DISPUTES_AWAITING_RESPONSE = "disputes_awaiting_response";
  public static final String DISPUTES_RESPONSE_DUE = "disputes_response_due_seconds";

  public static final String SETTLEMENT_EXCEPTIONS = "settlement_exceptions_open";

  /**
   * Suffix of {@link #PAYMENTS_AUTHORIZED} and {@link #PAYMENTS_REQUIRES_ACTION}, besides those of
   * unknown payments.
   */
  public static final String NEXT_EXPIRY = "_next_expiry_seconds";

  /**
   * Suffixes of {@link #PAYMENTS_UNKNOWN}, {@link #REFUNDS_UNKNOWN}, {@link
   * #PAYMENTS_REQUIRES_ACTION}, {@link #SETTLEMENT_EXCEPTIONS} and {@link
   * #MISSING_ACCOUNT_TRANSFERS}.
   */
  public static final String UNKNOWN_OLDEST = "_oldest_seconds";

  public static final String UNKNOWN_USD = "_usd";

  public static final String MISSING_ACCOUNT_TRANSFERS = "paymeter_missing_account_transfers";

  public static final String PAYMENT_RESOLUTION = "payment_resolution_seconds";
  public static final String SETTLEMENT_CONFLICTS = "paymeter_settlement_conflicts_total";
  public static final String OUTCOMES_ABANDONED = "paymeter_outcomes_abandoned_total";
  public static final String EVENTS_UNPUBLISHED = "payment_events_unpublished_seconds";
  public static final String WEBHOOKS_DUE = "webhooks_due";
  public static final String WEBHOOKS_DELIVERED = "webhooks_delivered";
  public static final String WEBHOOKS_WAITING = "webhooks_waiting";
  public static final String WEBHOOKS_DEAD = "webhooks_dead";
  public static final String WEBHOOKS_OLDEST = "webhooks_waiting_oldest_seconds";
  public static final String WEBHOOKS_UNQUEUED = "webhooks_unqueued_seconds";
  public static final String WEBHOOKS_DISABLED = "webhooks_endpoint_disabled";

  public static final String IDEMPOTENCY_REQUESTS = "idempotency_requests_total";

  public static final String CLUSTER_MEMBERS = "paymeter_cluster_members";
  public static final String CLUSTER_LOST_MEMBERS = "paymeter_cluster_lost_members_total";
  public static final String CLUSTER_SEND_FAILURES = "paymeter_cluster_send_failures_total";

  public static final String GATEWAY_IN_FLIGHT = "paymeter_gateway_in_flight";
  public static final String GATEWAY_FAILOVERS = "paymeter_gateway_failovers_total";
  public static final String GATEWAY_REJECTIONS = "paymeter_gateway_rejections_total";
  public static final String GATEWAY_TIMEOUTS = "paymeter_gateway_timeouts_total";
  public static final String GATEWAY_WEBHOOKS = "paymeter_gateway_webhooks_total";
  public static final String GATEWAY_BREAKER = "paymeter_gateway_breaker_state";

  /** Label {@code service} of failed payments, reserved for this service. */
  public static final String PAYMENT_SERVICE = "payment";

  /** Upper bounds in seconds. */
  public static final double[] DURATION_BUCKETS = {0.1, 0.25, 0.5, 1, 2.5, 5, 10};

  /** Upper bounds in US dollars. */
  public static final double[] AMOUNT_BUCKETS = {1, 10, 50, 100, 500, 1000, 5000};

  /** Upper bounds in seconds, from one to a day. */
  public static final double[] RESOLUTION_BUCKETS = {1, 5, 15, 60, 300, 900, 3600, 14400, 86400};

  /** Upper bounds in observations. */
  public static final double[] BATCH_BUCKETS = {1, 10, 50, 100, 500, 1000, 5000, 10000, 50000};

  /** Upper bounds in seconds, from 100 µs to 10 s. */
  public static final double[] OPERATION_BUCKETS = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
  };
}
