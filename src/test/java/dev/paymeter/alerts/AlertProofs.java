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

/** Which alerts were told and resolved, and how soon. Safe from any thread. */
final class AlertProofs {
  private final List<Proof> proofs = new ArrayList<>();
  private final Map<String, Set<String>> expected = new HashMap<>();

  /**
   * One alert that a fault brought and its recovery took away.
   *
   * @param factor what times were divided by
   * @param toFiring from the fault to the notification
   * @param toResolved from the recovery to the notification
   * @param hiddenFirst whether it was seen hidden behind another before
   */
  record Proof(
      Rule alert,
      int factor,
      String receiver,
      Duration toFiring,
      Duration toResolved,
      boolean hiddenFirst) {
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
              hiddenFirst ? " | hidden first" : "");
    }

    /** As long as it would be if nothing were shortened, and all of it were times of ours. */
    private String minutes(Duration shortened) {
      return Math.round(shortened.toMillis() * factor / 60e3) + " min";
    }
  }

  synchronized void add(Proof proof) {
    proofs.add(proof);
    System.out.println("alerts: " + proof.line());
  }

  /** What a namespace's faults may tell beside what they prove. */
  synchronized void expect(String namespace, String... alerts) {
    expected.computeIfAbsent(namespace, first -> new HashSet<>()).addAll(List.of(alerts));
  }

  /** Nothing was told that nobody expected. */
  synchronized void assertNothingElse(AlertWatch watch) {
    Set<String> surprises =
        watch.notifications().all().stream()
            .filter(told -> !expected(told.namespace().orElse("")).contains(told.alert()))
            .map(told -> told.alert() + " in " + told.namespace())
            .collect(Collectors.toSet());
    assertThat(surprises).isEmpty();
  }

  private Set<String> expected(String namespace) {
    return expected.getOrDefault(namespace, Set.of());
  }

  /** Every alert of the rules is proven. */
  synchronized void assertComplete() {
    assertThat(proofs.stream().map(Proof::alert).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(RuleFiles.alerts());
    proofs.stream()
        .sorted(Comparator.comparing(proof -> RuleFiles.alerts().indexOf(proof.alert())))
        .forEach(proof -> System.out.println("alerts: | " + proof.line() + " |"));
  }
}
