package dev.paymeter.app.cli;

import java.net.http.HttpClient;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "demo",
    description =
        "Run the service, make five payments, then continue with a few payments per second."
            + " A gateway slows down, fails, and recovers.")
public final class DemoCommand implements Callable<Integer> {
  /**
   * Settings of the demo, unless the environment has others. Of the payments, so few fail that the
   * alerts of {@code conf/} do not fire. A payment can fail over, and the circuit breaker of the
   * gateway that the {@link DemoIncident} affects opens after the few calls that a demo has. The
   * log has errors only: an incident has a warning for each payment that fails over. There is no
   * last scrape: nothing depends on the demo's metrics.
   */
  static final Map<String, String> SETTINGS =
      Map.of(
          "log.level", "error",
          "shutdown.last-scrape-timeout", "0s",
          "routing.rules", "-> stripe:1 paypal:1",
          "gateways.stripe.breaker.failure-rate", "0.3",
          "gateways.stripe.breaker.minimum-calls", "20",
          "simulator.switchable", "true",
          "simulator.faults.delay", DemoIncident.SLOW_RESPONSE.toSeconds() + "s",
          "simulator.failure-rate", "0.01",
          "simulator.premium-failure-rate", "0.01");

  @ParentCommand ServiceCommand parent;
  @Mixin Traffic traffic;

  @Override
  public Integer call() throws InterruptedException {
    if (!traffic.validate()) {
      return ServiceRunner.MISCONFIGURED;
    }
    // Created meanwhile: it takes as long as some of the first payments.
    CompletableFuture<HttpClient> client = CompletableFuture.supplyAsync(DemoClient::httpClient);
    return parent
        .runner(SETTINGS)
        .run(
            System.out::println,
            new DemoWork(
                System.out,
                service -> new DemoClient(service, client.join(), System.out).run(traffic)));
  }

  /** Options of the demo's payments. */
  static final class Traffic {
    @Option(
        names = "--rate",
        paramLabel = "N",
        defaultValue = "5",
        description = "Payments per second; 0 for none (default: ${DEFAULT-VALUE}).")
    double perSecond;

    @Option(
        names = "--incident",
        description = {
          "Begin the incident at once, and let it last until its alerts fire: 8 minutes.",
          "By default it lasts 35 seconds, and no alert fires."
        })
    boolean hasFullIncident;

    /** Validates the options. Prints an error and returns false if one is invalid. */
    boolean validate() {
      Optional<String> error = error();
      error.ifPresent(System.err::println);
      return error.isEmpty();
    }

    Optional<String> error() {
      if (perSecond < 0 || perSecond > DemoClient.MAX_RATE) {
        return Optional.of("--rate: expected 0 to " + DemoClient.MAX_RATE + ", found " + perSecond);
      }
      return perSecond == 0 && hasFullIncident
          ? Optional.of("--incident: expected a --rate above 0, found 0")
          : Optional.empty();
    }

    DemoIncident incident() {
      return hasFullIncident ? DemoIncident.full() : DemoIncident.brief();
    }
  }
}
