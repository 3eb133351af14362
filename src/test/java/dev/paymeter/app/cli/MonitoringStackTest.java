package dev.paymeter.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks the errors before the start; {@link MonitoringStackIT} starts the stack. */
class MonitoringStackTest {
  @TempDir Path directory;

  @Test
  void find_everythingMissing_namesPackagesAndDirectory() {
    assertThatThrownBy(() -> find(directory.resolve("conf")))
        .isInstanceOf(IllegalStateException.class)
        .satisfies(
            missing ->
                assertThat(missing.getMessage().lines())
                    .satisfiesExactly(
                        line -> assertThat(line).contains("apt-get install prometheus,"),
                        line ->
                            assertThat(line).contains("apt-get install prometheus-alertmanager,"),
                        line -> assertThat(line).contains("conf is not here")));
  }

  @Test
  void find_alertmanagerWithoutDebiansPrefix_isFound() throws IOException {
    program("prometheus");
    program("alertmanager");

    try (MonitoringStack monitoringStack = find(directory)) {
      assertThat(monitoringStack).isNotNull();
    }
  }

  @Test
  void find_oneIsMissing_namesOnlyThatOne() throws IOException {
    program("prometheus-alertmanager");

    assertThatThrownBy(() -> find(directory))
        .hasMessageStartingWith("prometheus is not installed")
        .hasMessageNotContaining("\n");
  }

  private MonitoringStack find(Path conf) {
    return new MonitoringStack("/nowhere:" + directory, conf, directory, 0, 0, System.out);
  }

  private void program(String name) throws IOException {
    Path program = Files.writeString(directory.resolve(name), "");
    assertThat(program.toFile().setExecutable(true)).isTrue();
  }
}
