package dev.paymeter.alerts;

import static dev.paymeter.support.Await.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.monitoring.RuleFiles;
import dev.paymeter.monitoring.RuleFiles.Rule;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestAlertmanager;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The shipped configuration, checked with amtool and with the shipped alerts in a real
 * Alertmanager.
 */
class AlertmanagerIT {
  /** Alerts that fire together; some inhibit others. */
  private static final List<Scenario> SCENARIOS =
      List.of(
          scenario(
              "an outage burns a budget in all windows",
              shown("PaymentAvailabilityBudgetBurning", "long_window", "1h"),
              hidden("PaymentAvailabilityBudgetBurning", "long_window", "6h"),
              hidden("PaymentAvailabilityBudgetBurning", "long_window", "1d"),
              hidden("PaymentAvailabilityBudgetBurning", "long_window", "3d")),
          scenario(
              "after it",
              shown("PaymentLatencyBudgetBurning", "long_window", "6h"),
              hidden("PaymentLatencyBudgetBurning", "long_window", "1d"),
              hidden("PaymentLatencyBudgetBurning", "long_window", "3d")),
          scenario(
              "long after it",
              shown("PaymentLatencyBudgetBurning", "long_window", "1d"),
              hidden("PaymentLatencyBudgetBurning", "long_window", "3d")),
          scenario(
              "two objectives",
              shown("PaymentLatencyBudgetBurning", "long_window", "1h"),
              shown("PaymentAvailabilityBudgetBurning", "long_window", "3d")),
          scenario(
              "one instance has the errors",
              shown("PaymentErrorRateHigh", "instance", "a"),
              hidden("PaymentErrorRateHighInSum")),
          scenario(
              "a gateway responds to no request",
              shown("PaymentsUnknownHigh", "gateway", "stripe"),
              hidden("PaymentUnknownForLong", "gateway", "stripe"),
              shown("PaymentUnknownForLong", "gateway", "paypal")),
          scenario(
              "a gateway has not answered the inquiries about one payment",
              shown("PaymentUnknownForTooLong", "gateway", "stripe"),
              hidden("PaymentUnknownForLong", "gateway", "stripe"),
              shown("PaymentUnknownForLong", "gateway", "paypal")),
          scenario(
              "the ledger is unavailable",
              shown("PaymeterLedgerDown", "instance", "a"),
              hidden("DatabaseConnectionsHigh", "instance", "a"),
              shown("DatabaseConnectionsHigh", "instance", "b"),
              hidden("PaymentResponseTimeHigh"),
              hidden("PaymentLatencyBudgetBurning", "long_window", "1h"),
              hidden("PaymentSuccessRateLow"),
              hidden("PaymentAvailabilityBudgetBurning", "long_window", "1h"),
              shown("PaymentErrorRateHigh", "instance", "a"),
              shown("PaymeterLedgerDrift", "instance", "a")),
          scenario(
              "an instance does not respond",
              shown("PaymeterTargetDown", "instance", "a"),
              hidden("PaymeterSeriesOverflow", "instance", "a"),
              shown("PaymeterSeriesOverflow", "instance", "b"),
              shown("PaymeterBusinessObservationsDropped", "instance", "a"),
              shown("PaymentSuccessRateLow")),
          scenario(
              "no instance responds",
              shown("PaymeterAbsent"),
              hidden("PaymeterTargetDown", "instance", "a"),
              hidden("PaymentSuccessRateLow"),
              hidden("PaymeterLedgerDrift", "instance", "a")));

  @TempDir Path directory;

  record Scenario(String name, List<FiredAlert> alerts) {}

  record FiredAlert(String alert, Map<String, String> labels, boolean isHidden) {}

  private static Scenario scenario(String name, FiredAlert... alerts) {
    return new Scenario(name, List.of(alerts));
  }

  private static FiredAlert shown(String alert, String... label) {
    return new FiredAlert(alert, labels(label), false);
  }

  private static FiredAlert hidden(String alert, String... label) {
    return new FiredAlert(alert, labels(label), true);
  }

  private static Map<String, String> labels(String... label) {
    return label.length == 0 ? Map.of() : Map.of(label[0], label[1]);
  }

  @Test
  void configuration_amtool_findsNoErrors() throws Exception {
    assertThat(amtool("check-config", TestAlertmanager.SHIPPED.toString())).contains("SUCCESS");
  }

  @ParameterizedTest
  @CsvSource({"critical,page", "warning,ticket", "info,note", "unheard-of,ticket"})
  void route_bySeverity_hasItsReceiver(String severity, String receiver) throws Exception {
    String[] command = {
      "config",
      "routes",
      "test",
      "--config.file=" + TestAlertmanager.SHIPPED,
      "severity=" + severity
    };

    assertThat(amtool(command).lines()).contains(receiver);
  }

  @Test
  void severities_ofTheRules_haveRoutes() throws IOException {
    String configuration = Files.readString(TestAlertmanager.SHIPPED);

    assertThat(RuleFiles.rules().stream().filter(Rule::isAlert))
        .allSatisfy(
            alert ->
                assertThat(configuration)
                    .contains("severity=\"" + alert.labels().get("severity") + '"'));
  }

  /** A misspelt name would silently inhibit nothing. */
  @Test
  void inhibitions_eachMatchesAnAlert() throws IOException {
    Set<String> alerts =
        RuleFiles.rules().stream().filter(Rule::isAlert).map(Rule::name).collect(toSet());
    Matcher names =
        Pattern.compile("alertname(?:=~?|!=)\"([^\"]+)\"")
            .matcher(Files.readString(TestAlertmanager.SHIPPED));

    List<String> matchers = names.results().map(found -> found.group(1)).toList();

    assertThat(matchers)
        .hasSizeGreaterThan(10)
        .flatMap(matcher -> List.of(matcher.split("\\|(?![^(]*\\))")))
        .allSatisfy(one -> assertThat(alerts).anyMatch(alert -> alert.matches(one)));
  }

  /** All scenarios run at once, each in its own namespace. */
  @Test
  void inhibition_inEachScenario_hidesConsequencesOnly() throws Exception {
    try (TestAlertmanager alertmanager = TestAlertmanager.start(directory)) {
      List<Map<String, String>> fired = new ArrayList<>();
      Map<Map<String, String>, Boolean> expected = new HashMap<>();
      for (Scenario scenario : SCENARIOS) {
        for (FiredAlert alert : scenario.alerts()) {
          Map<String, String> labels = labels(alert);
          labels.put("namespace", scenario.name());
          fired.add(labels);
          expected.put(labels, alert.isHidden());
        }
      }

      alertmanager.fire(fired);

      eventually(() -> assertThat(hidden(alertmanager)).isEqualTo(expected));
    }
  }

  /** Without a target there is no namespace. */
  @Test
  void inhibition_noTarget_hidesRemainingAlertsOfEachNamespace() throws Exception {
    try (TestAlertmanager alertmanager = TestAlertmanager.start(directory)) {
      Map<String, String> absent = labels(shown("PaymeterAbsent"));
      Map<String, String> remaining = labels(shown("PaymentSuccessRateLow"));
      remaining.put("namespace", "paymeter");
      Map<String, String> another = new HashMap<>(remaining);
      another.put("job", "another");

      alertmanager.fire(List.of(absent, remaining, another));

      eventually(
          () ->
              assertThat(hidden(alertmanager))
                  .isEqualTo(Map.of(absent, false, remaining, true, another, false)));
    }
  }

  /** Returns the labels of the rule and of the alert. */
  private static Map<String, String> labels(FiredAlert alert) {
    Rule rule =
        RuleFiles.rules().stream()
            .filter(one -> one.isAlert() && one.name().equals(alert.alert()))
            .filter(
                one ->
                    !alert.labels().containsKey("long_window")
                        || alert
                            .labels()
                            .get("long_window")
                            .equals(one.labels().get("long_window")))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no such alert: " + alert));
    Map<String, String> labels = new HashMap<>(rule.labels());
    labels.putAll(alert.labels());
    labels.put("alertname", alert.alert());
    labels.put("job", "paymeter");
    return labels;
  }

  /** Returns by labels whether an alert is inhibited. */
  private static Map<Map<String, String>, Boolean> hidden(TestAlertmanager alertmanager) {
    Map<Map<String, String>, Boolean> hidden = new HashMap<>();
    for (JsonObject alert : alertmanager.alerts()) {
      Map<String, String> labels = new HashMap<>();
      alert.getJsonObject("labels").forEach(l -> labels.put(l.getKey(), (String) l.getValue()));
      hidden.put(labels, !alert.getJsonObject("status").getJsonArray("inhibitedBy").isEmpty());
    }
    return hidden;
  }

  private static String amtool(String... arguments) throws IOException, InterruptedException {
    Path amtool = RequiredPrograms.program("amtool", TestAlertmanager.INSTALL);
    Process process =
        new ProcessBuilder(
                Stream.concat(Stream.of(amtool.toString()), Stream.of(arguments)).toList())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as("%s: %s", List.of(arguments), output).isZero();
    return output;
  }
}
