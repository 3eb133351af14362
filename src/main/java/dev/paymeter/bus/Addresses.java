package dev.paymeter.bus;

/**
 * The words under which messages travel. They are a contract: a change of meaning is a new word.
 */
public final class Addresses {
  private Addresses() {}

  /** Takes {@link CreatePayment}, answers {@link PaymentReply}. */
  public static final String CREATE = "payments.v1.create";

  /** Takes {@link FindPayment}, answers {@link PaymentReply}. */
  public static final String FIND = "payments.v1.find";

  /**
   * Takes one observation as a JSON object, answers {@link ObservationReply}. A business event has
   * {@code kind} ({@code event}), {@code publisher} and {@code id} (together unique), {@code event}
   * (a word), {@code amount} (a decimal) and {@code currency} (ISO 4217, USD where absent).
   *
   * <p>Takes a batch, too: {@code kind} and {@code publisher} as above, and {@code columns}, an
   * object of 1 to 10,000 values each of {@code id}, {@code event}, {@code amount_minor} (whole
   * numbers of the currency's smallest units) and, unless all are USD, {@code currency}.
   */
  public static final String OBSERVATIONS = "observations.v1";

  /** A header that names the request in the log. */
  public static final String REQUEST_ID = "request_id";
}
