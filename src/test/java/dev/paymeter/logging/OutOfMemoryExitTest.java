package dev.paymeter.logging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutOfMemoryExitTest {
  /** A subclass, as Netty's for direct memory. */
  private static final class OutOfDirectMemoryError extends OutOfMemoryError {
    private static final long serialVersionUID = 1;
  }

  @ParameterizedTest
  @CsvSource({
    "Java heap space, true",
    "GC overhead limit exceeded, true",
    "Metaspace, true",
    "unable to create native thread: possibly out of memory, true",
    "'Cannot reserve 4194304 bytes of direct buffer memory (allocated: 1, limit: 2)', false"
  })
  void isExhausted_outOfMemoryError_exceptOfDirectMemory(String message, boolean expected) {
    assertThat(OutOfMemoryExit.isExhausted(new OutOfMemoryError(message))).isEqualTo(expected);
    assertThat(OutOfMemoryExit.isExhausted(new StackOverflowError(message))).isFalse();
    assertThat(OutOfMemoryExit.isExhausted(new OutOfDirectMemoryError())).isFalse();
  }
}
