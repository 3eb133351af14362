package dev.paymeter.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class RecoveryKindTest {
  @Test
  void of_names_areKinds() {
    assertThat(RecoveryKind.of("point-in-time, copy"))
        .containsExactly(RecoveryKind.POINT_IN_TIME, RecoveryKind.COPY);
  }

  @Test
  void of_unknownName_isAnError() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecoveryKind.of("copy,dump"))
        .withMessage(
            "recovery.kinds: expected synchronous, asynchronous, point-in-time, copy, found dump");
  }
}
