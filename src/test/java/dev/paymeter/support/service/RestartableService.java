package dev.paymeter.support.service;

import dev.paymeter.alerts.CurrentExchangeRates;
import dev.paymeter.app.config.ConfigSource;
import dev.paymeter.resilience.CrashSchedule;
import dev.paymeter.resilience.CrashingService;
import dev.paymeter.support.Await;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.PostgresTemplate;
import dev.paymeter.support.ledger.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The shaded jar in a process of its own, as in production, with an embedded PostgreSQL in the
 * test's directory unless the settings name another database. It can be killed and restarted on the
 * same ledger.
 */
public final class RestartableService implements AutoCloseable {
  private static final Pattern READY =
      Pattern.compile(
          "Ready: instance (\\S+), API on (\\S+), metrics on (\\S+), ledger in (\\S+?)\"");
  private static final Duration EXIT_TIMEOUT = Duration.ofMinutes(2);

  private final Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> launcher;
  private final List<String> program;
  private final int managementPort = TestServer.freePort();
  private int starts;
  private Process process;
  private Matcher ready;

  private RestartableService(
      Path directory, Map<String, String> settings, List<String> launcher, List<String> program) {
    this.directory = directory;
    this.launcher = launcher;
    this.program = program;
    Map<String, String> all = new HashMap<>();
    all.put("http.port", "0");
    all.put("management.port", String.valueOf(managementPort));
    all.put("instance.id", "test-instance");
    all.put("database.directory", directory.resolve("data").toString());
    all.put("simulator.seed", "1");
    all.put("shutdown.grace", "0s");
    all.put("shutdown.last-scrape-timeout", "0s");
    all.put("log.format", "json");
    all.put("fx.rates", freshRates(directory).toString());
    all.putAll(settings);
    all.forEach((key, value) -> environment.put(ConfigSource.variable(key), value));
    if (!all.containsKey("database.url")) {
      PostgresTemplate.copyTo(directory.resolve("data"));
    }
  }

  /** The rates in the jar are too old, which raises an alert. */
  private static Path freshRates(Path directory) {
    try {
      return CurrentExchangeRates.write(directory, LocalDate.now(ZoneOffset.UTC));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns when the service is ready.
   *
   * @param directory for its data and its log
   * @param settings keys and values that differ from the tests' defaults
   */
  public static RestartableService start(
      Path directory, Map<String, String> settings, String... jvmOptions) {
    return start(directory, settings, List.of(), jvmOptions);
  }

  /** As {@link #start(Path, Map, String...)}, for a process that lives for seconds. */
  public static RestartableService startFast(
      Path directory, Map<String, String> settings, String... jvmOptions) {
    return startFast(directory, settings, List.of(), jvmOptions);
  }

  /** As {@link #start(Path, Map, List, String...)}, for a process that lives for seconds. */
  public static RestartableService startFast(
      Path directory, Map<String, String> settings, List<String> launcher, String... jvmOptions) {
    return start(
        directory,
        settings,
        launcher,
        Stream.concat(ServiceJar.FAST_START.stream(), Stream.of(jvmOptions))
            .toArray(String[]::new));
  }

  /**
   * Starts the service by way of another command.
   *
   * @param launcher the command prefix that runs the service
   */
  public static RestartableService start(
      Path directory, Map<String, String> settings, List<String> launcher, String... jvmOptions) {
    List<String> program = new ArrayList<>(List.of(jvmOptions));
    program.addAll(List.of(ClassArchive.option(), "-jar", ServiceJar.JAR.toString()));
    RestartableService service = new RestartableService(directory, settings, launcher, program);
    service.start();
    return service;
  }

  /** Starts a service that halts itself at a step of a payment. */
  public static RestartableService startCrashing(
      Path directory, Map<String, String> settings, CrashSchedule.Crash crash) {
    List<String> program = new ArrayList<>(ServiceJar.FAST_START);
    program.addAll(
        List.of(
            ClassArchive.option(),
            "-cp",
            ServiceJar.classPathWith(CrashingService.class, directory),
            CrashingService.class.getName()));
    RestartableService service = new RestartableService(directory, settings, List.of(), program);
    service.restart(crash);
    return service;
  }

  /**
   * Starts the next process of the service.
   *
   * @param crash the step at which it halts itself; null, or without a step, if it does not
   */
  public void restart(CrashSchedule.@Nullable Crash crash) {
    environment.remove(CrashingService.CRASH_STEP);
    if (crash != null && crash.step() != null) {
      environment.put(CrashingService.CRASH_STEP, crash.step().name());
      environment.put(CrashingService.SKIPPED_STEPS, String.valueOf(crash.after()));
    }
    start();
  }

  /** Starts the process, again with the same ledger and settings. */
  public void start() {
    List<String> command = new ArrayList<>(launcher);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(program);
    Path log = directory.resolve("service-" + ++starts + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile()) // It contains no conf/paymeter.yaml.
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().remove(CrashingService.CRASH_STEP);
    builder.environment().putAll(environment);
    try {
      process = builder.start();
      ready =
          Await.first(Await.LONG_RUN, () -> findReadyLine(log))
              .orElseThrow(() -> new AssertionError("ended before it was ready"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (AssertionError notReady) {
      close();
      throw new AssertionError("not ready: " + read(log), notReady);
    }
  }

  /** Returns an empty value while the process starts, and an empty line if it has ended. */
  private Optional<Optional<Matcher>> findReadyLine(Path log) {
    boolean isAlive = process.isAlive();
    Matcher line = READY.matcher(read(log));
    if (line.find()) {
      return Optional.of(Optional.of(line));
    }
    return isAlive ? Optional.empty() : Optional.of(Optional.empty());
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the log lines since the last start. */
  public List<String> log() {
    return read(directory.resolve("service-" + starts + ".log")).lines().toList();
  }

  public long pid() {
    return process.pid();
  }

  public URI api(String path) {
    return URI.create(ready.group(2) + path);
  }

  public URI management(String path) {
    return URI.create(ready.group(3) + path);
  }

  /** Returns host and port of the metrics, which are the same after every start. */
  public String scrapeTarget() {
    return "127.0.0.1:" + managementPort;
  }

  /** Returns the URL of the ledger, which survives the process until the next start. */
  public String databaseUrl() {
    String given = environment.get(ConfigSource.variable("database.url"));
    return given != null
        ? given
        : "postgresql://postgres:"
            + read(directory.resolve("data").resolve("password")).strip()
            + "@"
            + ready.group(4);
  }

  public List<List<String>> query(String sql) {
    return TestPostgres.query(databaseUrl(), sql);
  }

  /** Sends SIGKILL: no hook runs, nothing is flushed. */
  public void kill() {
    process.destroyForcibly();
    awaitExit();
  }

  /** Sends SIGTERM; returns at once. */
  public void terminate() {
    process.destroy();
  }

  /** Sends SIGSTOP: all threads stop, connections stay open. */
  public void suspend() {
    TestServer.signal(process, "STOP");
  }

  public void resume() {
    TestServer.signal(process, "CONT");
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for the end of the process and returns its exit code. */
  public int awaitExit() {
    try {
      if (!process.waitFor(EXIT_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("still running after " + EXIT_TIMEOUT);
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    TestServer.terminate(process, EXIT_TIMEOUT);
    stopOrphan();
  }

  /** Returns the process id of the embedded PostgreSQL's postmaster. */
  long postgresPid() {
    return Long.parseLong(read(postgresPidFile()).lines().findFirst().orElseThrow().strip());
  }

  private Path postgresPidFile() {
    return directory.resolve("data").resolve("cluster").resolve("postmaster.pid");
  }

  /** Stops the PostgreSQL of a process that was killed and not restarted. */
  private void stopOrphan() {
    if (Files.exists(postgresPidFile())) {
      ProcessHandle.of(postgresPid())
          .filter(p -> p.info().commandLine().orElse("").contains(directory.toString()))
          .ifPresent(ProcessHandle::destroyForcibly);
    }
  }
}
