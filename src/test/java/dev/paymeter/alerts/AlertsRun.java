package dev.paymeter.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestAlertmanager;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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

  private static final Set<String> PARTS =
      Set.of(
          System.getProperty(
                  "alerts.parts",
                  "health,gateway,ledger,pipeline,instances,cluster,rates,unknown,webhooks")
              .split(","));

  @TempDir Path directory;
  private final AlertResults alertResults = new AlertResults();

  /** A part of the run, which may throw any exception. */
  private interface Part {
    void run() throws Exception;
  }

  @Test
  void alerts_healthyService_areSilent_andEachFaultIsNotifiedAndResolved() throws Exception {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    RequiredPrograms.program(TestAlertmanager.NAME, TestAlertmanager.INSTALL);
    Instant start = Instant.now();
    if (PARTS.contains("health")) {
      new HealthyRun(directory, FACTOR, SCRAPE_INTERVAL).run(duration("alerts.healthy", "PT7M"));
    }
    alertResults.expect("", "PaymeterAbsent"); // Between parts there is nothing to scrape.
    try (AlertStack watch = AlertStack.start(directory.resolve("watch"), FACTOR, SCRAPE_INTERVAL)) {
      await(
          start("gateway", new GatewayFaults(directory, watch, alertResults)::run),
          start("ledger", new LedgerFaults(directory, watch, alertResults)::run),
          start("pipeline", new PipelineFaults(directory, watch, alertResults)::run));
      await(start("instances", new InstanceFaults(directory, watch, alertResults)::run));
      await(start("rates", new ExchangeRateFaults(directory, watch, alertResults)::run));
      await(
          start("cluster", new ClusterFaults(directory, watch, alertResults)::run),
          start("unknown", new UnknownOutcomeFaults(directory, watch, alertResults)::run));
      await(
          start("webhooks", new WebhookFaults(directory, watch, alertResults)::run),
          start("webhooks", new GatewayWebhookFaults(directory, watch, alertResults)::run),
          start("authorizations", new AuthorizationFaults(directory, watch, alertResults)::run));
      alertResults.assertNoUnexpected(watch);
    }
    if (PARTS.size() == 9) {
      alertResults.assertComplete();
    }
    System.out.println("alerts: all in " + Duration.between(start, Instant.now()));
  }

  private static Duration duration(String property, String otherwise) {
    return Duration.parse(System.getProperty(property, otherwise));
  }

  private static CompletableFuture<Void> start(String name, Part part) {
    if (!PARTS.contains(name)) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                part.run();
                done.complete(null);
              } catch (Throwable e) {
                done.completeExceptionally(e);
              }
            },
            name);
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
