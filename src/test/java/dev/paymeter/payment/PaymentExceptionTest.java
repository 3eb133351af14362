package dev.paymeter.payment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PaymentExceptionTest {
  @ParameterizedTest
  @EnumSource
  void of_storedValues_isEqual(FailureCode code) {
    PaymentException failure = PaymentException.of(code, "why");

    assertThat(PaymentException.of(failure.type(), code.label(), "why"))
        .isEqualTo(failure)
        .hasSameHashCodeAs(failure)
        .extracting(PaymentException::code)
        .isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      value = {
        "PaymentGatewayException, null, GATEWAY_ERROR",
        "PaymentGatewayException, of_a_later_release, GATEWAY_ERROR",
        "PaymentGatewayException, card_declined, GATEWAY_ERROR",
        "PaymentValidationException, null, PAYMENT_DECLINED",
        "PaymentValidationException, gateway_busy, PAYMENT_DECLINED"
      })
  void of_codeThatIsNotOfTheType_isTheGeneralOne(String type, String code, FailureCode expected) {
    PaymentException restored = PaymentException.of(type, code, "why");

    assertThat(restored.code()).isEqualTo(expected);
    assertThat(restored.type()).isEqualTo(type);
  }

  @Test
  void new_codeOfTheOtherType_isRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PaymentGatewayException(FailureCode.CARD_DECLINED, ""));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PaymentValidationException(FailureCode.GATEWAY_BUSY, ""));
  }

  @Test
  void type_isSimpleName() {
    assertThat(new PaymentGatewayException("").type()).isEqualTo("PaymentGatewayException");
    assertThat(new PaymentValidationException("").type()).isEqualTo("PaymentValidationException");
  }

  @Test
  void equals_anotherTypeCodeOrReason_differs() {
    PaymentException failure = new PaymentGatewayException("a");

    assertThat(failure)
        .isNotEqualTo(new PaymentGatewayException("b"))
        .isNotEqualTo(new PaymentGatewayException(FailureCode.GATEWAY_BUSY, "a"))
        .isNotEqualTo(new PaymentValidationException("a"));
  }

  @Test
  void of_otherType_isRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PaymentException.of("RuntimeException", null, "a"));
  }

  @Test
  void new_isAValueWithoutStackTrace() {
    assertThat(new PaymentGatewayException("a").getStackTrace()).isEmpty();
  }
}
