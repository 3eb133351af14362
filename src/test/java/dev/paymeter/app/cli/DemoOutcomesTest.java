package dev.paymeter.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class DemoOutcomesTest {
  private final DemoOutcomes outcomes = new DemoOutcomes();

  @Test
  void report_severalOutcomes_beginsWithSuccessAndHasShares() {
    outcomes.add("no response");
    for (int i = 0; i < 6; i++) {
      outcomes.add(payment("s" + i, "success"));
    }
    outcomes.add(new JsonObject().put("payment", failed("f")));

    assertThat(outcomes.report())
        .isEqualTo(
            "8 payments so far: 6 success (75.0 %),"
                + " 1 failed: invalid_payment_method (12.5 %),"
                + " 1 no response (12.5 %)");
  }

  /** Regression: the number of unknown payments never decreased. */
  @Test
  void report_unknownPaymentsThatAreResolved_countUnderTheirFinalOutcome() {
    outcomes.add(payment("a", "unknown"));
    outcomes.add(payment("b", "unknown"));
    outcomes.add(payment("c", "pending"));
    assertThat(outcomes.report())
        .isEqualTo("3 payments so far: 1 pending (33.3 %), 2 unknown (66.7 %)");
    assertThat(outcomes.unresolved(2)).hasSize(2);
    assertThat(outcomes.unresolved(10)).containsExactlyInAnyOrder("a", "b", "c");

    outcomes.update(payment("a", "success"));
    outcomes.update(payment("a", "success")); // The response to a second inquiry.
    outcomes.update(failed("b"));
    outcomes.update(payment("c", "unknown"));

    assertThat(outcomes.report())
        .startsWith("3 payments so far: 1 success (33.3 %), 1 failed: ")
        .endsWith(", 1 unknown (33.3 %)");
    assertThat(outcomes.unresolved(10)).containsExactly("c");
  }

  @Test
  void report_rejection_hasItsDetail() {
    outcomes.add(new JsonObject().put("status", 503).put("detail", "Try again."));

    assertThat(outcomes.report()).isEqualTo("1 payments so far: 1 rejected: Try again. (100.0 %)");
  }

  @Test
  void report_noPayments_isTheirNumber() {
    assertThat(outcomes.report()).isEqualTo("0 payments so far");
  }

  private static JsonObject payment(String id, String status) {
    return new JsonObject().put("id", id).put("status", status);
  }

  private static JsonObject failed(String id) {
    return payment(id, "failed")
        .put(
            "error",
            new JsonObject()
                .put("type", "PaymentValidationException")
                .put("code", "invalid_payment_method")
                .put("message", "Invalid payment method"));
  }
}
