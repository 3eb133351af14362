package dev.paymeter.bus;

/**
 * The words under which messages travel. They are a contract: a change of meaning is a new word.
 */
public final class Addresses {
  private Addresses() {}

  /**
   * Takes an order to pay, as {@code POST /v1/payments} does: a JSON object, or its text as a
   * buffer. An idempotency key comes in the header {@code Idempotency-Key}, in the form that it has
   * in HTTP. Answers with the JSON of HTTP's answer, a payment or a problem; the header {@code
   * status} has HTTP's status, and {@code Location}, {@code Idempotency-Replayed} and {@code
   * Retry-After} are as there.
   */
  public static final String CREATE = "payments.v1.create";

  /** In this process only. Takes {@link CreatePayment}, replies a payment. */
  public static final String PAY = "paymeter.payments.v1.pay";

  /** Takes {@link FindPayment}, replies a payment. */
  public static final String FIND = "payments.v1.find";

  /** Takes {@code PaymentQuery}, replies a page. */
  public static final String LIST = "payments.v1.list";

  /** Takes {@link FindHistory}, replies {@link EventsReply}. */
  public static final String HISTORY = "payments.v1.history";

  /** Takes {@link ReadEvents}, replies {@link EventsReply}. */
  public static final String CHANGES = "payments.v1.changes";

  /**
   * Brings every committed change of a payment's state, as a JSON object: {@code id} (a place in
   * the order of all events), {@code type} ({@code payment.pending}, {@code payment.unknown},
   * {@code payment.success}, {@code payment.failed}, {@code payment.partially_refunded}, {@code
   * payment.refunded}, {@code payment.withdrawn}), {@code at} (ISO 8601) and {@code payment}, as
   * the HTTP API shows it, as it stood then. In order; after the death of an instance, or when the
   * ledger was away, some may come again.
   */
  public static final String EVENTS = "payments.v1.events";

  /** Takes {@link CreateRefund}, replies a refund. */
  public static final String REFUND = "refunds.v1.create";

  /** Takes {@link FindRefund}, replies a refund. */
  public static final String FIND_REFUND = "refunds.v1.find";

  /** Takes {@code RefundQuery}, replies a page. */
  public static final String LIST_REFUNDS = "refunds.v1.list";

  /**
   * Takes one observation as a JSON object, answers {@code ReportReply}. A business event has
   * {@code kind} ({@code event}), {@code publisher} and {@code id} (together unique), {@code event}
   * (a word), {@code amount} (a decimal) and {@code currency} (ISO 4217, USD where absent).
   *
   * <p>Takes a batch, too: {@code kind} and {@code publisher} as above, and {@code columns}, an
   * object of 1 to 10,000 values each of {@code id}, {@code event}, {@code amount_minor} (whole
   * numbers of the currency's smallest units) and, unless all are USD, {@code currency}.
   *
   * <p>Errors, operations and connections are described in {@code src/docs/api/observations.md}.
   * The text of the object is taken, too, as a buffer.
   */
  public static final String OBSERVATIONS = "observations.v1";

  /**
   * Takes payments that another service has processed, one or a batch, and answers, as {@link
   * #OBSERVATIONS} does of {@code kind} {@code payment}; here {@code kind} may be left out. One has
   * {@code publisher} and {@code id} (together unique), {@code order_id}, {@code user_id}, {@code
   * amount}, {@code currency} (USD where absent), {@code user_tier}, {@code payment_method}, {@code
   * gateway}, {@code status} ({@code success} or {@code failed}) and {@code duration} (seconds);
   * where it failed {@code error_type}, and {@code error_message} or not; and {@code settled_at} or
   * not. In a batch {@code amount_minor} and {@code duration_micros} (microseconds) stand for
   * {@code amount} and {@code duration}, and null for what a row does not have.
   */
  public static final String RECORD = "payments.v1.record";

  /**
   * Between instances: who shows a pool of another service's connections now, an object of {@code
   * pool}, {@code turn} (a count of all instances') and {@code by}.
   */
  public static final String CONNECTIONS = "paymeter.connections.v1";

  /**
   * A header of messages that stay within the process: the id of the key that a request came with,
   * or {@code anonymous}. It stands in the log.
   */
  public static final String CREDENTIAL = "credential";

  /** A header that names the request in the log. */
  public static final String REQUEST_ID = "request_id";
}
