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
 * A fault in one namespace, from its beginning to its end: what must be told of it, and in the end
 * be resolved. Used by one thread.
 */
final class Incident {
  private final AlertWatch watch;
  private final AlertProofs alertProofs;
  private final Optional<String> namespace;
  private final Map<Rule, Told> told = new HashMap<>();
  private final Set<Rule> hidden = new HashSet<>();
  private final Instant began;
  private Instant ended = Instant.MAX;

  /** Begins now, just before the fault does. */
  Incident(AlertWatch watch, AlertProofs alertProofs, Optional<String> namespace) {
    this.watch = watch;
    this.alertProofs = alertProofs;
    this.namespace = namespace;
    this.began = Instant.now();
  }

  Incident(AlertWatch watch, AlertProofs alertProofs, String namespace) {
    this(watch, alertProofs, Optional.of(namespace));
  }

  /** The alert of a name, of which there is one. */
  static Rule alert(String name) {
    return only(name, Map.of());
  }

  /** The alert of a name and a window. */
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

  /** Awaits that somebody is told; of what was hidden, after the fault. */
  void tells(Rule alert) {
    told.put(alert, await(alert, true, hidden.contains(alert) ? ended : began));
  }

  void tells(String... alerts) {
    for (String alert : alerts) {
      tells(alert(alert));
    }
  }

  /** Awaits that the alert fires and is hidden behind another. */
  void hides(Rule alert) {
    Await.eventually(
        LONG_RUN,
        () -> assertThat(watch.isHidden(alert, namespace)).as("%s is hidden", alert).isTrue());
    hidden.add(alert);
  }

  /** The fault is over, or is just about to be. */
  void ends() {
    ended = Instant.now();
  }

  /** Nobody was told of a hidden alert while the fault went on. */
  void toldNobodyOf(Rule alert) {
    assertThat(watch.told(alert, namespace, true, began).filter(t -> t.at().isBefore(ended)))
        .as("%s, which is hidden", alert)
        .isEmpty();
  }

  /** Awaits that whoever was told is told that it is over: the alert is proven. */
  void resolves(Rule alert) {
    Told firing = told.get(alert);
    assertThat(firing).as("%s was told", alert).isNotNull();
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
          "%s of %s was not told as %s: told so far are %s"
              .formatted(
                  alert, namespace, firing ? "firing" : "resolved", watch.notifications().all()),
          late);
    }
  }
}
