package dev.paymeter.app.cli;

import ch.qos.logback.classic.Level;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "demo",
    description =
        "Run the service, make five payments, then continue with a few payments a second.")
public final class DemoCommand implements Callable<Integer> {
  @ParentCommand ServiceCommand parent;
  @Mixin Rate rate;

  @Override
  public Integer call() throws InterruptedException {
    if (rate.isWrong()) {
      return ServiceRunner.MISCONFIGURED;
    }
    return parent
        .process()
        .run(
            Level.WARN,
            System.out::println,
            service -> new DemoClient(service, System.out).run(rate.perSecond));
  }

  /** How many payments the demo makes. */
  static final class Rate {
    @Option(
        names = "--rate",
        paramLabel = "N",
        defaultValue = "5",
        description = "Payments a second; 0 for none (default: ${DEFAULT-VALUE}).")
    double perSecond;

    /** Prints what is wrong, if anything is. */
    boolean isWrong() {
      boolean isRight = perSecond >= 0 && perSecond <= DemoClient.HIGHEST_RATE;
      if (!isRight) {
        System.err.println(
            "--rate: wanted 0 to " + DemoClient.HIGHEST_RATE + ", found " + perSecond);
      }
      return !isRight;
    }
  }
}
