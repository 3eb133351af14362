package dev.paymeter.bus;

/** Event bus addresses. They are a contract: a changed meaning needs a new address. */
public final class Addresses {
  private Addresses() {}

  /**
   * Accepts a payment order like {@code POST /v1/payments}: a JSON object, or its text as a buffer.
   * The header {@code Idempotency-Key} has the same format as in HTTP. With the header {@link
   * #MERCHANT}, the payment and the idempotency key belong to that merchant. Replies with the JSON
   * of the HTTP response, a payment or a problem; its headers are {@code status} (the HTTP status)
   * and, as in HTTP, {@code Location}, {@code Idempotency-Replayed} and {@code Retry-After}.
   */
  public static final String CREATE = "payments.v1.create";

  /** Accepts {@link CreatePayment} within this process, replies a payment. */
  public static final String PAY = "paymeter.payments.v1.pay";

  /** Accepts {@link CapturePayment} within this process, replies its result. */
  public static final String CAPTURE = "paymeter.payments.v1.capture";

  /** Accepts {@link VoidPayment} within this process, replies its result. */
  public static final String VOID = "paymeter.payments.v1.void";

  /** Accepts {@link FindPayment}, replies a payment. */
  public static final String FIND = "payments.v1.find";

  /** Accepts {@code PaymentQuery}, replies a page. */
  public static final String LIST = "payments.v1.list";

  /** Accepts {@link FindHistory}, replies {@link EventsReply}. */
  public static final String HISTORY = "payments.v1.history";

  /** Accepts {@link ReadEvents}, replies an {@code EventBatch}. */
  public static final String READ_EVENTS = "payments.v1.changes";

  /**
   * Publishes each committed event of a payment as a JSON object: {@code id} (its position among
   * all events), {@code type} ({@code payment.pending}, {@code payment.unknown}, {@code
   * payment.requires_action}, {@code payment.authorized}, {@code payment.voided}, {@code
   * payment.success}, {@code payment.failed}, {@code payment.partially_refunded}, {@code
   * payment.refunded}, {@code payment.disputed}, {@code payment.withdrawn}; {@code
   * payment.refund_failed}, {@code payment.warning_opened}, {@code payment.warning_closed}, {@code
   * payment.dispute_opened}, {@code payment.dispute_won}, {@code payment.dispute_lost}, {@code
   * payment.reversed}), {@code at} (ISO 8601) and {@code payment}, the payment at that time as in
   * the HTTP API. Events are in order. After a crash of an instance or an outage of the ledger,
   * some may be repeated. When the ledger went back in time, {@code type} {@code reset} precedes
   * the events of the new {@code generation}.
   */
  public static final String EVENTS = "payments.v1.events";

  /** Accepts {@link CreateRefund}, replies a refund. */
  public static final String REFUND = "refunds.v1.create";

  /** Accepts {@link FindRefund}, replies a refund. */
  public static final String FIND_REFUND = "refunds.v1.find";

  /** Accepts {@code RefundQuery}, replies a page. */
  public static final String LIST_REFUNDS = "refunds.v1.list";

  /** Accepts {@link ListDisputes}, replies {@link DisputesReply}. */
  public static final String LIST_DISPUTES = "disputes.v1.list";

  /** Accepts {@link ReceiveWebhook}, replies a {@code HintOutcome}. */
  public static final String GATEWAY_WEBHOOK = "gateways.v1.webhook";

  /**
   * Accepts an observation as a JSON object or its text as a buffer, replies {@code ReportReply}. A
   * business event has {@code kind} ({@code event}), {@code publisher} and {@code id} (together
   * unique), {@code event} (a word), {@code amount} (a decimal) and {@code currency} (ISO 4217, by
   * default USD).
   *
   * <p>A batch has {@code kind} and {@code publisher}, and {@code columns}: an object of arrays of
   * 1 to 10,000 values for {@code id}, {@code event}, {@code amount_minor} (whole numbers of the
   * currency's smallest units) and, unless all are USD, {@code currency}.
   *
   * <p>{@code src/docs/api/observations.md} describes errors, operations and connections.
   */
  public static final String OBSERVATIONS = "observations.v1";

  /**
   * Accepts payments that another service has processed, one or a batch, like {@link #OBSERVATIONS}
   * with the {@code kind} {@code payment}, which is optional here. A payment has {@code publisher}
   * and {@code id} (together unique), {@code order_id}, {@code user_id}, {@code amount}, {@code
   * currency} (by default USD), {@code user_tier}, {@code payment_method}, {@code gateway}, {@code
   * status} ({@code success} or {@code failed}), {@code duration} (seconds) and optionally {@code
   * settled_at}; if it failed, {@code error_type} and optionally {@code error_code} and {@code
   * error_message}. A batch has {@code amount_minor} and {@code duration_micros} (microseconds)
   * instead of {@code amount} and {@code duration}, and null for an absent value.
   */
  public static final String RECORD = "payments.v1.record";

  /**
   * Announces to all instances which of them exposes a reported connection pool: an object of
   * {@code pool}, {@code turn} (a logical time) and {@code by} (the instance).
   */
  public static final String CONNECTIONS = "paymeter.connections.v1";

  /**
   * Followed by an instance's id, the address at which that instance replies with its state: the
   * text of a JSON object, for the console of another one.
   */
  public static final String INSTANCE_STATE = "paymeter.instances.v1.";

  /**
   * Header of messages within the process, for the log: the id of the request's API key, or {@code
   * anonymous}.
   */
  public static final String CREDENTIAL = "credential";

  /** Header of {@link #CREATE} with the name of the payment's merchant. */
  public static final String MERCHANT = "Merchant";

  /** Header with the id of the request, for the log. */
  public static final String REQUEST_ID = "request_id";
}
