package dev.paymeter.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.support.LogLines;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShutdownStackTest {
  private final ShutdownStack shutdown = new ShutdownStack();
  private final List<String> done = new ArrayList<>();

  @Test
  void undo_stepsAndReservedPositions_runInReverseOrder() throws IOException {
    ShutdownStack reserved = shutdown.reserve();
    shutdown.add("second", () -> done.add("second"));
    AutoCloseable ignored = shutdown.open("first", () -> () -> done.add("first"));
    reserved.add("third", () -> done.add("third"));

    close();

    assertThat(done).containsExactly("first", "second", "third");
    assertThat(shutdown.unconfirmed()).isEmpty();
  }

  /** Regression: a step that did not end delayed the others without a limit. */
  @Test
  void undo_stepThatDoesNotEnd_isUnconfirmedAndTheOthersRun() {
    shutdown.add("last", () -> done.add("last"));
    shutdown.add("wait", () -> Duration.ofMillis(1), () -> Promise.promise().future());

    close();

    assertThat(done).containsExactly("last");
    assertThat(shutdown.unconfirmed()).containsExactly("wait");
  }

  /** Regression: the steps after one that threw an exception were omitted. */
  @Test
  void undo_stepsThatFail_areUnconfirmedAndTheOthersRun() throws IOException {
    shutdown.add("last", () -> done.add("last"));
    AutoCloseable ignored = shutdown.open("close", () -> ShutdownStackTest::fail);
    shutdown.add("throw", ShutdownStackTest::fail);
    shutdown.reserve().add("release", () -> Duration.ofMinutes(1), ShutdownStackTest::unavailable);

    try (LogLines log = LogLines.of("dev.paymeter.app")) {
      close();

      assertThat(log.containing("Cannot"))
          .containsExactly(
              "WARN Cannot release: no response", "ERROR Cannot throw", "ERROR Cannot close");
    }
    assertThat(done).containsExactly("last");
    assertThat(shutdown.unconfirmed()).containsExactly("release", "throw", "close");
  }

  @Test
  void unconfirmed_duringAStep_containsIt() {
    shutdown.add("read", () -> done.addAll(shutdown.unconfirmed()));

    close();

    assertThat(done).containsExactly("read");
    assertThat(shutdown.unconfirmed()).isEmpty();
  }

  @Test
  void add_shutdownHasBegun_runsTheStepAndFails() {
    close();

    assertThatThrownBy(() -> shutdown.add("late", () -> done.add("late")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("closed during the start");
    assertThat(done).containsExactly("late");
  }

  private void close() {
    assertThat(shutdown.begin()).isTrue();
    shutdown.undo();
  }

  private static void fail() {
    throw new IllegalStateException("failed");
  }

  private static Future<?> unavailable() {
    return Future.failedFuture(new LedgerUnavailableException("no response", new IOException()));
  }
}
