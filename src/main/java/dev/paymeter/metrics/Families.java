package dev.paymeter.metrics;

/** The metrics contract: names, labels and buckets, as Prometheus sees them. */
final class Families {
  private Families() {}

  static final String PAYMENT_REQUESTS = "payment_requests_total";
  static final String PAYMENT_DURATION = "payment_duration_seconds";
  static final String PAYMENT_AMOUNT = "payment_amount_usd";
  static final String ERRORS = "errors_total";
  static final String BUSINESS_EVENTS = "business_events_usd";
  static final String LOW_LEVEL_OPERATIONS = "low_level_operations_seconds";
  static final String DATABASE_CONNECTIONS_ACTIVE = "database_connections_active";
  static final String DATABASE_CONNECTIONS_MAX = "database_connections_max";
  static final String LEDGER_UP = "paymeter_ledger_up";
  static final String MEMORY_USAGE = "memory_usage_bytes";
  static final String CPU_USAGE = "cpu_usage_percent";
  static final String ERRORS_HELP =
      "Errors; those of the service payment are failed payments, each counted once";
  static final String OBSERVATIONS_OFFERED = "paymeter_observations_offered_total";
  static final String OBSERVATIONS_APPLIED = "paymeter_observations_applied_total";
  static final String OBSERVATIONS_SAMPLED_OUT = "paymeter_observations_sampled_out_total";
  static final String OBSERVATIONS_DROPPED = "paymeter_observations_dropped_total";
  static final String OBSERVATIONS_REJECTED = "paymeter_observations_rejected_total";
  static final String OBSERVATIONS_DUPLICATE = "paymeter_observations_duplicate_total";
  static final String OBSERVATIONS_MISSING = "paymeter_observations_missing_total";
  static final String OBSERVATIONS_LATE = "paymeter_observations_late_total";
  static final String QUEUE_DEPTH = "paymeter_queue_depth";
  static final String QUEUE_DEPTH_HIGHEST = "paymeter_queue_depth_highest";
  static final String QUEUE_CAPACITY = "paymeter_queue_capacity";
  static final String BATCH_SIZE = "paymeter_batch_size";
  static final String FLUSH_SECONDS = "paymeter_flush_seconds";
  static final String SNAPSHOT_SECONDS = "paymeter_snapshot_seconds";
  static final String RENDER_SECONDS = "paymeter_render_seconds";
  static final String SERIES = "paymeter_series";
  static final String SERIES_OVERFLOW = "paymeter_series_overflow_total";
  static final String LEDGER_DRIFT = "metrics_ledger_drift";
  static final String AUDIT_LAG = "paymeter_audit_lag_seconds";
  static final String AUDIT_SECONDS = "paymeter_audit_seconds";
  static final String REQUESTS_REFUSED = "paymeter_requests_refused_total";
  static final String FILE_RELOADED = "paymeter_file_last_reload_successful";
  static final String EVENT_LOOP_DELAY = "paymeter_event_loop_delay_seconds";
  static final String RATES_AGE = "paymeter_fx_rates_age_seconds";
  static final String RATES_RELOADED = "paymeter_fx_rates_last_reload_successful";
  static final String RATES_RELOADED_AT = "paymeter_fx_rates_last_reload_success_timestamp_seconds";

  static final String PAYMENTS_UNKNOWN = "payments_unknown";
  static final String REFUNDS_UNKNOWN = "refunds_unknown";

  /** Ends of names, after those of what is unknown. */
  static final String UNKNOWN_OLDEST = "_oldest_seconds";

  static final String UNKNOWN_USD = "_usd";

  static final String PAYMENT_RESOLUTION = "payment_resolution_seconds";
  static final String EVENTS_UNPUBLISHED = "payment_events_unpublished_seconds";
  static final String IDEMPOTENCY_REQUESTS = "idempotency_requests_total";

  static final String CLUSTER_MEMBERS = "paymeter_cluster_members";
  static final String CLUSTER_LOST_MEMBERS = "paymeter_cluster_lost_members_total";
  static final String CLUSTER_SEND_FAILURES = "paymeter_cluster_send_failures_total";

  static final String GATEWAY_IN_FLIGHT = "paymeter_gateway_in_flight";
  static final String GATEWAY_FAILOVERS = "paymeter_gateway_failovers_total";
  static final String GATEWAY_REJECTIONS = "paymeter_gateway_rejections_total";
  static final String GATEWAY_TIMEOUTS = "paymeter_gateway_timeouts_total";
  static final String GATEWAY_BREAKER = "paymeter_gateway_breaker_state";

  /** The label {@code service} of payments: ours alone. */
  static final String PAYMENT_SERVICE = "payment";

  /** Upper bounds in seconds. */
  static final double[] DURATION_BUCKETS = {0.1, 0.25, 0.5, 1, 2.5, 5, 10};

  /** Upper bounds in US dollars. */
  static final double[] AMOUNT_BUCKETS = {1, 10, 50, 100, 500, 1000, 5000};

  /** Upper bounds in seconds, from one to a day. */
  static final double[] RESOLUTION_BUCKETS = {1, 5, 15, 60, 300, 900, 3600, 14400, 86400};

  /** Upper bounds in observations. */
  static final double[] BATCH_BUCKETS = {1, 10, 50, 100, 500, 1000, 5000, 10000, 50000};

  /** Upper bounds in seconds, from 100 µs to 10 s. */
  static final double[] OPERATION_BUCKETS = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
  };
}
