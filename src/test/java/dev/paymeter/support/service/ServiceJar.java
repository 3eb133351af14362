package dev.paymeter.support.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.app.config.ConfigSource;
import dev.paymeter.support.Await;
import dev.paymeter.support.TestServer;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The shipped jar in a process of its own. */
public final class ServiceJar implements AutoCloseable {
  /** Options that halve the CPU time of the start, for processes that live for seconds. */
  public static final List<String> FAST_START =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dio.netty.jfr.enabled=false");

  static final Path JAR = Path.of("target", "paymeter.jar").toAbsolutePath();
  private static final Pattern READY = Pattern.compile("API on (http\\S+), metrics on (http\\S+),");
  private static final int EXIT_TIMEOUT_SECONDS = 180;

  private final Process process;
  private final Path directory;
  private final Path out;
  private final Path log;

  private ServiceJar(Process process, Path directory, Path out, Path log) {
    this.process = process;
    this.directory = directory;
    this.out = out;
    this.log = log;
  }

  /**
   * Starts the process and returns at once.
   *
   * @param directory its working directory, with its data
   * @param settings keys and values that differ from these: free ports, gateways that respond at
   *     once and never fail, no grace period
   */
  public static ServiceJar start(
      Path directory, Map<String, String> settings, String... arguments) {
    return start(directory, settings, builder -> {}, arguments);
  }

  /**
   * Starts a process that differs from the others, and returns at once.
   *
   * @param change changes the command or the redirection of its output
   */
  public static ServiceJar start(
      Path directory,
      Map<String, String> settings,
      Consumer<ProcessBuilder> change,
      String... arguments) {
    return start(directory, List.of(ClassArchive.option()), settings, change, arguments);
  }

  static ServiceJar start(
      Path directory,
      List<String> options,
      Map<String, String> settings,
      Consumer<ProcessBuilder> change,
      String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FAST_START);
    command.addAll(options);
    command.addAll(List.of("-jar", JAR.toString()));
    command.addAll(List.of(arguments));
    try {
      Path out = Files.createTempFile(directory, "run", ".out");
      Path log = Files.createTempFile(directory, "run", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectOutput(out.toFile())
              .redirectError(log.toFile());
      builder.environment().keySet().removeIf(name -> name.startsWith("PAYMETER_"));
      Map.of(
              "http.port", "0",
              "management.port", "0",
              "simulator.time-scale", "0",
              "simulator.failure-rate", "0",
              "simulator.premium-failure-rate", "0",
              "shutdown.grace", "0s")
          .forEach((key, value) -> set(builder, key, value));
      settings.forEach((key, value) -> set(builder, key, value));
      change.accept(builder);
      return new ServiceJar(builder.start(), directory, out, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns a class path of the jar and one class of the tests. With all of them, the process would
   * also read the tests' configuration of the log, which takes a tenth of the start's CPU time.
   *
   * @param directory receives a copy of the class
   */
  public static String classPathWith(Class<?> program, Path directory) {
    Path classes = directory.resolve("classes");
    String file = program.getName().replace('.', '/') + ".class";
    try (InputStream bytes = Objects.requireNonNull(program.getResourceAsStream("/" + file))) {
      Files.createDirectories(classes.resolve(file).getParent());
      Files.copy(bytes, classes.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return JAR + File.pathSeparator + classes.toAbsolutePath();
  }

  private static void set(ProcessBuilder builder, String key, String value) {
    builder.environment().put(ConfigSource.variable(key), value);
  }

  public URI api(String path) {
    return URI.create(ready().group(1) + path);
  }

  public URI management(String path) {
    return URI.create(ready().group(2) + path);
  }

  /** Waits for the log line with the addresses. */
  private MatchResult ready() {
    return Await.first(
            Await.LONG_RUN,
            () -> {
              boolean ended = !process.isAlive();
              Optional<MatchResult> line = READY.matcher(log()).results().findFirst();
              return line.isPresent() || ended ? Optional.of(line) : Optional.empty();
            })
        .orElseThrow(
            () ->
                new AssertionError("the service ended with " + process.exitValue() + ": " + log()));
  }

  public CompletableFuture<HttpResponse<String>> payLater(JsonObject order, String... headers) {
    return postLater("", order, headers);
  }

  /**
   * @param path below {@code /v1/payments}
   */
  public CompletableFuture<HttpResponse<String>> postLater(
      String path, JsonObject body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(api("/v1/payments" + path))
            // Java 17's client fails the requests in flight when an HTTP/2 server sends GOAWAY.
            .version(HttpClient.Version.HTTP_1_1)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.encode()));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return RunningService.CLIENT.sendAsync(request.build(), BodyHandlers.ofString());
  }

  /** Pays, and asserts success. */
  public JsonObject pay(String orderId) {
    HttpResponse<String> answer = payLater(RunningService.order(orderId, "12.34")).join();
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return new JsonObject(answer.body());
  }

  /** Returns the payment as the service stores it. */
  public JsonObject readPayment(JsonObject payment) {
    URI uri = api("/v1/payments/" + payment.getString("id"));
    return new JsonObject(RunningService.get(uri).body());
  }

  /** Returns the standard output. */
  public String out() {
    return read(out);
  }

  /** Returns the log, which is the standard error. */
  public String log() {
    return read(log);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the standard error, if {@code start} redirected it to a pipe. */
  public InputStream errorPipe() {
    return process.getErrorStream();
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Sends SIGTERM; pipes stay open. */
  public void terminate() {
    process.toHandle().destroy();
  }

  /** Sends SIGINT, like Ctrl-C. A process of a background job ignores it by default. */
  public void interrupt() {
    TestServer.signal(process, "INT");
  }

  /** Sends SIGSTOP: connections stay open, but it responds no more. */
  public void suspend() {
    TestServer.signal(process, "STOP");
  }

  /** Sends SIGCONT. */
  public void resume() {
    TestServer.signal(process, "CONT");
  }

  /** Sends SIGKILL. */
  public void kill() {
    process.destroyForcibly();
    awaitExit();
  }

  /** Waits for the end of the process and returns its exit code. */
  public int awaitExit() {
    try {
      assertThat(process.waitFor(EXIT_TIMEOUT_SECONDS, TimeUnit.SECONDS)).as(log()).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return process.exitValue();
  }

  /**
   * Returns the processes of the embedded PostgreSQL, whose program is unpacked in the directory.
   */
  public List<ProcessHandle> postgres() {
    return ProcessHandle.allProcesses()
        .filter(p -> p.info().command().orElse("").startsWith(directory.toString()))
        .toList();
  }

  /** Kills all its processes, even if the test has failed. */
  @Override
  public void close() {
    process.destroyForcibly();
    awaitExit();
    postgres().forEach(ProcessHandle::destroyForcibly);
    Await.eventually(() -> assertThat(postgres()).isEmpty());
  }
}
