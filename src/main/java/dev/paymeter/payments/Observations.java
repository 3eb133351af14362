package dev.paymeter.payments;

import java.time.Duration;

/**
 * Port: what operators see. Observes; never changes what a payment does, never blocks, never
 * throws. Safe from any thread.
 */
public interface Observations {
  Observations NONE =
      new Observations() {
        @Override
        public void settled(Payment payment) {}

        @Override
        public void timed(Operation operation, Outcome outcome, Duration took) {}
      };

  /**
   * Counts one payment: business class, never lost while the process lives. To be called once for a
   * payment, after its final state is committed and before its client is answered.
   */
  void settled(Payment payment);

  /** Times one internal step: low-level class, shed first when the service is overloaded. */
  void timed(Operation operation, Outcome outcome, Duration took);

  /** The internal steps that are timed. */
  enum Operation {
    LEDGER_OPEN("ledger_open"),
    LEDGER_SETTLE("ledger_settle"),
    LEDGER_FIND("ledger_find"),
    GATEWAY_CHARGE("gateway_charge");

    private final String label;

    Operation(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }

  /** Whether a step's future succeeded. */
  enum Outcome {
    SUCCESS("success"),
    FAILURE("failure");

    private final String label;

    Outcome(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }
}
