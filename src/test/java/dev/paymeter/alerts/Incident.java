package dev.paymeter.alerts;

import static dev.paymeter.support.Await.LONG_RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.alerts.Notifications.Told;
import dev.paymeter.monitoring.RuleFiles;
import dev.paymeter.monitoring.RuleFiles.Rule;
import dev.paymeter.support.Await;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A fault in one namespace, from its start to its recovery, with the alerts that it must cause and
 * that must be resolved. Confined to one thread.
 */
final class Incident {
  private final AlertWatch watch;
  private final AlertProofs alertProofs;
  private final Optional<String> namespace;
  private final Map<Rule, Told> told = new HashMap<>();
  private final Set<Rule> hidden = new HashSet<>();
  private final Instant began;
  private Instant ended = Instant.MAX;

  /** Starts now, just before the fault is injected. */
  Incident(AlertWatch watch, AlertProofs alertProofs, Optional<String> namespace) {
    this.watch = watch;
    this.alertProofs = alertProofs;
    this.namespace = namespace;
    this.began = Instant.now();
  }

  Incident(AlertWatch watch, AlertProofs alertProofs, String namespace) {
    this(watch, alertProofs, Optional.of(namespace));
  }

  /** Returns the only alert with a name. */
  static Rule alert(String name) {
    return only(name, Map.of());
  }

  /** Returns the alert with a name and a window. */
  static Rule alert(String name, String longWindow) {
    return only(name, Map.of("long_window", longWindow));
  }

  private static Rule only(String name, Map<String, String> labels) {
    List<Rule> found =
        RuleFiles.alerts().stream()
            .filter(rule -> rule.name().equals(name))
            .filter(rule -> rule.labels().entrySet().containsAll(labels.entrySet()))
            .toList();
    assertThat(found).as("%s %s", name, labels).hasSize(1);
    return found.get(0);
  }

  /** Waits for the notification of an alert; of one that was inhibited, after the recovery. */
  void tells(Rule alert) {
    told.put(alert, await(alert, true, hidden.contains(alert) ? ended : began));
  }

  void tells(String... alerts) {
    for (String alert : alerts) {
      tells(alert(alert));
    }
  }

  /** Waits until the alert fires and is inhibited by another. */
  void hides(Rule alert) {
    Await.eventually(
        LONG_RUN,
        () -> assertThat(watch.isHidden(alert, namespace)).as("%s is inhibited", alert).isTrue());
    hidden.add(alert);
  }

  /** Records the time of the recovery, just before it. */
  void ends() {
    ended = Instant.now();
  }

  /** Asserts that an inhibited alert caused no notification during the fault. */
  void toldNobodyOf(Rule alert) {
    assertThat(watch.told(alert, namespace, true, began).filter(t -> t.at().isBefore(ended)))
        .as("%s, which is inhibited", alert)
        .isEmpty();
  }

  /** Waits for the notification that the alert is resolved, and records the result. */
  void resolves(Rule alert) {
    Told firing = told.get(alert);
    assertThat(firing).as("notification of %s", alert).isNotNull();
    Instant since = firing.at().isAfter(ended) ? firing.at() : ended;
    Told resolved = await(alert, false, since);
    assertThat(resolved.receiver()).isEqualTo(firing.receiver());
    alertProofs.add(
        new AlertProofs.Proof(
            alert,
            watch.factor(),
            firing.receiver(),
            Duration.between(began, firing.at()),
            Duration.between(ended, resolved.at()),
            hidden.contains(alert)));
  }

  void resolves(String... alerts) {
    for (String alert : alerts) {
      resolves(alert(alert));
    }
  }

  private Told await(Rule alert, boolean firing, Instant since) {
    try {
      return Await.first(LONG_RUN, () -> watch.told(alert, namespace, firing, since));
    } catch (AssertionError late) {
      throw new AssertionError(
          "no notification of %s of %s as %s; received: %s"
              .formatted(
                  alert, namespace, firing ? "firing" : "resolved", watch.notifications().all()),
          late);
    }
  }
}
