package dev.paymeter.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ProveCommandTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--time 2026-11-27T12:00:00Z --from 2026-11-27T00:00:00Z | --time or --from, not both",
        "--to 2026-11-27T12:00:00Z | --from with --to",
        "--scrape - --time 2026-11-27T12:00:00Z | --scrape without a time",
        "--from 2026-11-28T00:00:00Z --to 2026-11-27T00:00:00Z | --to after --from",
        "--from 2026-11-27T00:00:00Z --look-back -PT1S | a positive --look-back",
        "sum(payment_requests_total) | a selector such as payment_requests_total",
      })
  void execute_invalidOptions_areRejected(String options, String expected) {
    CommandLine commands = Main.commandLine(Map.of());
    StringWriter err = new StringWriter();
    commands.setErr(new PrintWriter(err));

    int exitCode = commands.execute(("prove " + options).split(" "));

    assertThat(exitCode).isEqualTo(2);
    assertThat(err.toString()).contains("expected " + expected);
  }
}
