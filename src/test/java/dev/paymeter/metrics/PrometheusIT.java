package dev.paymeter.metrics;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.Main;
import dev.paymeter.http.management.ConsoleAgreement;
import dev.paymeter.metrics.dashboard.PrometheusRules;
import dev.paymeter.monitoring.PromQl;
import dev.paymeter.monitoring.RuleFiles;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.TestVictoriaMetrics;
import dev.paymeter.support.TextFormatProxy;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.SampleProofs;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Compares a real Prometheus, scraping in both of its formats, with the ledger. */
class PrometheusIT {
  private static final String OPEN_METRICS = "openmetrics";
  private static final String TEXT = "text";
  private static final String REQUESTS_TOTAL =
      "job_status_gateway_user_tier:payment_requests:total";
  private static final String AMOUNT_TOTAL = "job_currency_user_tier:payment_amount_usd_sum:total";
  private static final int JOBS = 3;
  private static final String INSTALL = "apt-get install prometheus";
  private static final Pattern PROMQL = Pattern.compile("(?s)```promql\n(.*?)\n```");

  /** Families that are exported only while there is something to report. */
  private static final List<String> ONLY_DURING_INCIDENTS =
      List.of(
          "paymeter_ledger_lost_rows",
          "paymeter_missing_account_transfers",
          "paymeter_missing_account_transfers_oldest_seconds",
          "paymeter_missing_account_transfers_usd");

  /**
   * Families that are exported only if there are endpoints for webhooks, or secrets of those of a
   * gateway; their tests scrape them.
   */
  private static final List<String> ONLY_WITH_WEBHOOKS =
      List.of(
          "paymeter_gateway_webhooks_total",
          "webhooks_dead",
          "webhooks_delivered",
          "webhooks_endpoint_disabled",
          "webhooks_waiting",
          "webhooks_unqueued_seconds",
          "webhooks_waiting_oldest_seconds");

  private static final Path METRICS_PAGE = Path.of("src", "docs", "operate", "metrics.md");
  private static final String REMOVED = "removed";
  private static final int PAYMENTS_OF_REMOVED = 10;

  private static final int PAYMENTS = 1000;
  private static final int AT_ONCE = 50;
  private static final Set<String> COUNTS =
      Set.of(
          "payment_requests_total",
          "payment_duration_seconds_count",
          "payment_amount_usd_count",
          "errors_total");

  private static final List<String> TIERS = List.of("basic", "standard", "premium");
  private static final List<String> GATEWAYS = List.of("stripe", "paypal");
  private static final List<String> METHODS =
      List.of("credit_card", "debit_card", "paypal", "apple_pay", "google_pay", "bank_transfer");
  private static final List<String> CURRENCIES = List.of("USD", "EUR", "GBP", "JPY", "KRW", "KWD");

  /** Amounts in major units: bounds of buckets, and both sides of 1000 USD. */
  private static final List<String> AMOUNTS =
      List.of("1", "7", "10", "49", "50", "100", "333", "1000", "1001", "4999", "5000", "250000");

  @TempDir static Path directory;
  @TempDir static Path victoriaDirectory;
  static RunningService service;
  static TextFormatProxy textFormatProxy;
  static TestPrometheus prometheus;

  /** Scrapes in parallel with Prometheus, if it is installed. */
  static Optional<TestVictoriaMetrics> victoriaMetrics = Optional.empty();

  /** Is scraped by a job of its own, and ends between the two moments. */
  static RunningService removed;

  /** Two moments at which the instances had no payment in progress and Prometheus all others. */
  static Moment halfway;

  static Moment end;

  /**
   * @param requests expected by job, and so are the amounts
   */
  record Moment(
      Instant time,
      Map<String, Map<Map<String, String>, BigDecimal>> requests,
      Map<String, Map<Map<String, String>, BigDecimal>> amounts) {}

  /** Values before the first payment, by job and family. */
  static final Map<String, Map<String, Map<Map<String, String>, BigDecimal>>> before =
      new HashMap<>();

  @BeforeAll
  static void payWhileScraped() throws IOException {
    RequiredPrograms.program("prometheus", INSTALL);
    service =
        RunningService.start(
            Map.of("simulator.failure-rate", "0.1", "simulator.premium-failure-rate", "0.05"));
    textFormatProxy = TextFormatProxy.of(service.management("/metrics"));
    removed = RunningService.start(Map.of("instance.id", REMOVED));
    prometheus =
        TestPrometheus.startWithFrequentRules(
            directory,
            Map.of(
                OPEN_METRICS, service.management("").getAuthority(),
                TEXT, textFormatProxy.authority(),
                REMOVED, removed.management("").getAuthority()));
    if (RequiredPrograms.isInstalled(TestVictoriaMetrics.NAME)) {
      victoriaMetrics =
          Optional.of(
              TestVictoriaMetrics.start(
                  victoriaDirectory, Map.of(TEXT, service.management("").getAuthority())));
    }
    for (String job : List.of(OPEN_METRICS, TEXT)) {
      eventually(() -> assertThat(prometheus.value(of("up", job))).isEqualByComparingTo("1"));
      before.put(
          job,
          COUNTS.stream()
              .collect(Collectors.toMap(f -> f, family -> prometheus.query(of(family, job)))));
    }
    eventually(
        () ->
            assertThat(prometheus.querySeries("count by (job) (" + AMOUNT_TOTAL + ")"))
                .hasSize(JOBS));
    SplittableRandom random = new SplittableRandom(1);
    List<JsonObject> orders =
        IntStream.range(0, PAYMENTS).mapToObj(number -> randomOrder(number, random)).toList();
    halfway = pay(orders.subList(0, PAYMENTS / 2), PAYMENTS / 2);
    end = pay(orders.subList(PAYMENTS / 2, PAYMENTS), PAYMENTS);
  }

  @AfterAll
  static void stop() throws Exception {
    victoriaMetrics.ifPresent(TestVictoriaMetrics::close);
    for (AutoCloseable started : List.of(prometheus, textFormatProxy, service, removed)) {
      started.close();
    }
  }

  /** Pays, at the instance that is removed, too, which ends after the last payments. */
  private static Moment pay(List<JsonObject> orders, int paidInAll) {
    for (JsonObject order : orders.subList(0, PAYMENTS_OF_REMOVED)) {
      removed.pay(order);
    }
    for (int first = 0; first < orders.size(); first += AT_ONCE) {
      CompletableFuture.allOf(
              orders.subList(first, first + AT_ONCE).stream()
                  .map(service::payLater)
                  .toArray(CompletableFuture<?>[]::new))
          .join();
    }
    for (String job : List.of(OPEN_METRICS, TEXT)) {
      eventually(
          () -> {
            assertThat(prometheus.value(of("up", job))).isEqualByComparingTo("1");
            assertCounted(job, paidInAll);
          });
    }
    victoriaMetrics.ifPresent(
        other ->
            eventually(
                () ->
                    assertThat(other.value("sum(payment_requests_total)"))
                        .isEqualByComparingTo("" + paidInAll)));
    eventually(() -> assertCounted(REMOVED, 2 * PAYMENTS_OF_REMOVED * paidInAll / PAYMENTS));
    if (paidInAll == PAYMENTS) {
      removed.close();
      eventually(
          () -> // The rules were evaluated without it.
          assertThat(prometheus.query(of("payment_requests_total", REMOVED) + " offset 3s"))
                  .isEmpty());
    }
    return new Moment(
        Instant.now(),
        inLedgers(ledger -> ledger.sum("count(*)", "status", "gateway", "user_tier")),
        inLedgers(ledger -> ledger.sum("sum(amount_usd)", "currency", "user_tier")));
  }

  /** Asserts that Prometheus has the payments, in the exact totals, too. */
  private static void assertCounted(String job, int payments) {
    assertThat(total("payment_requests_total", job)).isEqualByComparingTo("" + payments);
    for (String rule :
        List.of(REQUESTS_TOTAL, "job_currency_user_tier:payment_amount_usd_count:total")) {
      assertThat(total(rule, job)).isEqualByComparingTo("" + payments);
    }
  }

  private static JsonObject randomOrder(int number, SplittableRandom random) {
    return RunningService.order("order_" + number, any(AMOUNTS, random))
        .put("currency", any(CURRENCIES, random))
        .put("user_tier", any(TIERS, random))
        .put("payment_method", any(METHODS, random))
        .put("gateway", any(GATEWAYS, random));
  }

  private static String any(List<String> values, SplittableRandom random) {
    return values.get(random.nextInt(values.size()));
  }

  @Test
  void jobs_asScraped_areOfBothFormats() {
    String accept = String.join(",", textFormatProxy.acceptHeaders());

    assertThat(contentType(accept)).startsWith("application/openmetrics-text");
    assertThat(contentType("text/plain;version=0.0.4")).startsWith("text/plain");
  }

  private static String contentType(String accept) {
    return RunningService.get(service.management("/metrics"), "Accept", accept)
        .headers()
        .firstValue("Content-Type")
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {OPEN_METRICS, TEXT})
  void firstScrape_beforeAnyPayment_hasAllCombinationsAtZero(String job) {
    Map<String, Map<Map<String, String>, BigDecimal>> first = before.get(job);

    assertThat(first.values())
        .allSatisfy(f -> assertThat(f.values()).containsOnly(BigDecimal.ZERO));
    assertThat(first.get("payment_requests_total").keySet())
        .isEqualTo(
            combinations(
                Map.of(
                    "status", List.of("success", "failed"),
                    "gateway", GATEWAYS,
                    "user_tier", TIERS)));
    assertThat(first.get("payment_duration_seconds_count").keySet())
        .isEqualTo(combinations(Map.of("gateway", GATEWAYS, "payment_method", METHODS)));
    assertThat(first.get("payment_amount_usd_count").keySet())
        .isEqualTo(combinations(Map.of("currency", CURRENCIES, "user_tier", TIERS)));
    assertThat(first.get("errors_total").keySet())
        .isEqualTo(
            combinations(
                Map.of(
                    "service", List.of("payment", "refund"),
                    "error_type", List.of("PaymentGatewayException", "PaymentValidationException"),
                    "severity", List.of("high", "medium"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {OPEN_METRICS, TEXT})
  void counts_underLoad_agreeInEveryScrape(String job) {
    String torn =
        "abs(%1$s - %2$s) + abs(%1$s - %3$s)"
            .formatted(
                "sum(" + of("payment_requests_total", job) + ")",
                "sum(" + of("payment_duration_seconds_count", job) + ")",
                "sum(" + of("payment_amount_usd_count", job) + ")");

    assertThat(prometheus.history(torn, 60)).isNotEmpty().containsOnly("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {OPEN_METRICS, TEXT})
  void counts_afterLoad_equalTheLedger(String job) {
    assertThat(counted("payment_requests_total", job))
        .isEqualTo(ledger().sum("count(*)", "status", "gateway", "user_tier"));
    assertThat(counted("payment_duration_seconds_count", job))
        .isEqualTo(ledger().sum("count(*)", "gateway", "payment_method"));
    assertThat(counted("payment_amount_usd_count", job))
        .isEqualTo(ledger().sum("count(*)", "currency", "user_tier"));
  }

  @ParameterizedTest
  @ValueSource(strings = {OPEN_METRICS, TEXT})
  void sums_afterLoad_equalTheLedger(String job) {
    assertThat(counted("payment_amount_usd_sum", job))
        .isEqualTo(ledger().sum("sum(amount_usd)", "currency", "user_tier"));
    assertThat(counted("payment_duration_seconds_sum", job))
        .isEqualTo(ledger().sum("sum(duration)", "gateway", "payment_method"));
    assertThat(total("payment_amount_usd_sum", job).setScale(2, RoundingMode.HALF_EVEN))
        .isEqualByComparingTo(ledger().sum("sum(amount_usd)").get(Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {OPEN_METRICS, TEXT})
  void errors_afterLoad_equalTheLedger(String job) {
    Map<Map<String, String>, BigDecimal> failures = ledger().errors();

    assertThat(failures).isNotEmpty();
    assertThat(counted("errors_total", job)).isEqualTo(failures);
  }

  @ParameterizedTest
  @ValueSource(strings = {OPEN_METRICS, TEXT})
  void buckets_afterLoad_areTheContractsAndEqualTheLedger(String job) {
    assertThat(bounds("payment_amount_usd", job)).isEqualTo(Set.copyOf(LedgerRows.AMOUNT_BOUNDS));
    assertThat(bounds("payment_duration_seconds", job))
        .isEqualTo(Set.copyOf(LedgerRows.DURATION_BOUNDS));
    assertThat(counted("payment_amount_usd_bucket", job))
        .isEqualTo(
            ledger().buckets("amount_usd", LedgerRows.AMOUNT_BOUNDS, "currency", "user_tier"));
    assertThat(counted("payment_duration_seconds_bucket", job))
        .isEqualTo(
            ledger().buckets("duration", LedgerRows.DURATION_BOUNDS, "gateway", "payment_method"));
  }

  @ParameterizedTest
  @EnumSource
  void scrape_parsedByOthers_equalsTheLedger(ScrapeFormat format) throws Exception {
    ParsedScrape scrape = format.scrape(service.management("/metrics"));

    ledger()
        .expected()
        .forEach((name, values) -> assertThat(scrape.values(name)).as(name).isEqualTo(values));
  }

  @Test
  void sums_inVictoriaMetrics_equalThoseInPrometheus() {
    TestVictoriaMetrics.program();
    TestVictoriaMetrics other = victoriaMetrics.orElseThrow();

    for (String name : ledger().expected().keySet()) {
      eventually(
          () -> assertThat(other.query(name)).as(name).isEqualTo(prometheus.query(of(name, TEXT))));
    }
  }

  /** The totals of the removed instance have not changed since it ended. */
  @ParameterizedTest
  @ValueSource(strings = {OPEN_METRICS, TEXT, REMOVED})
  void totals_atEachMoment_equalTheLedger(String job) {
    for (Moment moment : List.of(halfway, end)) {
      assertThat(prometheus.nonZeroAt(moment.time(), of(REQUESTS_TOTAL, job)))
          .isEqualTo(moment.requests().get(job));
      assertThat(prometheus.nonZeroAt(moment.time(), "round(" + of(AMOUNT_TOTAL, job) + ", 0.01)"))
          .isEqualTo(moment.amounts().get(job));
    }
  }

  /** The queries of the page for the last day, here for the time between two moments. */
  @ParameterizedTest
  @ValueSource(strings = {OPEN_METRICS, TEXT, REMOVED})
  void recipes_betweenTwoScrapes_returnTheLedgersCents_whichIncreaseDoesNot(String job)
      throws IOException {
    Map<Map<String, String>, BigDecimal> between =
        difference(byCurrency(end.amounts().get(job)), byCurrency(halfway.amounts().get(job)));
    List<String> recipes = queries(Files.readString(METRICS_PAGE));

    assertThat(recipes).hasSize(2);
    for (String recipe : recipes) {
      assertThat(prometheus.nonZeroAt(end.time(), ofLastHalf(recipe, job)))
          .as(recipe)
          .isEqualTo(between);
    }
    assertThat(
            prometheus.nonZeroAt(
                end.time(),
                ofLastHalf("sum by (currency) (increase(payment_amount_usd_sum[1d]))", job)))
        .isNotEqualTo(between);
  }

  /** It does not extrapolate. */
  @Test
  void increase_inVictoriaMetrics_isExact() {
    TestVictoriaMetrics.program();
    TestVictoriaMetrics other = victoriaMetrics.orElseThrow();

    assertThat(
            other.nonZeroAt(end.time(), ofLastHalf("increase(payment_requests_total[1d])", TEXT)))
        .isEqualTo(difference(end.requests().get(TEXT), halfway.requests().get(TEXT)));
    assertThat(
            other.nonZeroAt(
                end.time(),
                ofLastHalf("round(increase(payment_amount_usd_sum[1d]) * 100) / 100", TEXT)))
        .isEqualTo(difference(end.amounts().get(TEXT), halfway.amounts().get(TEXT)));
  }

  /** Returns a query about a day, for the time between the moments, and one job. */
  private static String ofLastHalf(String query, String job) {
    long window = end.time().toEpochMilli() - halfway.time().toEpochMilli();
    return query
        .replaceAll("(?<=\\[|offset )1d", window + "ms")
        .replaceAll("\\b(\\w+:)?payment_\\w+(:total)?", "$0{job=\"" + job + "\"}");
  }

  private static Map<Map<String, String>, BigDecimal> byCurrency(
      Map<Map<String, String>, BigDecimal> values) {
    Map<Map<String, String>, BigDecimal> sums = new HashMap<>();
    values.forEach(
        (labels, value) ->
            sums.merge(
                Map.of("currency", labels.getOrDefault("currency", "")), value, BigDecimal::add));
    return sums;
  }

  /** Returns the increases of the values that increased. */
  private static Map<Map<String, String>, BigDecimal> difference(
      Map<Map<String, String>, BigDecimal> after, Map<Map<String, String>, BigDecimal> before) {
    Map<Map<String, String>, BigDecimal> increases = new HashMap<>();
    after.forEach(
        (labels, value) ->
            increases.put(
                labels,
                value.subtract(before.getOrDefault(labels, BigDecimal.ZERO)).stripTrailingZeros()));
    return nonZero(increases);
  }

  private static Map<String, Map<Map<String, String>, BigDecimal>> inLedgers(
      Function<LedgerRows, Map<Map<String, String>, BigDecimal>> values) {
    Map<Map<String, String>, BigDecimal> ofService = values.apply(ledger());
    return Map.of(
        OPEN_METRICS, ofService,
        TEXT, ofService,
        REMOVED, values.apply(new LedgerRows(removed.databaseUrl())));
  }

  /** Selects series of the instance that is not removed: the other one has another ledger. */
  private static final String OF_SERVICE =
      "{__name__=~\"payment_requests_total|payment_amount_usd_sum|errors_total\","
          + "job=~\"openmetrics|text\"}";

  /** Output and exit code of a command. */
  private record Printed(int exitCode, String out) {}

  private static Printed prove(String... arguments) {
    return run(Stream.concat(Stream.of("prove"), Stream.of(arguments)).toArray(String[]::new));
  }

  private static Printed run(String... command) {
    CommandLine commands = Main.commandLine(Map.of("PAYMETER_DATABASE_URL", service.databaseUrl()));
    StringWriter out = new StringWriter();
    commands.setOut(new PrintWriter(out));
    int exitCode = commands.execute(command);
    return new Printed(exitCode, out.toString());
  }

  @Test
  void prove_samplesInPrometheus_equalTheLedger() {
    Printed proof = prove(OF_SERVICE, "--prometheus", prometheus.url().toString());

    assertThat(proof.exitCode()).as(proof.out()).isZero();
    assertThat(proof.out())
        .as("of both jobs")
        .contains("2000  payment_requests_total, all of the above")
        .contains("Proved:");
  }

  @Test
  void prove_samplesInVictoriaMetrics_equalTheLedger() {
    TestVictoriaMetrics.program();
    Printed proof = prove("--prometheus", victoriaMetrics.orElseThrow().url().toString());

    assertThat(proof.exitCode()).as(proof.out()).isZero();
    assertThat(proof.out()).contains("1000  payment_requests_total, all of the above");
  }

  /** The first scrapes have been taken in the middle of the load. */
  @Test
  void prove_increaseSinceEachScrape_equalsTheLedger() {
    List<SampleProofs.ScrapeTime> scrapes = SampleProofs.times(prometheus);
    for (int i = 0; i < scrapes.size(); i += 1 + scrapes.size() / 5) {
      Printed proof =
          prove(
              OF_SERVICE,
              "--prometheus",
              prometheus.url().toString(),
              "--from",
              scrapes.get(i).time().toString());

      assertThat(proof.exitCode()).as(proof.out()).isZero();
    }
  }

  @Test
  void prove_rows_areThoseOfTheLedger() {
    Printed proof =
        prove(
            "payment_amount_usd_sum{job!=\"removed\"}",
            "--rows",
            "--prometheus",
            prometheus.url().toString());

    assertThat(proof.exitCode()).isZero();
    assertThat(proof.out().lines()).hasSize(1 + 2 * PAYMENTS);
    assertThat(proof.out().lines().skip(1))
        .allMatch(line -> line.matches("[^,]+,\\d+,payment,[0-9a-f-]{36},[^,]+,\".*\",[0-9.]+"));
  }

  @Test
  void prove_scrapeWithAnotherValue_isFound() throws IOException {
    String scrape = service.metrics();
    Path file = Files.writeString(directory.resolve("scrape"), scrape);
    assertThat(prove("--scrape", file.toString()).exitCode()).isZero();

    Files.writeString(
        file,
        Pattern.compile("(?m)^(payment_requests_total\\{.*status=\"success\".*\\}) (.*)$")
            .matcher(scrape)
            .replaceFirst("$1 7777"));
    Printed proof = prove("--scrape", file.toString());

    assertThat(proof.exitCode()).isEqualTo(3);
    assertThat(proof.out()).contains("DIFFERENT", "Not proved: 1 of");
  }

  /** The other instance has another ledger; its chain is no witness of this one. */
  @Test
  void verify_chainInPrometheus_isThatOfTheLedger() {
    eventually(
        () ->
            assertThat(prometheus.value("max(" + of("paymeter_chain_cut", TEXT) + ")"))
                .isPositive());

    Printed verified = run("verify", "--prometheus", prometheus.url().toString());

    assertThat(verified.exitCode()).as(verified.out()).isZero();
    assertThat(verified.out())
        .containsPattern("0 signatures are valid, [1-9]\\d* scraped ends of chains were compared")
        .contains("Verified: the rows are those that were closed");
  }

  @ParameterizedTest
  @ValueSource(strings = {OPEN_METRICS, TEXT})
  void questions_afterLoad_haveAnswers(String job) {
    for (PrometheusRules.Question question : PrometheusRules.load().questions()) {
      eventually(() -> assertThat(prometheus.querySeries(of(question.record(), job))).isNotEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {OPEN_METRICS, TEXT})
  void console_afterLoad_agreesWithTheRules(String job) {
    ConsoleAgreement console = new ConsoleAgreement(service.management("/console/samples"));
    console.assertAgreesWith(prometheus, job);
  }

  /** The ratio covers all payments since the start. */
  @ParameterizedTest
  @ValueSource(strings = {OPEN_METRICS, TEXT})
  void shareUpTo1000_afterLoad_isTheLedgers(String job) {
    BigDecimal all = ledger().sum("count(*)").get(Map.of());
    BigDecimal upTo1000 = ledger().sum("count(*) filter (where amount_usd <= 1000)").get(Map.of());

    eventually(
        () ->
            assertThat(
                    prometheus.value(
                        "round("
                            + of("payments_up_to_1000_usd_ratio_of_all_time", job)
                            + ", 1e-6)"))
                .isEqualByComparingTo(
                    upTo1000
                        .multiply(BigDecimal.valueOf(100))
                        .divide(all, 6, RoundingMode.HALF_EVEN)));
  }

  @Test
  void rules_evaluated_haveNoFaults() {
    eventually(
        () ->
            assertThat(prometheus.rules()).noneMatch(r -> r.getString("health").equals("unknown")));

    assertThat(prometheus.rules())
        .hasSameSizeAs(RuleFiles.rules())
        .allSatisfy(rule -> assertThat(rule.getString("health")).as(rule.encode()).isEqualTo("ok"));
  }

  @Test
  void rulesAndRunbooks_nameOnlyWhatIsExportedOrRecorded() throws IOException {
    Set<String> known = new HashSet<>();
    service.metrics().lines().map(line -> line.split("[{ ]")[0]).forEach(known::add);
    RuleFiles.rules().forEach(rule -> known.add(rule.name()));
    known.addAll(List.of("up", "scrape_duration_seconds")); // created by Prometheus itself
    known.addAll(ONLY_DURING_INCIDENTS);
    known.addAll(ONLY_WITH_WEBHOOKS);

    List<String> queries = new ArrayList<>(runbookQueries());
    RuleFiles.rules().forEach(rule -> queries.add(rule.query()));

    assertThat(queries).allSatisfy(query -> assertThat(PromQl.metrics(query)).isSubsetOf(known));
  }

  @Test
  void runbooks_queries_areUnderstood() throws IOException {
    List<String> queries = runbookQueries();

    assertThat(queries).hasSizeGreaterThan(20);
    queries.forEach(prometheus::querySeries);
  }

  /** Each query starts at the margin; indented lines continue it. */
  private static List<String> runbookQueries() throws IOException {
    List<String> queries = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("k8s", "monitoring", "runbooks"))) {
      for (Path file : files.toList()) {
        queries.addAll(queries(Files.readString(file)));
      }
    }
    return queries;
  }

  private static List<String> queries(String page) {
    return PROMQL
        .matcher(page)
        .results()
        .flatMap(block -> Stream.of(block.group(1).split("\n(?![ )])", -1)))
        .toList();
  }

  @Test
  void promtool_onAllFamilies_findsNothing() throws Exception {
    Path promtool = RequiredPrograms.program("promtool", INSTALL);
    Path findings = directory.resolve("findings");
    Process check =
        new ProcessBuilder(promtool.toString(), "check", "metrics")
            .redirectErrorStream(true)
            .redirectOutput(findings.toFile())
            .start();

    try (OutputStream metrics = check.getOutputStream()) {
      metrics.write(service.metrics().getBytes(StandardCharsets.UTF_8));
    }

    assertThat(check.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readAllLines(findings)).isEmpty();
    assertThat(check.exitValue()).as("all read").isZero();
  }

  private static String of(String family, String job) {
    return family + "{job=\"" + job + "\"}";
  }

  private static BigDecimal total(String family, String job) {
    return prometheus.value("sum(" + of(family, job) + ")");
  }

  /** Returns the series that were incremented. */
  private static Map<Map<String, String>, BigDecimal> counted(String family, String job) {
    return nonZero(prometheus.query(of(family, job)));
  }

  private static Set<String> bounds(String family, String job) {
    return prometheus.query("count by (le) (" + of(family + "_bucket", job) + ")").keySet().stream()
        .map(labels -> labels.get("le"))
        .collect(Collectors.toSet());
  }

  private static Set<Map<String, String>> combinations(Map<String, List<String>> values) {
    Set<Map<String, String>> all = Set.of(Map.of());
    for (String label : values.keySet()) {
      all =
          all.stream()
              .flatMap(some -> values.get(label).stream().map(value -> with(some, label, value)))
              .collect(Collectors.toSet());
    }
    return all;
  }

  private static Map<String, String> with(Map<String, String> labels, String label, String value) {
    Map<String, String> more = new HashMap<>(labels);
    more.put(label, value);
    return more;
  }

  private static LedgerRows ledger() {
    return new LedgerRows(service.databaseUrl());
  }

  private static Map<Map<String, String>, BigDecimal> nonZero(
      Map<Map<String, String>, BigDecimal> values) {
    Map<Map<String, String>, BigDecimal> others = new HashMap<>(values);
    others.values().removeIf(value -> value.signum() == 0);
    return others;
  }
}
