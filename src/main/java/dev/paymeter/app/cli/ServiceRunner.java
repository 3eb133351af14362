package dev.paymeter.app.cli;

import ch.qos.logback.classic.Level;
import dev.paymeter.app.PaymeterServer;
import dev.paymeter.app.config.ConfigSource;
import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.SettingsException;
import dev.paymeter.app.config.SettingsReader;
import dev.paymeter.logging.LoggingSetup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The service as a process: from its settings to its exit code. */
public final class ServiceRunner {
  public static final int FAILED = 1;
  static final int MISCONFIGURED = 2;
  private static final Path DEFAULT_CONF = Path.of("conf", "paymeter.yaml");

  private final Optional<Path> conf;
  private final Map<String, String> environment;

  ServiceRunner(Optional<Path> conf, Map<String, String> environment) {
    this.conf = conf;
    this.environment = environment;
  }

  /** What to do once the service is ready. */
  interface Work {
    void with(PaymeterServer service) throws IOException, InterruptedException;
  }

  /**
   * Runs the service until the process is told to end (SIGTERM, Ctrl-C), then closes it.
   *
   * @param level of the log, where the settings name none
   * @param progress gets what a start is waiting for
   * @return the exit code of a start that failed; otherwise the platform's own ends the process
   */
  int run(Level level, Consumer<String> progress, Work work) throws InterruptedException {
    Settings settings;
    try {
      settings = settings(level);
    } catch (SettingsException e) {
      System.err.println(e.getMessage());
      return MISCONFIGURED;
    }
    LoggingSetup.configure(settings.log().format(), settings.log().level());
    PaymeterServer service;
    try {
      service = PaymeterServer.create(settings, progress);
    } catch (IllegalStateException e) {
      System.err.println("Cannot go on: " + e.getMessage());
      return FAILED;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
    try {
      service.start();
      work.with(service);
    } catch (IOException | RuntimeException e) {
      if (!service.isClosing()) {
        System.err.println("Cannot go on: " + e.getMessage());
      }
      return FAILED;
    }
    // A signal ends the process through the shutdown hook; otherwise it goes on until it cannot.
    System.err.println("Cannot go on: " + service.fatal().join());
    return FAILED;
  }

  /** Reads the settings, with a level of the log for an environment that sets none. */
  Settings settings(Level level) throws SettingsException {
    return SettingsReader.read(confFile(), with(level), isTerminal());
  }

  private Optional<Path> confFile() {
    return conf.or(() -> Files.exists(DEFAULT_CONF) ? Optional.of(DEFAULT_CONF) : Optional.empty());
  }

  private Map<String, String> with(Level level) {
    Map<String, String> complete = new HashMap<>(environment);
    complete.putIfAbsent(ConfigSource.variable("log.level"), level.toString());
    return complete;
  }

  /** From JDK 22 to 24 a console exists without a terminal, unless asked for the old kind. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    System.setProperty("jdk.console", "java.base");
    return System.console() != null;
  }
}
