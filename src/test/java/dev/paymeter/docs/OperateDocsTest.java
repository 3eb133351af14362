package dev.paymeter.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.paymeter.app.config.ConfigSource;
import dev.paymeter.app.config.SettingsReader;
import dev.paymeter.monitoring.RuleFiles;
import dev.paymeter.payment.port.PaymentMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tables for operators, compared with the code and the rules. */
class OperateDocsTest {
  private static final Map<String, String> SEED = Map.of("PAYMETER_SIMULATOR_SEED", "1");

  @Test
  void operations_areThoseOfTheCode() throws IOException {
    assertThat(DocTable.names("metrics.md", "Operation"))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(PaymentMetrics.Operation.values())
                .map(PaymentMetrics.Operation::label)
                .toList());
  }

  @Test
  void settings_areThoseOfTheCode_eachWithItsVariable() throws Exception {
    ConfigSource source = new ConfigSource(Optional.empty(), Map.of());
    new SettingsReader(source, true, true).read();
    List<List<String>> rows = DocTable.rows("configuration.md", "Setting");

    assertThat(rows.stream().flatMap(row -> named(row.get(0))))
        .containsExactlyInAnyOrderElementsOf(source.knownKeys());
    assertThat(rows)
        .allSatisfy(
            row ->
                assertThat(DocTable.code(row.get(2)))
                    .contains(ConfigSource.variable(DocTable.code(row.get(0)).orElseThrow())));
  }

  @Test
  void settings_defaults_areThoseOfTheCode(@TempDir Path directory) throws Exception {
    Map<String, String> defaults = new LinkedHashMap<>();
    for (List<String> row : DocTable.rows("configuration.md", "Setting")) {
      DocTable.code(row.get(1))
          .ifPresent(value -> named(row.get(0)).forEach(key -> defaults.put(key, value)));
    }
    Path file = directory.resolve("paymeter.yaml");
    Files.write(file, yaml(defaults));

    assertThat(defaults).hasSizeGreaterThan(70);
    assertThat(SettingsReader.read(Optional.of(file), SEED, true))
        .usingRecursiveComparison()
        .isEqualTo(SettingsReader.read(Optional.empty(), SEED, true));
  }

  /** A name in angle brackets represents each of the gateways. */
  private static Stream<String> named(String cell) {
    String key = DocTable.code(cell).orElseThrow();
    return key.contains("<name>")
        ? Stream.of("stripe", "paypal").map(name -> key.replace("<name>", name))
        : Stream.of(key);
  }

  private static List<String> yaml(Map<String, String> values) {
    List<String> lines = new ArrayList<>();
    values.forEach((key, value) -> lines.add(key + ": \"" + value + '"'));
    return lines;
  }

  @Test
  void alerts_areThoseOfTheRules() throws IOException {
    assertThat(DocTable.rows("alerts.md", "Alert"))
        .extracting(row -> row.get(0), row -> row.get(1), row -> row.get(2))
        .containsExactlyInAnyOrderElementsOf(
            RuleFiles.alerts().stream()
                .map(
                    alert ->
                        tuple(
                            "[`NAME`](../../../k8s/monitoring/runbooks/NAME.md)"
                                .replace("NAME", alert.name()),
                            alert.labels().get("severity"),
                            alert.pending()))
                .toList());
  }

  /** The long run fails if an alert has no fault, but no build includes that run. */
  @Test
  void alerts_eachHasAFaultInTheEvidence() {
    String faults =
        Page.read(Page.DOCS.resolve("evidence").resolve("alerts.md")).lines().stream()
            .dropWhile(line -> !line.equals("## Faults"))
            .takeWhile(line -> !line.equals("## Results"))
            .collect(Collectors.joining());

    assertThat(RuleFiles.alerts())
        .allSatisfy(alert -> assertThat(faults).contains("`" + alert.name() + "`"));
  }

  /** Recording rules that dashboards and operators use have a name without a level. */
  @Test
  void recordingRules_areThoseOfTheRules() throws IOException {
    assertThat(DocTable.names("metrics.md", "Rule"))
        .containsExactlyInAnyOrderElementsOf(
            new TreeSet<>(
                RuleFiles.rules().stream()
                    .filter(rule -> !rule.isAlert() && !rule.name().contains(":"))
                    .map(RuleFiles.Rule::name)
                    .toList()));
  }
}
