package dev.paymeter.payment.port;

/**
 * Port: where a payment has just come to. The process may die between any two steps; each name here
 * is a place where a test makes it die.
 */
public interface PaymentStepListener {
  /** What the service runs with: nobody wants to know. */
  PaymentStepListener UNWATCHED = step -> {};

  /** To be called at once when the step is done, and before anything else is. */
  void done(Step step);

  /** The steps of a payment, in their order where it takes them. */
  enum Step {
    /** The order is checked; nothing is written. */
    ACCEPTED,
    /** Committed as pending, with its idempotency key; no gateway was asked. */
    OPENED,
    /** The gateway is asked; its answer is not there. */
    ASKED,
    /** The gateway has answered, and nothing of it is written. */
    ANSWERED,
    /** Another gateway is committed as the one to be asked next, and is not asked. */
    REROUTED,
    /** Committed as unknown; the client is not told. */
    DOUBTED,
    /** Committed as settled; not counted. */
    SETTLED,
    /** Counted; the client is not told. */
    COUNTED,
    /** The gateway has said what became of an unknown payment, and nothing of it is written. */
    RESOLVED
  }
}
