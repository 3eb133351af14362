package dev.paymeter.http.management;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.alerts.ActiveAlerts;
import dev.paymeter.metrics.dashboard.PaymentComparison;
import dev.paymeter.metrics.dashboard.ServiceStatus;
import dev.paymeter.metrics.dashboard.ServiceStatus.Incident;
import dev.paymeter.metrics.dashboard.ServiceStatus.Kind;
import dev.paymeter.metrics.dashboard.ServiceStatus.Unknown;
import dev.paymeter.support.Browser;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The console in a browser. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConsoleIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String HOSTILE = "<img src=x onerror=alert(1)>\u202eegral";

  /** With that of the money. */
  private static final int CHARTS = 9;

  private static final String LONG = "order-".repeat(42);

  /** The service responds with two instances, of which the second has samples of another form. */
  private static final String MEMBERS =
      """
      const send = window.fetch;
      window.members = {payments: 2, usd: "3000.75", data: [
        {instance: "member-0", state: {payments: 1, usd: "1000.50", metrics_ledger_drift: 0, point: {
          payments_per_second: 1, payment_success_rate: 98, avg_response_time_by_gateway: {},
          error_rate_by_severity: {high: 0}, db_connection_usage: [], avg_cpu_usage: 5}}},
        {instance: "member-1", state: {point: {}}}]};
      window.fetch = (path, options) => String(path) !== "v1/instances"
        ? send(path, options)
        : Promise.resolve(Response.json(window.members, {status: window.members.status || 200}));
      """;

  @TempDir static Path profile;
  static Browser browser;
  static RunningService service;
  static ConsoleStage stage;

  @BeforeAll
  static void start() {
    browser = Browser.start(profile);
    service =
        RunningService.start(
            Map.of(
                "simulator.switchable", "true",
                "simulator.failure-rate", "0.3",
                // No collector listens there; payments still have traces.
                "tracing.otlp-endpoint", "http://127.0.0.1:9/v1/traces"));
    IntStream.range(0, 40).forEach(ConsoleIT::pay);
    stage = new ConsoleStage(TestServer.freePort());
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
    if (service != null) {
      service.close();
    }
    if (stage != null) {
      stage.close();
    }
  }

  @BeforeEach
  void open() {
    browser.consoleWarnings();
    browser.open(service.management("/"));
    eventually(() -> assertThat(browser.text("#connection")).isEqualTo("Live"));
  }

  private static String pay(int number) {
    String orderId = "order_" + number;
    service.pay(
        RunningService.order(orderId, number % 4 == 0 ? "1500.00" : "12.50")
            .put("gateway", number % 2 == 0 ? "stripe" : "paypal"));
    return orderId;
  }

  /** First, while the window of the figures contains all payments since the start. */
  @Test
  @Order(1)
  void figures_agreeWithMetrics() {
    eventually(
        () -> {
          Scrape scrape = new Scrape(service.metrics());
          BigDecimal all = scrape.sum("payment_requests_total");
          BigDecimal paid = scrape.sum("payment_requests_total", "status=\"success\"");
          BigDecimal small = scrape.sum("payment_amount_usd_bucket", "le=\"1000.0\"");
          assertThat(figure("payment_success_rate")).isEqualTo(percent(paid, all, 1));
          assertThat(figure("high_value_payment_ratio"))
              .isEqualTo(percent(all.subtract(small), all, 1));
          assertThat(legend("avg_response_time_by_gateway"))
              .containsExactly(
                  "paypal " + average(scrape, "paypal"), "stripe " + average(scrape, "stripe"));
          assertThat(browser.text("#payments-count")).startsWith(all.toBigInteger() + " since");
        });
    // Compared separately, because it changes constantly.
    eventually(
        () -> {
          Scrape scrape = new Scrape(service.metrics());
          assertThat(figure("memory_usage_ratio"))
              .isEqualTo(
                  percent(
                      scrape.sum("memory_usage_bytes", "type=\"used\""),
                      scrape.sum("memory_usage_bytes", "type=\"total\""),
                      0));
        });
    assertThat(browser.text("[data-question=payment_success_rate] .about"))
        .matches("of \\S+ requests a second; measured for \\d+ s");
    assertThat(figure("avg_cpu_usage")).matches("\\d+%");
    assertThat(figure("db_connection_usage")).matches("\\d+%");
    assertThat(legend("error_rate_by_severity")).hasSize(2);
    assertThat(browser.findElement("main").getText()).doesNotContain("NaN", "undefined", "null");
    browser.saveScreenshot("laptop-light");
    assertThat(browser.consoleWarnings()).isEmpty();
  }

  private static String figure(String question) {
    return browser.text("[data-question=" + question + "] .figure").replaceAll("\\s", "");
  }

  private static List<String> legend(String question) {
    return browser.findElements("[data-question=" + question + "] .legend li").stream()
        .map(item -> item.getText().replaceAll("\\s+", " "))
        .toList();
  }

  private static String percent(BigDecimal part, BigDecimal whole, int digits) {
    return part.multiply(BigDecimal.valueOf(100)).divide(whole, digits, RoundingMode.HALF_UP) + "%";
  }

  private static String average(Scrape scrape, String gateway) {
    String label = "gateway=\"" + gateway + "\"";
    BigDecimal sum = scrape.sum("payment_duration_seconds_sum", label);
    BigDecimal count = scrape.sum("payment_duration_seconds_count", label);
    boolean isShort = sum.compareTo(count.movePointLeft(1)) < 0;
    return sum.divide(count, isShort ? 3 : 2, RoundingMode.HALF_UP) + " s";
  }

  @Test
  void charts_haveThresholdsOfTheAlerts() {
    eventually(
        () ->
            assertThat(
                    browser.findElements(
                        ".questions .question:not([data-question=error_budget]) .state"))
                .extracting(state -> state.getText().replaceAll("⚠ |alert ", ""))
                .containsExactly(
                    "below 95 %",
                    "objective 2.5 s",
                    "above 2 s",
                    "above 0.1 /s",
                    "",
                    "above 18 in use",
                    "",
                    "above 85 %"));
    assertThat(browser.findElements(".question canvas")).hasSize(CHARTS);
    assertThat(chart("payment_success_rate").getAttribute("aria-label"))
        .contains("success rate: between", "Alert threshold 95");
  }

  @Test
  void charts_endAboveTheirLegends() {
    eventually(
        () -> {
          assertThat(legend("error_rate_by_severity")).isNotEmpty();
          assertThat(
                  browser.run(
                      """
                      return [...document.querySelectorAll(".question")]
                        .filter(card => card.querySelector("canvas") && card.querySelector(".legend"))
                        .filter(card => card.querySelector("canvas").getBoundingClientRect().bottom
                          > card.querySelector(".legend").getBoundingClientRect().top + 1)
                        .map(card => card.dataset.question)
                      """))
              .isEqualTo(List.of());
        });
  }

  private static WebElement chart(String question) {
    return browser.findElement("[data-question=" + question + "] .chart");
  }

  /** Far below 95 %: shown by words and a symbol, not by color alone. */
  @Test
  void figure_beyondItsThreshold_isMarked() {
    eventually(
        () -> {
          IntStream.range(0, 5).forEach(ConsoleIT::pay); // Within the last five minutes.
          assertThat(browser.text("[data-question=payment_success_rate] .state"))
              .isEqualTo("⚠ below 95 %");
        });
  }

  /** Rows that are changed later, as by other tests, do not change what was compared. */
  @Test
  void proof_healthy_hasTheFiguresOfAScrape() {
    eventually(
        () -> {
          Scrape scrape = new Scrape(service.metrics());
          String usd = String.format("%,.2f", scrape.sum("payment_amount_usd_sum"));
          String count = scrape.sum("payment_requests_total").toBigInteger().toString();
          assertThat(browser.text("#ledger-count")).isEqualTo(count);
          assertThat(browser.text("#metrics-count")).isEqualTo(count);
          assertThat(browser.text("#ledger-usd")).isEqualTo(usd);
          assertThat(browser.text("#metrics-usd")).isEqualTo(usd);
          assertThat(browser.text("#proof-verdict")).isEqualTo("Equal to the cent");
          assertThat(browser.text("#proof")).contains("compared ");
        });
    assertThat(browser.findElements(".incident")).isEmpty();
    assertThat(browser.text("#checks"))
        .contains("available", "responding", "all known", "all counted");
  }

  /** The service of this test declines too many payments. */
  @Test
  void alerts_pending_haveTheirRunbook() {
    eventually(
        () -> {
          IntStream.range(0, 5).forEach(ConsoleIT::pay); // After the first evaluation, too.
          assertThat(browser.run("return document.getElementById('pending').textContent"))
              .asString()
              .contains("Success rate low")
              .contains("of the payments of the last 5 minutes succeeded (threshold: 95 %)");
        });
    browser.findElement("#pending summary").click();
    assertThat(browser.text("#pending")).contains("Success rate low");
    assertThat(browser.text("#in-prometheus-only summary"))
        .isEqualTo("7 evaluated by Prometheus only");
    assertThat(
            browser
                .findElement("#pending a[href$='PaymentSuccessRateLow.md']")
                .getDomProperty("href"))
        .isEqualTo(service.management("/runbooks/PaymentSuccessRateLow.md").toString());
  }

  @Test
  void money_paid_isDividedByEachLabel() {
    eventually(() -> assertThat(browser.text("#money-range")).contains("since the start"));
    for (String split : List.of("currency", "tier", "gateway")) {
      browser.findElement("input[value=" + split + "]").sendKeys(Keys.SPACE);
      eventually(() -> assertThat(browser.findElements("#volume .legend li")).isNotEmpty());
    }
    assertThat(browser.findElements("#volume .legend li")).hasSize(2);
    assertThat(browser.text("#sum-risk")).contains("At risk", "0.00 USD");
  }

  @Test
  void ranges_keepTheCharts() {
    for (String range : List.of("1h", "6h", "15m")) {
      browser.findElement("input[value='" + range + "']").sendKeys(Keys.SPACE);
      eventually(
          () -> {
            assertThat(browser.findElements(".question canvas")).hasSize(CHARTS);
            assertThat(chart("avg_cpu_usage").getAttribute("aria-valuetext")).contains("cores");
          });
    }
    assertThat(browser.consoleWarnings()).isEmpty();
  }

  @Test
  void outcomes_unknown_areShownUntilTheGatewayResponds() {
    forgetNext(service);
    assertThat(
            service.pay(RunningService.order("o", "1234.50").put("gateway", "stripe")).statusCode())
        .isEqualTo(202);
    eventually(
        () ->
            assertThat(browser.text(".incident"))
                .contains(
                    "1 payment at stripe with an unknown outcome",
                    "1,234.50 USD at risk",
                    "since"));
    assertThat(browser.findElement(".incident").getAttribute("data-state")).isEqualTo("warn");
    assertThat(browser.text("#sum-risk")).contains("1,234.50 USD", "1 outcome not known yet");

    switchFaults(service, "DELETE", "");
    eventually(() -> assertThat(browser.findElements(".incident")).isEmpty());
    assertThat(browser.text("#checks")).contains("all known");
  }

  /** The next response is lost, and inquiries fail. */
  private static void forgetNext(RunningService service) {
    switchFaults(
        service,
        "PATCH",
        """
        {"stripe": {"connection_broken": {"next": 1}, "inquiry_broken": {"rate": 1}}}""");
  }

  private static void switchFaults(RunningService service, String method, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(service.management("/simulator"))
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body));
    assertThat(RunningService.send(request).statusCode()).isEqualTo(200);
  }

  @Test
  void payments_newOne_appearsOnTop() {
    String orderId = pay(100);

    eventually(() -> assertThat(browser.text("#rows tr:first-child .order")).isEqualTo(orderId));
    String row = browser.text("#rows tr:first-child");
    assertThat(row).contains("1,500.00 USD", "user", "standard", "credit card", "stripe");
  }

  @Test
  void payments_hostileReferences_areText() {
    service.pay(RunningService.order(HOSTILE, "1.00"));

    eventually(() -> assertThat(browser.text("#rows tr:first-child .order")).isEqualTo(HOSTILE));
    assertThat(browser.findElements("#rows img")).isEmpty();
    browser.findElement("#rows tr:first-child button").click();
    assertThat(browser.text("#record")).contains(HOSTILE);
    assertThat(browser.findElements("#record img")).isEmpty();
    assertThat(browser.consoleWarnings()).isEmpty();
  }

  @Test
  void failedPayment_oneClick_showsItsRecordAndTrace() {
    String id = failTraced();

    eventually(
        () ->
            assertThat(browser.text("#rows tr.failed:first-child .order"))
                .isEqualTo("order_traced"));
    openRecord("#rows tr.failed:first-child .outcome");

    assertThat(browser.text("#record"))
        .contains("Payment of 1,234.56 USD", "failed", "order_traced", "a-user", TRACE, id)
        .containsPattern("PaymentGatewayException|PaymentValidationException");
    eventually(
        () ->
            assertThat(browser.text("#record-history"))
                .containsSubsequence("in progress", "stripe", "failed", "stripe", "+ "));
    assertThat(browser.text("#record"))
        .contains(id, "Times in ")
        .doesNotContainPattern("\\d{4}-\\d\\d-\\d\\dT");
    browser.saveScreenshot("record");
    browser.findElement("#record-close").click();
    assertThat(browser.findElement("#record").isDisplayed()).isFalse();
  }

  @Test
  void failedPayment_byKeyboard_showsItsRecordAndReturns() {
    failTraced();
    eventually(() -> assertThat(browser.findElements("#rows tr.failed")).isNotEmpty());
    browser.run("document.querySelector('#rows tr.failed button').focus()");
    String order = browser.focused().getText();

    browser.press(Keys.ENTER);
    assertThat(browser.text("#record")).contains("failed", order);

    browser.press(Keys.ESCAPE);
    assertThat(browser.findElement("#record").isDisplayed()).isFalse();
    assertThat(browser.focused().getText()).isEqualTo(order);
  }

  /** Clicks, and retries if the page moved during the click. */
  private static void openRecord(String row) {
    eventually(
        () -> {
          if (!browser.findElement("#record").isDisplayed()) {
            browser.findElement(row).click();
          }
          assertThat(browser.findElement("#record").isDisplayed()).isTrue();
        });
  }

  /** Creates payments until one fails. */
  private static String failTraced() {
    while (true) {
      JsonObject answer =
          new JsonObject(
              RunningService.post(
                      service.api("/v1/payments"),
                      RunningService.order("order_traced", "1234.56").put("user_id", "a-user"),
                      "traceparent",
                      "00-" + TRACE + "-00f067aa0ba902b7-01")
                  .body());
      if (answer.containsKey("payment")) {
        return answer.getJsonObject("payment").getString("id");
      }
    }
  }

  @Test
  void filter_failed_leavesOnlyThose() {
    eventually(() -> assertThat(browser.findElements("#rows tr.success")).isNotEmpty());

    browser.findElement("input[value=failed]").sendKeys(Keys.SPACE);

    assertThat(browser.findElements("#rows tr.success")).isEmpty();
    assertThat(browser.findElements("#rows tr.failed")).isNotEmpty();
  }

  /** Without a click: the reasons of the last twenty. */
  @Test
  void filter_failed_showsTheReasons_andItsCount() {
    select("failed");

    eventually(
        () ->
            assertThat(browser.findElements("#rows tr.failed .reason"))
                .isNotEmpty()
                .allSatisfy(reason -> assertThat(reason.getText()).isNotBlank()));
    eventually(
        () ->
            assertThat(browser.text("[data-count=failed]"))
                .isEqualTo(String.valueOf(browser.findElements("#rows tr.failed").size())));
    assertThat(browser.findElement("#payments-table").getSize().getWidth())
        .as("the width is used, and nothing is outside")
        .isBetween(1200, 1326);
    scrollToPayments();
    browser.saveScreenshot("failed");
  }

  private static void scrollToPayments() {
    browser.run("document.getElementById('payments').scrollIntoView()");
  }

  private static void select(String filter) {
    browser.findElement("input[value=" + filter + "]").sendKeys(Keys.SPACE);
  }

  /** The displayed time decides, not the order of arrival. */
  @Test
  void payments_areSortedByTheDisplayedTime() {
    eventually(() -> assertThat(browser.findElements("#rows tr").size()).isGreaterThan(20));

    assertThat(
            browser.run(
                """
                const times = [...document.querySelectorAll("#rows .time")].map(cell => cell.title);
                return JSON.stringify(times) === JSON.stringify([...times].sort().reverse())
                """))
        .isEqualTo(true);
  }

  @Test
  void search_byOrderUserOrId_findsThePayment_andItsLinkDoes() {
    String orderId = "wanted/" + System.nanoTime();
    String id =
        new JsonObject(
                service
                    .pay(
                        RunningService.order(orderId, "7.00")
                            .put("user_id", "buyer of " + orderId)
                            .put("gateway", "paypal"))
                    .body())
            .getString("id");
    if (id == null) {
      id = TestPostgres.query(service.databaseUrl(), ofOrder(orderId)).get(0).get(0);
    }
    for (String text : List.of(orderId, "buyer of " + orderId, id, "txn_" + id)) {
      find(text);
      assertThat(browser.text("#rows .order")).isEqualTo(orderId);
    }
    String link = String.valueOf(browser.run("return location.href"));
    find("nothing with this reference");

    browser.open(URI.create("about:blank"));
    browser.open(URI.create(link));
    eventually(() -> assertThat(browser.findElements("#rows tr")).hasSize(1));
    assertThat(browser.text("#rows .order")).isEqualTo(orderId);
  }

  private static String ofOrder(String orderId) {
    return "select id from payments where order_id = '" + orderId + "'";
  }

  /** Searches, and waits for the result. */
  private static void find(String text) {
    browser.run("document.activeElement.blur()");
    browser.press("/");
    browser.run("document.getElementById('find').value = ''");
    browser.press(text);
    eventually( // Until then, the rows are those of the search before.
        () ->
            assertThat(
                    browser.run("return new URLSearchParams(location.hash.slice(1)).get('find')"))
                .isEqualTo(text));
    boolean isFound = !text.startsWith("nothing");
    eventually(() -> assertThat(browser.findElements("#rows tr")).hasSize(isFound ? 1 : 0));
  }

  @Test
  void record_linkOfAColleague_opensIt_andUnknownIdsAreReported() {
    String id =
        TestPostgres.query(service.databaseUrl(), "select id from payments limit 1").get(0).get(0);

    browser.open(URI.create("about:blank"));
    browser.open(service.management("/console/#payment=" + id));
    eventually(() -> assertThat(browser.text("#record")).contains("Payment of", id));
    browser.press(Keys.ESCAPE);
    assertThat(String.valueOf(browser.run("return location.hash"))).doesNotContain(id);

    browser.open(URI.create("about:blank"));
    browser.open(service.management("/console/#payment=00000000-0000-0000-0000-000000000000"));
    eventually(() -> assertThat(browser.text("#record-fault")).contains("There is no payment"));
  }

  @Test
  void refund_confirmed_isMadeOnce_andShown() {
    String id = paid("to refund");
    browser.open(service.management("/console/#payment=" + id));
    eventually(() -> assertThat(browser.findElement("#refund-open").isDisplayed()).isTrue());

    browser.findElement("#refund-open").click();
    assertThat(browser.findElement("#refund-amount").getAttribute("value")).isEqualTo("1500.00");
    browser.findElement("#refund-submit").click(); // Without a reason, the browser rejects it.
    assertThat(browser.findElement("#refund").isDisplayed()).isTrue();
    enterAmount("9999.00");
    browser.findElement("#refund-reason").sendKeys("damaged");
    assertThat(browser.accessibilityViolations()).isEmpty();
    browser.saveScreenshot("refund");
    browser.findElement("#refund-submit").click();
    eventually(
        () -> assertThat(browser.text("#refund .fault")).contains("Expected at most", "Request "));
    enterAmount("500.00");
    assertThat(browser.text("#refund-submit")).isEqualTo("Refund 500.00 USD");
    browser.findElement("#refund-submit").click();

    eventually(
        () -> assertThat(browser.text("#action-result")).startsWith("Refund of 500.00 USD made."));
    eventually(
        () ->
            assertThat(browser.text("#record"))
                .contains("partly refunded", "500.00 USD returned", "damaged", "rfn_"));
    assertThat(browser.findElement("#refund").isDisplayed()).isFalse();
    browser.saveScreenshot("refunded");
    assertThat(browser.accessibilityViolations()).isEmpty();
    browser.press(Keys.ESCAPE);
    select("refunded");
    eventually(() -> assertThat(browser.text("#rows")).contains("to refund"));
    assertThat(
            TestPostgres.query(
                service.databaseUrl(),
                "select operator, action, outcome like 'rejected: %' from operator_actions"
                    + " where subject = '"
                    + id
                    + "' order by id"))
        .containsExactly(List.of("anonymous", "refund", "t"), List.of("anonymous", "refund", "f"));
  }

  /** The dialog is about the payment that it names, whatever the page shows afterwards. */
  @Test
  void refund_anotherRecordIsShown_isNotOffered() {
    String first = paid("first");
    String second = paid("second");
    browser.open(service.management("/console/#payment=" + first));
    eventually(() -> assertThat(browser.text("#record")).contains(first));
    browser.run("location.hash = '#payment=" + second + "'");
    eventually(() -> assertThat(browser.text("#record")).contains(second));
    eventually(() -> assertThat(browser.findElement("#refund-open").isDisplayed()).isTrue());
    browser.findElement("#refund-open").click();
    assertThat(browser.text("#refund-text")).contains("second");

    browser.run("history.back()");

    eventually(() -> assertThat(browser.text("#record")).contains(first));
    assertThat(browser.findElement("#refund").isDisplayed()).isFalse();
  }

  @Test
  void refund_responseIsLost_isMadeOnce() {
    String id = paid("lost response");
    browser.open(service.management("/console/#payment=" + id));
    eventually(() -> assertThat(browser.findElement("#refund-open").isDisplayed()).isTrue());
    browser.run(
        """
        const send = window.fetch;
        window.fetch = async (path, options) => {
          const response = await send(path, options);
          if (options.method === "POST") {
            window.fetch = send;
            throw new TypeError("lost");
          }
          return response;
        };
        """);
    confirmRefund("500.00");
    eventually(
        () -> assertThat(browser.text("#refund .fault")).contains("The service did not respond."));
    browser.findElement("#refund .cancel").click();
    eventually(() -> assertThat(browser.text("#record")).contains("500.00 USD returned"));

    confirmRefund("500.00");

    eventually(
        () -> assertThat(browser.text("#action-result")).startsWith("Refund of 500.00 USD made."));
    assertThat(
            TestPostgres.query(
                service.databaseUrl(),
                "select count(*) from refunds where payment_id = '" + id + "'"))
        .containsExactly(List.of("1"));
  }

  private static void confirmRefund(String amount) {
    browser.findElement("#refund-open").click();
    enterAmount(amount);
    browser.findElement("#refund-reason").sendKeys("damaged");
    browser.findElement("#refund-submit").click();
  }

  private static void enterAmount(String amount) {
    browser.findElement("#refund-amount").clear();
    browser.findElement("#refund-amount").sendKeys(amount);
  }

  /** Returns a successful payment of 1500 USD. */
  private static String paid(String orderId) {
    while (true) {
      JsonObject made =
          new JsonObject(service.pay(RunningService.order(orderId, "1500.00")).body());
      if (made.containsKey("id")) {
        return made.getString("id");
      }
    }
  }

  @Test
  void inquiry_confirmed_settlesTheUnknownPayment() {
    forgetNext(service);
    service.pay(RunningService.order("to ask for", "20.00"));
    TestPostgres.execute(
        service.databaseUrl(),
        "update payments set next_inquiry = clock_timestamp() + interval '1 hour'"
            + " where status = 'unknown'");
    switchFaults(service, "DELETE", "");
    select("unknown");
    eventually(
        () ->
            assertThat(browser.text("#rows tr.unknown"))
                .contains("unknown", "no response from stripe for", "to ask for"));
    eventually(() -> assertThat(browser.text("[data-count=unknown]")).isEqualTo("1"));

    openRecord("#rows tr.unknown .outcome");
    eventually(() -> assertThat(browser.findElement("#inquire-open").isDisplayed()).isTrue());
    browser.findElement("#inquire-open").click();
    browser.findElement("#inquire [type=submit]").click();

    eventually(() -> assertThat(browser.text("#action-result")).startsWith("Asking stripe now"));
    eventually(() -> assertThat(browser.text("#record-state")).isIn("paid", "failed"));
    assertThat(browser.findElement("#inquire-open").isDisplayed()).isFalse();
    browser.press(Keys.ESCAPE);
    eventually(
        () ->
            assertThat(browser.text("#no-payments"))
                .isEqualTo("No payment has an unknown outcome."));
  }

  @Test
  void difference_accepted_isNoDriftAnyMore() {
    String id = paid("deleted by hand");
    try {
      eventually(
          () ->
              assertThat(
                      TestPostgres.query(
                          service.databaseUrl(),
                          "select 1 from closed_segments c join payments p using (instance_id)"
                              + " where p.id = '"
                              + id
                              + "'"
                              + " and (c.epoch, c.segment) >= (p.epoch, p.segment)"))
                  .isNotEmpty());
    } finally {
      TestPostgres.execute(service.databaseUrl(), "delete from payments where id = '" + id + "'");
    }
    TestPostgres.execute( // As the look-back does.
        service.databaseUrl(),
        "update closed_segments c set (found_rows, found_cents, found_digest)"
            + " = (select r.rows, r.cents, r.digest from rows_of_segments("
            + "c.instance_id, c.from_epoch, c.from_segment, c.epoch, c.segment) r)");
    eventually(() -> assertThat(browser.text("#differences")).contains("test-instance", " USD"));
    assertThat(browser.accessibilityViolations()).isEmpty();

    eventually( // Each read replaces the rows.
        () -> {
          if (!browser.findElement("#acknowledge").isDisplayed()) {
            browser.run("document.querySelector('#differences-rows button').click()");
          }
          assertThat(browser.findElement("#acknowledge").isDisplayed()).isTrue();
        });
    browser.findElement("#acknowledge-reason").sendKeys("a test");
    browser.saveScreenshot("acknowledge");
    browser.findElement("#acknowledge [type=submit]").click();

    eventually(() -> assertThat(browser.findElement("#differences").isDisplayed()).isFalse());
    assertThat(
            TestPostgres.query(
                service.databaseUrl(), "select operator, reason from acknowledgements"))
        .containsExactly(List.of("anonymous", "a test"));
  }

  @Test
  void instances_ofACluster_areShownSideBySide_andOneThatLeaves() {
    assertThat(browser.findElement("#instances").isDisplayed()).as("without a cluster").isFalse();
    String database = TestPostgres.newDatabase();
    List<String> ports =
        List.of(String.valueOf(TestServer.freePort()), String.valueOf(TestServer.freePort()));
    try (RunningService first = member("member-0", ports, database)) {
      try (RunningService second =
          member("member-1", List.of(ports.get(1), ports.get(0)), database)) {
        first.pay(RunningService.order("o", "1000.50"));
        second.pay(RunningService.order("o", "2000.00"));
        second.pay(RunningService.order("o", "0.25"));
        browser.open(first.management("/"));
        eventually(
            () ->
                assertThat(browser.text("#instances-note"))
                    .isEqualTo(
                        "All 2 instances respond. Together they have counted 3 payments,"
                            + " 3,000.75 USD."));
        assertThat(browser.findElements("#instances-rows tr"))
            .extracting(row -> row.getText().replaceAll("\\s+", " "))
            .satisfiesExactly(
                row -> assertThat(row).startsWith("member-0 ").endsWith(" 1 1,000.50"),
                row -> assertThat(row).startsWith("member-1 ").endsWith(" 2 2,000.25"));
        assertThat(browser.accessibilityViolations()).isEmpty();
        browser.saveScreenshot("instances");
      }
      eventually(
          () ->
              assertThat(browser.text("#instances-rows tr.absent"))
                  .matches("(?s)member-1\\s+✕ left the cluster before \\d\\d:\\d\\d:\\d\\d"));
      assertThat(browser.text("#instances-note")).isEqualTo("Without a response: member-1.");
    }
  }

  /**
   * @param ports that of the member, and that of the other one
   */
  private static RunningService member(String id, List<String> ports, String database) {
    return RunningService.start(
        Map.of(
            "database.url",
            database,
            "instance.id",
            id,
            "cluster.enabled",
            "true",
            "cluster.name",
            "console-it",
            "cluster.port",
            ports.get(0),
            "cluster.bus-port",
            String.valueOf(TestServer.freePort()),
            "cluster.members",
            "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1)));
  }

  @Test
  void amountsAndDurations_areExactAndReadable() {
    assertThat(
            browser.run(
                """
                return import("/console/payment-text.js").then(text => [
                  text.money("2976239", "KRW"), text.grouped("1234567.125"), text.grouped("999.5"),
                  text.minus("9007199254740993.10", "0.2"), text.minus("5", "5"),
                  text.minus("0.30", "0.29"), text.took(15.001309), text.took("0.0421"),
                  text.took(1.5)])
                """))
        .isEqualTo(
            List.of(
                "2,976,239 KRW",
                "1,234,567.125",
                "999.5",
                "9007199254740992.90",
                "0",
                "0.01",
                "15.0 s",
                "0.042 s",
                "1.50 s"));
  }

  /** A service that responds slowly does not get more reads. */
  @Test
  void reads_neverOverlap() {
    assertThat(
            browser.run(
                """
                let running = 0;
                let most = 0;
                let reads = 0;
                return import("/console/service.js").then(service => new Promise(done =>
                  service.repeat(async () => {
                    most = Math.max(most, ++running);
                    await new Promise(responded => setTimeout(responded, 20));
                    running--;
                    if (++reads === 3) {
                      done(most);
                    }
                  }, 1)));
                """))
        .isEqualTo(1L);
  }

  @Test
  void pause_keepsWhatIsShown() {
    eventually(() -> assertThat(browser.findElements("#rows tr")).isNotEmpty());
    browser.findElement("#pause").click();
    String first = browser.text("#rows tr:first-child .order");
    String orderId = pay(200);
    String seen = "return window.seen";
    browser.run("new EventSource('events').addEventListener('update', () => window.seen = true)");
    eventually(() -> assertThat(browser.run(seen)).isEqualTo(true));

    browser.findElement("input[value=failed]").sendKeys(Keys.SPACE);
    browser.setColorScheme("dark");
    browser.findElement("input[value=all]").sendKeys(Keys.SPACE);
    assertThat(browser.text("#rows tr:first-child .order")).isEqualTo(first);
    assertThat(browser.findElements(".question canvas")).hasSize(CHARTS);
    browser.findElement("#pause").click();
    eventually(() -> assertThat(browser.text("#rows tr:first-child .order")).isEqualTo(orderId));
  }

  @ParameterizedTest
  @EnumSource(
      value = Browser.Screen.class,
      names = {"PHONE", "SMALL_PHONE"})
  void phone_hasNothingOutsideTheScreen(Browser.Screen screen) {
    service.pay(RunningService.order(LONG, "999999.99"));
    browser.setScreen(screen);

    eventually(() -> assertThat(browser.text("#rows tr:first-child .order")).isNotEmpty());
    assertThat(browser.run("return document.documentElement.scrollWidth - screen.width"))
        .isEqualTo(0L);
    browser.saveScreenshot(screen.name().toLowerCase(Locale.ROOT));
    scrollToPayments();
    browser.saveScreenshot(screen.name().toLowerCase(Locale.ROOT) + "-payments");
    assertThat(browser.accessibilityViolations()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void page_isAccessible(String scheme) {
    browser.setColorScheme(scheme);
    eventually(() -> assertThat(browser.findElements("#rows tr.failed")).isNotEmpty());

    assertThat(browser.accessibilityViolations()).isEmpty();
    browser.saveScreenshot("laptop-" + scheme + "-checked");
    browser.findElement("#rows tr.failed button").click();
    assertThat(browser.accessibilityViolations()).isEmpty();
  }

  /** States of the service. Each is shown within a second, and accessible. */
  @Nested
  class States {
    @BeforeEach
    void show() {
      stage.reset();
      browser.open(stage.page());
      eventually(() -> assertThat(browser.text("#proof-verdict")).isEqualTo("Equal to the cent"));
    }

    private void assertIncident(String state, String runbook, String... words) {
      eventually(() -> assertThat(browser.text(".incident")).contains(words));
      WebElement incident = browser.findElement(".incident");
      assertThat(incident.getAttribute("data-state")).isEqualTo(state);
      assertThat(browser.findElement(".incident a").getAttribute("href"))
          .endsWith("/runbooks/" + runbook + ".md");
      String page = browser.findElement(".incident a").getAttribute("href");
      assertThat(RunningService.get(URI.create(page)).statusCode()).isEqualTo(200);
      assertThat(browser.accessibilityViolations()).isEmpty();
      browser.saveScreenshot("state-" + runbook);
    }

    @Test
    void ledgerUnavailable_showsRefusedRequestsAndAges() {
      Instant since = Instant.now().minusSeconds(80);
      stage.change(
          status ->
              ConsoleStage.with(
                  ConsoleStage.with(
                      status,
                      ConsoleStage.unknown(
                          since, Map.of("stripe", new Unknown(29, 100, 1_919_600)))),
                  new Incident(Kind.LEDGER_UNAVAILABLE, "", since, 312, 0, "")));

      assertIncident(
          "bad",
          "PaymeterLedgerDown",
          "Ledger unavailable",
          "since",
          "1 min 2",
          "312 requests refused",
          "29 payments unknown",
          "19,196.00 USD at risk",
          "old");
      assertThat(browser.text("#proof-verdict")).isEqualTo("Were equal to the cent");
      assertThat(browser.text("#proof-age")).contains("compared 1 min 2");
      assertThat(browser.text("#checks")).contains("unavailable");
    }

    @Test
    void gatewayNotResponding_showsItsUnknownPayments() {
      stage.change(
          status ->
              ConsoleStage.with(
                  ConsoleStage.with(
                      status,
                      ConsoleStage.unknown(
                          status.at(),
                          Map.of(
                              "stripe", new Unknown(29, 100, 1_919_600),
                              "paypal", new Unknown(1, 1, 100)))),
                  new Incident(
                      Kind.GATEWAY_NOT_RESPONDING,
                      "stripe",
                      Instant.now().minusSeconds(40),
                      7,
                      31,
                      "open")));

      assertIncident(
          "bad",
          "PaymentGatewayBreakerOpen",
          "Stripe is not responding",
          "31 calls without a response",
          "7 payments not sent",
          "29 payments unknown",
          "19,196.00 USD at risk",
          "circuit breaker is open");
      assertThat(browser.text("#checks")).contains("stripe not responding");
      stage.change(
          status ->
              ConsoleStage.with(
                  status,
                  new Incident(
                      Kind.GATEWAY_NOT_RESPONDING, "stripe", Instant.now(), 7, 0, "open")));
      eventually(() -> assertThat(browser.text("#incidents")).doesNotContain("without a response"));
    }

    @Test
    void unknownForLong_isRed() {
      stage.change(
          status ->
              ConsoleStage.with(
                  status,
                  ConsoleStage.unknown(
                      status.at(), Map.of("stripe", new Unknown(1, 420, 123_450)))));

      assertIncident(
          "bad", "PaymentUnknownForLong", "1 payment at stripe", "7 min", "1,234.50 USD at risk");
      assertThat(browser.text("#checks")).contains("1 unknown for 7 min");
    }

    @Test
    void missingAccount_isNamed() {
      stage.change(
          status ->
              ConsoleStage.with(
                  status,
                  new ServiceStatus.Unknowns(
                      status.at(),
                      new TreeMap<>(),
                      new TreeMap<>(),
                      List.of(ConsoleStage.missing("acct_gone", 0, 0, 1, 123_450)))));

      assertIncident("bad", "PaymentAccountMissing", "acct_gone", "1,234.50 USD at risk");
      assertThat(browser.text("#sum-risk")).contains("1,234.50 USD", "1 outcome not known yet");
    }

    /** The reading is as old as the outage. */
    @Test
    void missingAccount_ledgerNotRead_isSinceTheSameTime() {
      Instant readAt = Instant.now().minusSeconds(120);
      stage.change(
          status ->
              ConsoleStage.with(
                  status,
                  new ServiceStatus.Unknowns(
                      readAt,
                      new TreeMap<>(),
                      new TreeMap<>(),
                      List.of(ConsoleStage.missing("acct_gone", 0, 0, 1, 123_450)))));

      eventually(() -> assertThat(browser.text(".incident")).contains("acct_gone", "(3 min"));
    }

    @Test
    void missingAccount_withOtherPayments_countsEachOnce() {
      stage.change(
          status ->
              ConsoleStage.with(
                  status,
                  new ServiceStatus.Unknowns(
                      status.at(),
                      new TreeMap<>(Map.of("stripe", new Unknown(3, 60, 6_000))),
                      new TreeMap<>(),
                      List.of(ConsoleStage.missing("acct_gone", 1, 1_000, 2, 122_450)))));

      eventually(
          () ->
              assertThat(browser.text("#incidents"))
                  .contains("acct_gone", "3 payments and refunds", "1,234.50 USD at risk")
                  .contains("2 payments at stripe with an unknown outcome", "50.00 USD at risk"));
      assertThat(browser.text("#sum-risk .usd")).isEqualTo("1,284.50 USD");
      assertThat(browser.text("#sum-risk .note")).isEqualTo("5 outcomes not known yet");
    }

    @Test
    void ledgerUnavailable_noUnknownOutcomeWasRead_isNotAllKnown() {
      Instant since = Instant.now().minusSeconds(1800);
      stage.change(
          status ->
              ConsoleStage.with(
                  ConsoleStage.with(status, ConsoleStage.unknown(since, Map.of())),
                  new Incident(Kind.LEDGER_UNAVAILABLE, "", since, 0, 0, "")));

      eventually(
          () ->
              assertThat(browser.text("#sum-risk .note"))
                  .matches("not known now, as of \\d\\d:\\d\\d:\\d\\d, 30 min old"));
      assertThat(browser.findElement("#sum-risk").getAttribute("data-state")).isEqualTo("old");
    }

    @Test
    void sums_longRunning_areOfTheRange() {
      stage.showHours();
      browser.findElement("input[value='6h']").sendKeys(Keys.SPACE);

      eventually(() -> assertThat(browser.text("#money-range")).isEqualTo("the last 6 hours"));
    }

    /** The first read of the new process's samples fails. */
    @Test
    void restart_samplesOfTheEarlierProcess_areNotShown() {
      eventually(() -> assertThat(browser.text("#sum-paid .usd")).isEqualTo("1,200.00 USD"));
      stage.shut();
      eventually(() -> assertThat(browser.text("#connection")).startsWith("Connection lost"));
      browser.run(
          """
          const send = window.fetch;
          window.fetch = (path, options) => {
            if (String(path).startsWith("samples")) {
              window.fetch = send;
              return Promise.reject(new TypeError("lost"));
            }
            return send(path, options);
          };
          """);

      stage.openAfterRestart();

      eventually(() -> assertThat(browser.text("#sum-paid .usd")).isEqualTo("0.00 USD"));
      eventually(() -> assertThat(browser.text("#alerts-summary")).isEqualTo("not evaluated yet"));
      browser.consoleWarnings(); // Of the lost connection.
    }

    @Test
    void pause_lateSamplesOfAnotherRange_areNotShown() {
      browser.findElement("#pause").click();
      browser.run(
          """
          const send = window.fetch;
          const released = new Promise(release => window.release = release);
          window.fetch = (path, options) => !String(path).endsWith("range=1h")
            ? send(path, options)
            : Promise.resolve({
              ok: true,
              headers: new Headers(),
              json: async () => {
                await released;
                setTimeout(() => window.isReceived = true);
                return { points: [] };
              },
            });
          """);
      browser.findElement("input[value='1h']").sendKeys(Keys.SPACE);
      browser.findElement("input[value='6h']").sendKeys(Keys.SPACE);
      eventually(() -> assertThat(browser.text("#range-text")).isEqualTo("the last 6 hours"));

      browser.run("window.release()");
      eventually(() -> assertThat(browser.run("return window.isReceived")).isEqualTo(true));
      browser.findElement("input[value=currency]").sendKeys(Keys.SPACE); // Shows the state again.

      assertThat(browser.text("#range-text")).isEqualTo("the last 6 hours");
    }

    /** The clock of the browser's machine is an hour behind that of the service. */
    @Test
    void connectionLost_anotherClock_isSinceTheLastNews() {
      browser.open(stage.page(), "const now = Date.now; Date.now = () => now() - 3600000;");
      eventually(() -> assertThat(browser.text("#proof-verdict")).isEqualTo("Equal to the cent"));
      stage.shut();

      assertIncidentWithoutRunbook("Connection lost", " s)");
      assertThat(
              browser.run(
                  """
                  return import("/console/payment-text.js").then(text =>
                    text.ageSince(new Date(Date.now() + 3600000).toISOString()))
                  """))
          .asString()
          .matches("\\d s");
      stage.open();
      browser.consoleWarnings(); // Of the lost connection.
    }

    @Test
    void instances_ofAnotherVersion_hideNoOther() {
      browser.open(stage.page(), MEMBERS);

      eventually(
          () ->
              assertThat(browser.findElements("#instances-rows tr"))
                  .extracting(row -> row.getText().replaceAll("\\s+", " "))
                  .satisfiesExactly(
                      row -> assertThat(row).startsWith("member-0 ").endsWith(" 1 1,000.50"),
                      row -> assertThat(row).startsWith("member-1 another version")));
      assertThat(browser.accessibilityViolations()).isEmpty();
    }

    @Test
    void instances_notLive_areGrey() {
      browser.open(stage.page(), MEMBERS);
      eventually(() -> assertThat(browser.text("#instances-rows")).contains("1,000.50"));
      eventually(() -> assertThat(browser.text("#proof-verdict")).isEqualTo("Equal to the cent"));
      assertThat(isGrey("#instances-rows td")).isFalse();

      browser.findElement("#pause").click();
      eventually(() -> assertThat(browser.text("#instances .age")).contains("old"));
      assertThat(isGrey("#instances-rows td")).isTrue();
      browser.findElement("#pause").click();
      browser.run("window.members = {status: 503, detail: 'Not possible.'}");

      eventually(
          () ->
              assertThat(browser.text("#instances-note"))
                  .matches("Not possible. The rows are those of \\d\\d:\\d\\d:\\d\\d."));
      assertThat(isGrey("#instances-rows td")).isTrue();
      assertThat(browser.findElement("#instances-note").getAttribute("class")).isEqualTo("fault");
    }

    private static boolean isGrey(String css) {
      return Boolean.TRUE.equals(
          browser.run(
              """
              const color = css => getComputedStyle(document.querySelector(css)).color;
              return color(arguments[0]) === color(".hush");
              """,
              css));
    }

    @Test
    void missingAccount_ofAnotherGateway_hidesNoUnknownPayment() {
      stage.change(
          status ->
              ConsoleStage.with(
                  status,
                  new ServiceStatus.Unknowns(
                      status.at(),
                      new TreeMap<>(
                          Map.of(
                              "stripe", new Unknown(1, 60, 123_450),
                              "paypal", new Unknown(2, 30, 5_000))),
                      new TreeMap<>(),
                      List.of(ConsoleStage.missing("acct_gone", 1, 123_450, 0, 0)))));

      eventually(
          () ->
              assertThat(browser.text("#incidents"))
                  .containsSubsequence("acct_gone", "2 payments at paypal with an unknown outcome")
                  .doesNotContain("payment at stripe"));
      assertThat(browser.run("return document.title"))
          .isEqualTo("No instance has account acct_gone – Paymeter console");
    }

    @Test
    void drift_isNeverEqual() {
      stage.change(
          status -> ConsoleStage.with(status, new PaymentComparison.Sum(173, 8_385_795), 2));

      assertIncident(
          "bad",
          "PaymeterLedgerDrift",
          "Metrics differ from the ledger",
          "1 payment fewer than in the ledger",
          "1.00 USD less than in the ledger");
      assertThat(browser.text("#proof-verdict")).isEqualTo("The metrics differ from the ledger");
      assertThat(browser.text("#metrics-count")).isEqualTo("173");
      assertThat(browser.text("#proof-sign")).isEqualTo("≠");
    }

    @Test
    void superseded_saysWhatHappened() {
      stage.health().markSuperseded();

      assertIncident("bad", "PaymeterTargetDown", "Superseded", "taken over the identity", "since");
    }

    @Test
    void draining_isNoError() {
      stage.health().markDraining();

      assertIncident("warn", "PaymeterTargetDown", "Shutting down", "since");
    }

    @Test
    void noDataYet_saysWhy() {
      stage.showStarting();
      browser.open(stage.page());

      eventually(() -> assertThat(browser.text("#proof-verdict")).isEqualTo("Not compared yet"));
      eventually(() -> assertThat(browser.text("#proof-age")).contains("not restored"));
      eventually(
          () ->
              assertThat(browser.findElement("#first-command").getAttribute("textContent"))
                  .endsWith(ConsoleStage.API + "/v1/payments"));
      assertThat(browser.findElement("main").getText()).doesNotContain("NaN", "undefined", "null");
      assertThat(browser.accessibilityViolations()).isEmpty();
    }

    @Test
    void connectionLost_greysTheStateAndReconnects() {
      stage.shut();

      assertIncidentWithoutRunbook("Connection lost", "the state at", "since");
      eventually(() -> assertThat(browser.text("#connection")).matches("Connection lost · .* old"));
      assertThat(browser.run("return document.body.dataset.live")).isEqualTo("false");
      assertThat(browser.text("#ledger-usd")).as("the last state").isEqualTo("83,858.95");
      assertThat(browser.accessibilityViolations()).isEmpty();
      browser.saveScreenshot("state-lost");

      stage.open();
      eventually(() -> assertThat(browser.text("#connection")).isEqualTo("Live"));
      eventually(() -> assertThat(browser.findElements(".incident")).isEmpty());
      browser.consoleWarnings(); // Of the lost connection.
    }

    private void assertIncidentWithoutRunbook(String... words) {
      eventually(() -> assertThat(browser.text(".incident")).contains(words));
    }

    @Test
    void pause_isNotLive() {
      browser.findElement("#pause").click();

      eventually(() -> assertThat(browser.text("#connection")).matches("Paused · .* old"));
      assertThat(browser.run("return document.body.dataset.live")).isEqualTo("false");
      assertThat(browser.text("#service-title ~ p")).contains("old");
      browser.findElement("#pause").click();
      eventually(() -> assertThat(browser.text("#connection")).isEqualTo("Live"));
    }

    @Test
    void alerts_firing_areShownWithRunbooks_andThenNot() {
      eventually(
          () ->
              assertThat(browser.text("#alerts-summary")).startsWith("none fires, evaluated at "));
      stage.show(
          alert("PaymeterLedgerDown", "critical", true), alert("HighMemory", "warning", false));

      eventually(
          () -> assertThat(browser.text("#alerts-summary")).startsWith("1 firing, evaluated at "));
      assertThat(browser.text("#firing")).contains("PaymeterLedgerDown", "critical since", "held");
      assertThat(browser.findElement("#firing a").getDomProperty("href"))
          .endsWith("/runbooks/PaymeterLedgerDown.md");
      assertThat(browser.text("#pending")).startsWith("1 pending");
      assertThat(browser.accessibilityViolations()).isEmpty();
      browser.saveScreenshot("alerts");

      stage.show();
      eventually(() -> assertThat(browser.findElements("#alerts .alert")).isEmpty());
      assertThat(browser.text("#alerts-summary")).startsWith("none fires, evaluated at ");
    }

    /** The evaluation has stopped, or its result cannot be read. */
    @Test
    void alerts_ofAnOldEvaluation_areNotCurrent() {
      stage.show(Instant.now().minusSeconds(120), alert("PaymeterLedgerDown", "critical", true));

      eventually(
          () ->
              assertThat(browser.text("#alerts-summary"))
                  .matches(
                      "not known now; 2 min.* ago: 1 firing, evaluated at \\d\\d:\\d\\d:\\d\\d"));
      assertThat(isGrey("#firing .alert")).isTrue();
      assertThat(browser.accessibilityViolations()).isEmpty();

      stage.show(alert("PaymeterLedgerDown", "critical", true));
      eventually(() -> assertThat(browser.text("#alerts-summary")).startsWith("1 firing"));
      browser.run("window.fetch = () => Promise.resolve(Response.json({}, {status: 500}))");
      eventually(() -> assertThat(browser.text("#alerts-summary")).startsWith("not known now"));
    }

    private static ActiveAlerts.Alert alert(String name, String severity, boolean isFiring) {
      return new ActiveAlerts.Alert(
          name,
          "Title of " + name,
          severity,
          Map.of(),
          1,
          "The condition has held.",
          name + ".md",
          Instant.now(),
          isFiring);
    }

    @Test
    void outlier_isClippedAndMarked() {
      stage.showOutlier();
      browser.open(stage.page());

      WebElement chart = chart("avg_response_time_by_gateway");
      eventually(
          () -> assertThat(chart.getAttribute("aria-label")).contains("between 0.25 and 9.00"));
      assertThat(
              browser.run(
                  "return document.querySelector('[data-question=avg_response_time_by_gateway]"
                      + " .chart').dataset.clipped"))
          .isEqualTo("1");
    }

    @Test
    void chart_byKeyboard_readsEachSample() {
      WebElement chart = chart("avg_response_time_by_gateway");
      eventually(() -> assertThat(chart.getAttribute("aria-valuetext")).contains("stripe 0.25 s"));
      browser.run(
          "document.querySelector('[data-question=avg_response_time_by_gateway] .chart').focus()");

      browser.press(Keys.HOME);

      assertThat(chart.getAttribute("aria-valuenow")).isEqualTo("0");
      assertThat(browser.text("[data-question=avg_response_time_by_gateway] .readout"))
          .contains("stripe 0.25 s");
      browser.press(Keys.ARROW_RIGHT);
      assertThat(chart.getAttribute("aria-valuenow")).isEqualTo("1");
      browser.press(Keys.ESCAPE);
      assertThat(
              browser
                  .findElement("[data-question=avg_response_time_by_gateway] .readout")
                  .isDisplayed())
          .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"mouse", "touch"})
    void chart_byPointer_readsASample(String pointer) {
      WebElement chart = chart("avg_response_time_by_gateway");
      eventually(() -> assertThat(chart.getAttribute("aria-valuetext")).contains("stripe"));

      browser.pointAt(chart, pointer);

      eventually(
          () ->
              assertThat(browser.text("[data-question=avg_response_time_by_gateway] .readout"))
                  .contains("stripe 0.25 s"));
    }

    @ParameterizedTest
    @EnumSource(
        value = Browser.Screen.class,
        names = {"PHONE", "SMALL_PHONE"})
    void phone_incident_hasNothingOutsideTheScreen(Browser.Screen screen) {
      browser.setScreen(screen);
      PaymentComparison.Sum large = new PaymentComparison.Sum(98_765_432, 1_234_567_890_123L);
      stage.change(
          status ->
              ConsoleStage.with(
                  ConsoleStage.with(status, large),
                  new Incident(
                      Kind.LEDGER_UNAVAILABLE, "", Instant.now().minusSeconds(80), 312, 0, "")));

      assertIncident("bad", "PaymeterLedgerDown", "312 requests refused");
      assertThat(browser.run("return document.documentElement.scrollWidth - screen.width"))
          .isEqualTo(0L);
      assertThat(
              browser.run(
                  "return document.querySelector('.incident').getBoundingClientRect().bottom"
                      + " < window.innerHeight"))
          .as("on the first screen")
          .isEqualTo(true);
    }
  }
}
