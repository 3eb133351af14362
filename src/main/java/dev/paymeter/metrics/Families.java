package dev.paymeter.metrics;

/** The metrics contract: names, labels and buckets, as Prometheus sees them. */
final class Families {
  private Families() {}

  static final String PAYMENT_REQUESTS = "payment_requests_total";
  static final String PAYMENT_DURATION = "payment_duration_seconds";
  static final String PAYMENT_AMOUNT = "payment_amount_usd";
  static final String ERRORS = "errors_total";
  static final String LOW_LEVEL_OPERATIONS = "low_level_operations_seconds";
  static final String DATABASE_CONNECTIONS_ACTIVE = "database_connections_active";
  static final String DATABASE_CONNECTIONS_MAX = "database_connections_max";
  static final String MEMORY_USAGE = "memory_usage_bytes";
  static final String CPU_USAGE = "cpu_usage_percent";
  static final String OBSERVATIONS_DROPPED = "paymeter_observations_dropped_total";
  static final String QUEUE_CAPACITY = "paymeter_queue_capacity";

  /** The label {@code service} of payments: ours alone. */
  static final String PAYMENT_SERVICE = "payment";

  static final String SEVERITY_HIGH = "high";
  static final String SEVERITY_MEDIUM = "medium";

  /** Upper bounds in seconds. */
  static final double[] DURATION_BUCKETS = {0.1, 0.25, 0.5, 1, 2.5, 5, 10};

  /** Upper bounds in US dollars. */
  static final double[] AMOUNT_BUCKETS = {1, 10, 50, 100, 500, 1000, 5000};

  /** Upper bounds in seconds, from 100 µs to 10 s. */
  static final double[] OPERATION_BUCKETS = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
  };
}
