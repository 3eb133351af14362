package dev.paymeter.gateway.simulator;

import static dev.paymeter.payment.FailureCode.AUTHENTICATION_REQUIRED;
import static dev.paymeter.payment.FailureCode.CARD_DECLINED;
import static dev.paymeter.payment.FailureCode.EXPIRED_CARD;
import static dev.paymeter.payment.FailureCode.INSUFFICIENT_FUNDS;
import static dev.paymeter.payment.FailureCode.INVALID_CARD_DETAILS;
import static dev.paymeter.payment.FailureCode.INVALID_PAYMENT_METHOD;
import static dev.paymeter.payment.FailureCode.LIMIT_EXCEEDED;
import static dev.paymeter.payment.FailureCode.PROCESSING_ERROR;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentToken;
import dev.paymeter.payment.port.GatewayResult;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The payment tokens that simulated gateways accept, with the names of Stripe's test PaymentMethods
 * if Stripe has such a one. The same token always has the same outcome.
 */
enum TestToken {
  APPROVED("pm_card_visa", "pm_card_mastercard", "pm_card_amex"),
  /** Each refund of the payment is approved, and has failed when the gateway is asked again. */
  REFUNDS_FAIL("pm_card_refundFail"),
  DECLINED(
      decline(CARD_DECLINED, "The card was declined"),
      "pm_card_visa_chargeDeclined",
      "pm_card_chargeDeclined"),
  NO_FUNDS(
      decline(INSUFFICIENT_FUNDS, "The card has insufficient funds"),
      "pm_card_visa_chargeDeclinedInsufficientFunds",
      "pm_card_chargeDeclinedInsufficientFunds"),
  LOST_CARD(decline(CARD_DECLINED, "The card was declined"), "pm_card_visa_chargeDeclinedLostCard"),
  LIMITED(
      decline(LIMIT_EXCEEDED, "The card was used too often"),
      "pm_card_visa_chargeDeclinedVelocityLimitExceeded"),
  EXPIRED(decline(EXPIRED_CARD, "The card has expired"), "pm_card_chargeDeclinedExpiredCard"),
  WRONG_CODE(
      decline(INVALID_CARD_DETAILS, "The security code of the card is wrong"),
      "pm_card_chargeDeclinedIncorrectCvc"),
  NOT_PROCESSED(
      decline(PROCESSING_ERROR, "The card could not be processed"),
      "pm_card_chargeDeclinedProcessingError"),
  /** With a return URL, the payer authenticates the payment; without one, it is declined. */
  AUTHENTICATION(SimulatedPayer.Act.SUCCEEDS, "pm_card_authenticationRequired"),
  /** With a return URL, the payer does not pass the authentication. */
  AUTHENTICATION_FAILED(SimulatedPayer.Act.FAILS, "pm_card_authenticationFailed"),
  /** With a return URL, the payer never returns. */
  AUTHENTICATION_ABANDONED(SimulatedPayer.Act.NEVER, "pm_card_authenticationAbandoned"),
  /** The gateway charges and does not respond. */
  CHARGED_WITHOUT_RESPONSE(Fault.ANSWER_LOST, "pm_card_timeoutCharged"),
  /** The gateway does not receive the request, and so does not respond. */
  NOT_RECEIVED(Fault.REQUEST_LOST, "pm_card_timeoutNotCharged"),
  DISPUTED(
      SimulatedDispute.Kind.OPEN,
      "pm_card_createDispute",
      "pm_card_createDisputeProductNotReceived"),
  DISPUTE_WON(SimulatedDispute.Kind.WON, "pm_card_createDisputeWon"),
  DISPUTE_LOST(SimulatedDispute.Kind.LOST, "pm_card_createDisputeLost"),
  WARNING(SimulatedDispute.Kind.WARNING, "pm_card_createDisputeInquiry"),
  REVERSED(SimulatedDispute.Kind.REVERSAL, "pm_card_createReversal"),
  /** Any other token. */
  UNKNOWN(decline(INVALID_PAYMENT_METHOD, "The gateway does not know the payment token"));

  private final @Nullable GatewayResult decline;
  private final @Nullable Fault fault;
  private final SimulatedPayer.@Nullable Act act;
  private final SimulatedDispute.@Nullable Kind dispute;
  private final List<String> names;

  TestToken(GatewayResult decline, String... names) {
    this(decline, null, null, null, names);
  }

  TestToken(String... names) {
    this(null, null, null, null, names);
  }

  TestToken(Fault fault, String... names) {
    this(null, fault, null, null, names);
  }

  TestToken(SimulatedPayer.Act act, String... names) {
    this(
        decline(AUTHENTICATION_REQUIRED, "The payer must authenticate the payment"),
        null,
        act,
        null,
        names);
  }

  TestToken(SimulatedDispute.Kind dispute, String... names) {
    this(null, null, null, dispute, names);
  }

  TestToken(
      @Nullable GatewayResult decline,
      @Nullable Fault fault,
      SimulatedPayer.@Nullable Act act,
      SimulatedDispute.@Nullable Kind dispute,
      String... names) {
    this.decline = decline;
    this.fault = fault;
    this.act = act;
    this.dispute = dispute;
    this.names = List.of(names);
  }

  private static GatewayResult decline(FailureCode code, String reason) {
    return GatewayResult.rejected(code, reason);
  }

  /**
   * Returns the kind of a token.
   *
   * @throws IllegalStateException if the value of the token is not known to this process
   */
  static TestToken of(PaymentToken token) {
    String name = token.require();
    return Arrays.stream(values())
        .filter(kind -> kind.names.contains(name))
        .findFirst()
        .orElse(UNKNOWN);
  }

  List<String> names() {
    return names;
  }

  /** Returns the fault of every request with such a token; empty if there is none. */
  Optional<Fault> fault() {
    return Optional.ofNullable(fault);
  }

  /** Returns the dispute of each charge with such a token; empty if there is none. */
  Optional<SimulatedDispute.Kind> dispute() {
    return Optional.ofNullable(dispute);
  }

  /**
   * Returns what the payer does; empty if the payment needs no authentication, or cannot have one.
   */
  Optional<SimulatedPayer.Act> act(Payment payment) {
    return Optional.ofNullable(act).filter(known -> payment.order().details().allowsAction());
  }

  GatewayResult decide(Payment payment) {
    return decline == null || act(payment).isPresent()
        ? JournalEntry.approved(payment.gatewayKey().id())
        : decline;
  }
}
