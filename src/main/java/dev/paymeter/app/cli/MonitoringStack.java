package dev.paymeter.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Prometheus and Alertmanager processes for the service, configured from {@code conf/}, with their
 * data and logs in a directory. Notifications of Alertmanager are printed.
 */
final class MonitoringStack implements AutoCloseable {
  static final String HOST = "127.0.0.1";

  /** Addresses in conf/, which are replaced by the real ones. */
  private static final String SERVICE = "127.0.0.1:8000";

  private static final String ALERTMANAGER = "127.0.0.1:9093";
  private static final String RECEIVER = "127.0.0.1:9095";

  private static final Duration START_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
  private static final int STOP_TIMEOUT_SECONDS = 20;

  private final Path conf;
  private final Path directory;
  private final Server prometheus;
  private final Server alertmanager;
  private final PrintStream out;
  private final List<Process> started = new ArrayList<>();
  private @Nullable HttpServer receiver;
  private boolean closed;

  /** Program that serves HTTP on a port of this machine. */
  private record Server(String name, Path program, int port) {
    String authority() {
      return HOST + ":" + port;
    }
  }

  /**
   * Finds the programs and checks the ports; starts nothing.
   *
   * @param path in the form of the environment variable {@code PATH}
   * @throws IllegalStateException naming everything that is missing, with a remedy
   */
  MonitoringStack(
      String path,
      Path conf,
      Path directory,
      int prometheusPort,
      int alertmanagerPort,
      PrintStream out) {
    List<String> missing = new ArrayList<>();
    Path prometheusProgram = program(path, missing, "prometheus");
    Path alertmanagerProgram = program(path, missing, "prometheus-alertmanager", "alertmanager");
    for (int port : List.of(prometheusPort, alertmanagerPort)) {
      if (isTaken(port)) {
        missing.add(
            "port %s is in use, perhaps by an installed service; stop it, or choose another port"
                    .formatted(port)
                + " (see --help)");
      }
    }
    if (!Files.exists(conf)) {
      missing.add(conf + " is not here: run the command in the directory that contains it");
    }
    if (!missing.isEmpty()) {
      throw new IllegalStateException(String.join("\n", missing));
    }
    this.conf = conf;
    this.directory = directory;
    this.prometheus = new Server("Prometheus", prometheusProgram, prometheusPort);
    this.alertmanager = new Server("Alertmanager", alertmanagerProgram, alertmanagerPort);
    this.out = out;
  }

  /**
   * Finds a program.
   *
   * @param names its names; the first one is also that of its Debian package
   * @return a file that does not exist if the program is added to {@code missing}
   */
  private static Path program(String path, List<String> missing, String... names) {
    Optional<Path> found =
        Stream.of(names)
            .flatMap(name -> Stream.of(path.split(":", -1)).map(each -> Path.of(each, name)))
            .filter(Files::isExecutable)
            .findFirst();
    String name = names[names.length - 1];
    if (found.isEmpty()) {
      missing.add(
          "%s is not installed: apt-get install %s, or https://prometheus.io/download"
              .formatted(name, names[0]));
    }
    return found.orElse(Path.of(name));
  }

  private static boolean isTaken(int port) {
    try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return !probe.isBound();
    } catch (IOException taken) {
      return true;
    }
  }

  /**
   * Starts both and returns when they are ready.
   *
   * @param service URL of the management port
   * @throws IllegalStateException if one of them ends, or is not ready in time
   */
  void start(URI service) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    String notifications = "127.0.0.1:" + startReceiver();
    Process alertmanagerProcess =
        launch(
            alertmanager,
            "--config.file="
                + copy("alertmanager/alertmanager.yml", Map.of(RECEIVER, notifications)),
            "--storage.path=" + directory.resolve("alertmanager"),
            "--cluster.listen-address=");
    Map<String, String> targets =
        Map.of(SERVICE, service.getAuthority(), ALERTMANAGER, alertmanager.authority());
    copy("prometheus/rules.yml", targets);
    Process prometheusProcess =
        launch(
            prometheus,
            "--config.file=" + copy("prometheus/prometheus.yml", targets),
            "--storage.tsdb.path=" + directory.resolve("prometheus"));
    awaitReady(alertmanager, alertmanagerProcess);
    awaitReady(prometheus, prometheusProcess);
    out.println("Prometheus    http://" + prometheus.authority());
    out.println("Alertmanager  http://" + alertmanager.authority());
    out.println();
  }

  private Path copy(String file, Map<String, String> addresses) throws IOException {
    String text = Files.readString(conf.resolve(file));
    for (Map.Entry<String, String> address : addresses.entrySet()) {
      text = text.replace(address.getKey(), address.getValue());
    }
    Path copy = directory.resolve(Path.of(file).getFileName());
    return Files.writeString(copy, text);
  }

  /** Starts a process, unless this is closed already: nothing would end it then. */
  private synchronized Process launch(Server server, String... arguments) throws IOException {
    if (closed) {
      throw new IllegalStateException("closed before " + server.name() + " was started");
    }
    ProcessBuilder builder =
        new ProcessBuilder(
            server.program().toString(), "--web.listen-address=" + server.authority());
    builder.command().addAll(List.of(arguments));
    Process process =
        builder.redirectErrorStream(true).redirectOutput(log(server).toFile()).start();
    started.add(process);
    CompletableFuture<?> ignored = process.onExit().thenRun(() -> ended(server));
    return process;
  }

  private synchronized void ended(Server server) {
    if (!closed) {
      out.println(server.name() + " has ended: see " + log(server));
    }
  }

  private Path log(Server server) {
    return directory.resolve(server.name() + ".log");
  }

  private void awaitReady(Server server, Process process) throws IOException, InterruptedException {
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest ready =
        HttpRequest.newBuilder(URI.create("http://" + server.authority() + "/-/ready"))
            .timeout(START_TIMEOUT)
            .build();
    long start = System.nanoTime();
    while (!isReady(client, ready)) {
      if (!process.isAlive() || System.nanoTime() - start > START_TIMEOUT.toNanos()) {
        throw new IllegalStateException(server.name() + " did not start: see " + log(server));
      }
      TimeUnit.MILLISECONDS.sleep(POLL_INTERVAL.toMillis());
    }
  }

  private static boolean isReady(HttpClient client, HttpRequest ready) throws InterruptedException {
    try {
      return client.send(ready, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Starts to listen for notifications; returns the port. */
  private synchronized int startReceiver() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::print);
    server.start();
    receiver = server;
    return server.getAddress().getPort();
  }

  private void print(HttpExchange notification) throws IOException {
    try (notification) {
      JsonObject body =
          new JsonObject(new String(notification.getRequestBody().readAllBytes(), UTF_8));
      notification.sendResponseHeaders(204, -1);
      for (Object alert : body.getJsonArray("alerts")) {
        out.println(line(body.getString("receiver"), (JsonObject) alert));
      }
    }
  }

  private static String line(String receiver, JsonObject alert) {
    return String.format(
        "%-6s %-8s %s: %s",
        receiver,
        alert.getString("status"),
        alert.getJsonObject("labels").getString("alertname"),
        Objects.requireNonNullElse(
            alert.getJsonObject("annotations").getString("description"), ""));
  }

  /** Ends both processes and waits for their exit. */
  @Override
  public synchronized void close() {
    closed = true;
    started.forEach(Process::destroy);
    for (Process process : started) {
      try {
        if (!process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
    if (receiver != null) {
      receiver.stop(0);
    }
  }
}
