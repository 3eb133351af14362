package dev.paymeter.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.monitoring.RuleFiles;
import dev.paymeter.monitoring.RuleFiles.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The alerts whose notifications have been received and resolved, with the delays. Thread-safe. */
final class AlertResults {
  private final List<Result> results = new ArrayList<>();
  private final Map<String, Set<String>> expected = new HashMap<>();

  /**
   * An alert that fired because of a fault and was resolved after the recovery.
   *
   * @param factor the divisor of durations
   * @param toFiring from the fault to the notification
   * @param toResolved from the recovery to the notification
   * @param wasInhibited whether it was inhibited by another alert before
   */
  record Result(
      Rule alert,
      int factor,
      String receiver,
      Duration toFiring,
      Duration toResolved,
      boolean wasInhibited) {
    private String line() {
      return "%s%s | %s | %.1f s | %s | %.1f s | %s%s"
          .formatted(
              alert.name(),
              Optional.ofNullable(alert.labels().get("long_window")).map(w -> " " + w).orElse(""),
              receiver,
              toFiring.toMillis() / 1e3,
              minutes(toFiring),
              toResolved.toMillis() / 1e3,
              minutes(toResolved),
              wasInhibited ? " | inhibited first" : "");
    }

    /** Estimates the delay without acceleration, as if all of it were configured durations. */
    private String minutes(Duration shortened) {
      return Math.round(shortened.toMillis() * factor / 60e3) + " min";
    }
  }

  synchronized void add(Result result) {
    results.add(result);
    System.out.println("alerts: " + result.line());
  }

  /** Allows other alerts that the faults in a namespace may cause. */
  synchronized void expect(String namespace, String... alerts) {
    expected.computeIfAbsent(namespace, first -> new HashSet<>()).addAll(List.of(alerts));
  }

  /** Asserts that all notifications were expected. */
  synchronized void assertNoUnexpected(AlertStack watch) {
    Set<String> unexpected =
        watch.notifications().all().stream()
            .filter(
                notification ->
                    !expected(notification.namespace().orElse("")).contains(notification.alert()))
            .map(
                notification ->
                    "%s in %s at %s"
                        .formatted(
                            notification.alert(),
                            notification.namespace().orElse("no namespace"),
                            notification.at()))
            .collect(Collectors.toSet());
    assertThat(unexpected).isEmpty();
  }

  private Set<String> expected(String namespace) {
    return expected.getOrDefault(namespace, Set.of());
  }

  /** Asserts that there is a result for every alert of the rules. */
  synchronized void assertComplete() {
    assertThat(results.stream().map(Result::alert).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(RuleFiles.alerts());
    results.stream()
        .sorted(Comparator.comparing(result -> RuleFiles.alerts().indexOf(result.alert())))
        .forEach(result -> System.out.println("alerts: | " + result.line() + " |"));
  }
}
