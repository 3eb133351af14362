package dev.paymeter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Arguments and help texts; {@code ProcessIT} runs the commands. */
class MainTest {
  private static final int MISCONFIGURED = 2;

  private final CommandLine commands = Main.commandLine(Map.of());

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "foo|Unknown command: foo. Expected: charges, demo, key, queries, serve, stack|paymeter",
        "dmeo|Unknown command: dmeo. Did you mean demo?|paymeter",
        "--cnof x|Unknown option: --cnof. Did you mean --conf?|paymeter",
        "demo --rat 3|Unknown option: --rat. Did you mean --rate?|paymeter demo",
        "demo --rate x|Invalid value for option '--rate': 'x' is not a double|paymeter demo",
        "queries now|Unexpected argument: now|paymeter queries",
      })
  void execute_wrongArguments_namesThemAndTheHelp(String arguments, String error, String command) {
    StringWriter printed = new StringWriter();
    commands.setErr(new PrintWriter(printed));

    int exitCode = commands.execute(arguments.split(" "));

    assertThat(exitCode).isEqualTo(MISCONFIGURED);
    assertThat(printed.toString().lines()).containsExactly(error, "Try: " + command + " --help");
  }

  /** Regression: only the first line of a description is in the list of commands. */
  @Test
  void help_commands_areDescribedInWholeSentences() {
    Stream<CommandLine> all = commands.getSubcommands().values().stream().distinct();

    assertThat(all)
        .allSatisfy(
            command ->
                assertThat(command.getCommandSpec().usageMessage().description()[0]).endsWith("."));
  }
}
