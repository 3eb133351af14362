package dev.paymeter.alerts;

import static dev.paymeter.support.Await.LONG_RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.alerts.Notifications.Notification;
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
 * that must be resolved. Not thread-safe.
 */
final class Incident {
  /** Longer than 13 hours of the run, after which some alerts recover by themselves. */
  private static final Duration DEADLINE = Duration.ofMinutes(8);

  private final AlertStack watch;
  private final AlertResults alertResults;
  private final Optional<String> namespace;
  private final Map<Rule, Notification> firingNotifications = new HashMap<>();
  private final Set<Rule> hidden = new HashSet<>();
  private final Instant start;
  private Instant recovery = Instant.MAX;

  /** Starts now, just before the fault is injected, or is first scraped. */
  Incident(AlertStack watch, AlertResults alertResults, Optional<String> namespace) {
    this.watch = watch;
    this.alertResults = alertResults;
    this.namespace = namespace;
    this.start = Instant.now();
  }

  Incident(AlertStack watch, AlertResults alertResults, String namespace) {
    this(watch, alertResults, Optional.of(namespace));
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
  void awaitNotification(Rule alert) {
    firingNotifications.put(alert, await(alert, true, hidden.contains(alert) ? recovery : start));
  }

  void awaitNotification(String... alerts) {
    for (String alert : alerts) {
      awaitNotification(alert(alert));
    }
  }

  /** Waits until the alert fires and is inhibited by another. */
  void awaitInhibition(Rule alert) {
    Await.eventually(
        LONG_RUN,
        () ->
            assertThat(watch.isInhibited(alert, namespace)).as("%s is inhibited", alert).isTrue());
    hidden.add(alert);
  }

  /** Records the time of the recovery, just before it. */
  void markRecovered() {
    recovery = Instant.now();
  }

  /** Asserts that an inhibited alert caused no notification during the fault. */
  void assertNotNotified(Rule alert) {
    assertThat(
            watch
                .findNotification(alert, namespace, true, start)
                .filter(t -> t.at().isBefore(recovery)))
        .as("%s, which is inhibited", alert)
        .isEmpty();
  }

  /** Waits for the notification that the alert is resolved, and records the result. */
  void awaitResolution(Rule alert) {
    Notification firing = firingNotifications.get(alert);
    assertThat(firing).as("notification of %s", alert).isNotNull();
    Instant since = firing.at().isAfter(recovery) ? firing.at() : recovery;
    Notification resolved = await(alert, false, since);
    assertThat(resolved.receiver()).isEqualTo(firing.receiver());
    alertResults.add(
        new AlertResults.Result(
            alert,
            watch.factor(),
            firing.receiver(),
            Duration.between(start, firing.at()),
            Duration.between(recovery, resolved.at()),
            hidden.contains(alert)));
  }

  void awaitResolution(String... alerts) {
    for (String alert : alerts) {
      awaitResolution(alert(alert));
    }
  }

  private Notification await(Rule alert, boolean firing, Instant since) {
    try {
      return Await.first(DEADLINE, () -> watch.findNotification(alert, namespace, firing, since));
    } catch (AssertionError late) {
      throw new AssertionError(
          "no notification of %s of %s as %s; received: %s"
              .formatted(
                  alert, namespace, firing ? "firing" : "resolved", watch.notifications().all()),
          late);
    }
  }
}
