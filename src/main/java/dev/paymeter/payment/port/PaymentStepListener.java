package dev.paymeter.payment.port;

/**
 * Port: a listener for the steps of payments, refunds and disputes. The process may end between any
 * two steps; tests end it at each of them.
 */
public interface PaymentStepListener {
  /** A listener that does nothing; used outside of tests. */
  PaymentStepListener NONE = step -> {};

  /** Called immediately after a step, before anything else happens. */
  void done(Step step);

  /**
   * The steps of a payment, in order; a payment may skip some. A refund has the same ones. Those of
   * its later failure, and those of a dispute, follow.
   */
  enum Step {
    /** The order is validated; nothing is written. */
    ACCEPTED,
    /** The pending payment and its idempotency record are committed; no gateway was called. */
    INSERTED,
    /** A capture or void is committed; the gateway was not called. */
    REQUESTED,
    /** The payment, or its step, is submitted to the gateway, without a response yet. */
    SUBMITTED,
    /** The gateway has responded; the response is not stored. */
    RESPONDED,
    /** The next gateway is committed, but not called. */
    REROUTED,
    /** The unknown outcome is committed; no response was sent to the client. */
    MARKED_UNKNOWN,
    /** The outcome is committed, but not counted. */
    SETTLED,
    /** The outcome is counted; no response was sent to the client. */
    COUNTED,
    /** An inquiry has returned the outcome of an unknown payment; the outcome is not stored. */
    RESOLVED,
    /** An inquiry has shown that a successful refund has failed; the failure is not stored. */
    FAILURE_FOUND,
    /** The failure is committed, but not counted. */
    FAILURE_STORED,
    /** The failure is counted; the webhook that reported it was not answered. */
    FAILURE_COUNTED,
    /** The gateway has stated a new state of a dispute; the state is not stored. */
    DISPUTE_STATED,
    /** The state is committed, but not counted. */
    DISPUTE_STORED,
    /** The state is counted; the webhook that reported it was not answered. */
    DISPUTE_COUNTED
  }
}
