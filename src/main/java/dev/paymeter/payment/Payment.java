package dev.paymeter.payment;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A payment, as stored in the ledger.
 *
 * @param amountUsd the amount in US dollars at {@code rate}, two decimals
 * @param createdAt when the order was accepted, to the microsecond
 * @param account the account of the order's gateway that charges the payment; null if the gateway
 *     had not stated one, so that the payment was not submitted to it
 * @param unknown null if the outcome was never unknown
 * @param settlement null while the outcome is not known
 * @param source the publisher that reported the payment; null if Paymeter carried it out
 * @param refunded the refunded amount, from zero to the amount
 * @param gatewayKey the reference at the gateway
 * @param merchant the merchant that the payment belongs to; null if it belongs to none
 */
public record Payment(
    UUID id,
    PaymentOrder order,
    BigDecimal amountUsd,
    ExchangeRates.Rate rate,
    Instant createdAt,
    @Nullable String account,
    @Nullable UnknownOutcome unknown,
    @Nullable Settlement settlement,
    @Nullable Source source,
    Money refunded,
    GatewayKey gatewayKey,
    @Nullable String merchant)
    implements Transfer<Payment> {
  /** Precedes the id of a payment in the text by which clients know it. */
  public static final String TRANSACTION_PREFIX = "txn_";

  /** Payments above this amount in US dollars are high-value; their failures have severity high. */
  public static final BigDecimal HIGH_VALUE_USD = new BigDecimal(1000);

  /**
   * The period in which the outcome of a payment is, or was, unknown.
   *
   * @param duration from accepting the order to {@code since}, to the microsecond
   * @param since when the outcome was marked unknown, to the microsecond
   */
  public record UnknownOutcome(Duration duration, Instant since) {}

  /**
   * The outcome of a payment.
   *
   * @param duration from accepting the order to the gateway's response, or until the outcome was
   *     marked unknown, to the microsecond
   * @param at when the outcome was known, to the microsecond
   * @param error the failure; null for a success
   * @param segment the segment of the instance in which it was settled
   * @param manual the manual settlement; null if the gateway's evidence has settled the payment
   */
  public record Settlement(
      Duration duration,
      Instant at,
      @Nullable PaymentException error,
      int segment,
      @Nullable UUID manual) {
    /** Creates the outcome that a gateway has stated. */
    public Settlement(
        Duration duration, Instant at, @Nullable PaymentException error, int segment) {
      this(duration, at, error, segment, null);
    }

    public boolean isManual() {
      return manual != null;
    }
  }

  /**
   * The origin of a payment that another service has processed.
   *
   * @param publisher the service that reported it
   * @param id the publisher's identifier of the payment
   */
  public record Source(String publisher, String id) {}

  /**
   * Creates a payment without an account, refunds and a merchant, whose id is the reference at the
   * gateway.
   */
  public Payment(
      UUID id,
      PaymentOrder order,
      BigDecimal amountUsd,
      ExchangeRates.Rate rate,
      Instant createdAt,
      @Nullable UnknownOutcome unknown,
      @Nullable Settlement settlement,
      @Nullable Source source) {
    this(
        id,
        order,
        amountUsd,
        rate,
        createdAt,
        null,
        unknown,
        settlement,
        source,
        Money.zero(order.amount().currency()),
        GatewayKey.of(id),
        null);
  }

  @Override
  public PaymentStatus status() {
    PaymentStatus status = PaymentStatus.of(unknown, settlement);
    return status == PaymentStatus.SUCCESS ? PaymentStatus.of(order.amount(), refunded) : status;
  }

  @Override
  public Money amount() {
    return order.amount();
  }

  public Optional<Source> reportedBy() {
    return Optional.ofNullable(source);
  }

  /** Returns {@code txn_} and the payment's id, under which clients know the payment. */
  public String transactionId() {
    return TRANSACTION_PREFIX + id;
  }

  /** Returns this payment with the account that charges it. */
  public Payment withAccount(@Nullable String account) {
    return with(order, account, unknown, settlement, refunded);
  }

  /**
   * Returns this payment with the next gateway of its route, without an account. Its status does
   * not change.
   */
  public Payment failOver() {
    return with(order.withNextGateway(), null, unknown, settlement, refunded);
  }

  @Override
  public Payment markUnknown(UnknownOutcome outcome) {
    return checked(with(order.withoutTokenValue(), account, outcome, null, refunded));
  }

  @Override
  public Payment settle(Settlement outcome) {
    return checked(with(order.withoutTokenValue(), account, unknown, outcome, refunded));
  }

  @Override
  public Payment withUnknownSince(Instant since) {
    UnknownOutcome outcome = new UnknownOutcome(settled().orElseThrow().duration(), since);
    return with(order, account, outcome, settlement, refunded);
  }

  /**
   * Returns this payment as it was in an earlier state.
   *
   * @param gateway the payment's gateway in that state
   * @param refunded the amount that was refunded until then
   */
  public Payment atStatus(PaymentStatus earlier, String gateway, BigDecimal refunded) {
    return with(
        order.withGateway(gateway),
        account,
        earlier == PaymentStatus.PENDING ? null : unknown,
        earlier.isSettled() ? settlement : null,
        Money.of(refunded, order.amount().currency()));
  }

  /** Returns this payment as it was before any refund. */
  public Payment withoutRefunds() {
    return with(order, account, unknown, settlement, Money.zero(order.amount().currency()));
  }

  /** Returns this payment with its reference at the gateway. */
  public Payment withGatewayKey(GatewayKey key) {
    return with(order, account, unknown, settlement, refunded, key, merchant);
  }

  /** Returns this payment with the merchant that it belongs to. */
  public Payment withMerchant(@Nullable String merchant) {
    return with(order, account, unknown, settlement, refunded, gatewayKey, merchant);
  }

  private Payment with(
      PaymentOrder order,
      @Nullable String account,
      @Nullable UnknownOutcome unknown,
      @Nullable Settlement settlement,
      Money refunded) {
    return with(order, account, unknown, settlement, refunded, gatewayKey, merchant);
  }

  private Payment with(
      PaymentOrder order,
      @Nullable String account,
      @Nullable UnknownOutcome unknown,
      @Nullable Settlement settlement,
      Money refunded,
      GatewayKey gatewayKey,
      @Nullable String merchant) {
    return new Payment(
        id,
        order,
        amountUsd,
        rate,
        createdAt,
        account,
        unknown,
        settlement,
        source,
        refunded,
        gatewayKey,
        merchant);
  }

  private Payment checked(Payment changed) {
    status().checkCanBecome(changed.status(), "payment " + id);
    return changed;
  }
}
