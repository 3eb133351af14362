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

/** Runner of the service in this process: reads the settings and returns the exit code. */
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

  /** Action on the service when it is ready. */
  interface Work {
    void run(PaymeterServer service) throws IOException, InterruptedException;
  }

  /**
   * Runs the service until a signal (SIGTERM, Ctrl-C) or a fatal error ends it.
   *
   * @param level of the log, unless the environment sets one
   * @param progress receives the steps of the start
   * @return the exit code of a failure; a signal ends the process with the platform's own
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
      System.err.println("Cannot continue: " + e.getMessage());
      return FAILED;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
    try {
      service.start();
      work.run(service);
    } catch (IOException | RuntimeException e) {
      if (!service.isClosing()) {
        System.err.println("Cannot continue: " + e.getMessage());
      }
      return FAILED;
    }
    // A signal ends the process by the shutdown hook; only a fatal error gets past this wait.
    System.err.println("Cannot continue: " + service.fatalError().join());
    return FAILED;
  }

  /** Reads the settings; the level of the log applies unless the environment sets one. */
  Settings settings(Level level) throws SettingsException {
    return SettingsReader.read(confFile(), environment(level), isTerminal());
  }

  private Optional<Path> confFile() {
    return conf.or(() -> Files.exists(DEFAULT_CONF) ? Optional.of(DEFAULT_CONF) : Optional.empty());
  }

  private Map<String, String> environment(Level level) {
    Map<String, String> complete = new HashMap<>(environment);
    complete.putIfAbsent(ConfigSource.variable("log.level"), level.toString());
    return complete;
  }

  /** JDK 22 to 24 return a console without a terminal, unless this property is set. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    System.setProperty("jdk.console", "java.base");
    return System.console() != null;
  }
}
