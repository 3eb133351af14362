package dev.paymeter.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestAlertmanager;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every alert in a real environment: the service, Prometheus and Alertmanager with the shipped
 * rules and configuration, all durations divided by one factor, and a webhook receiver. A healthy
 * service must cause no notification. Then, for each alert, a fault must cause its notification,
 * and the recovery must resolve it. An alert without a fault fails the run.
 *
 * <p>Not part of the build: {@code mvn -Palerts verify}. See {@code src/docs/evidence/alerts.md}
 * for the procedure and the results.
 */
class AlertsRun {
  private static final int FACTOR = 120;

  /** Short enough for several scrapes in the shortest window. */
  private static final Duration SCRAPE_INTERVAL = Duration.ofMillis(500);

  private static final Set<Part> PARTS = parts(System.getProperty("alerts.parts", "all"));

  @TempDir Path directory;
  private final AlertResults alertResults = new AlertResults();

  /** The parts of the run, some of which can be selected. */
  private enum Part {
    HEALTH,
    GATEWAY,
    LEDGER,
    PIPELINE,
    INSTANCES,
    CLUSTER,
    RATES,
    UNKNOWN,
    WEBHOOKS,
    AUTHORIZATIONS,
    DISPUTES,
    SETTLEMENTS
  }

  /** The faults of a part, which may throw any exception. */
  private interface Faults {
    void run() throws Exception;
  }

  private static Set<Part> parts(String names) {
    return names.equals("all")
        ? EnumSet.allOf(Part.class)
        : Stream.of(names.split(","))
            .map(name -> Part.valueOf(name.toUpperCase(Locale.ROOT)))
            .collect(Collectors.toSet());
  }

  @Test
  void alerts_healthyService_areSilent_andEachFaultIsNotifiedAndResolved() throws Exception {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    RequiredPrograms.program(TestAlertmanager.NAME, TestAlertmanager.INSTALL);
    Instant start = Instant.now();
    if (PARTS.contains(Part.HEALTH)) {
      new HealthyRun(directory, FACTOR, SCRAPE_INTERVAL).run(duration("alerts.healthy", "PT7M"));
    }
    alertResults.expect("", "PaymeterAbsent"); // Between parts there is nothing to scrape.
    try (AlertStack watch = AlertStack.start(directory.resolve("watch"), FACTOR, SCRAPE_INTERVAL)) {
      await(
          start(Part.GATEWAY, new GatewayFaults(directory, watch, alertResults)::run),
          start(Part.LEDGER, new LedgerFaults(directory, watch, alertResults)::run),
          start(Part.PIPELINE, new PipelineFaults(directory, watch, alertResults)::run));
      await(start(Part.INSTANCES, new InstanceFaults(directory, watch, alertResults)::run));
      GatewayWebhookFaults gatewayWebhooks =
          new GatewayWebhookFaults(directory, watch, alertResults);
      await(
          start(Part.RATES, new ExchangeRateFaults(directory, watch, alertResults)::run),
          start(Part.WEBHOOKS, gatewayWebhooks::recordNothing));
      await(
          start(Part.CLUSTER, new ClusterFaults(directory, watch, alertResults)::run),
          start(Part.UNKNOWN, new UnknownOutcomeFaults(directory, watch, alertResults)::run));
      await(
          start(Part.WEBHOOKS, new WebhookFaults(directory, watch, alertResults)::run),
          start(Part.WEBHOOKS, gatewayWebhooks::rejectAll),
          start(Part.AUTHORIZATIONS, new AuthorizationFaults(directory, watch, alertResults)::run),
          start(Part.DISPUTES, new LaterEventFaults(directory, watch, alertResults)::run),
          start(Part.SETTLEMENTS, new SettlementFaults(directory, watch, alertResults)::run));
      alertResults.assertNoUnexpected(watch);
    }
    if (PARTS.size() == Part.values().length) {
      alertResults.assertComplete();
    }
    System.out.println("alerts: all in " + Duration.between(start, Instant.now()));
  }

  private static Duration duration(String property, String otherwise) {
    return Duration.parse(System.getProperty(property, otherwise));
  }

  private static CompletableFuture<Void> start(Part part, Faults faults) {
    if (!PARTS.contains(part)) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                faults.run();
                done.complete(null);
              } catch (Throwable e) {
                done.completeExceptionally(e);
              }
            },
            part.name().toLowerCase(Locale.ROOT));
    thread.start();
    return done;
  }

  /** Waits for all parts, so that each failure is reported. */
  @SafeVarargs
  private static void await(CompletableFuture<Void>... parts) {
    List<Throwable> failures = new ArrayList<>();
    for (CompletableFuture<Void> part : parts) {
      part.handle((done, failure) -> failure == null || failures.add(failure)).join();
    }
    assertThat(failures).isEmpty();
  }
}
