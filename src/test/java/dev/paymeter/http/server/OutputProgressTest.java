package dev.paymeter.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutputProgressTest {
  private static final long TIMEOUT = 100;

  private final OutputProgress output = new OutputProgress(0);

  private void write(int buffers) {
    for (int i = 0; i < buffers; i++) {
      output.written();
    }
  }

  @Test
  void unreadForTheTimeout_isLate() {
    assertThat(output.isLate(0, 0, TIMEOUT)).isFalse();
    write(3);
    assertThat(output.isLate(3, 50, TIMEOUT)).isFalse();
    assertThat(output.isLate(1, 150, TIMEOUT)).isFalse();
    assertThat(output.isLate(1, 151, TIMEOUT)).isTrue();
  }

  /** A stream that always has some output for the client. */
  @Test
  void unreadButNeverTheSame_isNotLate() {
    assertThat(output.isLate(0, 0, TIMEOUT)).isFalse();
    for (int now = 90; now < 1000; now += 90) {
      write(2);
      assertThat(output.isLate(2, now, TIMEOUT)).isFalse();
    }
  }
}
