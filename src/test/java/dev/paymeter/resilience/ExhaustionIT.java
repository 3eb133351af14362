package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The process when a resource of its machine is exhausted: its log, memory or file descriptors. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
public class ExhaustionIT {
  /** More lines than a pipe holds, which is 64 kB. */
  private static final int PAYMENTS = 300;

  /** The exit code of ExitOnOutOfMemoryError. */
  private static final int OUT_OF_MEMORY = 3;

  /** More than later payments may need in addition to the first ones. */
  private static final int SPARE_FILES = 40;

  private static final String HEAD =
      "POST /v1/payments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

  @TempDir Path directory;
  private ServiceJar jar;

  /** The number of file descriptors that the process may have. */
  private int limit;

  @AfterEach
  void stop() {
    jar.close();
  }

  @Test
  void log_pipeWithoutReader_blocksNothingAndLosesNoLine() throws IOException {
    int api = TestServer.freePort();
    int management = TestServer.freePort();
    jar =
        ServiceJar.start(
            directory,
            Map.of(
                "database.url", TestPostgres.newDatabase(),
                "http.port", String.valueOf(api),
                "management.port", String.valueOf(management)),
            builder -> builder.redirectError(ProcessBuilder.Redirect.PIPE));
    URI live = local(management, "/health/live");
    eventually(() -> assertThat(get(local(management, "/health/ready"))).isEqualTo(200));

    List<Integer> statuses =
        IntStream.range(0, PAYMENTS).mapToObj(number -> pay(api, "order_" + number)).toList();

    assertThat(statuses).containsOnly(201);
    assertThat(get(live)).isEqualTo(200);
    Scrape scrape = new Scrape(RunningService.get(local(management, "/metrics")).body());
    assertThat(scrape.sum("paymeter_log_lines_dropped_total")).isZero();
    jar.terminate();
    String log = new String(jar.errorPipe().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(log.lines().filter(line -> line.contains("Payment completed successfully")))
        .hasSize(PAYMENTS);
    assertThat(log).contains("\"message\":\"Closed\"");
  }

  @Test
  void terminate_pipeWithoutReader_ends() {
    int api = TestServer.freePort();
    jar =
        ServiceJar.start(
            directory,
            Map.of("database.url", TestPostgres.newDatabase(), "http.port", String.valueOf(api)),
            builder -> builder.redirectError(ProcessBuilder.Redirect.PIPE));
    eventually(() -> assertThat(get(local(api, "/openapi.yaml"))).isEqualTo(200));
    IntStream.range(0, PAYMENTS).forEach(number -> pay(api, "order_" + number));

    jar.terminate();

    assertThat(jar.awaitExit()).isIn(0, 143);
  }

  /** Regression: the main thread ended, and the others kept a process that did not respond. */
  @Test
  void start_heapTooSmall_ends() {
    jar = ServiceJar.start(directory, Map.of(), builder -> builder.command().add(1, "-Xmx8m"));

    assertThat(jar.awaitExit()).isEqualTo(OUT_OF_MEMORY);
    assertThat(jar.log()).contains("Terminating due to java.lang.OutOfMemoryError");
  }

  /** Each client sends half of a body, and then half of a head. */
  @Test
  void requests_incompleteOfThousandsOfClients_disturbNoOthers() throws Exception {
    assumeThat(clients()).as("to run this test: ulimit -n 4096").isGreaterThanOrEqualTo(2048);
    jar =
        ServiceJar.start(
            directory,
            Map.of("database.url", TestPostgres.newDatabase()),
            ExhaustionIT::setMemoryOfImage);
    String half = "x".repeat(32 << 10);

    payBeside(() -> send(jar.api("/"), half, 2 * half.length()));
    payBeside(() -> send(jar.api("/"), HEAD + "A: " + "x".repeat(7 << 10)));

    assertThat(get(jar.management("/health/ready"))).isEqualTo(200);
    Scrape scrape = new Scrape(RunningService.get(jar.management("/metrics")).body());
    assertThat(scrape.sum("paymeter_requests_refused_total", "reason=\"request_timeout\""))
        .isPositive();
  }

  private static void setMemoryOfImage(ProcessBuilder builder) {
    builder.command().addAll(1, List.of("-Xmx256m", "-XX:MaxDirectMemorySize=64m"));
  }

  private void payBeside(Supplier<Socket> clients) throws IOException {
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < clients(); i++) {
        open.add(clients.get());
        if (i % 500 == 0) {
          assertThat(pay(jar.api("").getPort(), "order_" + i)).isEqualTo(201);
        }
      }
    } finally {
      for (Socket client : open) {
        client.close();
      }
    }
  }

  /** Returns ten thousand, or as many as the file descriptors of this process allow. */
  private static int clients() {
    long files =
        ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getMaxFileDescriptorCount();
    return (int) Math.min(10_000, files / 2);
  }

  /** Sends a payment with a body, or with the begin of one. */
  private static Socket send(URI api, String body, int length) {
    return send(api, HEAD + "Content-Length: " + length + "\r\n\r\n" + body);
  }

  private static Socket send(URI api, String text) {
    Socket client = new Socket();
    try {
      client.connect(new InetSocketAddress(api.getHost(), api.getPort()));
      client.getOutputStream().write(text.getBytes(US_ASCII));
    } catch (IOException e) {
      // The process has ended, or has closed the connection.
    }
    return client;
  }

  /** Otherwise it would stay alive, and close each connection that sends something. */
  @Test
  void directMemory_leaked_ends() throws IOException {
    jar =
        ServiceJar.start(
            directory,
            Map.of("database.url", TestPostgres.newDatabase()),
            builder -> {
              setMemoryOfImage(builder);
              startLeakingService(builder.command());
            });
    assertThat(pay(jar.api("").getPort(), "order")).isEqualTo(201);

    Files.createFile(directory.resolve(LeakingService.LEAK));

    assertThat(jar.awaitExit()).isEqualTo(OUT_OF_MEMORY);
  }

  private void startLeakingService(List<String> command) {
    int option = command.indexOf("-jar");
    command.set(option, "-cp");
    command.set(option + 1, ServiceJar.classPathWith(LeakingService.class, directory));
    command.add(option + 2, LeakingService.class.getName());
  }

  /** Fills the heap of the same process afterwards. */
  @Test
  void pay_noFreeFileDescriptors_isRejectedAndAcceptedAfterwards_andAFullHeapEnds()
      throws Exception {
    RequiredPrograms.program("prlimit", "apt-get install util-linux");
    String database = TestPostgres.newDatabase();
    jar =
        ServiceJar.start(
            directory,
            Map.of("database.url", database, "http.body-limit", "16MiB"),
            builder -> builder.command().add(1, "-Xmx96m"));
    HttpClient client = TestHttp.client(builder -> builder.version(HttpClient.Version.HTTP_1_1));
    assertThat(payAtOnce(client)).containsOnly(201); // Opens a connection for each.
    limit = SPARE_FILES + files().stream().mapToInt(Integer::parseInt).max().orElseThrow();
    awaitIdleConnectionsClosed(database);
    limitFileDescriptors();
    List<Socket> others = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) { // They take all that are free; the rest is not accepted.
        others.add(new Socket(InetAddress.getLoopbackAddress(), jar.api("").getPort()));
      }
      eventually(() -> assertThat(files()).hasSize(limit));

      List<Integer> statuses = payAtOnce(client);
      assertThat(jar.log().lines().filter(line -> line.contains("unexpected error"))).isEmpty();
      assertThat(statuses).contains(503).isSubsetOf(201, 202, 503);
    } finally {
      for (Socket other : others) {
        other.close();
      }
    }
    eventually(() -> assertThat(payAtOnce(client)).containsOnly(201));
    assertThat(jar.log()).contains("Too many open files");

    fillHeap();

    assertThat(jar.awaitExit()).isEqualTo(OUT_OF_MEMORY);
    assertThat(jar.log()).contains("Terminating due to java.lang.OutOfMemoryError");
  }

  /** Sends large requests until the process has ended. */
  private void fillHeap() throws IOException {
    String body = RunningService.order("x".repeat(15_000_000), "1.00").encode();
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 20 && jar.isAlive(); i++) {
        clients.add(send(jar.api("/"), body, body.length()));
      }
      jar.awaitExit();
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  /** Returns the statuses of concurrent payments, which need several database connections. */
  private List<Integer> payAtOnce(HttpClient client) {
    HttpRequest request =
        HttpRequest.newBuilder(jar.api("/v1/payments"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(RunningService.order("order", "12.34").encode()))
            .build();
    List<CompletableFuture<HttpResponse<String>>> responses =
        IntStream.range(0, 30)
            .mapToObj(number -> client.sendAsync(request, BodyHandlers.ofString()))
            .toList();
    return responses.stream().map(response -> response.join().statusCode()).toList();
  }

  /** Waits until the next payments need new connections to the database. */
  private static void awaitIdleConnectionsClosed(String database) {
    eventually(
        () ->
            assertThat(
                    TestPostgres.query(
                        database,
                        "select 1 from pg_stat_activity where datname = current_database()"
                            + " and application_name = 'paymeter'"))
                .hasSizeLessThan(5));
  }

  /** Leaves the process a few file descriptors more than it needed for the payments. */
  private void limitFileDescriptors() throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("prlimit", "--pid", String.valueOf(jar.pid()), "--nofile=" + limit + ":")
            .inheritIO()
            .start()
            .waitFor();
    assertThat(exit).isZero();
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc", String.valueOf(jar.pid()), "fd"))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static int pay(int port, String orderId) {
    return RunningService.post(local(port, "/v1/payments"), RunningService.order(orderId, "12.34"))
        .statusCode();
  }

  private static URI local(int port, String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  private static int get(URI uri) {
    return RunningService.get(uri).statusCode();
  }
}
