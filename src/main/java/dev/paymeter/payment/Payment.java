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
 * @param authorization null if the payment was never authorized, or was charged at once
 * @param action what the payer has to do; null if there is nothing, or it is done
 * @param dispute the status of the successful payment because of its disputes; null if the money is
 *     not withdrawn, and never was or was returned
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
    @Nullable String merchant,
    @Nullable Authorization authorization,
    @Nullable PayerAction action,
    @Nullable PaymentStatus dispute)
    implements Transfer<Payment> {
  /** Precedes the id of a payment in the text by which clients know it. */
  public static final String TRANSACTION_PREFIX = "txn_";

  /** The ledger keeps no action that is done. */
  private static final NextAction PAST_ACTION = new NextAction(NextAction.Kind.REDIRECT, "");

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
   *     marked unknown, to the microsecond. Of an authorized payment, or one that required an
   *     action, it ended then
   * @param at when the outcome was known, to the microsecond
   * @param error the failure; null for a success, and for a void
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

    Settlement inSegment(int other) {
      return new Settlement(duration, at, error, other, manual);
    }
  }

  /**
   * The origin of a payment that another service has processed.
   *
   * @param publisher the service that reported it
   * @param id the publisher's identifier of the payment
   */
  public record Source(String publisher, String id) {}

  /** Creates a payment without an action of its payer, and without disputes. */
  public Payment(
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
      @Nullable String merchant,
      @Nullable Authorization authorization) {
    this(
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
        merchant,
        authorization,
        null,
        null);
  }

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
        null,
        null);
  }

  @Override
  public PaymentStatus status() {
    if (authorization != null) {
      if (authorization.voided() != null) {
        return PaymentStatus.VOIDED;
      }
      if (settlement == null && unknown == null && !authorization.hasOpenStep()) {
        return PaymentStatus.AUTHORIZED;
      }
    }
    if (action != null && !action.isExpired()) {
      return PaymentStatus.REQUIRES_ACTION;
    }
    PaymentStatus status = PaymentStatus.of(unknown, settlement);
    if (status != PaymentStatus.SUCCESS) {
      return status;
    }
    return dispute == null ? PaymentStatus.of(order.amount(), refunded) : dispute;
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

  /** Returns the authorization; empty if there is none. */
  public Optional<Authorization> authorized() {
    return Optional.ofNullable(authorization);
  }

  /** Returns the capture or void that is to be carried out; empty if there is none. */
  public Optional<Authorization.Step> openStep() {
    return authorized().filter(Authorization::hasOpenStep).map(Authorization::step);
  }

  /** Returns the action that the payer has to take, or did not take in time. */
  public Optional<PayerAction> payerAction() {
    return Optional.ofNullable(action);
  }

  /** Returns whether the payment is to be canceled, because the payer did not act in time. */
  public boolean isToBeCanceled() {
    return action != null && action.isExpired();
  }

  /** Returns the amount that was submitted to the gateway first. */
  public Money submittedAmount() {
    return authorization == null ? order.amount() : authorization.amount();
  }

  /** Returns this payment as it was submitted to the gateway, without authorization and outcome. */
  public Payment asSubmitted() {
    return authorization == null && action == null
        ? this
        : withAmount(submittedAmount())
            .with(null, null, null, Money.zero(order.amount().currency()));
  }

  /** Returns this payment with the account that charges it. */
  public Payment withAccount(@Nullable String account) {
    return with(order, account, gatewayKey, merchant);
  }

  /**
   * Returns this payment with the next gateway of its route, without an account. Its status does
   * not change.
   */
  public Payment failOver() {
    return with(order.withNextGateway(), null, gatewayKey, merchant);
  }

  @Override
  public Payment markUnknown(UnknownOutcome outcome) {
    UnknownOutcome kept = new UnknownOutcome(kept(outcome.duration()), outcome.since());
    return checked(withoutTokenValue().with(authorization, kept, null, refunded));
  }

  /** Returns this payment as one that requires an action of the payer. */
  public Payment requireAction(PayerAction required) {
    Payment changed = withoutTokenValue().with(null, null, null, refunded).with(required);
    return checked(changed);
  }

  /** Returns this payment as unknown, and to be canceled: the payer did not act in time. */
  public Payment expireAction(Instant now) {
    PayerAction expired = payerAction().orElseThrow().expire();
    UnknownOutcome outcome = new UnknownOutcome(expired.duration(), now);
    return checked(with(null, outcome, null, refunded).with(expired));
  }

  @Override
  public Payment settle(Settlement outcome) {
    return checked(withoutTokenValue().with(closed(), unknown, kept(outcome), refunded));
  }

  /**
   * Returns this payment as captured: it has another amount if that was a part.
   *
   * @param ended used if the ledger does not have the authorization
   */
  public Payment capture(Money captured, Authorization ended, Settlement outcome) {
    Authorization known =
        authorization == null
            ? ended.withDuration(kept(ended.duration()))
            : authorization.with(null);
    return checked(
        withoutTokenValue().withAmount(captured).with(known, unknown, kept(outcome), refunded));
  }

  /**
   * Returns this payment as voided.
   *
   * @param ended used if the ledger does not have the authorization
   */
  public Payment cancel(VoidReason reason, Authorization ended, Settlement outcome) {
    Authorization known =
        authorization == null ? ended.withDuration(kept(ended.duration())) : authorization;
    return checked(
        withoutTokenValue().with(known.endedBy(reason), unknown, kept(outcome), refunded));
  }

  /**
   * Returns this payment as authorized.
   *
   * @param given as the gateway states it, without a step
   */
  public Payment authorize(Authorization given) {
    Authorization known =
        authorization == null
            ? given.withDuration(kept(given.duration()))
            : new Authorization(
                authorization.amount(),
                given.reference(),
                authorization.duration(),
                given.expiresAt(),
                null,
                null);
    return checked(withoutTokenValue().with(known, null, null, refunded));
  }

  /** Returns this payment as authorized again: its step was not carried out, and never will be. */
  public Payment rejectStep() {
    Authorization known = authorized().orElseThrow();
    return checked(with(known.with(openStep().orElseThrow().rejected()), null, null, refunded));
  }

  /** Returns this authorized payment without the step that was rejected, as the ledger has it. */
  public Payment withoutStep() {
    return with(authorized().orElseThrow().with(null), unknown, settlement, refunded);
  }

  /** Returns this authorized payment as pending, with a capture to be carried out. */
  public Payment requestCapture(UUID step, Money amount) {
    return request(Authorization.Step.capture(step, amount));
  }

  /** Returns this authorized payment as pending, with a void to be carried out. */
  public Payment requestVoid(UUID step, VoidReason reason) {
    return request(Authorization.Step.cancel(step, submittedAmount(), reason));
  }

  private Payment request(Authorization.Step step) {
    return checked(with(authorized().orElseThrow().with(step), null, null, refunded));
  }

  /** Returns the authorization without a step. */
  private @Nullable Authorization closed() {
    return authorization == null ? null : authorization.with(null);
  }

  /** Returns the outcome with the duration of the first response, if there was one. */
  private Settlement kept(Settlement outcome) {
    return authorization == null && action == null
        ? outcome
        : new Settlement(
            kept(outcome.duration()), outcome.at(), outcome.error(), outcome.segment());
  }

  /** Returns the duration of the authorization, or until an action was required, if there was. */
  private Duration kept(Duration otherwise) {
    if (authorization != null) {
      return authorization.duration();
    }
    return action == null ? otherwise : action.duration();
  }

  @Override
  public Payment inSegment(int segment) {
    return with(authorization, unknown, settled().orElseThrow().inSegment(segment), refunded);
  }

  @Override
  public Payment withUnknownSince(Instant since) {
    UnknownOutcome outcome = new UnknownOutcome(settled().orElseThrow().duration(), since);
    return with(authorization, outcome, settlement, refunded);
  }

  /**
   * Returns this payment as it was in an earlier state.
   *
   * @param gateway the payment's gateway in that state
   * @param refunded the amount that was refunded until then
   */
  public Payment atStatus(PaymentStatus earlier, String gateway, BigDecimal refunded) {
    Payment then =
        with(order.withGateway(gateway), account, gatewayKey, merchant)
            .withDispute(earlier.isOfDispute() ? earlier : null);
    Money returned = Money.of(refunded, order.amount().currency());
    if (earlier == PaymentStatus.REQUIRES_ACTION) {
      return then.withAmount(submittedAmount())
          .with(null, null, null, returned)
          .with(new PayerAction(firstDuration(), createdAt, PAST_ACTION));
    }
    if (authorization == null || earlier.isPaid()) {
      return then.with(
          authorization, unknownAt(earlier), earlier.isSettled() ? settlement : null, returned);
    }
    return then.withAmount(authorization.amount())
        .with(
            earlier.isAnswered() ? authorizationAt(earlier) : null,
            earlier == PaymentStatus.UNKNOWN ? unknownThen() : null,
            earlier.isSettled() ? settlement : null,
            returned);
  }

  private Authorization authorizationAt(PaymentStatus earlier) {
    Authorization known = authorized().orElseThrow();
    return earlier == PaymentStatus.VOIDED ? known : known.with(null);
  }

  private @Nullable UnknownOutcome unknownAt(PaymentStatus earlier) {
    if (earlier == PaymentStatus.UNKNOWN) {
      return unknownThen();
    }
    return earlier == PaymentStatus.PENDING ? null : unknown;
  }

  /** The ledger keeps no unknown outcome from before an authorization or action. */
  private UnknownOutcome unknownThen() {
    Duration duration = firstDuration();
    return unknown == null ? new UnknownOutcome(duration, createdAt.plus(duration)) : unknown;
  }

  /** Returns the duration until the first response, or zero while there is none. */
  private Duration firstDuration() {
    if (settlement != null) {
      return settlement.duration();
    }
    return kept(unknown == null ? Duration.ZERO : unknown.duration());
  }

  /** Returns this payment as it was before any refund and dispute. */
  public Payment withoutRefunds() {
    boolean isChanged = refunded.amount().signum() != 0 || dispute != null;
    return isChanged
        ? with(authorization, unknown, settlement, Money.zero(order.amount().currency()))
            .withDispute(null)
        : this;
  }

  /**
   * Returns this payment with its status because of disputes.
   *
   * @param status null if there is none
   */
  public Payment withDispute(@Nullable PaymentStatus status) {
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
        merchant,
        authorization,
        action,
        status);
  }

  /** Returns this payment with its reference at the gateway. */
  public Payment withGatewayKey(GatewayKey key) {
    return with(order, account, key, merchant);
  }

  /** Returns this payment with the merchant that it belongs to. */
  public Payment withMerchant(@Nullable String merchant) {
    return with(order, account, gatewayKey, merchant);
  }

  private Payment withAmount(Money amount) {
    return with(order.withAmount(amount), account, gatewayKey, merchant);
  }

  private Payment withoutTokenValue() {
    PaymentOrder stored = order.withoutTokenValue();
    return stored == order ? this : with(stored, account, gatewayKey, merchant);
  }

  /** If the order has another amount, it is converted at this payment's own rate. */
  private Payment with(
      PaymentOrder order,
      @Nullable String account,
      GatewayKey gatewayKey,
      @Nullable String merchant) {
    return new Payment(
        id,
        order,
        order.amount().equals(amount()) ? amountUsd : rate.convert(order.amount()),
        rate,
        createdAt,
        account,
        unknown,
        settlement,
        source,
        refunded,
        gatewayKey,
        merchant,
        authorization,
        action,
        dispute);
  }

  private Payment with(PayerAction required) {
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
        merchant,
        authorization,
        required,
        dispute);
  }

  private Payment with(
      @Nullable Authorization authorization,
      @Nullable UnknownOutcome unknown,
      @Nullable Settlement settlement,
      Money refunded) {
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
        merchant,
        authorization,
        authorization == null && settlement == null ? expired() : null,
        dispute);
  }

  /** An action lasts until another state follows; to be canceled remains to be done. */
  private @Nullable PayerAction expired() {
    return isToBeCanceled() ? action : null;
  }

  private Payment checked(Payment changed) {
    status().checkCanBecome(changed.status(), "payment " + id);
    return changed;
  }
}
