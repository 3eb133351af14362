package dev.paymeter.resilience;

import ch.qos.logback.classic.Level;
import dev.paymeter.app.PaymeterServer;
import dev.paymeter.app.cli.ServiceRunner;
import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.SettingsReader;
import dev.paymeter.logging.LoggingSetup;
import dev.paymeter.payment.port.PaymentStepListener;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The shipped service in a process that halts itself at one step of a payment: no hook runs,
 * nothing is flushed.
 */
public final class CrashingService {
  /** The environment variable that names the step; without it the process does not halt. */
  public static final String CRASH_STEP = "DIES_AT_STEP";

  /** The environment variable for the number of times that the step completes before, from 0. */
  public static final String SKIPPED_STEPS = "DIES_AFTER";

  /** The exit code after SIGKILL. */
  static final int EXIT_CODE = 137;

  private CrashingService() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, String> environment = System.getenv();
    Settings settings = SettingsReader.read(Optional.empty(), environment, false);
    LoggingSetup.configure(settings.log().format(), Level.INFO);
    PaymeterServer service = new PaymeterServer(settings, progress -> {}, steps(environment));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(service), "shutdown"));
    service.start();
    service.end().join();
    System.exit(ServiceRunner.FAILED);
  }

  private static void close(PaymeterServer service) {
    service.close();
    LoggingSetup.flush();
  }

  private static PaymentStepListener steps(Map<String, String> environment) {
    String name = environment.get(CRASH_STEP);
    if (name == null) {
      return PaymentStepListener.NONE;
    }
    PaymentStepListener.Step last = PaymentStepListener.Step.valueOf(name);
    AtomicInteger left = new AtomicInteger(Integer.parseInt(environment.get(SKIPPED_STEPS)));
    return step -> {
      if (step == last && left.getAndDecrement() == 0) {
        Runtime.getRuntime().halt(EXIT_CODE);
      }
    };
  }
}
