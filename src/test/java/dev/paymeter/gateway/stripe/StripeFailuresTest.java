package dev.paymeter.gateway.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StripeFailuresTest {
  @ParameterizedTest
  @CsvSource({
    "card_error, card_declined, insufficient_funds, INSUFFICIENT_FUNDS",
    "card_error, card_declined, card_velocity_exceeded, LIMIT_EXCEEDED",
    "card_error, card_declined, generic_decline, CARD_DECLINED",
    "card_error, card_declined, do_not_honor, CARD_DECLINED",
    "card_error, card_declined, lost_card, CARD_DECLINED",
    "card_error, card_declined, fraudulent, CARD_DECLINED",
    "card_error, card_declined, of_a_later_version, CARD_DECLINED",
    "card_error, card_declined, , CARD_DECLINED",
    "card_error, expired_card, , EXPIRED_CARD",
    "card_error, incorrect_cvc, , INVALID_CARD_DETAILS",
    "card_error, incorrect_cvc, incorrect_cvc, INVALID_CARD_DETAILS",
    "card_error, processing_error, , PROCESSING_ERROR",
    "card_error, card_declined, try_again_later, PROCESSING_ERROR",
    "card_error, card_declined, card_not_supported, INVALID_PAYMENT_METHOD",
    "card_error, authentication_required, authentication_required, AUTHENTICATION_REQUIRED",
    "invalid_request_error, payment_intent_authentication_failure, , AUTHENTICATION_FAILED",
    "invalid_request_error, amount_too_small, , AMOUNT_TOO_SMALL",
    "invalid_request_error, something_else, , PAYMENT_DECLINED"
  })
  void declined_codesOfStripe_areInOurTerms(
      String type, String code, String declineCode, FailureCode expected) {
    JsonObject error =
        new JsonObject().put("type", type).put("code", code).put("message", "No.\u0007");
    if (declineCode != null) {
      error.put("decline_code", declineCode);
    }

    assertThat(StripeFailures.declined(error)).isEqualTo(GatewayResult.rejected(expected, "No."));
  }

  @ParameterizedTest
  @CsvSource({
    "401, GATEWAY_ACCESS_DENIED",
    "403, GATEWAY_ACCESS_DENIED",
    "404, GATEWAY_ERROR",
    "429, GATEWAY_BUSY"
  })
  void notAccepted_statuses_areInOurTerms(int status, FailureCode expected) {
    assertThat(StripeFailures.notAccepted(status))
        .isEqualTo(
            GatewayResult.notSubmitted(expected, "Stripe rejected the request: HTTP " + status));
  }

  @Test
  void invalidCreation_otherThanTheAmount_isAnErrorOfTheGateway() {
    JsonObject error =
        new JsonObject()
            .put("type", "invalid_request_error")
            .put("code", "resource_missing")
            .put("message", "No such PaymentMethod");

    assertThat(StripeFailures.invalidCreation(error))
        .isEqualTo(GatewayResult.rejected(FailureCode.GATEWAY_ERROR, "No such PaymentMethod"));
  }
}
