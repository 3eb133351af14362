package dev.paymeter.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.paymeter.docs.DocTable;
import dev.paymeter.metrics.dashboard.PrometheusRules;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Checks of the dashboard's file; {@link DashboardIT} evaluates its queries. */
class DashboardTest {
  private static final int COLUMNS = 24;
  private static final int FIRST_ROW = 6;
  private static final int QUESTIONS = 7;

  private static final JsonObject NO_DATA =
      new JsonObject(
          """
          {"type": "special",
           "options": {"match": "null+nan", "result": {"text": "no data", "color": "text"}}}
          """);

  private static final Path PROVISIONING = Path.of("conf", "grafana", "provisioning");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)}?");
  private static final Set<String> GRAFANA_VARIABLES =
      Set.of("__interval", "__rate_interval", "__range");

  private static final List<String> SUFFIXES = List.of("", "_bucket", "_count", "_sum");

  /** A metric that is compared with a number, such as {@code payment_success_rate < 95}. */
  private static final Pattern COMPARISON = Pattern.compile("(\\w+) [<>] ([\\d.]+)");

  static Stream<JsonObject> charts() {
    return Dashboard.charts().stream();
  }

  static Stream<Dashboard.Query> queries() {
    return Dashboard.queries().stream();
  }

  @Test
  void dashboard_isForAnyGrafana() {
    assertThat(Dashboard.json().fieldNames()).doesNotContain("__inputs", "__requires", "id");
    assertThat(Dashboard.json().getString("uid")).isEqualTo("paymeter");
    assertThat(Dashboard.json().getInteger("schemaVersion")).isPositive();
  }

  @Test
  void panels_haveUniqueIdsAndTitles() {
    assertThat(Dashboard.panels()).extracting(p -> p.getInteger("id")).doesNotHaveDuplicates();
    assertThat(Dashboard.panels())
        .extracting(p -> p.getString("title"))
        .doesNotHaveDuplicates()
        .allSatisfy(title -> assertThat(title).isNotBlank());
  }

  @Test
  void panels_areInTheGrid_withoutOverlap() {
    assertInTheGrid(Dashboard.visiblePanels(), 0);
    Dashboard.visiblePanels()
        .forEach(
            row ->
                assertInTheGrid(
                    Dashboard.inside(row), row.getJsonObject("gridPos").getInteger("y") + 1));
  }

  private static void assertInTheGrid(List<JsonObject> panels, int top) {
    Map<List<Integer>, String> taken = new HashMap<>();
    int end = top;
    for (JsonObject panel : panels) {
      JsonObject at = panel.getJsonObject("gridPos");
      String title = panel.getString("title");
      assertThat(at.getInteger("x")).as(title).isNotNegative();
      assertThat(at.getInteger("x") + at.getInteger("w")).as(title).isLessThanOrEqualTo(COLUMNS);
      assertThat(at.getInteger("y")).as(title + " leaves no gap").isLessThanOrEqualTo(end);
      for (int x = 0; x < at.getInteger("w"); x++) {
        for (int y = 0; y < at.getInteger("h"); y++) {
          List<Integer> cell = List.of(at.getInteger("x") + x, at.getInteger("y") + y);
          assertThat(taken.put(cell, title)).as("under %s at %s", title, cell).isNull();
        }
      }
      end = Math.max(end, at.getInteger("y") + at.getInteger("h"));
    }
  }

  @Test
  void rows_belowThePromises_areCollapsed() {
    List<JsonObject> rows =
        Dashboard.panels().stream().filter(panel -> panel.getString("type").equals("row")).toList();
    List<String> titles = rows.stream().map(row -> row.getString("title")).toList();
    int promises = titles.indexOf("Promises");

    assertThat(promises).isBetween(1, rows.size() - 2);
    assertThat(rows.subList(0, promises + 1))
        .allSatisfy(
            row -> {
              assertThat(row.getBoolean("collapsed")).isFalse();
              assertThat(Dashboard.inside(row)).isEmpty();
            });
    assertThat(rows.subList(promises + 1, rows.size()))
        .allSatisfy(
            row -> {
              assertThat(row.getBoolean("collapsed")).isTrue();
              assertThat(Dashboard.inside(row)).isNotEmpty();
            });
    assertThat(Dashboard.visiblePanels().size() - rows.size())
        .as("open charts")
        .isLessThanOrEqualTo(28);
  }

  @ParameterizedTest
  @MethodSource("charts")
  void chart_hasADescriptionAUnitAndTheDataSource(JsonObject chart) {
    assertThat(chart.getString("description")).matches("(?s)[A-Z\\d].*\\.");
    assertThat(chart.getJsonObject("fieldConfig").getJsonObject("defaults").getString("unit"))
        .isNotBlank();
    assertThat(chart.getJsonObject("datasource")).isEqualTo(Dashboard.DATA_SOURCE);
    assertThat(Dashboard.objects(chart.getJsonArray("targets")))
        .isNotEmpty()
        .allSatisfy(
            target -> {
              assertThat(target.getString("expr")).isNotBlank();
              assertThat(target.fieldNames()).contains("refId", "legendFormat");
              assertThat(target.fieldNames()).as("the chart's own").doesNotContain("datasource");
            })
        .extracting(target -> target.getString("refId"))
        .doesNotHaveDuplicates();
  }

  @Test
  void firstRow_isTheProofTheBudgetsTheMoneyAndTheAlerts() {
    assertThat(Dashboard.panels().get(0).getString("title"))
        .isEqualTo("Proof, error budgets, money at risk");
    assertThat(Dashboard.charts().subList(0, FIRST_ROW))
        .allSatisfy(
            chart -> assertThat(chart.getJsonObject("gridPos").getInteger("y")).isEqualTo(1))
        .extracting(chart -> chart.getString("title"))
        .containsExactly(
            "Counted",
            "Difference from the ledger",
            "Compared with the ledger",
            "Error budgets left",
            "Money at risk",
            "Alerts that fire");
  }

  @Test
  void comparison_thresholdsAreThoseOfTheirAlerts() {
    JsonObject chart = Dashboard.charts().get(2);
    JsonObject lookBack =
        chart.getJsonObject("fieldConfig").getJsonArray("overrides").getJsonObject(0);

    assertThat(lookBack.getJsonObject("matcher").getString("options"))
        .isEqualTo(chart.getJsonArray("targets").getJsonObject(1).getString("legendFormat"));
    assertThat(thresholds(chart)).containsExactly(null, limit("PaymeterAuditStalled"));
    assertThat(steps(lookBack.getJsonArray("properties").getJsonObject(0).getJsonObject("value")))
        .containsExactly(null, limit("PaymeterLookBackStalled"));
  }

  /** Returns the number at the end of an alert's expression. */
  private static Double limit(String alert) {
    return RuleFiles.rules().stream()
        .filter(rule -> rule.name().equals(alert))
        .map(rule -> Double.valueOf(rule.query().replaceFirst("(?s).* > ", "")))
        .findFirst()
        .orElseThrow();
  }

  /**
   * A missing value has the color of the lowest threshold, which may be green, and a query over a
   * range returns the last value before the data ended.
   */
  @Test
  void stats_withoutData_haveNoColorOfAState() {
    List<JsonObject> stats =
        Dashboard.charts().stream()
            .filter(chart -> chart.getString("type").equals("stat"))
            .toList();

    assertThat(stats).hasSizeGreaterThan(FIRST_ROW + QUESTIONS);
    assertThat(stats)
        .allSatisfy(
            stat ->
                assertThat(
                        stat.getJsonObject("fieldConfig")
                            .getJsonObject("defaults")
                            .getJsonArray("mappings"))
                    .as(stat.getString("title"))
                    .contains(NO_DATA))
        .flatExtracting(stat -> Dashboard.objects(stat.getJsonArray("targets")))
        .allSatisfy(target -> assertThat(target.getBoolean("instant")).isTrue());
  }

  /** Without its metrics, a query has no result: a constant would be a result. */
  @ParameterizedTest
  @MethodSource("queries")
  void query_hasNoConstantResult(Dashboard.Query query) {
    assertThat(query.expression()).doesNotContain("vector(", "absent");
  }

  @Test
  void questions_areSecond_inTheirOrder() {
    List<String> records =
        PrometheusRules.load().questions().stream().map(PrometheusRules.Question::record).toList();

    assertThat(records).hasSize(QUESTIONS);
    assertThat(Dashboard.panels().get(FIRST_ROW + 1).getString("title")).isEqualTo("The questions");
    assertThat(questions())
        .extracting(chart -> PromQl.metrics(expression(chart)))
        .containsExactlyElementsOf(records.stream().map(Set::of).toList());
  }

  @Test
  void questions_thresholdsAreThoseOfTheirAlerts() {
    Map<String, Double> limits = new HashMap<>();
    for (PrometheusRules.Alert alert :
        PrometheusRules.load().alerts().subList(0, 5)) { // The alerts of the contract.
      Matcher comparison = COMPARISON.matcher(alert.query());
      if (comparison.matches()) {
        limits.put(comparison.group(1), Double.valueOf(comparison.group(2)));
      }
    }

    for (JsonObject chart : questions()) {
      String question = PromQl.metrics(expression(chart)).iterator().next();
      if (limits.containsKey(question)) {
        assertThat(thresholds(chart)).as(question).contains(limits.remove(question));
      }
    }
    assertThat(limits.keySet()).as("all others").containsOnly("database_connections_active");
  }

  private static List<JsonObject> questions() {
    return Dashboard.charts().subList(FIRST_ROW, FIRST_ROW + QUESTIONS);
  }

  private static String expression(JsonObject chart) {
    return chart.getJsonArray("targets").getJsonObject(0).getString("expr");
  }

  private static List<Double> thresholds(JsonObject chart) {
    return steps(
        chart.getJsonObject("fieldConfig").getJsonObject("defaults").getJsonObject("thresholds"));
  }

  private static List<Double> steps(JsonObject thresholds) {
    return Dashboard.objects(thresholds.getJsonArray("steps")).stream()
        .map(step -> step.getDouble("value"))
        .toList();
  }

  @Test
  void variables_areTheDataSourceAndTheTargetSelectors() {
    assertThat(Dashboard.variables())
        .extracting(variable -> variable.getString("name"), variable -> variable.getString("type"))
        .containsExactly(
            tuple("datasource", "datasource"),
            tuple("namespace", "query"),
            tuple("job", "query"),
            tuple("instance", "query"),
            tuple("gateway", "query"),
            tuple("management", "textbox"));
    assertThat(Dashboard.variables().subList(1, 5))
        .allSatisfy(
            variable -> {
              assertThat(variable.getJsonObject("datasource")).isEqualTo(Dashboard.DATA_SOURCE);
              // Also matches absent labels: without Kubernetes there is no namespace.
              assertThat(variable.getString("allValue")).isEqualTo(".*");
            });
  }

  @ParameterizedTest
  @MethodSource("queries")
  void query_usesDefinedVariables_andSelectsTargetsWithThem(Dashboard.Query query) {
    Set<String> known =
        Stream.concat(
                Dashboard.variables().stream().map(variable -> variable.getString("name")),
                GRAFANA_VARIABLES.stream())
            .collect(Collectors.toSet());

    assertThat(VARIABLE.matcher(query.expression()).results().map(found -> found.group(1)))
        .isSubsetOf(known);
    for (String metric : PromQl.metrics(query.expression())) {
      assertThat(selections(metric, query.expression()))
          .isNotEmpty()
          .allSatisfy(
              selection ->
                  assertThat(selection).contains("namespace=~\"$namespace\"", "job=~\"$job\""));
    }
  }

  @ParameterizedTest
  @MethodSource("queries")
  void query_ofMetricsWithAGateway_selectsItWithItsVariable(Dashboard.Query query)
      throws IOException {
    Set<String> metrics = PromQl.metrics(query.expression());
    Stream.concat(
            Stream.of("avg_response_time_by_gateway"),
            DocTable.rows("metrics.md", "Family").stream()
                .filter(row -> row.size() > 2 && row.get(2).contains("`gateway`"))
                .map(row -> DocTable.code(row.get(0)).orElseThrow()))
        .flatMap(family -> SUFFIXES.stream().map(suffix -> family + suffix))
        .filter(metrics::contains)
        .forEach(
            metric ->
                assertThat(selections(metric, query.expression()))
                    .allSatisfy(
                        selection -> assertThat(selection).contains("gateway=~\"$gateway\"")));
  }

  @Test
  void links_leadToTheManagementPort() {
    assertThat(Dashboard.json().getJsonArray("links").stream().map(JsonObject.class::cast))
        .extracting(link -> link.getString("title"), link -> link.getString("url"))
        .containsExactly(
            tuple("Runbooks", "${management}/runbooks/"),
            tuple("Console", "${management}/console/"));
    assertThat(Dashboard.json().encode()).contains("${management}/runbooks/${__value.raw}.md");
  }

  /** Returns the label selectors after each mention of a metric. */
  private static List<String> selections(String metric, String expression) {
    return Pattern.compile("\\b" + metric + "(?![\\w:])(\\{[^}]*})?")
        .matcher(expression)
        .results()
        .map(MatchResult::group)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("queries")
  void query_windows_useGrafanasIntervalAndRange(Dashboard.Query query) {
    assertThat(query.expression())
        .doesNotContainPattern("\\[(?!\\$__(rate_)?interval]|\\$__range(:1m)?])");
  }

  @Test
  void alertsAndRestarts_areAnnotated_atTheirTime() {
    assertThat(Dashboard.annotations())
        .satisfiesExactly(
            alerts -> {
              assertThat(alerts.getString("expr")).startsWith("ALERTS{alertstate=\"firing\"");
              assertThat(alerts.getString("titleFormat")).isEqualTo("{{alertname}}");
              assertThat(alerts.getBoolean("enable")).isTrue();
            },
            restarts -> {
              assertThat(restarts.getString("expr"))
                  .startsWith("process_start_time_seconds{")
                  .endsWith("} * 1000");
              assertThat(restarts.getBoolean("useValueForTime")).isTrue();
              assertThat(restarts.getBoolean("enable")).isTrue();
              assertThat(restarts.getJsonObject("datasource")).isEqualTo(Dashboard.DATA_SOURCE);
            });
  }

  @Test
  void provisioning_findsThePrometheusAndTheDashboard() throws IOException {
    Map<?, ?> source = first(PROVISIONING.resolve("datasources/prometheus.yaml"), "datasources");
    Map<?, ?> provider = first(PROVISIONING.resolve("dashboards/paymeter.yaml"), "providers");

    Map<?, ?> prometheus = yaml(Path.of("conf", "prometheus", "prometheus.yml"));
    assertThat(source.get("type")).isEqualTo("prometheus");
    assertThat(source.get("url")).isEqualTo("http://127.0.0.1:9090");
    assertThat(((Map<?, ?>) source.get("jsonData")).get("timeInterval"))
        .isEqualTo(((Map<?, ?>) prometheus.get("global")).get("scrape_interval"));
    assertThat(((Map<?, ?>) provider.get("options")).get("path"))
        .isEqualTo("${PAYMETER_HOME}/" + Dashboard.FILE.getParent());
  }

  private static Map<?, ?> first(Path file, String list) throws IOException {
    return (Map<?, ?>) ((List<?>) yaml(file).get(list)).get(0);
  }

  private static Map<?, ?> yaml(Path file) throws IOException {
    return (Map<?, ?>)
        new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
  }
}
