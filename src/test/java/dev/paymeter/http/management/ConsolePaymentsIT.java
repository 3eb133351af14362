package dev.paymeter.http.management;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** The list of payments, their records, and the actions on them. */
class ConsolePaymentsIT extends ServedConsole {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String HOSTILE = "<img src=x onerror=alert(1)>\u202eegral";

  @BeforeAll
  static void serve() {
    // No collector listens there; payments still have traces.
    serve(40, Map.of("tracing.otlp-endpoint", "http://127.0.0.1:9/v1/traces"));
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
    service.pay(
        RunningService.order(HOSTILE, "1.00")
            .put("customer", "c" + HOSTILE)
            .put("description", "d" + HOSTILE)
            .put("metadata", new JsonObject().put("n" + "<b>", "v" + HOSTILE)));

    eventually(() -> assertThat(browser.text("#rows tr:first-child .order")).isEqualTo(HOSTILE));
    assertThat(browser.findElements("#rows img")).isEmpty();
    browser.findElement("#rows tr:first-child button").click();
    assertThat(browser.text("#record"))
        .contains(HOSTILE, "c" + HOSTILE, "d" + HOSTILE, "n<b>: v" + HOSTILE);
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

    page.choose("failed");

    assertThat(browser.findElements("#rows tr.success")).isEmpty();
    assertThat(browser.findElements("#rows tr.failed")).isNotEmpty();
  }

  /** Without a click: the reasons of the last twenty. */
  @Test
  void filter_failed_showsTheReasons_andItsCount() {
    page.choose("failed");

    eventually(
        () ->
            assertThat(browser.texts("#rows tr.failed .reason"))
                .isNotEmpty()
                .allSatisfy(reason -> assertThat(reason).isNotBlank()));
    eventually(
        () ->
            assertThat(browser.text("[data-count=failed]"))
                .isEqualTo(String.valueOf(browser.findElements("#rows tr.failed").size())));
    assertThat(browser.findElement("#payments-table").getSize().getWidth())
        .as("the width is used, and nothing is outside")
        .isBetween(1200, 1326);
    browser.run("document.getElementById('payments').scrollIntoView()");
    browser.saveScreenshot("failed");
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

  /** The payment of another instance, which has a merchant. */
  @Test
  void search_byMerchant_findsItsPayments_andTheRecordShowsIt() {
    TestPostgres.execute(
        service.databaseUrl(),
        "insert into payments (id, status, order_id, user_id, amount, currency, amount_usd,"
            + " fx_rate, fx_date, user_tier, payment_method, gateway, created_at, duration_us,"
            + " settled_at, instance_id, epoch, segment, merchant) values (gen_random_uuid(),"
            + " 'success', 'acmes order', 'u', 1, 'USD', 1, 1, current_date, 'basic', 'paypal',"
            + " 'stripe', now(), 1, now(), 'another-instance', 1, 1, 'acme')");

    find("acme");

    assertThat(browser.text("#rows .order")).isEqualTo("acmes order");
    openRecord("#rows tr");
    eventually(() -> assertThat(browser.text("#record-fields")).contains("Merchant", "acme"));
    browser.findElement("#record-close").click();
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
    enterAmount("refund", "9999.00");
    browser.findElement("#refund-reason").sendKeys("damaged");
    assertThat(browser.accessibilityViolations()).isEmpty();
    browser.saveScreenshot("refund");
    browser.findElement("#refund-submit").click();
    eventually(
        () -> assertThat(browser.text("#refund .fault")).contains("Expected at most", "Request "));
    enterAmount("refund", "500.00");
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
    page.choose("refunded");
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

  @Test
  void capture_confirmed_isMadeOnce_andShown() {
    String id = authorized("to capture");
    browser.open(service.management("/console/#payment=" + id));
    eventually(() -> assertThat(browser.findElement("#capture-open").isDisplayed()).isTrue());
    assertThat(browser.findElement("#refund-open").isDisplayed()).isFalse();

    browser.findElement("#capture-open").click();
    assertThat(browser.findElement("#capture-amount").getAttribute("value")).isEqualTo("1500.00");
    enterAmount("capture", "9999.00");
    assertThat(browser.accessibilityViolations()).isEmpty();
    browser.saveScreenshot("capture");
    browser.findElement("#capture-submit").click();
    eventually(
        () -> assertThat(browser.text("#capture .fault")).contains("Expected at most", "Request "));
    enterAmount("capture", "500.00");
    assertThat(browser.text("#capture-submit")).isEqualTo("Capture 500.00 USD");
    browser.findElement("#capture-submit").click();

    eventually(() -> assertThat(browser.text("#action-result")).startsWith("Captured 500.00 USD."));
    eventually(() -> assertThat(browser.text("#record-state")).isEqualTo("paid"));
    assertThat(browser.text("#record")).contains("Payment of 500.00 USD", "1,500.00 USD");
    assertThat(browser.findElement("#capture").isDisplayed()).isFalse();
    assertThat(browser.findElement("#capture-open").isDisplayed()).isFalse();
    assertThat(browser.findElement("#void-open").isDisplayed()).isFalse();
  }

  @Test
  void void_confirmed_isMade_andShown() {
    String id = authorized("to void");
    browser.open(service.management("/console/#payment=" + id));
    eventually(() -> assertThat(browser.findElement("#void-open").isDisplayed()).isTrue());

    browser.findElement("#void-open").click();
    assertThat(browser.text("#void-text")).contains("1,500.00 USD", "to void");
    browser.findElement("#void [type=submit]").click();

    eventually(() -> assertThat(browser.text("#action-result")).startsWith("Voided."));
    eventually(() -> assertThat(browser.text("#record-state")).isEqualTo("voided"));
    assertThat(browser.findElement("#void-open").isDisplayed()).isFalse();
  }

  /** Returns an authorized payment of 1500 USD. */
  private static String authorized(String orderId) {
    return made(RunningService.order(orderId, "1500.00").put("capture", "manual"));
  }

  private static void confirmRefund(String amount) {
    browser.findElement("#refund-open").click();
    enterAmount("refund", amount);
    browser.findElement("#refund-reason").sendKeys("damaged");
    browser.findElement("#refund-submit").click();
  }

  private static void enterAmount(String action, String amount) {
    browser.findElement("#" + action + "-amount").clear();
    browser.findElement("#" + action + "-amount").sendKeys(amount);
  }

  /** Returns a successful payment of 1500 USD. */
  private static String paid(String orderId) {
    return made(RunningService.order(orderId, "1500.00"));
  }

  /** Returns the id of a payment of an order; some attempts fail. */
  private static String made(JsonObject order) {
    while (true) {
      JsonObject made = new JsonObject(service.pay(order).body());
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
    page.choose("unknown");
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
      new LedgerRows(service.databaseUrl()).awaitClosedSegment(id);
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
}
