package dev.paymeter.monitoring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RequiredPrograms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules and their test cases, checked with promtool. */
class RulesIT {
  @Test
  void rules_lint_findsNoErrors() throws Exception {
    promtool("check", "rules", "--lint=all", "--lint-fatal", RuleFiles.RULES.toString());
  }

  @Test
  void configuration_check_findsNoErrors() throws Exception {
    Path configuration = RuleFiles.RULES.resolveSibling("prometheus.yml");

    assertThat(promtool("check", "config", "--lint=all", "--lint-fatal", configuration.toString()))
        .contains("1 rule files found");
  }

  static Stream<Path> cases() {
    return RuleFiles.caseFiles().stream();
  }

  /**
   * Evaluates only the groups with the rules that the file names. No group uses the results of
   * another one, which {@link RulesTest} checks.
   */
  @ParameterizedTest
  @MethodSource("cases")
  void rules_inEachCase_returnTheExpectedResults(Path file, @TempDir Path directory)
      throws Exception {
    String cases = Files.readString(file);
    assertThat(cases).contains(RuleFiles.RULES_OF_CASES);
    Path rules = Files.writeString(directory.resolve("rules.yml"), RuleFiles.groupsNamedIn(cases));
    Path copy = directory.resolve(file.getFileName());

    Files.writeString(copy, cases.replace(RuleFiles.RULES_OF_CASES, rules.toString()));

    promtool("test", "rules", copy.toString());
  }

  private static String promtool(String... arguments) throws IOException, InterruptedException {
    Path promtool = RequiredPrograms.program("promtool", "apt-get install prometheus");
    ProcessBuilder builder =
        new ProcessBuilder(
                Stream.concat(Stream.of(promtool.toString()), Stream.of(arguments)).toList())
            .redirectErrorStream(true);
    builder.environment().put("GOGC", "800"); // Less garbage collection, with some more memory.
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as("%s: %s", List.of(arguments), output).isZero();
    return output;
  }
}
