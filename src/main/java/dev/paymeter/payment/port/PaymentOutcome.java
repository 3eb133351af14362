package dev.paymeter.payment.port;

import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.PayerAction;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.VoidReason;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Effects of the results of gateways on payments. */
public final class PaymentOutcome {
  private PaymentOutcome() {}

  /**
   * Returns whether a result is evidence about a payment. An authorization is none that the open
   * step was not carried out: its request may still arrive.
   */
  public static boolean isEvidence(Payment payment, GatewayResult result) {
    if (result instanceof GatewayResult.ActionRequired) {
      return payment.order().details().allowsAction()
          && payment.authorization() == null
          && !payment.isToBeCanceled();
    }
    if (payment.isToBeCanceled() && result instanceof GatewayResult.Authorized) {
      return false; // A request to cancel it may still arrive.
    }
    boolean isOfAuthorization =
        result instanceof GatewayResult.Authorized || result instanceof GatewayResult.Canceled;
    if (!payment.order().details().isCapturedManually()) {
      return !isOfAuthorization;
    }
    if (payment.openStep().isPresent()) {
      return !(result instanceof GatewayResult.Authorized);
    }
    // The gateway has stated that it holds the amount.
    return payment.authorization() == null || result.error() == null;
  }

  /**
   * Returns a payment whose payer has to act.
   *
   * @param duration from accepting the order to the response
   * @param expiresAt when the payment is canceled
   */
  public static Payment requiresAction(
      Payment before, GatewayResult.ActionRequired result, Duration duration, Instant expiresAt) {
    return before.requireAction(
        new PayerAction(duration, expiresAt.truncatedTo(ChronoUnit.MICROS), result.next()));
  }

  /** Returns whether a result does not settle the payment: it is authorized, or so again. */
  public static boolean isAuthorized(Payment payment, GatewayResult result) {
    return result instanceof GatewayResult.Authorized
        || (payment.openStep().isPresent() && result.error() != null);
  }

  /**
   * Returns an authorized payment.
   *
   * @param duration from accepting the order to the response
   */
  public static Payment authorized(Payment before, GatewayResult result, Duration duration) {
    return result instanceof GatewayResult.Authorized given
        ? before.authorize(authorization(before, given.reference(), duration, given.expiresAt()))
        : before.rejectStep();
  }

  /**
   * Returns a settled payment.
   *
   * @param outcome its error is that of the result
   */
  public static Payment of(Payment before, GatewayResult result, Payment.Settlement outcome) {
    if (result instanceof GatewayResult.Canceled && before.isToBeCanceled()) {
      // The payer acted too late: the authorization was never part of the ledger.
      return before.settle(
          new Payment.Settlement(outcome.duration(), outcome.at(), tooLate(), outcome.segment()));
    }
    if (result instanceof GatewayResult.Canceled canceled) {
      return before.cancel(
          reason(before, canceled, outcome.at()),
          authorization(before, canceled.reference(), outcome.duration(), outcome.at()),
          outcome);
    }
    if (result instanceof GatewayResult.Approved approved
        && before.order().details().isCapturedManually()) {
      Money captured = approved.captured() == null ? before.submittedAmount() : approved.captured();
      return before.capture(
          captured,
          authorization(before, approved.reference(), outcome.duration(), outcome.at()),
          outcome);
    }
    return before.settle(outcome);
  }

  private static PaymentException tooLate() {
    return PaymentException.of(
        FailureCode.AUTHENTICATION_TIMEOUT, "The payer did not authenticate the payment in time");
  }

  private static Authorization authorization(
      Payment before, String reference, Duration duration, Instant expiresAt) {
    return new Authorization(
        before.submittedAmount(),
        reference,
        duration,
        expiresAt.truncatedTo(ChronoUnit.MICROS),
        null,
        null);
  }

  /**
   * The reason of an accepted void does not change, even if the authorization expires before the
   * void is carried out.
   */
  private static VoidReason reason(Payment before, GatewayResult.Canceled canceled, Instant at) {
    return before
        .openStep()
        .map(Authorization.Step::reason)
        .orElse(
            canceled.isExpired() || isExpired(before, at)
                ? VoidReason.EXPIRED
                : VoidReason.CANCELED_BY_GATEWAY);
  }

  private static boolean isExpired(Payment before, Instant at) {
    return before.authorized().filter(held -> !at.isBefore(held.expiresAt())).isPresent();
  }
}
