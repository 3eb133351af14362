package dev.paymeter.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.Main;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.settlement.LedgerWriter;
import dev.paymeter.support.settlement.Planted;
import dev.paymeter.support.settlement.SettlementCsv;
import dev.paymeter.support.settlement.SettlementPlan;
import dev.paymeter.support.settlement.SettlementScenario;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/**
 * The comparison of settlement files with 50 discrepancies of each of 14 kinds, and as many honest
 * lines that are close to one. The generator was written without knowledge of the comparison.
 */
class PlantedDiscrepanciesIT {
  private static final int ALL = 14 * 50;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"1, Europe/Berlin", "2, UTC", "3, America/New_York"})
  void reconcile_plantedDiscrepancies_namesExactlyThese(long seed, String zone) {
    SettlementScenario scenario = SettlementPlan.of(seed, zone).generate();
    String url = TestPostgres.newDatabase();
    LedgerWriter.insert(url, scenario);
    Path file = directory.resolve("settlement.csv");
    SettlementCsv.write(file, scenario.lines());

    int exitCode = reconcile(url, file, zone);

    Map<String, String> canonical = scenario.canonicalReferences();
    Set<String> planted =
        scenario.planted().stream()
            .map(each -> named(canonical, each.kind().label(), each.reference()))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(scenario.planted()).extracting(Planted::kind).hasSize(ALL);
    Set<String> found =
        TestPostgres.query(url, "select kind, reference from settlement_exceptions").stream()
            .map(row -> named(canonical, row.get(0), row.get(1)))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(found).containsExactlyInAnyOrderElementsOf(planted);
    assertThat(exitCode).isEqualTo(3);
  }

  private static String named(Map<String, String> canonical, String kind, String reference) {
    return kind + " " + canonical.getOrDefault(reference, reference);
  }

  private static int reconcile(String url, Path file, String zone) {
    CommandLine commands = Main.commandLine(Map.of("PAYMETER_DATABASE_URL", url));
    commands.setOut(new PrintWriter(new StringWriter()));
    return commands.execute(
        "reconcile",
        file.toString(),
        "--gateway=stripe",
        "--zone=" + zone,
        "--tariff=" + SettlementScenario.TARIFF);
  }
}
