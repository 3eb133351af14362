package dev.paymeter.app.cli;

import dev.paymeter.app.PaymeterServer;
import dev.paymeter.app.config.ConfigSource;
import dev.paymeter.app.config.FileProblem;
import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.SettingsException;
import dev.paymeter.app.config.SettingsReader;
import dev.paymeter.logging.LoggingSetup;
import dev.paymeter.payment.port.PaymentStepListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Runner of the service in this process: reads the settings and returns the exit code. */
public record ServiceRunner(Optional<Path> conf, Map<String, String> environment) {
  public static final int FAILED = 1;
  static final int MISCONFIGURED = 2;

  /** Exit code of a comparison that has found a difference. */
  static final int DIFFERENT = 3;

  private static final Pattern SETTING = Pattern.compile("^([a-z-]+\\.[a-z.-]+): expected ");
  private static final Path DEFAULT_CONF = Path.of("conf", "paymeter.yaml");

  /** Action on the service when it is ready. */
  interface Work {
    void run(PaymeterServer service) throws IOException, InterruptedException;

    /** Is called when a signal ends the service, before the service is closed. */
    default void stopping() {}
  }

  /** The running service, which is replaced when the ledger went back. */
  private static final class Current {
    private final Work work;
    private final Duration limit;
    private volatile @Nullable PaymeterServer service;
    private volatile boolean isEnding;
    private volatile boolean hasFailed;

    Current(Work work, Duration limit) {
      this.work = work;
      this.limit = limit;
    }

    /** Creates the service; a signal waits until it can be closed. */
    synchronized PaymeterServer create(Supplier<PaymeterServer> first) {
      PaymeterServer created = first.get();
      service = created;
      return created;
    }

    /** Closes the service, as a signal does, and returns its successor; null if a signal came. */
    synchronized @Nullable PaymeterServer replace() {
      PaymeterServer previous = service;
      if (isEnding || previous == null) {
        return null;
      }
      previous.close();
      return create(previous::next);
    }

    boolean isClosing() {
      return isEnding;
    }

    /** From now on, the end of the process is that of a failure. */
    int failed() {
      hasFailed = true;
      return FAILED;
    }

    void end() {
      SecondInterrupt.enable();
      new ShutdownLimit(limit, this::unconfirmed, Runtime.getRuntime()::halt).start();
      isEnding = true;
      if (!hasFailed) {
        work.stopping();
      }
      close();
      if (!unconfirmed().isEmpty()) {
        Runtime.getRuntime().halt(FAILED); // The hook cannot change the exit code otherwise.
      }
    }

    private List<String> unconfirmed() {
      PaymeterServer current = service;
      return current == null ? List.of() : current.unconfirmed();
    }

    private synchronized void close() {
      try {
        if (service != null) {
          service.close();
        }
      } finally {
        LoggingSetup.flush();
      }
    }
  }

  /**
   * Runs the service until a signal (SIGTERM, Ctrl-C) or a fatal error ends it. If the ledger went
   * back, the service is restarted: its start compares the ledger with the last scrape.
   *
   * @param progress receives the steps of the start
   * @return the exit code of a failure; a signal ends the process with the platform's own, or also
   *     with that of a failure if the shutdown is not complete
   */
  int run(Consumer<String> progress, Work work) throws InterruptedException {
    Settings settings;
    try {
      settings = settings();
    } catch (SettingsException e) {
      System.err.println(e.getMessage());
      return MISCONFIGURED;
    }
    LoggingSetup.configure(settings.log().format(), settings.log().level());
    Current current = new Current(work, settings.shutdown().max());
    Runtime.getRuntime().addShutdownHook(new Thread(current::end, "shutdown"));
    try {
      PaymeterServer service =
          current.create(() -> new PaymeterServer(settings, progress, PaymentStepListener.NONE));
      service.start();
      work.run(service);
      return awaitEnd(current, service);
    } catch (IOException | RuntimeException e) {
      if (!current.isClosing()) {
        System.err.println("Cannot continue: " + withVariable(FileProblem.describe(e)));
      }
      return current.failed();
    }
  }

  /** Adds the name of the environment variable to the error of a setting. */
  static String withVariable(String error) {
    Matcher setting = SETTING.matcher(error);
    return setting.find()
        ? error + "; environment variable " + ConfigSource.variable(setting.group(1))
        : error;
  }

  /** A signal ends the process by the shutdown hook; only a fatal error ends this wait. */
  private static int awaitEnd(Current current, PaymeterServer first) throws IOException {
    PaymeterServer.End end = first.end().join();
    while (end.isRestartable()) {
      PaymeterServer next = current.replace();
      if (next == null) {
        return FAILED;
      }
      next.start();
      end = next.end().join();
    }
    System.err.println("Cannot continue: " + end.reason());
    return current.failed();
  }

  Settings settings() throws SettingsException {
    Optional<Path> file =
        conf.or(() -> Optional.of(DEFAULT_CONF).filter(path -> Files.exists(path)));
    return SettingsReader.read(file, environment, isTerminal());
  }

  /** JDK 22 to 24 return a console without a terminal, unless this property is set. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    System.setProperty("jdk.console", "java.base");
    return System.console() != null;
  }
}
