package dev.paymeter.payment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class PaymentExceptionTest {
  @Test
  void of_storedTypeAndReason_isEqual() {
    List<PaymentException> failures =
        List.of(
            new PaymentGatewayException("Gateway timeout"),
            new PaymentValidationException("Invalid payment method"));

    assertThat(failures)
        .allSatisfy(
            failure ->
                assertThat(PaymentException.of(failure.type(), failure.reason()))
                    .isEqualTo(failure)
                    .hasSameHashCodeAs(failure));
  }

  @Test
  void type_isSimpleName() {
    assertThat(new PaymentGatewayException("").type()).isEqualTo("PaymentGatewayException");
    assertThat(new PaymentValidationException("").type()).isEqualTo("PaymentValidationException");
  }

  @Test
  void equals_anotherTypeOrReason_differs() {
    PaymentException failure = new PaymentGatewayException("a");

    assertThat(failure)
        .isNotEqualTo(new PaymentGatewayException("b"))
        .isNotEqualTo(new PaymentValidationException("a"));
  }

  @Test
  void of_otherType_isRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PaymentException.of("RuntimeException", "a"));
  }

  @Test
  void new_isAValueWithoutStackTrace() {
    assertThat(new PaymentGatewayException("a").getStackTrace()).isEmpty();
  }
}
