package dev.paymeter.monitoring;

import static dev.paymeter.support.Await.eventually;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.docs.DocTable;
import dev.paymeter.support.EmptyStripe;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.load.Load;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.webhook.TestWebhookServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The queries of the dashboard, evaluated by a real Prometheus that scrapes the service. */
class DashboardIT {
  private static final Pattern FAMILY = Pattern.compile("(?m)^# TYPE (\\S+) ");
  private static final Pattern CODE = Pattern.compile("`(\\w+)`");

  /** Families that are exported only after their first event. */
  private static final List<String> CONDITIONAL_FAMILIES =
      List.of(
          "jvm_gc_concurrent_phase_time_seconds",
          "jvm_gc_concurrent_phase_time_seconds_max",
          "paymeter_missing_account_transfers_oldest_seconds",
          "paymeter_missing_account_transfers_usd");

  private static final String PAYMENTS_QUERY =
      "sum(vertx_http_server_requests_total{route=\"/v1/payments\"})";

  private static final int UNUSED_PORT = 1;
  private static final Duration PAUSE = Duration.ofMillis(50);

  @TempDir static Path directory;
  static TestWebhookServer shop;
  static EmptyStripe stripe;
  static RunningService service;
  static TestPrometheus prometheus;
  static Load payments;
  static Load events;

  @BeforeAll
  static void payWhileScraped() throws IOException {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    shop = new TestWebhookServer(TestWebhookServer.ACCEPT);
    Path endpoints = Files.write(directory.resolve("endpoints"), List.of(shop.line("shop", "*")));
    stripe = new EmptyStripe();
    Map<String, String> settings = new HashMap<>(stripe.settings("webhooks", directory));
    settings.put("payments.gateways", "stripe,paypal,webhooks");
    settings.put("webhooks.endpoints", endpoints.toString());
    settings.put("webhooks.allowed-networks", "127.0.0.0/8");
    settings.put("simulator.time-scale", "0.2");
    settings.put("simulator.failure-rate", "0.3");
    // For payments with an unknown outcome.
    settings.put("simulator.faults.connection-broken", "0.1");
    settings.put("metrics.sampling-rate", "1");
    service = RunningService.start(settings);
    payments = Load.start(2, () -> service.api("/v1/payments")).pausing(PAUSE);
    events = Load.startEvents(1, () -> service.api("/v1/observations")).pausing(PAUSE);
    eventually(() -> assertThat(authorize()).isEqualTo("authorized")); // Some orders fail.
    service.pay(
        RunningService.order("disputed", "10.00").put("payment_token", "pm_card_createDispute"));
    System.gc(); // So that there is a GC pause to show.
    prometheus =
        TestPrometheus.startWithFrequentRules(
            directory,
            Map.of(
                "paymeter",
                service.management("").getAuthority(),
                "another",
                "127.0.0.1:" + UNUSED_PORT)); // Which "All" jobs include.
    eventually(
        () ->
            assertThat(prometheus.querySeries("increase(" + PAYMENTS_QUERY + "[5m:1s]) > 20"))
                .hasSize(1));
  }

  private static @Nullable String authorize() {
    JsonObject order = RunningService.order("authorized", "10.00").put("capture", "manual");
    return new JsonObject(service.pay(order).body()).getString("status");
  }

  @AfterAll
  static void stop() throws Exception {
    for (AutoCloseable started : List.of(payments, events, prometheus, service, shop, stripe)) {
      started.close();
    }
  }

  static Stream<Dashboard.Query> queries() {
    return Dashboard.queries().stream();
  }

  @ParameterizedTest
  @MethodSource("queries")
  void query_ofAPanel_returnsNumbers(Dashboard.Query query) {
    String filledIn =
        query
            .expression()
            .replaceAll("\\$__(rate_)?interval|\\$__range", "5m")
            .replace(":1m]", ":1s]") // Steps are at whole minutes.
            .replaceAll("\\$(namespace|job|instance|gateway)", ".*")
            .replace("alertstate=\"firing\"", "alertstate=\"pending\""); // At first.

    eventually(() -> assertThat(numbers(filledIn)).anyMatch(number -> !number.equals("NaN")));
  }

  private static List<String> numbers(String query) {
    return prometheus.querySeries(query).stream()
        .map(series -> ((JsonArray) series.getValue("value")).getString(1))
        .toList();
  }

  @Test
  void queries_useExportedOrRecordedMetricsOnly() {
    Set<String> known = new HashSet<>();
    service.metrics().lines().map(line -> line.split("[{ ]", 2)[0]).forEach(known::add);
    RuleFiles.rules().forEach(rule -> known.add(rule.name()));
    known.addAll(CONDITIONAL_FAMILIES);

    assertThat(Dashboard.queries())
        .allSatisfy(query -> assertThat(PromQl.metrics(query.expression())).isSubsetOf(known));
  }

  @Test
  void families_exported_areShownOrHaveAReason() throws IOException {
    Set<String> queried = new HashSet<>();
    Dashboard.queries().forEach(query -> queried.addAll(PromQl.metrics(query.expression())));
    RuleFiles.rules().forEach(rule -> queried.addAll(PromQl.metrics(rule.query())));
    Set<String> exported =
        FAMILY.matcher(service.metrics()).results().map(type -> type.group(1)).collect(toSet());
    List<String> unqueried = new ArrayList<>(exported);
    unqueried.removeIf(
        family ->
            Stream.of("", "_bucket", "_count", "_sum").anyMatch(s -> queried.contains(family + s)));

    assertThat(exported).hasSizeGreaterThan(50);
    exported.addAll(CONDITIONAL_FAMILIES);
    assertThat(reasons())
        .doesNotHaveDuplicates()
        .doesNotContainAnyElementsOf(queried)
        .containsAll(unqueried)
        .isSubsetOf(exported);
  }

  /** Returns the names in the table of families that the dashboard leaves out. */
  private static List<String> reasons() throws IOException {
    return DocTable.rows("metrics.md", "Family").stream()
        .filter(row -> row.size() == 2)
        .flatMap(row -> CODE.matcher(row.get(0)).results().map(name -> name.group(1)))
        .toList();
  }
}
