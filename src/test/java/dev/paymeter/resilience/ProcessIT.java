package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.paymeter.app.config.ConfigSource;
import dev.paymeter.metrics.dashboard.PrometheusRules;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.PostgresTemplate;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shaded jar as a process: starts, all kinds of ends, and restarts. */
public class ProcessIT {
  private static final int SIGTERM_EXIT = 143;
  private static final String STRIPE = "gateway=\"stripe\"";

  @TempDir Path directory;
  private final Deque<ServiceJar> started = new ArrayDeque<>();

  /** The last one first: while it runs, it restarts a database that is killed for another one. */
  @AfterEach
  void stop() {
    started.forEach(ServiceJar::close);
  }

  @Test
  void restart_afterKill_andAfterKillOfItsDatabaseToo_returnsThePayments() throws IOException {
    Path temporary = Files.createDirectory(directory.resolve("temporary"));
    PostgresTemplate.copyTo(directory.resolve("data"));
    ServiceJar first =
        run(Map.of(), builder -> builder.command().add(1, "-Djava.io.tmpdir=" + temporary));
    JsonObject payment = first.pay("order");
    first.kill();
    assertThat(first.postgres()).as("the orphan").isNotEmpty();
    // A past defect: one more after each kill.
    assertThat(temporary).isDirectoryNotContaining("glob:**/vertx-cache-*");

    ServiceJar second = ready(Map.of());

    assertThat(second.readPayment(payment)).isEqualTo(payment);
    JsonObject another = second.pay("another");
    second.kill();
    second.postgres().forEach(ProcessHandle::destroyForcibly);
    eventually(() -> assertThat(second.postgres()).isEmpty());
    reusePid();

    ServiceJar third = ready(Map.of());

    assertThat(third.readPayment(payment)).isEqualTo(payment);
    assertThat(third.readPayment(another)).isEqualTo(another);
    third.pay("last");
  }

  @Test
  void running_secondProcessIsRejected_andAKilledDatabaseIsRestarted() throws IOException {
    ServiceJar jar = ready(Map.of());
    jar.pay("before");
    assertRejectsTheDirectory(run(Map.of()));
    Path pidFile = directory.resolve("data").resolve("cluster").resolve("postmaster.pid");
    long postmaster = Long.parseLong(Files.readAllLines(pidFile).get(0).strip());

    ProcessHandle.of(postmaster).orElseThrow().destroyForcibly();

    eventually(
        () -> assertThat(jar.log()).contains("The embedded PostgreSQL has ended unexpectedly"));
    eventually(() -> jar.pay("after"));
    eventually(
        () -> {
          Scrape scrape = scrape(jar.management("/metrics"));
          assertThat(scrape.sum("payment_requests_total")).isEqualByComparingTo("2");
          assertThat(scrape.sum("metrics_ledger_drift")).isZero();
          assertThat(scrape.sum("paymeter_ledger_up")).isEqualByComparingTo("1");
        });
  }

  private void assertRejectsTheDirectory(ServiceJar second) {
    assertThat(second.awaitExit()).isEqualTo(1);
    assertThat(second.log())
        .contains(
            "Cannot continue",
            directory.resolve("data") + " is in use by another running Paymeter");
  }

  /** Process ids are reused: after the restart of a container, almost always. */
  private void reusePid() throws IOException {
    Path pidFile = directory.resolve("data").resolve("cluster").resolve("postmaster.pid");
    List<String> lines = new ArrayList<>(Files.readAllLines(pidFile));
    lines.set(0, String.valueOf(ProcessHandle.current().pid()));
    Files.write(pidFile, lines);
  }

  @Test
  void restart_firstStartInterrupted_succeeds() {
    Path cluster = directory.resolve("data").resolve("cluster");
    PostgresTemplate.copyProgramsTo(directory.resolve("data"));
    ServiceJar first = run(Map.of());
    eventually(() -> assertThat(cluster.resolve("PG_VERSION")).exists());
    first.kill();

    ServiceJar second = ready(Map.of());

    second.pay("order");
  }

  @Test
  void restart_unpackingInterrupted_succeeds() {
    ServiceJar first = run(Map.of());
    eventually(
        () -> assertThat(directory.resolve("data").resolve("binaries")).isNotEmptyDirectory());
    first.kill();

    ServiceJar second = ready(Map.of());

    second.pay("order");
  }

  /** Regression: connections that were accepted last had stack traces in the log. */
  @Test
  void terminate_paymentsInFlight_respondsToAndStoresAll() throws InterruptedException {
    ServiceJar jar = ready(Map.of("simulator.time-scale", "3"));
    List<CompletableFuture<HttpResponse<String>>> answers =
        IntStream.range(0, 20)
            .mapToObj(number -> jar.payLater(RunningService.order("order_" + number, "1.00")))
            .toList();
    eventually(() -> assertThat(started(jar)).isEqualTo(20));

    URI port = jar.api("");
    List<Thread> others =
        Stream.generate(() -> new Thread(() -> connectUntilRefused(port))).limit(2).toList();
    others.forEach(Thread::start);
    jar.terminate();

    assertThat(answers).extracting(answer -> answer.join().statusCode()).containsOnly(201);
    assertThat(jar.awaitExit()).isIn(0, SIGTERM_EXIT);
    assertThat(jar.postgres()).isEmpty();
    for (Thread other : others) {
      other.join();
    }
    assertThat(jar.log()).doesNotContain("accepted channel");
    ServiceJar next = ready(Map.of());
    assertThat(answers)
        .extracting(answer -> new JsonObject(answer.join().body()))
        .allSatisfy(payment -> assertThat(next.readPayment(payment)).isEqualTo(payment));
  }

  private static void connectUntilRefused(URI port) {
    while (true) {
      try (Socket socket = new Socket(port.getHost(), port.getPort())) {
        socket.setSoLinger(true, 0); // Leaves the client's port free.
      } catch (ConnectException e) {
        return;
      } catch (IOException e) {
        // The server has reset the connection.
      }
    }
  }

  private static long started(ServiceJar jar) {
    return jar.log().lines().filter(line -> line.contains("Payment processing started")).count();
  }

  @Test
  void terminate_whileWaitingForTheLedger_endsAtOnce() {
    ServiceJar jar =
        run(
            Map.of(
                "database.url",
                "postgresql://user:secret@127.0.0.1:" + TestServer.freePort() + "/any"));
    eventually(() -> assertThat(jar.log()).contains("next attempt in"));

    jar.terminate();

    assertThat(jar.awaitExit()).isIn(0, SIGTERM_EXIT);
  }

  @Test
  void terminate_whileItsDatabaseStarts_stopsTheDatabase() {
    PostgresTemplate.copyProgramsTo(directory.resolve("data"));
    ServiceJar jar = run(Map.of());
    eventually(() -> assertThat(jar.postgres()).isNotEmpty());

    jar.terminate();

    assertThat(jar.awaitExit()).isIn(0, SIGTERM_EXIT);
    assertThat(jar.postgres()).isEmpty();
  }

  /**
   * Regression: the shutdown took minutes, and its log had a stack trace; then it closed the
   * connections of payments in flight after 4 s.
   */
  @Test
  void terminate_databaseDoesNotRespond_respondsAndNamesWhatIsNotDone() {
    ServiceJar jar =
        ready(
            Map.of(
                "simulator.time-scale", "8",
                "simulator.switchable", "true",
                "gateways.stripe.timeout", "1m",
                "log.format", "text"));
    delayNextResponse(jar, 12);
    CompletableFuture<HttpResponse<String>> late =
        jar.payLater(RunningService.order("late", "1.00"));
    eventually(() -> assertThat(started(jar)).isEqualTo(1));
    CompletableFuture<HttpResponse<String>> inFlight =
        jar.payLater(RunningService.order("order", "1.00"));
    eventually(() -> assertThat(started(jar)).isEqualTo(2));

    jar.postgres().forEach(process -> TestServer.signal(process, "STOP"));
    assertThat(inFlight.join().statusCode()).isEqualTo(202);

    jar.terminate();

    assertThat(late.join().statusCode()).isEqualTo(202);
    assertThat(jar.awaitExit()).isEqualTo(1);
    assertThat(jar.postgres()).isEmpty();
    assertThat(jar.log().lines())
        .noneMatch(line -> line.startsWith("\tat "))
        .last()
        .asString()
        .matches( // The look-back, and the audit of the segment before them, may be comparing.
            ".* Closed; not confirmed: write 2 outcomes to the ledger,( stop the look-back,)?"
                + "( compare the counters with the ledger,)? release the lease");
  }

  private static void delayNextResponse(ServiceJar jar, int seconds) {
    JsonObject fault = new JsonObject().put("next", 1);
    JsonObject faults = new JsonObject().put("delay_seconds", seconds).put("answer_late", fault);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(jar.management("/simulator"))
            .method(
                "PATCH", BodyPublishers.ofString(new JsonObject().put("stripe", faults).encode()));
    assertThat(RunningService.send(request).statusCode()).isEqualTo(200);
  }

  @Test
  void start_portsInUse_failsNamingTheSetting() throws IOException {
    String database = TestPostgres.newDatabase();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      for (String setting : List.of("management.port", "http.port")) {
        ServiceJar jar =
            run(Map.of("database.url", database, setting, String.valueOf(taken.getLocalPort())));

        assertThat(jar.awaitExit()).isEqualTo(1);
        assertThat(jar.log())
            .contains(
                "Cannot continue: %s: expected a free port, found one in use (%s); environment"
                        .formatted(setting, taken.getLocalPort())
                    + " variable "
                    + ConfigSource.variable(setting));
      }
    }
  }

  /** Regression: a start soon after Ctrl-C failed, because the port was in use. */
  @Test
  void start_predecessorIsShuttingDown_waitsForItsPort() throws IOException {
    HttpServer predecessor = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    predecessor.createContext("/health/ready", ProcessIT::respondDraining);
    predecessor.start();
    ServiceJar jar =
        run(
            Map.of(
                "database.url", TestPostgres.newDatabase(),
                "management.port", String.valueOf(predecessor.getAddress().getPort())));
    eventually(() -> assertThat(jar.log()).contains("Waiting for the Paymeter on port"));

    predecessor.stop(0);

    assertThat(RunningService.get(jar.management("/health/ready")).statusCode()).isEqualTo(200);
  }

  private static void respondDraining(HttpExchange request) throws IOException {
    byte[] report =
        """
        {"status": "DOWN", "checks": [
          {"name": "started", "status": "UP"}, {"name": "accepting", "status": "DOWN"}]}
        """
            .getBytes(UTF_8);
    try (request) {
      request.sendResponseHeaders(503, report.length);
      request.getResponseBody().write(report);
    }
  }

  @Test
  void start_invalidSettings_failsNamingEach() {
    ServiceJar jar =
        run(
            Map.of(
                "http.port", "many",
                "simulator.failure-rate", "2",
                "database.url", "mysql://root:hunter2@host/db"));

    assertThat(jar.awaitExit()).isEqualTo(2);
    assertThat(jar.log().lines())
        .containsExactlyInAnyOrder(
            "http.port: expected an integer from 0 to 65535, found \"many\"",
            "simulator.failure-rate: expected a number from 0 to 1, found \"2\"",
            "database.url: expected postgresql://user:password@host:port/name, found something else"
                + " (not shown)");
  }

  @Test
  void start_settingsFileWithUnknownKey_isRejected() throws IOException {
    Path file = Files.writeString(directory.resolve("my.yaml"), "htpp:\n  port: 1\n");

    ServiceJar jar = run(Map.of(), "serve", "--conf", file.toString());

    assertThat(jar.awaitExit()).isEqualTo(2);
    assertThat(jar.log()).startsWith("htpp.port: unknown setting");
  }

  @Test
  void start_publicAddressWithoutKeys_isRejected() {
    ServiceJar jar = run(Map.of("http.host", "0.0.0.0"));

    assertThat(jar.awaitExit()).isEqualTo(2);
    assertThat(jar.log().strip())
        .isEqualTo(
            "http.host: expected a loopback address, such as 127.0.0.1, as"
                + " security.keys is not set, found 0.0.0.0");
  }

  @Test
  void key_created_authorizesRequestsOnAPublicAddress() throws IOException {
    ServiceJar made = run(Map.of(), "key", "--name", "shop", "--scopes", "pay,refund");
    assertThat(made.awaitExit()).isZero();
    List<String> lines = made.out().lines().toList();
    Path keys = Files.writeString(directory.resolve("keys"), lines.get(4));

    ServiceJar jar =
        run(
            Map.of(
                "log.level",
                "debug",
                "http.host",
                "0.0.0.0",
                "security.keys",
                keys.toString(),
                "database.url",
                TestPostgres.newDatabase(),
                "shutdown.grace",
                "5m"),
            ProcessIT::interruptible,
            "demo",
            "--rate",
            "0");

    eventually(() -> assertThat(jar.out()).contains("Ctrl-C ends."));
    assertThat(jar.out().lines().filter(line -> line.startsWith("order_")))
        .hasSize(5)
        .allMatch(line -> line.contains(" success in "));
    JsonObject order = RunningService.order("order", "1.00");
    assertThat(jar.payLater(order).join().statusCode()).isEqualTo(401);
    String[] key = {"Authorization", "Bearer " + lines.get(1)};
    HttpResponse<String> paid = jar.payLater(order, key).join();
    assertThat(paid.statusCode()).isEqualTo(201);
    String refunds = "/" + new JsonObject(paid.body()).getString("id") + "/refunds";
    assertThat(jar.postLater(refunds, new JsonObject(), key).join().statusCode()).isEqualTo(201);
    String id = lines.get(1).substring(4, 16);
    for (String done : List.of("Payment completed", "Refund completed")) {
      eventually(
          () ->
              assertThat(jar.log().lines().filter(line -> line.contains(done)))
                  .last()
                  .asString()
                  .contains("\"credential\":\"" + id + "\""));
    }
    assertThat(jar.log()).doesNotContain(lines.get(1).substring(17));
    assertEndsAtASecondInterrupt(jar);
  }

  /** Regression: only the first one had an effect. */
  private static void assertEndsAtASecondInterrupt(ServiceJar jar) {
    jar.interrupt();
    eventually(() -> assertThat(jar.out()).contains("Stopping"));
    jar.interrupt();
    assertThat(jar.awaitExit()).isEqualTo(128 + 2);
    assertThat(jar.log()).doesNotContain("Closed");
  }

  /** By default, a process of a background job ignores SIGINT, and all that it starts. */
  private static void interruptible(ProcessBuilder builder) {
    builder.command().addAll(0, List.of("env", "--default-signal=INT"));
  }

  @Test
  void key_unknownScope_failsNamingTheScopes() {
    ServiceJar jar = run(Map.of(), "key", "--name", "shop", "--scopes", "play");

    assertThat(jar.awaitExit()).isEqualTo(2);
    assertThat(jar.log().strip()).isEqualTo("key: expected scopes of pay, read, refund, operate");
  }

  @Test
  void start_directoryThatCannotBeCreated_isNamedWithTheReason() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    ServiceJar jar = run(Map.of("database.directory", file.toString(), "service.host", "10.0.0.1"));

    assertThat(jar.awaitExit()).isEqualTo(1);
    assertThat(jar.log())
        .contains(
            "PAYMETER_SERVICE_HOST is set, but is not a known setting",
            "Cannot continue: database.directory: expected a directory that can be created and"
                + " written, found "
                + file
                + " (Not a directory); environment variable PAYMETER_DATABASE_DIRECTORY\n");
  }

  @Test
  void demo_withoutStream_paysTheScenariosAndPrintsTheAddresses() {
    PostgresTemplate.copyTo(directory.resolve("data"));
    ServiceJar jar =
        run(Map.of("log.level", "info"), ProcessIT::interruptible, "demo", "--rate", "0");

    eventually(() -> assertThat(jar.out()).contains("Ctrl-C ends."));

    assertThat(jar.out().lines().filter(line -> line.startsWith("order_")))
        .satisfiesExactly(
            line ->
                assertThat(line).matches("order_1 +50.00 USD +standard +credit_card +success .*"),
            line -> assertThat(line).matches("order_2 +150.00 USD +premium +paypal +success .*"),
            line ->
                assertThat(line).matches("order_3 +1200.00 USD +standard +credit_card +success .*"),
            line -> assertThat(line).matches("order_4 +25.00 USD +basic +debit_card +success .*"),
            line ->
                assertThat(line).matches("order_5 +500.00 USD +premium +apple_pay +success .*"));
    assertThat(jar.out())
        .contains("Starting the embedded PostgreSQL")
        .contains(jar.api("/v1/payments").toString(), jar.management("/metrics").toString());
    RunningService.get(jar.management("/metrics"));

    jar.interrupt();

    assertThat(jar.awaitExit()).isEqualTo(128 + 2);
    assertThat(jar.out().lines().toList())
        .endsWith("Ledger   5 payments, 1925.00 USD", "Metrics  5 payments, 1925.00 USD: the same");
    assertThat(jar.log()).doesNotContain("not scraped");
  }

  /** The long incident, in seconds instead of minutes. */
  @Test
  void demo_incident_failsOverAndRecovers_andTheProofHolds() {
    ServiceJar jar =
        run(
            Map.of(
                "database.url", TestPostgres.newDatabase(),
                "gateways.stripe.breaker.open-duration", "100ms",
                "simulator.time-scale", "0.005",
                "simulator.faults.delay", "100ms"),
            ProcessIT::interruptible,
            "demo",
            "--rate",
            "100",
            "--incident");

    eventually(() -> assertThat(jar.out()).contains("Incident: stripe has recovered\n"));
    assertThat(jar.out().lines().filter(line -> line.startsWith("Incident: ")))
        .containsExactly(
            "Incident: stripe is slow",
            "Incident: stripe fails; failed over to paypal",
            "Incident: stripe has recovered");
    URI metrics = metrics(jar.out());
    BigDecimal before = successesOfStripe(scrape(metrics));
    BigDecimal unknown = new BigDecimal(40); // Inquiries resolve them.
    eventually(
        () -> assertThat(successesOfStripe(scrape(metrics))).isGreaterThan(before.add(unknown)));
    Scrape scrape = scrape(metrics);
    assertThat(scrape.sum("payment_duration_seconds_bucket", STRIPE, "le=\"0.1\""))
        .as("fast payments, less than all")
        .isLessThan(scrape.sum("payment_duration_seconds_count", STRIPE));
    assertThat(scrape.sum("paymeter_gateway_failovers_total", STRIPE)).isPositive();

    jar.interrupt();

    assertThat(jar.awaitExit()).isEqualTo(128 + 2);
    assertThat(jar.out()).containsPattern("(?m)^Metrics  \\d+ payments, [\\d.]+ USD: the same$");
    assertThat(jar.log()).as("would hide the output").isEmpty();
  }

  /** Returns the address that the demo prints: without log lines, there is no other. */
  private static URI metrics(String out) {
    return URI.create(
        out.lines()
            .filter(line -> line.startsWith("Metrics "))
            .map(line -> line.substring(line.lastIndexOf(' ') + 1))
            .findFirst()
            .orElseThrow());
  }

  private static Scrape scrape(URI metrics) {
    return new Scrape(RunningService.get(metrics).body());
  }

  private static BigDecimal successesOfStripe(Scrape scrape) {
    return scrape.sum("payment_requests_total", STRIPE, "status=\"success\"");
  }

  /**
   * As if another process had taken over the lease: this one charges nothing more, and ends.
   * Regression: the demo continued to charge payments that it could not store.
   */
  @Test
  void demo_leaseTakenOver_endsAndLeavesFewPending() {
    String database = TestPostgres.newDatabase();
    ServiceJar jar =
        run(Map.of("database.url", database, "simulator.time-scale", "0"), "demo", "--rate", "20");
    eventually(() -> assertThat(jar.out()).contains("Ctrl-C ends."));

    TestPostgres.execute(database, "update instances set epoch = epoch + 1");

    assertThat(jar.awaitExit()).isEqualTo(1);
    assertThat(jar.log()).contains("Cannot continue: another process has taken over the identity");
    String pending = "select count(*) from payments where status = 'pending'";
    int inFlight = Integer.parseInt(TestPostgres.query(database, pending).get(0).get(0));
    assertThat(inFlight).as("payments in flight at that moment").isLessThan(10);
  }

  /** Regression: log lines of a library preceded the output. */
  @Test
  void charges_afterAPayment_printsJsonLinesOnly() {
    Map<String, String> settings =
        Map.of(
            "database.url",
            TestPostgres.newDatabase(),
            "simulator.directory",
            directory.resolve("simulator").toString());
    JsonObject payment = ready(settings).pay("order-1");

    ServiceJar jar = run(settings, "charges");

    assertThat(jar.awaitExit()).isZero();
    assertThat(jar.out().lines().map(JsonObject::new))
        .singleElement()
        .satisfies(charge -> assertThat(charge.encode()).contains(payment.getString("id")));
  }

  @Test
  void version_isThatOfTheBuild() throws IOException {
    ServiceJar jar = run(Map.of(), "--version");

    assertThat(jar.awaitExit()).isZero();
    assertThat(Files.readString(Path.of("pom.xml")))
        .contains("<version>" + jar.out().strip().replaceFirst("^paymeter ", "") + "</version>");
  }

  @Test
  void queries_printsQuestionsAndAlerts() {
    ServiceJar jar = run(Map.of(), "queries");

    assertThat(jar.awaitExit()).isZero();
    assertThat(jar.out()).isEqualTo(PrometheusRules.load().asText());
    assertThat(jar.log()).isEmpty();
  }

  private ServiceJar run(Map<String, String> settings, String... arguments) {
    return run(settings, builder -> {}, arguments);
  }

  private ServiceJar run(
      Map<String, String> settings, Consumer<ProcessBuilder> change, String... arguments) {
    ServiceJar jar = ServiceJar.start(directory, settings, change, arguments);
    started.push(jar);
    return jar;
  }

  /** Starts a service, unless it is the second one, with a database that exists already. */
  private ServiceJar ready(Map<String, String> settings) {
    PostgresTemplate.copyTo(directory.resolve("data"));
    ServiceJar jar = run(settings);
    jar.api("");
    return jar;
  }
}
