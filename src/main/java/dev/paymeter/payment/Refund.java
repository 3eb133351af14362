package dev.paymeter.payment;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A refund of a payment, as stored in the ledger.
 *
 * @param payment the refunded payment, as it was when the refund was read
 * @param amountUsd in US dollars at the payment's rate, two decimals; of a successful refund, the
 *     increase of the payment's refunded amount in US dollars
 * @param reason the client's reason, 1 to 255 characters; null if none was given
 * @param createdAt when the refund was accepted, to the microsecond
 * @param unknown null if the outcome was never unknown
 * @param settlement null while the outcome is not known
 */
public record Refund(
    UUID id,
    Payment payment,
    Money amount,
    BigDecimal amountUsd,
    @Nullable String reason,
    Instant createdAt,
    Payment.@Nullable UnknownOutcome unknown,
    Payment.@Nullable Settlement settlement)
    implements Transfer<Refund> {

  /** The business event that is counted for a successful refund. */
  public static final String EVENT = "refund";

  /** The service under which errors of failed refunds are counted. */
  public static final String SERVICE = "refund";

  /** The publisher of these events and errors; reserved. */
  public static final String PUBLISHER = "paymeter";

  public static Refund of(Payment payment, Money amount, @Nullable String reason, Instant now) {
    return new Refund(
        PaymentIds.next(now),
        payment,
        amount,
        payment.rate().convert(amount),
        reason,
        now,
        null,
        null);
  }

  /** Returns {@code rfn_} and the refund's id, under which clients know the refund. */
  public String reference() {
    return "rfn_" + id;
  }

  @Override
  public PaymentOrder order() {
    return payment.order();
  }

  /** Returns pending, unknown, success or failed. */
  @Override
  public PaymentStatus status() {
    return PaymentStatus.of(unknown, settlement);
  }

  @Override
  public Refund markUnknown(Payment.UnknownOutcome outcome) {
    return checked(new Refund(id, payment, amount, amountUsd, reason, createdAt, outcome, null));
  }

  @Override
  public Refund settle(Payment.Settlement outcome) {
    return checked(new Refund(id, payment, amount, amountUsd, reason, createdAt, unknown, outcome));
  }

  @Override
  public Refund withUnknownSince(Instant since) {
    Payment.UnknownOutcome outcome =
        new Payment.UnknownOutcome(settled().orElseThrow().duration(), since);
    return new Refund(id, payment, amount, amountUsd, reason, createdAt, outcome, settlement);
  }

  /** Returns this refund with its final amount in US dollars. */
  public Refund withAmountUsd(BigDecimal usd) {
    return new Refund(id, payment, amount, usd, reason, createdAt, unknown, settlement);
  }

  private Refund checked(Refund changed) {
    status().checkCanBecome(changed.status(), "refund " + id);
    return changed;
  }

  /** Returns the severity of the refund's failure, by its own amount. */
  public Severity severity() {
    return isHighValue() ? Severity.HIGH : Severity.MEDIUM;
  }
}
