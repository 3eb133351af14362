package dev.paymeter.payment.port;

import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Severity;
import java.time.Duration;
import java.util.List;

/**
 * Port: metrics of payments and refunds. Observes only; never blocks, never throws. Safe from any
 * thread.
 */
public interface PaymentMetrics {
  /**
   * Counts one payment: a business observation, never lost while the process lives. Called once per
   * payment, after its final state is committed and before the response to its client or publisher.
   */
  void settled(Payment payment);

  /**
   * Counts one void, as a business event: a business observation, as for a payment. A voided
   * payment is not counted otherwise.
   */
  void voided(Payment payment);

  /**
   * Counts one refund, as a business event if it succeeded, otherwise as an error: a business
   * observation, as for a payment. A refund that fails later is counted a second time, as a
   * business event that balances the first one.
   */
  void settled(Refund refund);

  /**
   * Counts the business events of a dispute's change: business observations, as for a payment.
   * Called once for each change, after its commit.
   */
  void disputed(DisputeLedger.Change change);

  /** Counts a request with an idempotency key; not restored after a restart. */
  void keyUsed(KeyOutcome outcome);

  /** The outcome of a request with an idempotency key. */
  enum KeyOutcome implements Labeled {
    /** The first request with its key. */
    NEW,
    /** A repeated request, which got the stored response. */
    REPLAYED,
    /** A repeated request whose first one is still in progress. */
    IN_FLIGHT,
    /** A request that differs from the first one with its key. */
    MISMATCH
  }

  /**
   * Counts a request that created no payment because of this service or its ledger, not because of
   * the request; not restored after a restart.
   */
  void unavailable();

  /** Counts a failover from this gateway to the next one; not restored after a restart. */
  void failedOver(String gateway);

  /**
   * Times how long the outcome of a payment was unknown: a business observation, but not restored
   * after a restart.
   *
   * @param age not negative
   */
  void resolved(String gateway, Via via, Duration age);

  /** The source of what resolved an unknown outcome. */
  enum Via implements Labeled {
    /** A late response to the request of the process that submitted the payment. */
    ANSWER,
    /** An inquiry at the gateway. */
    INQUIRY,
    /** No evidence, but a manual settlement. */
    OPERATOR
  }

  /**
   * Counts an outcome of a payment or refund that the ledger rejected, because it has another
   * outcome, or no row: a business observation, but not restored after a restart.
   */
  void settlementConflict(String gateway);

  /**
   * Counts an unknown outcome of a payment or refund that the ledger rejected, so that it stays
   * pending: a business observation, but not restored after a restart.
   */
  void outcomeAbandoned(String gateway);

  /** Sets the unknown payments of the whole ledger, until the next call. */
  void showUnknownPayments(List<UnresolvedTransfers.UnknownTotal> unknown);

  /** Sets the authorized payments of the whole ledger, until the next call. */
  void showAuthorizedPayments(List<PaymentLedger.AuthorizedTotal> authorized);

  /** Sets the payments of the whole ledger that require an action, until the next call. */
  void showWaitingPayments(List<PaymentLedger.WaitingTotal> waiting);

  /** Sets the open disputes and warnings of the whole ledger, until the next call. */
  void showOpenDisputes(List<DisputeLedger.OpenTotal> open);

  /** Sets the unknown refunds of the whole ledger, until the next call. */
  void showUnknownRefunds(List<UnresolvedTransfers.UnknownTotal> unknown);

  /**
   * Sets the age of the oldest unpublished event of the whole ledger, until the next call.
   *
   * @param age zero if all events are published, not negative
   */
  void showPublicationLag(Duration age);

  /**
   * Times one internal step: a low-level observation, sampled, dropped first under overload.
   *
   * @param nanos the duration in nanoseconds, not negative
   */
  void timed(Operation operation, Outcome outcome, long nanos);

  /**
   * Counts an error of Paymeter that belongs to no payment: a business observation, but not
   * restored after a restart.
   *
   * @param service a reserved service ({@code ErrorReport.RESERVED_SERVICES}) other than {@code
   *     payment} and {@code refund}
   * @param errorType the type of the error, in the form of a class name
   */
  void failed(String service, String errorType, Severity severity);

  /** The internal steps that are timed. */
  enum Operation implements Labeled {
    LEDGER_INSERT,
    LEDGER_SETTLE,
    LEDGER_REROUTE,
    LEDGER_REQUEST,
    LEDGER_MARK_UNKNOWN,
    LEDGER_FIND,
    LEDGER_LIST,
    LEDGER_AUTHORIZED,
    LEDGER_ACTIONS,
    LEDGER_RECORD,
    LEDGER_CHECK,
    UNRESOLVED_TAKE,
    UNRESOLVED_FIND,
    UNRESOLVED_POSTPONE,
    UNRESOLVED_READ,
    REFUNDS_LOOKUP,
    REFUNDS_INSERT,
    REFUNDS_SETTLE,
    REFUNDS_MARK_UNKNOWN,
    REFUNDS_FIND,
    REFUNDS_LIST,
    DISPUTES_FIND,
    DISPUTES_WRITE,
    DISPUTES_READ,
    SETTLEMENTS_READ,
    CLEANUP_CANCEL,
    CLEANUP_EXPIRE_KEYS,
    CLEANUP_ERASE,
    EVENTS_READ,
    EVENTS_LEASE,
    EVENTS_PUBLISH,
    WEBHOOKS_LEASE,
    WEBHOOKS_QUEUE,
    WEBHOOKS_READ,
    WEBHOOKS_RECORD,
    AUDIT_READ,
    AUDIT_RENEW,
    AUDIT_CHECKPOINT,
    LOOK_BACK_COMPARE,
    LOOK_BACK_READ,
    GATEWAY_CHARGE,
    GATEWAY_RESOLVE,
    GATEWAY_CAPTURE,
    GATEWAY_CANCEL,
    GATEWAY_REFUND,
    GATEWAY_RESOLVE_REFUND,
    GATEWAY_DISPUTE,
    BUS_PAYMENTS_CREATE,
    BUS_PAYMENTS_CAPTURE,
    BUS_PAYMENTS_VOID,
    BUS_PAYMENTS_FIND,
    BUS_PAYMENTS_LIST,
    BUS_PAYMENTS_CHANGES,
    BUS_REFUNDS_CREATE,
    BUS_REFUNDS_FIND,
    BUS_REFUNDS_LIST,
    BUS_DISPUTES_LIST,
    BUS_PAYMENTS_RECORD,
    BUS_GATEWAYS_WEBHOOK,
    BUS_OBSERVATIONS
  }

  /** The outcome of a step's future. */
  enum Outcome implements Labeled {
    SUCCESS,
    FAILURE
  }
}
