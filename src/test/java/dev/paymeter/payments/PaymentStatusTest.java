package dev.paymeter.payments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PaymentStatusTest {
  @ParameterizedTest
  @EnumSource
  void of_itsOwnWord_isTheStatus(PaymentStatus status) {
    assertThat(PaymentStatus.of(status.word())).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({"PENDING, pending, false", "SUCCESS, success, true", "FAILED, failed, true"})
  void word_isTheContracts(PaymentStatus status, String word, boolean isFinal) {
    assertThat(status.word()).isEqualTo(word);
    assertThat(status.isFinal()).isEqualTo(isFinal);
  }

  @Test
  void of_anotherWord_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> PaymentStatus.of("lost"));
  }

  @Test
  void status_followsFromTheSettlement() {
    assertThat(Orders.order().pending().status()).isEqualTo(PaymentStatus.PENDING);
    assertThat(Orders.order().succeeded().status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(Orders.order().failed(new PaymentGatewayException("down")).status())
        .isEqualTo(PaymentStatus.FAILED);
  }
}
