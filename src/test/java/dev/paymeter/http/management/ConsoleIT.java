package dev.paymeter.http.management;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Browser;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.service.RunningService;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The figures, the charts and the layout of the console, of a service with payments. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConsoleIT extends ServedConsole {
  /** With that of the money. */
  private static final int CHARTS = 9;

  private static final String LONG = "order-".repeat(42);

  @BeforeAll
  static void serve() {
    serve(20, Map.of());
  }

  /** First, while the window of the figures contains all payments since the start. */
  @Test
  @Tag(KEEPS_PAGE)
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
    assertThat(browser.text("main")).doesNotContain("NaN", "undefined", "null");
    assertThat(browser.findElement("#instances").isDisplayed()).as("without a cluster").isFalse();
    assertThat(browser.consoleWarnings()).isEmpty();
  }

  private static String figure(String question) {
    return browser.text("[data-question=" + question + "] .figure").replaceAll("\\s", "");
  }

  private static List<String> legend(String question) {
    return browser.texts("[data-question=" + question + "] .legend li").stream()
        .map(item -> item.replaceAll("\\s+", " "))
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
  @Tag(KEEPS_PAGE)
  void charts_haveThresholdsOfTheAlerts() {
    eventually(
        () ->
            assertThat(
                    browser.texts(".questions .question:not([data-question=error_budget]) .state"))
                .extracting(state -> state.replaceAll("⚠ |alert ", ""))
                .containsExactly(
                    "below 95 %",
                    "objective 2.5 s",
                    "above 2 s",
                    "above 0.1 /s",
                    "",
                    "above 18 in use",
                    "",
                    "above 85 %"));
    assertThat(page.charts()).hasSize(CHARTS);
    assertThat(page.chart("payment_success_rate").getAttribute("aria-label"))
        .contains("success rate: between", "Alert threshold 95");
  }

  @Test
  @Tag(KEEPS_PAGE)
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

  /** Far below 95 %: shown by words and a symbol, not by color alone. */
  @Test
  @Tag(KEEPS_PAGE)
  void figure_beyondItsThreshold_isMarked() {
    eventually(
        () -> {
          IntStream.range(0, 5).forEach(ServedConsole::pay); // Within the last five minutes.
          assertThat(browser.text("[data-question=payment_success_rate] .state"))
              .isEqualTo("⚠ below 95 %");
        });
  }

  /** Rows that are changed later, as by other tests, do not change what was compared. */
  @Test
  @Tag(KEEPS_PAGE)
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
          IntStream.range(0, 5).forEach(ServedConsole::pay); // After the first evaluation, too.
          assertThat(browser.run("return document.getElementById('pending').textContent"))
              .asString()
              .contains("Success rate low")
              .contains("of the payments of the last 5 minutes succeeded (threshold: 95 %)");
        });
    browser.findElement("#pending summary").click();
    assertThat(browser.text("#pending")).contains("Success rate low");
    assertThat(browser.text("#in-prometheus-only summary"))
        .isEqualTo("8 evaluated by Prometheus only");
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
      page.choose(split);
      eventually(() -> assertThat(browser.findElements("#volume .legend li")).isNotEmpty());
    }
    assertThat(browser.findElements("#volume .legend li")).hasSize(2);
    eventually( // The status arrives after the samples.
        () -> assertThat(browser.text("#sum-risk")).contains("At risk", "0.00 USD"));
  }

  @Test
  void ranges_keepTheCharts() {
    for (String range : List.of("1h", "6h", "15m")) {
      page.choose(range);
      eventually(
          () -> {
            assertThat(page.charts()).hasSize(CHARTS);
            assertThat(page.chart("avg_cpu_usage").getAttribute("aria-valuetext"))
                .contains("cores");
          });
    }
    assertThat(browser.consoleWarnings()).isEmpty();
  }

  @Test
  @Tag(KEEPS_PAGE)
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

    page.choose("failed");
    browser.setColorScheme("dark");
    page.choose("all");
    assertThat(browser.text("#rows tr:first-child .order")).isEqualTo(first);
    assertThat(page.charts()).hasSize(CHARTS);
    browser.findElement("#pause").click();
    eventually(() -> assertThat(browser.text("#rows tr:first-child .order")).isEqualTo(orderId));
  }

  /** Each screen in both schemes, with the longest order and a large amount. */
  @ParameterizedTest
  @Tag(KEEPS_PAGE)
  @EnumSource
  void page_onEachScreen_isAccessible(Browser.Screen screen) {
    service.pay(RunningService.order(LONG, "999999.99"));
    browser.setScreen(screen);
    eventually(() -> assertThat(browser.text("#rows tr:first-child .order")).isEqualTo(LONG));

    for (String scheme : List.of("light", "dark")) {
      browser.setColorScheme(scheme);
      page.assertNothingOutsideTheScreen();
      assertThat(browser.accessibilityViolations()).as(scheme).isEmpty();
      browser.saveScreenshot(screen.name().toLowerCase(Locale.ROOT) + '-' + scheme);
    }
  }

  @Test
  void record_isAccessible() {
    eventually(() -> assertThat(browser.findElements("#rows tr.failed")).isNotEmpty());

    browser.findElement("#rows tr.failed button").click();
    assertThat(browser.findElement("#record").isDisplayed()).isTrue();
    for (String scheme : List.of("light", "dark")) {
      browser.setColorScheme(scheme);
      assertThat(browser.accessibilityViolations()).as(scheme).isEmpty();
    }
  }
}
