package dev.paymeter.payment;

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
 * @param doubt absent where there never was any
 * @param settlement absent while it is not known how the payment ended
 * @param source who told of it; absent for a payment that was carried out here
 * @param refunded what was given back of it: zero to the amount
 */
public record Payment(
    UUID id,
    PaymentOrder order,
    BigDecimal amountUsd,
    ExchangeRates.Rate rate,
    Instant createdAt,
    @Nullable Doubt doubt,
    @Nullable Settlement settlement,
    @Nullable Source source,
    Money refunded)
    implements Transfer<Payment> {

  /** Above this many US dollars a payment counts as high-value, and its failure as severe. */
  public static final BigDecimal HIGH_VALUE_USD = new BigDecimal(1000);

  /**
   * That nobody knew how a payment ended.
   *
   * @param duration from the accepted order to the moment since when nobody knew, to the
   *     microsecond
   * @param since that moment, to the microsecond
   */
  public record Doubt(Duration duration, Instant since) {}

  /**
   * How a payment ended.
   *
   * @param duration from the accepted order to the gateway's answer, or to the doubt where there
   *     was any, to the microsecond
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
      ExchangeRates.Rate rate,
      Instant createdAt,
      @Nullable Settlement settlement) {
    this(id, order, amountUsd, rate, createdAt, null, settlement, null);
  }

  /** A payment of which nothing was given back. */
  public Payment(
      UUID id,
      PaymentOrder order,
      BigDecimal amountUsd,
      ExchangeRates.Rate rate,
      Instant createdAt,
      @Nullable Doubt doubt,
      @Nullable Settlement settlement,
      @Nullable Source source) {
    this(
        id,
        order,
        amountUsd,
        rate,
        createdAt,
        doubt,
        settlement,
        source,
        Money.zero(order.amount().currency()));
  }

  @Override
  public PaymentStatus status() {
    PaymentStatus status = PaymentStatus.of(doubt, settlement);
    return status == PaymentStatus.SUCCESS ? PaymentStatus.of(order.amount(), refunded) : status;
  }

  @Override
  public Money amount() {
    return order.amount();
  }

  @Override
  public Optional<Settlement> settled() {
    return Optional.ofNullable(settlement);
  }

  @Override
  public Optional<Doubt> doubted() {
    return Optional.ofNullable(doubt);
  }

  public Optional<Source> toldBy() {
    return Optional.ofNullable(source);
  }

  /** {@code txn_} and the payment's id: one identity under the name that clients know it by. */
  public String transactionId() {
    return "txn_" + id;
  }

  /** The same payment, to be charged by the next gateway. Its status does not change. */
  public Payment goElsewhere() {
    return new Payment(id, order.atNext(), amountUsd, rate, createdAt, doubt, settlement, source);
  }

  @Override
  public Payment doubt(Doubt why) {
    return next(new Payment(id, order, amountUsd, rate, createdAt, why, null, source));
  }

  @Override
  public Payment settle(Settlement how) {
    return next(new Payment(id, order, amountUsd, rate, createdAt, doubt, how, source));
  }

  @Override
  public Payment doubtedSince(Instant since) {
    Doubt why = new Doubt(settled().orElseThrow().duration(), since);
    return new Payment(id, order, amountUsd, rate, createdAt, why, settlement, source, refunded);
  }

  /**
   * The same payment as it stood before, in one of the states that it has come through.
   *
   * @param gateway where it was to be charged then
   * @param back what was given back of it by then
   */
  public Payment asItStood(PaymentStatus then, String gateway, BigDecimal back) {
    return new Payment(
        id,
        order.at(gateway),
        amountUsd,
        rate,
        createdAt,
        then == PaymentStatus.PENDING ? null : doubt,
        then.isSettled() ? settlement : null,
        source,
        Money.of(back, order.amount().currency()));
  }

  /** The same payment, as it was before anything of it was given back. */
  public Payment beforeRefunds() {
    return new Payment(id, order, amountUsd, rate, createdAt, doubt, settlement, source);
  }

  private Payment next(Payment then) {
    status().checkMayBecome(then.status(), "payment " + id);
    return then;
  }
}
