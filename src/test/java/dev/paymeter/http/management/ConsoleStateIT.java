package dev.paymeter.http.management;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.alerts.ActiveAlerts;
import dev.paymeter.metrics.dashboard.MoneyTotals;
import dev.paymeter.metrics.dashboard.PaymentComparison;
import dev.paymeter.metrics.dashboard.ServiceStatus.MissingAccount;
import dev.paymeter.metrics.dashboard.ServiceStatus.OpenDisputes;
import dev.paymeter.metrics.dashboard.ServiceStatus.Unknown;
import dev.paymeter.support.Browser;
import dev.paymeter.support.service.RunningService;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** States of the service. Each is shown within a second, and accessible. */
class ConsoleStateIT extends StagedConsole {
  private static final String TITLE = "return document.title";

  private void assertIncident(String state, String runbook, String... words) {
    eventually(() -> assertThat(browser.text(".incident")).contains(words));
    assertThat(browser.findElement(".incident").getAttribute("data-state")).isEqualTo(state);
    String link = browser.findElement(".incident a").getAttribute("href");
    assertThat(link).endsWith("/runbooks/" + runbook + ".md");
    assertThat(RunningService.get(URI.create(link)).statusCode()).isEqualTo(200);
    assertThat(browser.accessibilityViolations()).isEmpty();
    browser.saveScreenshots("state-" + runbook);
  }

  @Test
  @Tag(KEEPS_PAGE)
  void ledgerUnavailable_showsRefusedRequestsAndAges() {
    Instant since = Instant.now().minusSeconds(80);
    stage.change(
        status ->
            status
                .ledgerUnavailable(since, 312)
                .unknown(since, Map.of("stripe", new Unknown(29, 100, 1_919_600))));

    assertIncident(
        "bad",
        "PaymeterLedgerDown",
        "Ledger unavailable",
        "since",
        "1 min 2",
        "312 requests refused");
    assertThat(browser.text("#incidents"))
        .as("the money has its own gateway and time")
        .containsSubsequence(
            "Ledger unavailable",
            "29 payments at stripe with an unknown outcome",
            "since",
            "(3 min",
            "19,196.00 USD at risk",
            "old",
            "asks the gateway when the ledger is available again; repeat nothing");
    assertThat(browser.text("#proof-verdict")).isEqualTo("Were equal to the cent");
    assertThat(browser.text("#proof-age")).contains("compared 1 min 2");
    assertThat(browser.text("#proof-sign")).isEqualTo("≟");
    assertThat(browser.text("#checks")).contains("unavailable");
  }

  @Test
  @Tag(KEEPS_PAGE)
  void gatewayNotResponding_showsItsUnknownPayments() {
    stage.change(
        status ->
            status
                .notResponding("stripe", Instant.now().minusSeconds(40), 7, 31)
                .unknown(
                    Map.of(
                        "stripe", new Unknown(29, 400, 1_919_600),
                        "paypal", new Unknown(1, 1, 100))));

    assertIncident(
        "bad",
        "PaymentGatewayBreakerOpen",
        "Stripe is not responding",
        "31 calls without a response",
        "7 payments not sent",
        "29 payments unknown",
        "19,196.00 USD at risk",
        "the oldest unknown for 6 min",
        "circuit breaker is open");
    assertThat(browser.text("#checks"))
        .contains("stripe not responding", "19,197.00 USD, 30 unknown for 6 min");
    assertThat(browser.findElement("#outcomes").getAttribute("data-state")).isEqualTo("broken");
    stage.change(status -> status.notResponding("stripe", Instant.now(), 7, 0));
    eventually(() -> assertThat(browser.text("#incidents")).doesNotContain("without a response"));
  }

  @Test
  @Tag(KEEPS_PAGE)
  void unknownForLong_isRed() {
    stage.change(status -> status.unknown(Map.of("stripe", new Unknown(1, 420, 123_450))));

    assertIncident(
        "bad",
        "PaymentUnknownForLong",
        "1 payment at stripe",
        "7 min",
        "1,234.50 USD at risk",
        "asks the gateway until it knows");
    assertThat(browser.text("#checks")).contains("1 unknown for 7 min");
  }

  @Test
  @Tag(KEEPS_PAGE)
  void unknownForLong_ledgerUnavailable_isStillRed() {
    Instant since = Instant.now().minusSeconds(200);
    stage.change( // The age at the reading is below the threshold.
        status ->
            status
                .ledgerUnavailable(since, 0)
                .unknown(since, Map.of("stripe", new Unknown(1, 220, 123_450))));

    eventually(() -> assertThat(browser.text("#checks")).contains("1 unknown for 7 min"));
    assertThat(browser.findElement("#outcomes").getAttribute("data-state")).isEqualTo("broken");
  }

  @Test
  @Tag(KEEPS_PAGE)
  void missingAccount_isNamed() {
    stage.change(status -> status.unknown(Map.of(), missing(0, 0, 1, 123_450)));

    assertIncident("bad", "PaymentAccountMissing", "acct_gone", "1,234.50 USD at risk");
    assertThat(browser.text("#sum-risk")).contains("1,234.50 USD", "1 outcome not known yet");
  }

  @Test
  @Tag(KEEPS_PAGE)
  void unknownRefunds_withMissingAccounts_areOnOneCardEach() {
    MoneyTotals.Sum none = new MoneyTotals.Sum(0, 0);
    MoneyTotals.Sum one = new MoneyTotals.Sum(1, 1_000);
    stage.change(
        status ->
            status.unknownRefunds(
                Map.of("paypal", new Unknown(3, 400, 7_000), "stripe", new Unknown(2, 400, 3_000)),
                new MissingAccount("paypal", "other", 400, none, one, none),
                new MissingAccount("square", "", 400, none, none, one)));

    eventually(
        () ->
            assertThat(browser.text("#incidents"))
                .contains(
                    "No instance has other accounts of paypal",
                    "Start an instance with the credentials of these accounts.",
                    "No instance has gateway square",
                    "Start an instance with this gateway.",
                    "2 refunds at paypal with an unknown outcome",
                    "60.00 USD at risk",
                    "2 refunds at stripe with an unknown outcome"));
    assertThat(browser.text("#sum-risk .usd")).isEqualTo("110.00 USD");
    assertThat(
            browser.texts(".incident").stream()
                .filter(card -> card.contains("2 refunds at paypal"))
                .toList())
        .as("the oldest may be on the other card")
        .singleElement()
        .asString()
        .doesNotContain("since");
  }

  /** Returns an account with unknown and with pending payments, the oldest a minute old. */
  private static MissingAccount missing(
      long unknown, long unknownCents, long pending, long pendingCents) {
    return new MissingAccount(
        "stripe",
        "acct_gone",
        60,
        new MoneyTotals.Sum(unknown, unknownCents),
        new MoneyTotals.Sum(0, 0),
        new MoneyTotals.Sum(pending, pendingCents));
  }

  /** The reading is as old as the outage. */
  @Test
  @Tag(KEEPS_PAGE)
  void missingAccount_ledgerNotRead_isSinceTheSameTime() {
    Instant readAt = Instant.now().minusSeconds(120);
    stage.change(status -> status.unknown(readAt, Map.of(), missing(0, 0, 1, 123_450)));

    eventually(() -> assertThat(browser.text(".incident")).contains("acct_gone", "(3 min"));
  }

  @Test
  @Tag(KEEPS_PAGE)
  void missingAccount_withOtherPayments_countsEachOnce() {
    stage.change(
        status ->
            status.unknown(
                Map.of("stripe", new Unknown(3, 60, 6_000)), missing(1, 1_000, 2, 122_450)));

    eventually(
        () ->
            assertThat(browser.text("#incidents"))
                .contains("acct_gone", "3 payments and refunds", "1,234.50 USD at risk")
                .contains("2 payments at stripe with an unknown outcome", "50.00 USD at risk"));
    assertThat(browser.text("#sum-risk .usd")).isEqualTo("1,284.50 USD");
    assertThat(browser.text("#sum-risk .note")).isEqualTo("5 outcomes not known yet");
  }

  @Test
  @Tag(KEEPS_PAGE)
  void unknownOutcomes_readingIsOld_areNotAllKnown() {
    Instant readAt = Instant.now().minusSeconds(30);
    stage.change(status -> status.unknown(readAt, Map.of()));

    eventually(() -> assertThat(browser.text("#outcomes")).endsWith("not known"));
    assertThat(browser.text("#sum-risk .note")).startsWith("not known now");
  }

  @Test
  @Tag(KEEPS_PAGE)
  void ledgerUnavailable_noUnknownOutcomeWasRead_isNotAllKnown() {
    Instant since = Instant.now().minusSeconds(1800);
    stage.change(status -> status.ledgerUnavailable(since, 0).unknown(since, Map.of()));

    eventually(
        () ->
            assertThat(browser.text("#sum-risk .note"))
                .matches("not known now, as of \\d\\d:\\d\\d:\\d\\d, 30 min old"));
    assertThat(browser.findElement("#sum-risk").getAttribute("data-state")).isEqualTo("old");
    assertThat(page.isGrey("#sum-risk .usd")).isTrue();
    assertThat(browser.text("#outcomes")).endsWith("not known");
  }

  @Test
  @Tag(KEEPS_PAGE)
  void missingAccount_ofAnotherGateway_hidesNoUnknownPayment() {
    stage.change(
        status ->
            status.unknown(
                Map.of("stripe", new Unknown(1, 60, 123_450), "paypal", new Unknown(2, 30, 5_000)),
                missing(1, 123_450, 0, 0)));

    eventually(
        () ->
            assertThat(browser.text("#incidents"))
                .containsSubsequence("acct_gone", "2 payments at paypal with an unknown outcome")
                .doesNotContain("payment at stripe"));
    assertThat(browser.run("return document.title"))
        .isEqualTo("No instance has account acct_gone – Paymeter console");
  }

  /** Amber below the threshold of the alert, and red after the deadline. */
  @Test
  void dispute_responseIsDue_hasItsDeadlineAndItsPayments() {
    Instant now = Instant.now();
    OpenDisputes warning =
        new OpenDisputes("paypal", "warning", 1, 2_000, 1, now.plus(Duration.ofDays(6)));
    stage.change(
        status ->
            status.disputes(
                new OpenDisputes("stripe", "dispute", 3, 15_000, 2, now.plus(Duration.ofDays(2))),
                warning));

    assertIncident(
        "warn",
        "DisputeResponseDue",
        "Dispute at stripe without a response",
        "due in 47 h 59 min",
        "2 of 3 open disputes to respond to",
        "150.00 USD withdrawn");
    assertThat(browser.texts(".incident")).as("the warning is not due soon").hasSize(1);
    assertThat(browser.text("#sum-disputed"))
        .contains("150.00 USD", "3 open disputes, 1 warning about 20.00 USD", "due in 47 h 59 min");
    assertThat(browser.findElement("#sum-disputed").getAttribute("data-state")).isEqualTo("risky");

    OpenDisputes overdue =
        new OpenDisputes("stripe", "dispute", 3, 15_000, 2, now.minusSeconds(7200));
    stage.change(status -> status.disputes(overdue));
    eventually(() -> assertThat(browser.text(".incident")).contains("was due 2 h"));
    assertThat(browser.findElement(".incident").getAttribute("data-state")).isEqualTo("bad");
    assertThat(browser.findElement("#sum-disputed").getAttribute("data-state")).isEqualTo("late");
    stage.change(status -> status.disputes(now.minusSeconds(60), overdue));
    eventually(() -> assertThat(browser.text(".incident")).contains("as of ", " old"));
    assertThat(browser.findElement("#sum-disputed").getAttribute("data-state")).isEqualTo("old");

    browser.findElement(".incident a[data-show]").click();
    assertThat(browser.run("return location.hash")).isEqualTo("#show=disputed");
    eventually(
        () -> assertThat(browser.text("#no-payments-text")).contains("ledger is not available"));
    stage.change(status -> status.disputes(warning));
    eventually(() -> assertThat(browser.findElements(".incident")).isEmpty());
    assertThat(browser.text("#sum-disputed"))
        .contains("0.00 USD", "1 warning about 20.00 USD, first response due in 5 days");
    stage.change(status -> status);
    eventually(() -> assertThat(browser.findElement("#sum-disputed").isDisplayed()).isFalse());
  }

  @Test
  @Tag(KEEPS_PAGE)
  void drift_isNeverEqual() {
    stage.change(status -> status.drift(new PaymentComparison.Sum(173, 8_385_795), 2));

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

  /** A browser gives a tab no frames until it is shown. */
  @Test
  @Tag(OPENS_PAGE)
  void tabInTheBackground_isLive() {
    browser.open(stage.page(), "window.requestAnimationFrame = frame => 0;");

    page.awaitEqual();
    assertThat(browser.findElement("#payments").isDisplayed()).isTrue();
  }

  @Test
  @Tag(OPENS_PAGE)
  void noDataYet_saysWhy() {
    stage.showStarting();
    browser.open(stage.page());

    eventually(() -> assertThat(browser.text("#proof-verdict")).isEqualTo("Not compared yet"));
    eventually(() -> assertThat(browser.text("#proof-age")).contains("not restored"));
    eventually(
        () ->
            assertThat(browser.findElement("#first-command").getAttribute("textContent"))
                .endsWith(ConsoleStage.API + "/v1/payments"));
    assertThat(browser.text("main")).doesNotContain("NaN", "undefined", "null");
    assertThat(browser.accessibilityViolations()).isEmpty();
  }

  @ParameterizedTest
  @Tag(OPENS_PAGE)
  @CsvSource({"50, warn", "70, bad"})
  void starting_isRedAfterAMinute(int seconds, String level) {
    stage.shut();
    stage.openStarting(Duration.ofSeconds(seconds));
    browser.open(stage.page());

    assertIncident(level, "PaymeterLedgerDown", "Starting", "The API accepts no requests");
  }

  @Test
  void connectionLost_greysTheStateAndReconnects() {
    stage.shut();

    assertIncidentWithoutRunbook("Connection lost", "the state at", "since");
    eventually(() -> assertThat(browser.text("#connection")).matches("Connection lost · .* old"));
    assertThat(browser.run("return document.body.dataset.live")).isEqualTo("false");
    assertThat(browser.text("#ledger-usd")).as("the last state").isEqualTo("83,858.95");
    assertThat(browser.accessibilityViolations()).isEmpty();
    browser.saveScreenshots("state-lost");

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

  /** A browser has six connections to a host, and each stream uses one. */
  @Test
  void hiddenTab_disconnects_untilItIsShown() {
    stage.change(status -> status.ledgerUnavailable(Instant.now(), 1));
    eventually(
        () -> assertThat(browser.run(TITLE)).isEqualTo("Ledger unavailable – Paymeter console"));

    setHidden(true);

    eventually(() -> assertThat(browser.text("#connection")).matches("Connecting · .* old"));
    assertThat(browser.run(TITLE)).as("not what may have changed").isEqualTo("Paymeter console");
    setHidden(false);
    eventually(() -> assertThat(browser.text("#connection")).isEqualTo("Live"));
  }

  /** A browser keeps a page for the way back, with its connections. */
  @Test
  @Tag(OPENS_PAGE)
  void leftPage_disconnects_untilItIsShown() {
    browser.open(
        stage.page(),
        """
        window.EventSource = class extends EventSource {
          constructor(url) {
            super(url);
            window.stream = this;
          }
        };
        """);
    page.awaitEqual();
    browser.run(
        "addEventListener('pagehide', () => sessionStorage.setItem('left', stream.readyState))");

    browser.open(stage.page().resolve("/runbooks/"));

    assertThat(browser.run("return sessionStorage.getItem('left')")).as("CLOSED").isEqualTo("2");
    browser.run("history.back()");
    eventually(() -> assertThat(browser.text("#connection")).isEqualTo("Live"));
  }

  private void setHidden(boolean hidden) {
    browser.run(
        """
        Object.defineProperty(document, "hidden", {value: arguments[0], configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
        """,
        hidden);
  }

  @Test
  @Tag(OPENS_PAGE)
  void connectionLost_anotherClock_isSinceTheLastNews() {
    browser.open(stage.page(), "const now = Date.now; Date.now = () => now() - 3600000;");
    page.awaitEqual();
    stage.shut();

    assertIncidentWithoutRunbook("Connection lost", " s)");
    assertThat(
            browser.run(
                """
                return import("/console/payment-text.js").then(text =>
                  text.ageSince(new Date(Date.now()).toISOString()))
                """))
        .as("the age of what the service's clock showed an hour ago")
        .isIn("1 h", "59 min"); // The status needs some time.
    stage.open();
    browser.consoleWarnings(); // Of the lost connection.
  }

  @Test
  @Tag(KEEPS_PAGE)
  void alerts_firing_areShownWithRunbooks_andThenNot() {
    eventually(
        () -> assertThat(browser.text("#alerts-summary")).startsWith("none fires, evaluated at "));
    stage.show(
        alert("HighCpu", "warning", true),
        alert("PaymeterLedgerDown", "critical", true),
        alert("HighMemory", "warning", false));

    eventually(
        () -> assertThat(browser.text("#alerts-summary")).startsWith("2 firing, evaluated at "));
    assertThat(browser.text("#firing"))
        .as("critical ones first")
        .containsSubsequence("PaymeterLedgerDown", "critical since", "held", "HighCpu");
    assertThat(browser.findElement("#firing a").getDomProperty("href"))
        .endsWith("/runbooks/PaymeterLedgerDown.md");
    assertThat(browser.text("#pending")).startsWith("1 pending");
    assertThat(browser.accessibilityViolations()).isEmpty();
    browser.saveScreenshots("alerts");

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
    assertThat(page.isGrey("#firing .alert")).isTrue();
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

  @ParameterizedTest
  @Tag(KEEPS_PAGE)
  @EnumSource(
      value = Browser.Screen.class,
      names = {"PHONE", "SMALL_PHONE"})
  void phone_incident_hasNothingOutsideTheScreen(Browser.Screen screen) {
    browser.setScreen(screen);
    PaymentComparison.Sum large = new PaymentComparison.Sum(98_765_432, 1_234_567_890_123L);
    stage.change(
        status -> status.payments(large).ledgerUnavailable(Instant.now().minusSeconds(80), 312));

    assertIncident("bad", "PaymeterLedgerDown", "312 requests refused");
    page.assertNothingOutsideTheScreen();
    assertThat(
            browser.run(
                "return document.querySelector('.incident').getBoundingClientRect().bottom"
                    + " < window.innerHeight"))
        .as("on the first screen")
        .isEqualTo(true);
  }
}
