package dev.paymeter.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.LogLines;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ShutdownLimitTest {
  @Test
  void start_limitHasPassed_namesWhatIsNotDoneAndFails() {
    CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    ShutdownLimit limit =
        new ShutdownLimit(
            Duration.ofMillis(1),
            () -> List.of("release the lease", "stop the embedded PostgreSQL"),
            exitCode::complete);

    try (LogLines log = LogLines.of("dev.paymeter.app")) {
      limit.start();

      assertThat(exitCode.join()).isEqualTo(1);
      assertThat(log.containing("not confirmed"))
          .containsExactly(
              "ERROR Ended after 0 s; not confirmed: release the lease, stop the embedded"
                  + " PostgreSQL");
    }
  }
}
