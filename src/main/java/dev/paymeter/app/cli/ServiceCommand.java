package dev.paymeter.app.cli;

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
    return runner(Map.of()).run(line -> {}, service -> {});
  }

  /** Returns the value of an environment variable; empty if it is not set. */
  String variable(String name) {
    return environment.getOrDefault(name, "");
  }

  /** Returns a runner with settings that apply unless the environment sets them. */
  ServiceRunner runner(Map<String, String> settings) {
    Map<String, String> complete = new HashMap<>(environment);
    settings.forEach((key, value) -> complete.putIfAbsent(ConfigSource.variable(key), value));
    return new ServiceRunner(Optional.ofNullable(conf), complete);
  }
}
