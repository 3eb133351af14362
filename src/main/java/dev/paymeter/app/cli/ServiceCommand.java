package dev.paymeter.app.cli;

import ch.qos.logback.classic.Level;
import dev.paymeter.app.config.ConfigSource;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Default command, which runs the service; the other commands inherit its options. */
public class ServiceCommand implements Callable<Integer> {
  @Option(
      names = "--conf",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "Settings file (default: conf/paymeter.yaml, if it exists).")
  @Nullable Path conf;

  private final Map<String, String> environment;

  public ServiceCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws InterruptedException {
    return runner().run(Level.INFO, line -> {}, service -> {});
  }

  /** Returns the value of an environment variable; empty if it is not set. */
  String variable(String name) {
    return environment.getOrDefault(name, "");
  }

  ServiceRunner runner() {
    return new ServiceRunner(Optional.ofNullable(conf), environment);
  }

  /** Returns a runner with a setting that applies unless the environment sets it. */
  ServiceRunner runner(String setting, String value) {
    Map<String, String> complete = new HashMap<>(environment);
    complete.putIfAbsent(ConfigSource.variable(setting), value);
    return new ServiceRunner(Optional.ofNullable(conf), complete);
  }
}
