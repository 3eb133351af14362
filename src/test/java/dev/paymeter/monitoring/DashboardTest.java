package dev.paymeter.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

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
  private static final Path PROVISIONING = Path.of("conf", "grafana", "provisioning");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)}?");
  private static final Set<String> GRAFANA_VARIABLES = Set.of("__rate_interval", "__range");

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
    Map<List<Integer>, String> taken = new HashMap<>();
    int end = 0;
    for (JsonObject panel : Dashboard.panels()) {
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
  void questions_comeFirst_inTheirOrder() {
    List<String> records =
        PrometheusRules.load().questions().stream().map(PrometheusRules.Question::record).toList();

    assertThat(records).hasSize(7);
    assertThat(Dashboard.panels().get(0).getString("title")).isEqualTo("The questions");
    assertThat(Dashboard.charts().subList(0, 7))
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

    for (JsonObject chart : Dashboard.charts().subList(0, 7)) {
      String question = PromQl.metrics(expression(chart)).iterator().next();
      if (limits.containsKey(question)) {
        assertThat(thresholds(chart)).as(question).contains(limits.remove(question));
      }
    }
    assertThat(limits.keySet()).as("all others").containsOnly("database_connections_active");
  }

  private static String expression(JsonObject chart) {
    return chart.getJsonArray("targets").getJsonObject(0).getString("expr");
  }

  private static List<Double> thresholds(JsonObject chart) {
    JsonObject thresholds =
        chart.getJsonObject("fieldConfig").getJsonObject("defaults").getJsonObject("thresholds");
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
            tuple("instance", "query"));
    assertThat(Dashboard.variables().subList(1, 4))
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
    assertThat(query.expression()).doesNotContainPattern("\\[(?!\\$__rate_interval]|\\$__range])");
  }

  @Test
  void restarts_areAnnotatedAtTheirTime() {
    assertThat(Dashboard.annotations())
        .singleElement()
        .satisfies(
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
