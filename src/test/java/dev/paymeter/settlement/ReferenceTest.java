package dev.paymeter.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReferenceTest {
  private static final String UUID_TEXT = "5d1f6c0e-6c68-4a5c-8b8e-0a4a2b2f6f1d";

  @ParameterizedTest
  @CsvSource({
    "PAYMENT, ID, true, false",
    "PAYMENT, txn_ID, true, true",
    "PAYMENT, rfn_ID, false, false",
    "REFUND, rfn_ID, true, true",
    "REFUND_FAILED, ID, true, false",
    "REFUND, txn_ID, false, false",
    "PAYMENT, IDx, false, false",
    "PAYMENT, 5d1f6c0e-6c68-4a5c-8b8e-0a4a2b2f6f1, false, false",
    "PAYMENT, 5d1f6c0e-6c68-4a5c-8b8e-0a4a2b2f6f1g, false, false",
    "PAYMENT, ch_1, false, false",
    "DISPUTE, ID, false, false",
    "FEE, ID, false, false"
  })
  void of_gatewayKeyOrLedgerId(
      LineType type, String text, boolean isReference, boolean isLedgerId) {
    Reference reference = Reference.of(type, text.replace("ID", UUID_TEXT));

    assertThat(reference.id()).isEqualTo(isReference ? UUID.fromString(UUID_TEXT) : null);
    assertThat(isReference && reference.isLedgerId()).isEqualTo(isLedgerId);
  }
}
