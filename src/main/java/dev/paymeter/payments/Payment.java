package dev.paymeter.payments;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One payment, as it stands in the ledger.
 *
 * @param amountUsd the amount in US dollars at {@code rate}, two decimals
 * @param createdAt when the order was accepted, to the microsecond
 * @param settlement absent while the payment is pending
 * @param source who told of it; absent for a payment that was carried out here
 */
public record Payment(
    UUID id,
    PaymentOrder order,
    BigDecimal amountUsd,
    Rates.Rate rate,
    Instant createdAt,
    @Nullable Settlement settlement,
    @Nullable Source source) {

  /** Above this many US dollars a payment counts as high-value, and its failure as severe. */
  public static final BigDecimal HIGH_VALUE_USD = new BigDecimal(1000);

  /**
   * How a payment ended.
   *
   * @param duration from the accepted order to the gateway's answer, to the microsecond
   * @param at when, to the microsecond
   * @param error why it failed; absent when it succeeded
   * @param page the page of the instance's books that it is written on
   */
  public record Settlement(
      Duration duration, Instant at, @Nullable PaymentException error, int page) {}

  /**
   * Where a payment comes from that another service has processed.
   *
   * @param publisher who told of it
   * @param id the publisher's own name for it
   */
  public record Source(String publisher, String id) {}

  /** A payment that is carried out here. */
  public Payment(
      UUID id,
      PaymentOrder order,
      BigDecimal amountUsd,
      Rates.Rate rate,
      Instant createdAt,
      @Nullable Settlement settlement) {
    this(id, order, amountUsd, rate, createdAt, settlement, null);
  }

  public PaymentStatus status() {
    if (settlement == null) {
      return PaymentStatus.PENDING;
    }
    return settlement.error() == null ? PaymentStatus.SUCCESS : PaymentStatus.FAILED;
  }

  public Optional<Settlement> settled() {
    return Optional.ofNullable(settlement);
  }

  public Optional<Source> toldBy() {
    return Optional.ofNullable(source);
  }

  public Optional<PaymentException> error() {
    return settled().map(Settlement::error);
  }

  /** {@code txn_} and the payment's id: one identity under the name that clients know it by. */
  public String transactionId() {
    return "txn_" + id;
  }

  public boolean isHighValue() {
    return amountUsd.compareTo(HIGH_VALUE_USD) > 0;
  }

  Payment settle(Settlement how) {
    if (settlement != null) {
      throw new IllegalStateException("payment " + id + " is settled already");
    }
    return new Payment(id, order, amountUsd, rate, createdAt, how);
  }
}
