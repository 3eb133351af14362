package dev.paymeter.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.alerts.PrometheusDurations;
import dev.paymeter.monitoring.RuleFiles;
import dev.paymeter.support.TestAlertmanager;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that an accelerated configuration differs from the shipped one in durations only. */
class AcceleratedConfTest {
  private static final int FACTOR = 120;

  /** A duration that is not part of the name of a recording rule. */
  private static final Pattern WORD = Pattern.compile("\\b" + PrometheusDurations.PATTERN + "\\b");

  private final AcceleratedConf accelerated = new AcceleratedConf(FACTOR);

  @Test
  void rules_accelerated_differInDurationsOnly() throws IOException {
    assertSameExceptDurations(AcceleratedConf.read(RuleFiles.RULES), accelerated.rules());
  }

  @Test
  void alertmanager_accelerated_differsInDurationsOnly() throws IOException {
    assertSameExceptDurations(
        AcceleratedConf.read(TestAlertmanager.SHIPPED), accelerated.alertmanager());
  }

  @Test
  void rules_factorOne_areTheShippedOnes() throws IOException {
    assertThat(texts(new AcceleratedConf(1).rules()).keySet())
        .isEqualTo(texts(AcceleratedConf.read(RuleFiles.RULES)).keySet());
    assertThat(alert(new AcceleratedConf(1).rules(), "MemoryUsageHigh").getString("for"))
        .isEqualTo("600000ms");
  }

  @Test
  void rules_accelerated_haveEachKindOfDurationDivided() throws IOException {
    JsonObject rules = accelerated.rules();

    JsonObject range = alert(rules, "PaymentErrorRateHigh");
    assertThat(range.getString("expr"))
        .isEqualTo("rate(errors_total{severity='high'}[2500ms]) > 0.1");
    assertThat(range.getString("for")).isEqualTo("1000ms");
    assertThat(alert(rules, "PaymeterBusinessObservationsDropped").getString("expr"))
        .contains("[7500ms]", "offset 7500ms")
        .doesNotContain("15m");
    assertThat(alert(rules, "PaymentUnknownForLong").getString("expr")).endsWith(") > 2.5");
    assertThat(alert(rules, "PaymentUnknownForTooLong").getString("expr")).endsWith(") > 30.0");
    assertThat(rules.getJsonArray("groups").getJsonObject(1).getString("interval"))
        .isEqualTo("250ms");
  }

  /** A duration that is not recognized would keep its length. */
  @Test
  void rules_accelerated_keepNoDurationInAnyQuery() throws IOException {
    assertThat(texts(accelerated.rules()))
        .allSatisfy(
            (path, text) -> {
              if (path.endsWith(".expr")) {
                assertThat(text).doesNotContainPattern("\\b\\d+[smhdwy]\\b");
              }
            });
  }

  private static void assertSameExceptDurations(JsonObject shipped, JsonObject accelerated) {
    Map<String, String> before = texts(shipped);
    Map<String, String> after = texts(accelerated);
    assertThat(after.keySet()).isEqualTo(before.keySet());
    before.forEach(
        (path, text) -> {
          String changed = after.get(path);
          if (!changed.equals(text)) {
            assertThat(path).matches(".*\\.(expr|for|interval|group_\\w+|repeat_interval)");
            assertThat(withoutTimes(changed)).as(path).isEqualTo(withoutTimes(text));
            assertThat(times(changed)).as(path).isEqualTo(expected(text));
            assertThat(ages(changed).map(age -> age * FACTOR).toList())
                .as(path)
                .isEqualTo(ages(text).toList());
          }
        });
    assertThat(before).isNotEqualTo(after);
  }

  private static String withoutTimes(String text) {
    return AcceleratedConf.AGE.matcher(WORD.matcher(text).replaceAll("TIME")).replaceAll("AGE");
  }

  private static Stream<Double> ages(String text) {
    return AcceleratedConf.AGE.matcher(text).results().map(age -> Double.valueOf(age.group()));
  }

  private static List<Duration> times(String text) {
    return words(text).map(PrometheusDurations::parse).toList();
  }

  private static List<Duration> expected(String text) {
    return words(text)
        .map(PrometheusDurations::parse)
        .map(time -> Duration.ofMillis(time.toMillis() / FACTOR))
        .toList();
  }

  private static Stream<String> words(String text) {
    return WORD.matcher(text).results().map(MatchResult::group);
  }

  /** Returns all scalar values by their path. */
  private static Map<String, String> texts(JsonObject tree) {
    Map<String, String> texts = new TreeMap<>();
    collect("", tree, texts);
    return texts;
  }

  private static void collect(String path, Object value, Map<String, String> into) {
    if (value instanceof JsonObject object) {
      object.forEach(entry -> collect(path + "." + entry.getKey(), entry.getValue(), into));
    } else if (value instanceof JsonArray array) {
      for (int i = 0; i < array.size(); i++) {
        collect(path + "." + i, array.getValue(i), into);
      }
    } else {
      into.put(path, String.valueOf(value));
    }
  }

  private static JsonObject alert(JsonObject rules, String name) {
    return rules.getJsonArray("groups").stream()
        .flatMap(group -> ((JsonObject) group).getJsonArray("rules").stream())
        .map(JsonObject.class::cast)
        .filter(rule -> name.equals(rule.getString("alert")))
        .findFirst()
        .orElseThrow();
  }
}
