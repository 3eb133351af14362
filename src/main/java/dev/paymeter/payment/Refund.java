package dev.paymeter.payment;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Money of a payment that is given back, as it stands in the ledger.
 *
 * @param payment that it is a refund of, as it stood when it was read
 * @param amountUsd the amount in US dollars at the payment's own rate, two decimals
 * @param reason the client's own, 1 to 255 characters; absent where it gave none
 * @param createdAt when it was accepted, to the microsecond
 * @param doubt absent where there never was any
 * @param settlement absent while it is not known how the refund ended
 */
public record Refund(
    UUID id,
    Payment payment,
    Money amount,
    BigDecimal amountUsd,
    @Nullable String reason,
    Instant createdAt,
    Payment.@Nullable Doubt doubt,
    Payment.@Nullable Settlement settlement)
    implements Transfer<Refund> {

  /** The word under which a refund that succeeded is a business event. */
  public static final String EVENT = "refund";

  /** Whose errors refunds that failed are. */
  public static final String SERVICE = "refund";

  /** Who reports these events and errors: nobody else may call himself so. */
  public static final String PUBLISHER = "paymeter";

  /** A refund that is accepted now. */
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

  /** {@code rfn_} and the refund's id: one identity under the name that clients know it by. */
  public String reference() {
    return "rfn_" + id;
  }

  @Override
  public PaymentOrder order() {
    return payment.order();
  }

  /** Pending, unknown, success or failed. */
  @Override
  public PaymentStatus status() {
    return PaymentStatus.of(doubt, settlement);
  }

  @Override
  public Optional<Payment.Doubt> doubted() {
    return Optional.ofNullable(doubt);
  }

  @Override
  public Optional<Payment.Settlement> settled() {
    return Optional.ofNullable(settlement);
  }

  @Override
  public Refund doubt(Payment.Doubt why) {
    return next(new Refund(id, payment, amount, amountUsd, reason, createdAt, why, null));
  }

  @Override
  public Refund settle(Payment.Settlement how) {
    return next(new Refund(id, payment, amount, amountUsd, reason, createdAt, doubt, how));
  }

  @Override
  public Refund doubtedSince(Instant since) {
    Payment.Doubt why = new Payment.Doubt(settled().orElseThrow().duration(), since);
    return new Refund(id, payment, amount, amountUsd, reason, createdAt, why, settlement);
  }

  private Refund next(Refund then) {
    status().checkMayBecome(then.status(), "refund " + id);
    return then;
  }

  /** Of its failure, by its own amount. */
  public Severity severity() {
    return isHighValue() ? Severity.HIGH : Severity.MEDIUM;
  }
}
