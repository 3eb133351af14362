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
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
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
  @Tag(KEEPS_PAGE)
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
  @Tag(KEEPS_PAGE)
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
  @Tag(OPENS_PAGE)
  void record_linkOfAColleague_opensIt_andUnknownIdsAreReported() {
    String id =
        TestPostgres.query(service.databaseUrl(), "select id from payments limit 1").get(0).get(0);

    browser.open(URI.create("about:blank"));
    browser.open(service.management("/console/#payment=" + id));
    eventually(() -> assertThat(browser.text("#record")).contains("Payment of", id));
    browser.press(Keys.ESCAPE);
    eventually(
        () -> assertThat(String.valueOf(browser.run("return location.hash"))).doesNotContain(id));

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
  void laterEvents_areInTheListAndTheRecord() {
    String disputed = paidWith("pm_card_createDispute", "disputed order");
    paidWith("pm_card_createDisputeInquiry", "questioned order");
    String refunded = paidWith("pm_card_refundFail", "order with a refund");
    assertThat(act(refunded, "refunds").statusCode()).isEqualTo(201);
    assertThat(act(refunded, "inquiries").statusCode()).isEqualTo(202);

    eventually(
        () ->
            assertThat(row("order with a refund")).contains("paid", "refund failed: 1,500.00 USD"));
    page.choose("disputed");
    eventually(() -> assertThat(browser.texts("#rows tr")).hasSize(2));
    assertThat(browser.text("[data-count=disputed]")).isEqualTo("2");
    assertThat(row("disputed order")).contains("disputed", "response due in 6 days");
    assertThat(row("questioned order")).contains("paid", "warning: response due in 6 days");
    eventually(
        () ->
            assertThat(browser.text("#sum-disputed"))
                .contains("1,500.00 USD", "1 open dispute, 1 warning about 1,500.00 USD"));
    browser.run("document.getElementById('payments').scrollIntoView()");
    browser.saveScreenshots("disputed");

    browser.run("location.hash = '#payment=" + disputed + "'");
    eventually(
        () ->
            assertThat(browser.text("#record-disputes"))
                .contains(
                    "needs response", "fee 15.00 USD", "fraudulent", "respond by", "sim_dp_"));
    assertThat(browser.text("#record-why")).startsWith("response due in ");
    assertThat(browser.text("#record-history")).containsSubsequence("paid", "disputed");
    assertThat(browser.accessibilityViolations()).isEmpty();
    browser.saveScreenshots("dispute");

    browser.run("location.hash = '#show=refunded&payment=" + refunded + "'");
    eventually(
        () ->
            assertThat(browser.text("#record-refunds"))
                .contains("failed after it had succeeded", "rfn_"));
    assertThat(browser.text("#record-why")).contains("refund failed: 1,500.00 USD");
    assertThat(browser.text("#record-history"))
        .containsSubsequence("refunded", "refund failed", "+ ");
    assertThat(browser.findElement("#record-disputes-section").isDisplayed()).isFalse();
    browser.saveScreenshots("failed-refund");
    browser.press(Keys.ESCAPE);
    eventually(() -> assertThat(row("order with a refund")).contains("refund failed"));
    assertThat(browser.texts("#rows .order")).doesNotContain("disputed order");
    assertThat(browser.consoleWarnings()).isEmpty();
  }

  /** Returns the text of the row of an order. */
  private static String row(String orderId) {
    return browser.texts("#rows tr").stream()
        .filter(text -> text.contains(orderId))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no row of " + orderId));
  }

  /** Returns the id of a successful payment of 1500 USD with a token. */
  private static String paidWith(String token, String orderId) {
    return made(
        RunningService.order(orderId, "1500.00")
            .put("gateway", "stripe")
            .put("payment_token", token));
  }

  private static HttpResponse<String> act(String payment, String action) {
    return RunningService.send(
        HttpRequest.newBuilder(service.management("/console/v1/payments/" + payment + "/" + action))
            .header(OperatorRoutes.MARK, "1")
            .header("Idempotency-Key", payment)
            .POST(BodyPublishers.noBody()));
  }

  /** The proposals are of a service with keys; without keys, any operator may approve them. */
  @Test
  void settlement_proposedByAnother_isDecided_andInTheAuditTrail() {
    String toApprove = unknown("to approve");
    String toWithdraw = unknown("to withdraw");
    propose(toApprove, "no answer <img src=x onerror=alert(1)>");
    propose(toWithdraw, "a mistake");
    eventually(
        () ->
            assertThat(browser.text("#settlements"))
                .contains(
                    "to approve",
                    "to withdraw",
                    "1,500.00 USD at stripe",
                    "failed",
                    "alice",
                    "no answer <img src=x onerror=alert(1)>",
                    "bank statement, page 3"));
    browser.run("document.getElementById('settlements').scrollIntoView()");
    browser.saveScreenshots("settlements");

    decide(toWithdraw, "withdraw");
    eventually(
        () ->
            assertThat(browser.text("#action-result")).startsWith("The settlement is withdrawn."));
    assertThat(browser.text("#record-state")).isEqualTo("unknown");
    browser.press(Keys.ESCAPE);
    assertThat(browser.text("#settlements")).doesNotContain("to withdraw");

    decide(toApprove, "approve");
    eventually(() -> assertThat(browser.text("#action-result")).startsWith("Settled as failed."));
    eventually(
        () ->
            assertThat(browser.text("#record"))
                .contains("by operators", "has settled the payment", "by anonymous"));
    assertThat(browser.findElement("#approve-open").isDisplayed()).isFalse();
    assertThat(browser.findElement("#settlements").isDisplayed()).isFalse();
    assertThat(browser.findElements("#record img")).isEmpty();
    browser.saveScreenshots("settled");

    browser.findElement("#record-trail").click();
    eventually(
        () ->
            assertThat(browser.text("#trail-rows"))
                .contains("settlement approval", "anonymous", "127.0.0.1", "Chrome", "done (200)")
                .contains(toApprove)
                .doesNotContain(toWithdraw));
    browser.findElement("#trail-all").click();
    eventually(
        () ->
            assertThat(browser.texts("#trail-rows tr").subList(0, 2))
                .satisfies(rows -> assertThat(rows.get(0)).contains("settlement approval"))
                .satisfies(rows -> assertThat(rows.get(1)).contains("settlement withdrawal")));
    assertThat(browser.accessibilityViolations()).isEmpty();
    browser.saveScreenshots("trail");
    browser.findElement("#trail-rows tr:nth-child(2) a").click();
    eventually(() -> assertThat(browser.text("#record-fields")).contains("to withdraw"));
    assertThat(browser.findElement("#trail").isDisplayed()).isFalse();
    browser.press(Keys.ESCAPE);
    browser.findElement("#trail-open").click();
    eventually(() -> assertThat(browser.text("#trail-rows")).contains("settlement approval"));
    browser.findElement("#trail-close").click();
    assertThat(browser.consoleWarnings()).isEmpty();

    switchFaults(service, "DELETE", "");
    TestPostgres.execute(
        service.databaseUrl(),
        "update payments set next_inquiry = clock_timestamp() where status = 'unknown'");
    eventually(() -> assertThat(browser.text("#checks")).contains("all known"));
  }

  /** Returns the id of a payment of 1500 USD whose outcome stays unknown. */
  private static String unknown(String orderId) {
    forgetNext(service);
    String id =
        new JsonObject(
                service
                    .pay(RunningService.order(orderId, "1500.00").put("gateway", "stripe"))
                    .body())
            .getString("id");
    TestPostgres.execute(
        service.databaseUrl(),
        "update payments set next_inquiry = clock_timestamp() + interval '1 hour'"
            + " where status = 'unknown'");
    return id;
  }

  private static void propose(String payment, String reason) {
    TestPostgres.execute(
        service.databaseUrl(),
        "insert into manual_settlements (id, payment_id, status, reason, evidence, proposed_by,"
            + " proposed_key, proposed_owner) values (gen_random_uuid(), '%s', 'failed', '%s',"
                .formatted(payment, reason)
            + " 'bank statement, page 3', 'alice', 'a', 'alice')");
  }

  /** Opens the record of a proposal from its row, and confirms a step. */
  private static void decide(String payment, String step) {
    browser.findElement("#settlements a[href*='" + payment + "']").click();
    eventually(() -> assertThat(browser.findElement("#" + step + "-open").isDisplayed()).isTrue());
    assertThat(browser.text("#record-settlement"))
        .contains("waits for another operator", "by alice", "bank statement, page 3");
    browser.findElement("#" + step + "-open").click();
    assertThat(browser.text("#" + step)).contains("failed", "alice");
    assertThat(browser.accessibilityViolations()).isEmpty();
    browser.saveScreenshots(step);
    browser.findElement("#" + step + " [type=submit]").click();
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
        "update closed_segments c set (found_rows, found_cents, found_chain)"
            + " = (select r.rows, r.cents, r.chain from rows_of_segments("
            + "c.instance_id, c.from_epoch, c.from_segment, c.epoch, c.segment, c.previous) r)");
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
  @Tag(KEEPS_PAGE)
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
