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
}
