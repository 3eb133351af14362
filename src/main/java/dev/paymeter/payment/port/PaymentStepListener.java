package dev.paymeter.payment.port;

/**
 * Port: a listener for the steps of payments. The process may end between any two steps; tests end
 * it at each of them.
 */
public interface PaymentStepListener {
  /** A listener that does nothing; used outside of tests. */
  PaymentStepListener NONE = step -> {};

  /** Called immediately after a step, before anything else happens. */
  void done(Step step);

  /** The steps of a payment, in order; a payment may skip some. */
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
    RESOLVED
  }
}
