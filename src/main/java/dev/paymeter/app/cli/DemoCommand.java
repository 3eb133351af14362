package dev.paymeter.app.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "demo",
    description =
        "Run the service, make five payments, then continue with a few payments per second.")
public final class DemoCommand implements Callable<Integer> {
  /**
   * Settings of the demo, unless the environment has others. Of the payments, so few fail that the
   * alerts of {@code conf/} do not fire. There is no last scrape: nothing depends on the demo's
   * metrics.
   */
  static final Map<String, String> SETTINGS =
      Map.of(
          "log.level", "warn",
          "shutdown.last-scrape-timeout", "0s",
          "simulator.failure-rate", "0.01",
          "simulator.premium-failure-rate", "0.01");

  @ParentCommand ServiceCommand parent;
  @Mixin Rate rate;

  @Override
  public Integer call() throws InterruptedException {
    if (!rate.validate()) {
      return ServiceRunner.MISCONFIGURED;
    }
    return parent
        .runner(SETTINGS)
        .run(
            System.out::println,
            new DemoWork(
                System.out, service -> new DemoClient(service, System.out).run(rate.perSecond)));
  }

  /** Option with the rate of the demo's payments. */
  static final class Rate {
    @Option(
        names = "--rate",
        paramLabel = "N",
        defaultValue = "5",
        description = "Payments per second; 0 for none (default: ${DEFAULT-VALUE}).")
    double perSecond;

    /** Validates the rate. Prints an error and returns false if it is out of range. */
    boolean validate() {
      boolean isValid = perSecond >= 0 && perSecond <= DemoClient.MAX_RATE;
      if (!isValid) {
        System.err.println("--rate: expected 0 to " + DemoClient.MAX_RATE + ", found " + perSecond);
      }
      return isValid;
    }
  }
}
