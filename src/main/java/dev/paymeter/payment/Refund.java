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
 * @param success the settlement as a success, of a refund that failed later; null otherwise
 * @param gatewayKey the reference at the gateway
 */
public record Refund(
    UUID id,
    Payment payment,
    Money amount,
    BigDecimal amountUsd,
    @Nullable String reason,
    Instant createdAt,
    Payment.@Nullable UnknownOutcome unknown,
    Payment.@Nullable Settlement settlement,
    Payment.@Nullable Settlement success,
    GatewayKey gatewayKey)
    implements Transfer<Refund> {
  /** Precedes the id of a refund in the text by which clients know it. */
  public static final String REFERENCE_PREFIX = "rfn_";

  /** The business event that is counted for a successful refund. */
  public static final String EVENT = "refund";

  /** The business event that balances {@link #EVENT}, counted for a refund that fails later. */
  public static final String FAILURE_EVENT = "refund_failed";

  /** The service under which errors of failed refunds are counted. */
  public static final String SERVICE = "refund";

  /** The publisher of these events and errors; reserved. */
  public static final String PUBLISHER = "paymeter";

  /** Creates a pending refund, whose id is the reference at the gateway. */
  public static Refund of(Payment payment, Money amount, @Nullable String reason, Instant now) {
    UUID id = PaymentIds.next(now);
    return new Refund(
        id,
        payment,
        amount,
        payment.rate().convert(amount),
        reason,
        now,
        null,
        null,
        null,
        GatewayKey.of(id));
  }

  /** Returns this refund with its reference at the gateway. */
  public Refund withGatewayKey(GatewayKey key) {
    return new Refund(
        id, payment, amount, amountUsd, reason, createdAt, unknown, settlement, success, key);
  }

  /** Returns {@code rfn_} and the refund's id, under which clients know the refund. */
  public String reference() {
    return REFERENCE_PREFIX + id;
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
    return checked(with(amountUsd, outcome, null, null));
  }

  @Override
  public Refund settle(Payment.Settlement outcome) {
    return checked(with(amountUsd, unknown, outcome, null));
  }

  /**
   * Returns this successful refund as failed: the gateway had accepted it. Not a transition of
   * {@link PaymentStatus}, because the success stays counted; another business event balances it.
   *
   * @param failure an outcome with an error
   * @throws IllegalStateException if the refund is not successful
   */
  public Refund failLater(Payment.Settlement failure) {
    if (status() != PaymentStatus.SUCCESS || failure.error() == null) {
      throw new IllegalStateException(
          "refund " + id + " is " + status().label() + ": cannot fail later");
    }
    return with(amountUsd, unknown, failure, settlement);
  }

  @Override
  public boolean follows(Payment.Settlement earlier) {
    return earlier.equals(success);
  }

  @Override
  public boolean hasFailedLater() {
    return success != null;
  }

  /** Returns this refund as its request was answered, regardless of a later failure. */
  public Refund withoutLaterFailure() {
    return success == null ? this : with(amountUsd, unknown, success, null);
  }

  /**
   * Returns the id of the business event of the later failure, or the refund's id for that of the
   * event: each follows from the other. Of an id of version 7, the other one has version 8, which
   * RFC 9562 leaves to applications.
   */
  public static UUID failureId(UUID id) {
    return new UUID(id.getMostSignificantBits() ^ 0xF000, id.getLeastSignificantBits());
  }

  /**
   * A success that is written again after the refund failed later is no other outcome. Nor is one
   * that is written after an inquiry has found that the gateway's refund failed: the response had
   * been given before.
   */
  @Override
  public boolean hasSameOutcome(Refund other) {
    return Transfer.super.hasSameOutcome(other)
        || (id.equals(other.id)
            && status() == PaymentStatus.SUCCESS
            && other.error().filter(error -> error.code() == FailureCode.REFUND_FAILED).isPresent())
        || (other.hasFailedLater() && Transfer.super.hasSameOutcome(other.withoutLaterFailure()));
  }

  @Override
  public UUID receipt() {
    return hasFailedLater() ? failureId(id) : id;
  }

  @Override
  public Refund inSegment(int segment) {
    return with(amountUsd, unknown, settled().orElseThrow().inSegment(segment), success);
  }

  @Override
  public Refund withUnknownSince(Instant since) {
    Payment.UnknownOutcome outcome =
        new Payment.UnknownOutcome(settled().orElseThrow().duration(), since);
    return with(amountUsd, outcome, settlement, success);
  }

  /** Returns this refund with its final amount in US dollars. */
  public Refund withAmountUsd(BigDecimal usd) {
    return with(usd, unknown, settlement, success);
  }

  private Refund with(
      BigDecimal usd,
      Payment.@Nullable UnknownOutcome unknown,
      Payment.@Nullable Settlement settlement,
      Payment.@Nullable Settlement success) {
    return new Refund(
        id, payment, amount, usd, reason, createdAt, unknown, settlement, success, gatewayKey);
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
