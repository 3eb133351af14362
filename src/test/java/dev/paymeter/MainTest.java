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
        "foo|Unknown command: foo. Expected: charges, close, demo, erase, help, journal, key, prove, queries, reconcile, serve, stack, trial-balance, verify, webhook|paymeter",
        "dmeo|Unknown command: dmeo. Did you mean demo?|paymeter",
        "--cnof x|Unknown option: --cnof. Did you mean --conf?|paymeter",
        "demo --rat 3|Unknown option: --rat. Did you mean --rate?|paymeter demo",
        "demo --rate x|Invalid value for option '--rate': 'x' is not a double|paymeter demo",
        "help foo|Unknown command: foo. Expected: charges, close, demo, erase, help, journal, key, prove, queries, reconcile, serve, stack, trial-balance, verify, webhook|paymeter",
        "queries now|Unexpected argument: now|paymeter queries",
      })
  void execute_wrongArguments_namesThemAndTheHelp(String arguments, String error, String command) {
    StringWriter printed = new StringWriter();
    commands.setErr(new PrintWriter(printed));

    int exitCode = commands.execute(arguments.split(" "));

    assertThat(exitCode).isEqualTo(MISCONFIGURED);
    assertThat(printed.toString().lines()).containsExactly(error, "Try: " + command + " --help");
  }

  @Test
  void key_expiryInThePast_isRejected() {
    String[] key = {"key", "--name=shop", "--scopes=pay", "--expires=2026-01-01T00:00:00Z"};

    assertThat(commands.execute(key)).isEqualTo(MISCONFIGURED);
  }

  @Test
  void key_ofMerchantWithAnOwnerOrForOperators_isRejected() {
    String[] key = {"key", "--name=shop", "--scopes=pay", "--merchant=acme"};
    String[] owned = {"key", "--name=shop", "--scopes=pay", "--merchant=acme", "--owner=acme"};
    String[] operator = {"key", "--name=shop", "--scopes=pay,operate", "--merchant=acme"};

    assertThat(commands.execute(key)).isZero();
    assertThat(commands.execute(owned)).isEqualTo(MISCONFIGURED);
    assertThat(commands.execute(operator)).isEqualTo(MISCONFIGURED);
  }

  @Test
  void help_ofACommand_isThatOfItsOption() {
    assertThat(output("help")).isEqualTo(output("--help"));
    assertThat(output("help", "demo"))
        .isEqualTo(output("demo", "--help"))
        .contains("--rate=N", "--incident");
  }

  @Test
  void help_namesSettingsAndDocuments() {
    assertThat(output("--help"))
        .contains(
            "PAYMETER_HTTP_PORT",
            "src/docs/operate/configuration.md",
            "http://127.0.0.1:8080/docs/");
  }

  private static String output(String... arguments) {
    CommandLine commands = Main.commandLine(Map.of());
    StringWriter printed = new StringWriter();
    commands.setOut(new PrintWriter(printed));
    assertThat(commands.execute(arguments)).isZero();
    return printed.toString();
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
