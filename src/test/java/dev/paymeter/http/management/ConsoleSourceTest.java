package dev.paymeter.http.management;

import static dev.paymeter.support.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.InstanceQuery;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.metrics.alerts.ActiveAlerts;
import dev.paymeter.metrics.dashboard.DashboardSampler;
import dev.paymeter.metrics.dashboard.ErrorBudget;
import dev.paymeter.metrics.dashboard.MoneyTotals;
import dev.paymeter.metrics.dashboard.PaymentComparison;
import dev.paymeter.metrics.dashboard.PaymentTotals;
import dev.paymeter.metrics.dashboard.Quantiles;
import dev.paymeter.metrics.dashboard.RecentPayments;
import dev.paymeter.metrics.dashboard.SampleHistory;
import dev.paymeter.metrics.dashboard.ServiceStatus;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.support.GzipReader;
import dev.paymeter.support.http.RecordedActions;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.http.TestVerticles;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The console's files and events over HTTP. */
@ExtendWith(VertxExtension.class)
class ConsoleSourceTest {
  private static final HttpClient CLIENT =
      TestHttp.client(builder -> builder.version(HttpClient.Version.HTTP_1_1));
  private static final Pattern IMPORT = Pattern.compile("(?:from|import\\() ?\"\\./([^\"]+)\"");
  private static final int MANY = 10_000;
  private static final ErrorBudget.Budgets BUDGETS =
      new ErrorBudget.Budgets(
          TestOrders.CREATED_AT,
          new ErrorBudget.Budget(0.005, 1, 1000),
          new ErrorBudget.Budget(0.01, 0, 0));
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final List<DashboardSampler.Point> points = new CopyOnWriteArrayList<>();
  private final List<RecentPayments.CountedPayment> payments = new CopyOnWriteArrayList<>();
  private volatile ActiveAlerts alerts = ActiveAlerts.NONE;
  private volatile Supplier<List<DashboardSampler.Point>> pointsSource = () -> points;
  private volatile Supplier<List<RecentPayments.CountedPayment>> paymentsSource =
      () -> List.copyOf(payments);
  private volatile @Nullable ServiceStatus status;
  private ManagementVerticle management;
  private Vertx vertx;

  @BeforeEach
  void deploy(Vertx vertx) {
    this.vertx = vertx;
    deploy(Duration.ofMinutes(10));
  }

  private void deploy(Duration longestView) {
    deploy("127.0.0.1", longestView);
  }

  private void deploy(String host, Duration longestView) {
    deploy(host, longestView, null);
  }

  private void deploy(String host, Duration longestView, @Nullable InstanceQuery instances) {
    management =
        new ManagementVerticle(
            new ManagementVerticle.Endpoint(
                host,
                0,
                new Health(),
                (format, gzip) -> Future.succeededFuture(Buffer.buffer()),
                new Sampling(1),
                new ConsoleSource(
                    "paymeter-0",
                    () -> "http://127.0.0.1:8080",
                    () ->
                        Future.succeededFuture(
                            Map.of("PaymentSuccessRateLow", new BigDecimal("95"))),
                    range -> pointsSource.get(),
                    () -> BUDGETS,
                    () -> status,
                    () -> alerts,
                    () -> Future.succeededFuture(paymentsSource.get()),
                    longestView,
                    TestOrders.ALLOWED_VALUES,
                    () -> Future.failedFuture(RequestRejectedException.ledgerUnavailable()),
                    () -> Future.succeededFuture(new PaymentTotals(1, new BigDecimal("0.25"))),
                    instances),
                null,
                TestVerticles.servers(),
                new ApiKeyAuthHandler(null, false),
                new RecordedActions().trail()));
    await(vertx.deployVerticle(management));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/console"})
  void root_redirectsToTheConsole(String path) throws Exception {
    HttpResponse<String> answer = get(path);

    assertThat(answer.statusCode()).isEqualTo(302);
    assertThat(answer.headers().firstValue("location")).contains("/console/");
  }

  @ParameterizedTest
  @CsvSource({
    "'', text/html; charset=utf-8",
    "console.css, text/css; charset=utf-8",
    "main.js, text/javascript; charset=utf-8",
    "icon.svg, image/svg+xml",
    "uplot.css, text/css; charset=utf-8",
    "uplot.js, text/javascript; charset=utf-8"
  })
  void files_existWithSecurityHeaders(String name, String type) throws Exception {
    HttpResponse<String> answer = get("/console/" + name);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains(type);
    assertThat(answer.body()).isNotBlank();
    assertSecurityHeaders(answer);
  }

  /** Scripts that a browser finds in the page would be loaded, and run, before its first frame. */
  @Test
  void page_hasItsStylesAndOneScript() throws Exception {
    String page = get("/console/").body();

    for (String style : ConsoleRoutes.STYLES) {
      assertThat(page).contains("rel=\"stylesheet\" href=\"" + style + '"');
    }
    assertThat(page.split("<script|preload", -1)).hasSize(2);
    assertThat(page).contains("<script src=\"main.js\" type=\"module\">");
  }

  @Test
  void modules_importModulesThatExist() throws Exception {
    for (String module : ConsoleRoutes.MODULES) {
      Matcher imported = IMPORT.matcher(get("/console/" + module).body());
      while (imported.find()) {
        assertThat(get("/console/" + imported.group(1)).statusCode())
            .as("%s in %s", imported.group(1), module)
            .isEqualTo(200);
      }
    }
  }

  @Test
  void unknownFile_is404WithSecurityHeaders() throws Exception {
    HttpResponse<String> answer = get("/console/../console/secret");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertSecurityHeaders(answer);
  }

  private static void assertSecurityHeaders(HttpResponse<?> answer) {
    assertThat(answer.headers().firstValue("x-content-type-options")).contains("nosniff");
    assertThat(answer.headers().firstValue("referrer-policy")).contains("no-referrer");
    assertThat(answer.headers().firstValue("content-security-policy").orElseThrow())
        .contains("default-src 'none'", "script-src 'self'", "connect-src 'self'")
        .contains("frame-ancestors 'none'")
        .doesNotContain("unsafe");
  }

  /** DNS rebinding: a foreign name that resolves to this machine gives no access. */
  @ParameterizedTest
  @CsvSource({
    "/console/, evil.example, 421",
    "/console/events, evil.example:8000, 421",
    "/, 127.0.0.1.evil.example, 421",
    "/console/main.js, localhost.evil.example, 421",
    "/sampling, 10.0.0.1, 421",
    "/sampling, localhost, 200",
    "/console/, 127.0.0.1:8000, 200",
    "/console/, LOCALHOST:1, 200",
    "/console/, paymeter.localhost, 200",
    "/console/, [::1]:8000, 200",
    "/metrics, evil.example, 200",
    "/health/live, evil.example, 200"
  })
  void hostName_foreignOnLoopback_isRejected(String path, String host, int status)
      throws IOException {
    assertThat(statusOf(path, host)).isEqualTo(status);
  }

  /** A foreign host name gives no operator's rights either. */
  @ParameterizedTest
  @CsvSource({
    "/console/, evil.example, 403",
    "/console/events, 127.0.0.1.evil.example, 403",
    "/sampling, evil.example, 403",
    "/sampling, localhost, 200",
    "/console/, 127.0.0.1:8000, 200",
    "/metrics, paymeter.example, 200",
    "/health/live, paymeter.example, 200"
  })
  void hostName_foreignOnTheNetwork_isNotAnOperator(String path, String host, int status)
      throws IOException {
    deploy("0.0.0.0", Duration.ofMinutes(10));

    assertThat(statusOf(path, host)).isEqualTo(status);
  }

  private int statusOf(String path, String host) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", management.port())) {
      String request = "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(UTF_8));
      String line =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
      return Integer.parseInt(line.split(" ")[1]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /sampling",
    "PATCH, /sampling",
    "GET, /actions",
    "GET, /settlements",
    "GET, /payments/ID/settlement",
    "POST, /payments/ID/settlement",
    "POST, /payments/ID/settlement/approve",
    "POST, /payments/ID/settlement/withdraw",
    "GET, /webhooks",
    "GET, /webhooks/shop/dead-letters",
    "POST, /webhooks/shop/dead-letters/resend",
    "GET, /webhooks/shop/dead-letters/1",
    "POST, /webhooks/shop/dead-letters/1/resend",
    "POST, /webhooks/shop/enable",
    "GET, /console/v1/operator",
    "GET, /console/v1/instances",
    "GET, /console/v1/counts",
    "GET, /console/v1/differences",
    "POST, /console/v1/acknowledgements",
    "GET, /console/v1/payments/ID",
    "POST, /console/v1/payments/ID/inquiries",
    "POST, /console/v1/payments/ID/refunds",
    "POST, /console/v1/payments/ID/capture",
    "POST, /console/v1/payments/ID/void"
  })
  void request_unknownParameter_isRejected(String method, String path) throws Exception {
    HttpResponse<String> answer =
        CLIENT.send(
            request(path.replace("ID", "01a203fd-93b1-7b9f-bc69-07e8be5bfdb8") + "?none=1")
                .header("Content-Type", "application/json")
                .header(OperatorRoutes.MARK, "1")
                .method(
                    method,
                    method.equals("GET") ? BodyPublishers.noBody() : BodyPublishers.ofString("{}"))
                .build(),
            BodyHandlers.ofString());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
    assertThat(answer.body()).contains("\"field\":\"none\"");
  }

  /** The security policy would prevent a browser from running it. */
  @Test
  void page_hasNoInlineAndNoForeignContent() throws Exception {
    String page = get("/console/").body();

    assertThat(page)
        .doesNotContainPattern("<script(?![^>]* src=\"[\\w.]+\")")
        .doesNotContainPattern("<style|\\sstyle=|\\son\\w+=|https?://");
  }

  @ParameterizedTest
  @CsvSource({"/console/, POST, 'GET, HEAD'", "/console/events, POST, GET", "/, PUT, 'GET, HEAD'"})
  void anotherMethod_is405(String path, String method, String allowed) throws Exception {
    HttpResponse<String> answer =
        CLIENT.send(
            request(path).method(method, BodyPublishers.noBody()).build(), BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("allow")).contains(allowed);
  }

  @Test
  void alerts_holding_haveTheirRunbooks() throws Exception {
    alerts =
        new ActiveAlerts(
            Instant.ofEpochSecond(90),
            List.of(
                new ActiveAlerts.Alert(
                    "PaymeterLedgerDown",
                    "Ledger is unavailable",
                    "critical",
                    Map.of("severity", "critical"),
                    0,
                    "This instance cannot reach its ledger.",
                    "PaymeterLedgerDown.md",
                    Instant.ofEpochSecond(60),
                    true)),
            List.of(new ActiveAlerts.NotEvaluated("PaymeterAbsent", Map.of(), "function absent")));

    HttpResponse<String> answer = get("/console/alerts");

    assertSecurityHeaders(answer);
    JsonObject json = new JsonObject(answer.body());
    assertThat(json.getLong("at")).isEqualTo(90_000);
    JsonObject alert = json.getJsonArray("alerts").getJsonObject(0);
    assertThat(alert.getString("alert")).isEqualTo("PaymeterLedgerDown");
    assertThat(alert.getString("runbook")).isEqualTo("PaymeterLedgerDown.md");
    assertThat(alert.getLong("since")).isEqualTo(60_000);
    assertThat(alert.getBoolean("is_firing")).isTrue();
    assertThat(json.getJsonArray("in_prometheus_only").getJsonObject(0).getString("reason"))
        .isEqualTo("function absent");
  }

  @Test
  void alerts_beforeTheFirstEvaluation_haveNoTime() throws Exception {
    JsonObject json = new JsonObject(get("/console/alerts").body());

    assertThat(json.containsKey("at")).isTrue();
    assertThat(json.getLong("at")).isNull();
  }

  @Test
  void events_headers_forbidCaching() throws Exception {
    try (Events events = events()) {
      assertThat(events.answer.headers().firstValue("content-type")).contains("text/event-stream");
      assertThat(events.answer.headers().firstValue("cache-control"))
          .contains("no-store, no-transform");
      assertThat(events.answer.headers().firstValue("x-accel-buffering")).contains("no");
      assertSecurityHeaders(events.answer);
    }
  }

  @Test
  void samples_haveTheValuesOfTheRules() throws Exception {
    points.add(point(1, 97.5));
    points.add(point(2, Double.NaN));

    JsonArray samples = new JsonObject(get("/console/samples").body()).getJsonArray("points");

    JsonObject first = samples.getJsonObject(0);
    assertThat(first.getDouble("payment_success_rate")).isEqualTo(97.5);
    assertThat(first.getDouble("refused_per_second")).isEqualTo(0.5);
    assertThat(first.getJsonObject("avg_response_time_by_gateway").getDouble("stripe"))
        .isEqualTo(0.25);
    assertThat(first.getJsonObject("response_time_quantiles").getJsonArray("stripe"))
        .containsExactly(0.1, 0.2, 0.33333);
    assertThat(first.getJsonArray("db_connection_usage").getJsonObject(0))
        .isEqualTo(
            new JsonObject()
                .put("database", "payment_db")
                .put("pool", "main_pool")
                .put("active", 5)
                .put("max", 20)
                .put("usage", 25));
    assertThat(samples.getJsonObject(1).getMap()).containsEntry("payment_success_rate", null);
  }

  /** A number of JSON would lose the last cent of this amount in a browser. */
  @Test
  void samples_money_isExact() throws Exception {
    points.add(point(1, 97.5));

    JsonObject money =
        new JsonObject(get("/console/samples").body())
            .getJsonArray("points")
            .getJsonObject(0)
            .getJsonObject("money");

    assertThat(money.getJsonObject("gateway").getString("stripe")).isEqualTo("9007199254740993");
    assertThat(money.getJsonObject("paid").getString("cents")).isEqualTo("9007199254740993");
    assertThat(money.getJsonObject("failed").getJsonObject("card_declined"))
        .isEqualTo(new JsonObject().put("count", 1).put("cents", "50"));
  }

  @ParameterizedTest
  @CsvSource({"15m, 200", "1h, 200", "6h, 200", "1d, 404"})
  void samples_ofARange(String range, int status) throws Exception {
    assertThat(get("/console/samples?range=" + range).statusCode()).isEqualTo(status);
  }

  /** With all its samples and payments, the first view transfers less than the limit. */
  @Test
  void firstView_compressed_isBelow150Kilobytes() throws Exception {
    pointsSource = () -> points(0, SampleHistory.Range.SAMPLES + 1);
    for (int i = 1; i <= 2 * RecentPayments.CAPACITY; i++) {
      payments.add(
          new RecentPayments.CountedPayment(i, TestOrders.order().failed(timeout()), null));
    }
    List<String> files = new ArrayList<>(ConsoleRoutes.MODULES);
    files.addAll(ConsoleRoutes.STYLES);
    files.addAll(List.of("", "icon.svg", "uplot.js", "uplot.css", "samples?range=15m"));

    long bytes = firstState();
    for (String file : files) {
      HttpResponse<byte[]> answer =
          CLIENT.send(
              request("/console/" + file).header("Accept-Encoding", "gzip").build(),
              BodyHandlers.ofByteArray());
      assertThat(answer.headers().firstValue("content-encoding")).as(file).contains("gzip");
      assertThat(answer.headers().firstValue("vary")).as(file).contains("Accept-Encoding");
      bytes += answer.body().length;
    }

    assertThat(bytes).isLessThan(150_000);
  }

  /** Returns the number of bytes of a compressed stream until its first update. */
  private long firstState() throws Exception {
    HttpResponse<InputStream> answer =
        CLIENT.send(
            request("/console/events").header("Accept-Encoding", "gzip").build(),
            BodyHandlers.ofInputStream());
    assertThat(answer.headers().firstValue("content-encoding")).contains("gzip");
    try (GzipReader stream = new GzipReader(answer.body());
        BufferedReader lines = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
      assertThat(lines.lines().anyMatch(line -> line.startsWith("data: {\"points\""))).isTrue();
      return stream.compressedBytes();
    }
  }

  @Test
  void files_withoutGzip_areNotCompressed() throws Exception {
    HttpResponse<String> answer = get("/console/main.js");

    assertThat(answer.headers().firstValue("content-encoding")).isEmpty();
    assertThat(answer.body()).contains("import");
  }

  /** Regression: one member with a reply of another form was an error of the whole route. */
  @Test
  void instances_ofAnotherForm_haveNoStateAndTheOthersDo() throws Exception {
    Map<String, String> replies =
        Map.of(
            "a", "{'payments':2,'usd':'1000.50'}",
            "b", "{'payments':'2','usd':'1.00'}",
            "c", "{'payments':2,'usd':null}",
            "d", "{'payments':2,'usd':'x'}",
            "e", "{'payments':2,'usd':'1e999999999'}",
            "f", "{'payments':2,'usd':'1.00','point':7}",
            "g", "[]");
    List<String> ids = replies.keySet().stream().sorted().toList();
    replies.forEach(
        (id, reply) ->
            vertx
                .eventBus()
                .consumer(
                    Addresses.INSTANCE_STATE + id,
                    request -> request.reply(reply.replace('\'', '"'))));
    deploy(
        "127.0.0.1",
        TIMEOUT,
        new InstanceQuery("paymeter-0", () -> ids, Clock.systemUTC(), System::nanoTime));

    HttpResponse<String> answer = get("/console/v1/instances");

    assertThat(answer.statusCode()).isEqualTo(200);
    JsonObject all = new JsonObject(answer.body());
    assertThat(all.getLong("payments")).isEqualTo(3);
    assertThat(all.getString("usd")).isEqualTo("1000.75");
    assertThat(all.getJsonArray("data").stream().map(each -> ((JsonObject) each)))
        .extracting(each -> each.getString("instance"), each -> each.getString("reason"))
        .containsExactly(
            tuple("a", null),
            tuple("b", "no_state"),
            tuple("c", "no_state"),
            tuple("d", "no_state"),
            tuple("e", "no_state"),
            tuple("f", "no_state"),
            tuple("g", "no_state"),
            tuple("paymeter-0", null));
  }

  @Test
  void events_first_haveStatusAndPayments() throws Exception {
    points.add(point(1, 97.5));
    status = status(2);
    payments.add(
        new RecentPayments.CountedPayment(
            7,
            TestOrders.order().references("order\n\ndata: x", "user").failed(timeout()),
            "4bf92f3577b34da6a3ce929d0e0e4736"));

    try (Events events = events()) {
      JsonObject hello = events.next("hello");
      assertThat(hello.getString("instance")).isEqualTo("paymeter-0");
      assertThat(hello.getJsonObject("thresholds").getInteger("PaymentSuccessRateLow"))
          .isEqualTo(95);

      JsonObject update = events.next("update");
      assertThat(update.getJsonArray("points")).as("they are read separately").isEmpty();
      assertStatus(update.getJsonObject("status"));
      JsonObject payment = update.getJsonArray("payments").getJsonObject(0);
      assertThat(payment.getString("order_id")).isEqualTo("order\n\ndata: x");
      assertThat(payment.getInteger("number")).isEqualTo(7);
      assertThat(payment.getString("trace_id")).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
      assertThat(payment.getJsonObject("error").getString("message")).isEqualTo("Gateway timeout");
    }
  }

  private static void assertStatus(JsonObject status) {
    long at = TestOrders.CREATED_AT.plusSeconds(2).toEpochMilli();
    JsonObject equal = new JsonObject().put("count", 174).put("cents", "8385895");
    assertThat(status.getJsonObject("proof").getJsonObject("ledger")).isEqualTo(equal);
    assertThat(status.getJsonObject("proof").getJsonObject("metrics")).isEqualTo(equal);
    assertThat(status.getJsonObject("proof").getJsonObject("later").getInteger("count"))
        .isEqualTo(3);
    assertThat(status.getMap())
        .containsEntry("at", at)
        .containsEntry("phase", "starting")
        .containsEntry("api", "http://127.0.0.1:8080")
        .containsEntry("compared_at", at - 3000)
        .containsEntry("look_back_since", null);
    assertThat(status.getJsonObject("unknown").getJsonObject("payments").getJsonObject("stripe"))
        .isEqualTo(
            new JsonObject().put("count", 3).put("cents", "7525").put("oldest_seconds", 61.5));
    assertThat(status.getJsonObject("unknown").getJsonArray("missing_accounts").getJsonObject(0))
        .isEqualTo(
            new JsonObject()
                .put("gateway", "stripe")
                .put("account", "acct_1")
                .put("oldest_seconds", 90.0)
                .put("payments", new JsonObject().put("count", 2).put("cents", "3125"))
                .put("refunds", new JsonObject().put("count", 0).put("cents", "0"))
                .put("pending", new JsonObject().put("count", 1).put("cents", "450")));
    assertThat(status.getJsonObject("disputes"))
        .isEqualTo(
            new JsonObject()
                .put("at", at)
                .put(
                    "open",
                    new JsonArray()
                        .add(
                            new JsonObject()
                                .put("count", 2)
                                .put("cents", "6500")
                                .put("gateway", "stripe")
                                .put("kind", "dispute")
                                .put("awaiting", 1)
                                .put("respond_by", at + 3_600_000))
                        .add(
                            new JsonObject()
                                .put("count", 1)
                                .put("cents", "450")
                                .put("gateway", "stripe")
                                .put("kind", "warning")
                                .put("awaiting", 0)
                                .put("respond_by", null))));
    assertThat(status.getJsonArray("incidents").getJsonObject(0))
        .isEqualTo(
            new JsonObject()
                .put("kind", "ledger_unavailable")
                .put("subject", "")
                .put("since", at - 9000)
                .put("refused", 12)
                .put("timeouts", 0)
                .put("breaker", ""));
    assertThat(status.getJsonObject("budget").getJsonObject("availability").getDouble("remaining"))
        .isEqualTo(0.8);
    assertThat(status.getJsonObject("budget").getJsonObject("latency").getMap())
        .containsEntry("remaining", null);
  }

  @Test
  void events_later_haveOnlyAdditions() throws Exception {
    points.add(point(1, 97.5));
    payments.add(new RecentPayments.CountedPayment(1, TestOrders.order().succeeded(), null));
    try (Events events = events()) {
      events.next("update");

      payments.add(new RecentPayments.CountedPayment(2, TestOrders.order().succeeded(), null));
      JsonObject second = events.next("update");
      points.add(point(2, 98));
      JsonObject third = events.next("update");

      assertThat(second.getJsonArray("points")).isEmpty();
      assertThat(second.getJsonArray("payments")).hasSize(1);
      assertThat(second.getJsonArray("payments").getJsonObject(0).getInteger("number"))
          .isEqualTo(2);
      assertThat(third.getJsonArray("points")).hasSize(1);
      assertThat(third.getJsonArray("payments")).isEmpty();
    }
  }

  @Test
  void events_beyondMaxClients_are503UntilAClientDisconnects() throws Exception {
    points.add(point(1, 97.5));
    List<Events> open = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      open.add(events());
    }

    HttpResponse<InputStream> rejected = open();
    assertThat(rejected.statusCode()).isEqualTo(503);
    assertThat(rejected.headers().firstValue("content-type")).contains("application/problem+json");
    try (InputStream body = rejected.body()) {
      assertThat(new String(body.readAllBytes(), UTF_8)).contains("/problems/too-many-viewers");
    }

    open.remove(0).close();
    HttpResponse<InputStream> admitted = open();
    for (int i = 0; i < 1000 && admitted.statusCode() == 503; i++) {
      admitted.body().close();
      admitted = open();
    }
    assertThat(admitted.statusCode()).isEqualTo(200);
    admitted.body().close();
    for (Events each : open) {
      each.close();
    }
  }

  /** Regression: no client received anything again. */
  @Test
  void events_afterAFailedQuery_continue() throws Exception {
    paymentsSource =
        () -> {
          paymentsSource = List::of;
          throw new IllegalStateException("cannot be read");
        };
    try (Events events = events()) {
      assertThat(events.next("hello")).isNotNull();
      points.add(point(1, 97.5));
      assertThat(events.next("update").getJsonArray("points")).hasSize(1);
    }
  }

  /** Regression: each second, one more update was kept in memory for a client that did not read. */
  @Test
  void events_clientThatDoesNotRead_laterReceivesTheRestAtOnce() throws Exception {
    CountDownLatch looks = new CountDownLatch(4);
    pointsSource =
        () -> {
          looks.countDown();
          return points(0, MANY * (4 - (int) looks.getCount()));
        };
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress("127.0.0.1", management.port()));
      socket
          .getOutputStream()
          .write("GET /console/events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
      assertThat(looks.await(TIMEOUT.toSeconds(), SECONDS)).isTrue();

      List<Integer> updates = new ArrayList<>();
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      for (int told = 0; told < 3 * MANY; told += updates.get(updates.size() - 1)) {
        updates.add(points(lines));
      }

      assertThat(updates).first().isEqualTo(MANY);
      assertThat(updates).hasSizeLessThanOrEqualTo(2);
    }
  }

  /** Returns the number of points in the next update. */
  private static int points(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    while (!line.startsWith("data: {\"points\"")) {
      line = lines.readLine();
    }
    return line.split("payment_success_rate", -1).length - 1;
  }

  /** Regression: a client that disconnected without notice counted for 15 minutes. */
  @Test
  void events_ofMaxAge_endWithARequestToReconnect() throws Exception {
    deploy(Duration.ofMillis(100));

    try (Events events = events()) {
      assertThat(events.next("again")).isEmpty();
      assertThat(events.rest()).isEmpty();
    }
  }

  @Test
  void undeploy_events_end() throws Exception {
    try (Events events = events()) {
      points.add(point(1, 97.5));
      events.next("update");

      await(vertx.undeploy(management.deploymentID()));

      assertThat(events.rest()).isEmpty();
    }
  }

  private static List<DashboardSampler.Point> points(int first, int count) {
    return IntStream.range(first, first + count).mapToObj(i -> point(i, 97.5)).toList();
  }

  private static DashboardSampler.Point point(long second, double successRate) {
    return new DashboardSampler.Point(
        TestOrders.CREATED_AT.plusSeconds(second),
        300,
        1,
        0.5,
        successRate,
        sorted(Map.of("stripe", 0.25)),
        new TreeMap<>(Map.of("stripe", new Quantiles(0.1, 0.2, 1 / 3.0))),
        sorted(Map.of("high", 0.0)),
        List.of(new DashboardSampler.Pool("payment_db", "main_pool", 5, 20)),
        10,
        20,
        30,
        new MoneyTotals.Money(
            new MoneyTotals.Sum(2, 9_007_199_254_740_993L),
            new TreeMap<>(Map.of("stripe", 9_007_199_254_740_993L)),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(Map.of("card_declined", new MoneyTotals.Sum(1, 50))),
            new MoneyTotals.Sum(0, 0),
            new MoneyTotals.Sum(0, 0)));
  }

  private static ServiceStatus status(long second) {
    Instant at = TestOrders.CREATED_AT.plusSeconds(second);
    PaymentComparison.Sum equal = new PaymentComparison.Sum(174, 8_385_895);
    return new ServiceStatus(
        at,
        Optional.of(
            new PaymentComparison(
                equal, equal, new PaymentComparison.Sum(3, 100), new PaymentComparison.Sum(0, 0))),
        at.minusSeconds(3),
        null,
        0,
        0,
        true,
        new ServiceStatus.Unknowns(
            at,
            new TreeMap<>(Map.of("stripe", new ServiceStatus.Unknown(3, 61.5, 7525))),
            new TreeMap<>(),
            List.of(
                new ServiceStatus.MissingAccount(
                    "stripe",
                    "acct_1",
                    90,
                    new MoneyTotals.Sum(2, 3125),
                    new MoneyTotals.Sum(0, 0),
                    new MoneyTotals.Sum(1, 450)))),
        new ServiceStatus.Disputes(
            at,
            List.of(
                new ServiceStatus.OpenDisputes(
                    "stripe", "dispute", 2, 6500, 1, at.plusSeconds(3600)),
                new ServiceStatus.OpenDisputes("stripe", "warning", 1, 450, 0, null))),
        List.of(
            new ServiceStatus.Incident(
                ServiceStatus.Kind.LEDGER_UNAVAILABLE, "", at.minusSeconds(9), 12, 0, "")));
  }

  private static SortedMap<String, Double> sorted(Map<String, Double> map) {
    return new TreeMap<>(map);
  }

  private static PaymentGatewayException timeout() {
    return new PaymentGatewayException("Gateway timeout");
  }

  private HttpResponse<String> get(String path) throws Exception {
    return CLIENT.send(request(path).build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + management.port() + path))
        .timeout(TIMEOUT);
  }

  private HttpResponse<InputStream> open() throws Exception {
    return CLIENT.send(request("/console/events").build(), BodyHandlers.ofInputStream());
  }

  private Events events() throws Exception {
    return new Events(open());
  }

  private static final class Events implements AutoCloseable {
    final HttpResponse<InputStream> answer;
    private final BufferedReader lines;

    Events(HttpResponse<InputStream> answer) {
      this.answer = answer;
      this.lines = new BufferedReader(new InputStreamReader(answer.body(), UTF_8));
    }

    /** Returns the data of the next event of this kind. */
    JsonObject next(String kind) throws IOException {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.equals("event: " + kind)) {
          String data = lines.readLine();
          assertThat(data).startsWith("data: ");
          assertThat(lines.readLine()).isEmpty();
          return new JsonObject(data.substring("data: ".length()));
        }
      }
      throw new AssertionError("no event " + kind);
    }

    /** Returns the rest until the connection ends. */
    Optional<String> rest() {
      try {
        return lines.lines().filter(line -> !line.isEmpty()).findFirst();
      } catch (UncheckedIOException ended) {
        return Optional.empty();
      }
    }

    @Override
    public void close() throws IOException {
      answer.body().close();
    }
  }
}
