package dev.paymeter.logging;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Await;
import dev.paymeter.support.ledger.LedgerProxy;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of the log of a running service, in JSON and at level debug. */
class LogsIT {
  private static final String STARTED = "Payment processing started";
  private static final String COMPLETED = "Payment completed successfully";
  private static final String FAILED = "Payment failed";

  private static final Set<String> OUTCOMES = Set.of(COMPLETED, FAILED);

  private static final String GENERATED_REQUEST_ID = "[0-9a-f-]{36}";

  @TempDir static Path directory;
  static String database;
  static LedgerProxy proxy;
  static ServiceJar jar;

  @BeforeAll
  static void start() {
    database = TestPostgres.newDatabase();
    proxy = LedgerProxy.to(database);
    jar =
        ServiceJar.start(
            directory,
            Map.of(
                "database.url", proxy.url(),
                "log.format", "json",
                "log.level", "debug",
                "simulator.seed", "1",
                "simulator.time-scale", "10",
                "simulator.premium-failure-rate", "1"));
  }

  @AfterAll
  static void stop() throws IOException {
    jar.close();
    proxy.close();
  }

  @Test
  void payment_successful_isLoggedFromStartToEnd() {
    HttpResponse<String> response = pay("fine", "standard", "X-Request-Id", "request-1");

    assertThat(response.headers().firstValue("X-Request-Id")).hasValue("request-1");
    List<JsonObject> lines = linesAbout(response);
    assertThat(lines).extracting(line -> line.getString("message")).contains(STARTED, COMPLETED);
    assertThat(lines).allSatisfy(line -> assertHasContext(line, "request-1", "fine"));
    assertHasPaymentFields(line(lines, STARTED), "standard");
    assertHasPaymentFields(line(lines, COMPLETED), "standard");
    assertThat(line(lines, COMPLETED).getDouble("duration"))
        .isEqualTo(new JsonObject(response.body()).getDouble("duration"));
  }

  @Test
  void payment_failed_isLoggedWithItsReason() {
    HttpResponse<String> response = pay("declined", "premium", "X-Request-Id", "request-2");

    List<JsonObject> lines = linesAbout(response);
    assertThat(lines).allSatisfy(line -> assertHasContext(line, "request-2", "declined"));
    JsonObject failed = line(lines, FAILED);
    assertHasPaymentFields(failed, "premium");
    JsonObject payment = new JsonObject(response.body()).getJsonObject("payment");
    assertThat(failed.getDouble("duration")).isEqualTo(payment.getDouble("duration"));
    assertThat(failed.getString("error_type"))
        .isEqualTo(payment.getJsonObject("error").getString("type"));
    assertThat(failed.getString("error_code"))
        .isEqualTo(payment.getJsonObject("error").getString("code"));
  }

  @Test
  void payment_ledgerUnavailable_isLoggedThroughAllRetries() throws IOException {
    CompletableFuture<HttpResponse<String>> later =
        jar.payLater(order("patient", "basic"), "X-Request-Id", "request-3");
    eventually(
        () ->
            assertThat(
                    TestPostgres.query(
                        database, "select 1 from payments_ledger where order_id = 'patient'"))
                .hasSize(1));
    proxy.cut();
    HttpResponse<String> response = later.join();
    assertThat(response.statusCode()).isEqualTo(202);

    proxy.restore();

    List<JsonObject> lines = linesAbout(response);
    assertThat(lines)
        .extracting(line -> line.getString("message"))
        .contains(
            STARTED, "Payment outcome kept in memory until the ledger is available", COMPLETED);
    assertThat(lines).allSatisfy(line -> assertHasContext(line, "request-3", "patient"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"two words", "${jndi:ldap://x}", "<script>", "\"quoted\""})
  void requestId_hostile_isReplaced(String hostile) {
    assertThat(requestId(hostile)).matches(GENERATED_REQUEST_ID);
  }

  @Test
  void requestId_tooLong_isReplaced() {
    assertThat(requestId("x".repeat(65))).matches(GENERATED_REQUEST_ID);
  }

  @Test
  void payment_hostileRequestId_isLoggedUnderAnother() {
    HttpResponse<String> response = pay("hostile", "basic", "X-Request-Id", "\",\"level\":\"ERROR");

    String replaced = response.headers().firstValue("X-Request-Id").orElseThrow();
    assertThat(replaced).matches(GENERATED_REQUEST_ID);
    assertThat(linesAbout(response))
        .allSatisfy(line -> assertHasContext(line, replaced, "hostile"));
  }

  private static String requestId(String given) {
    return RunningService.get(jar.api("/v1/payments/none"), "X-Request-Id", given)
        .headers()
        .firstValue("X-Request-Id")
        .orElseThrow();
  }

  @Test
  void secrets_areNotLogged() {
    String password = URI.create(database).getUserInfo().split(":", 2)[1];

    pay("any", "basic");

    assertThat(jar.log() + jar.out()).contains("Ready: ").doesNotContain(password);
  }

  @Test
  void lines_areJsonOnStandardError() {
    pay("any", "basic");

    assertThat(jar.out()).isEmpty();
    assertThat(lines())
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line.getString("level")).isNotBlank());
  }

  private static HttpResponse<String> pay(String orderId, String tier, String... headers) {
    return jar.payLater(order(orderId, tier), headers).join();
  }

  private static JsonObject order(String orderId, String tier) {
    return RunningService.order(orderId, "12.34").put("user_tier", tier);
  }

  /** Returns the lines that contain the payment id of a response, when its outcome is logged. */
  private static List<JsonObject> linesAbout(HttpResponse<String> response) {
    String location = response.headers().firstValue("Location").orElseThrow();
    String id = location.substring(location.lastIndexOf('/') + 1);
    return Await.first(
        () -> {
          List<JsonObject> about = lines().filter(line -> line.encode().contains(id)).toList();
          boolean isComplete =
              about.stream().anyMatch(line -> OUTCOMES.contains(line.getString("message")));
          return isComplete ? Optional.of(about) : Optional.empty();
        });
  }

  private static Stream<JsonObject> lines() {
    String log = jar.log();
    return log.substring(0, log.lastIndexOf('\n') + 1).lines().map(JsonObject::new);
  }

  private static JsonObject line(List<JsonObject> lines, String message) {
    return lines.stream()
        .filter(line -> message.equals(line.getString("message")))
        .reduce(
            (one, another) -> {
              throw new AssertionError("several lines: " + message);
            })
        .orElseThrow(() -> new AssertionError("no line: " + message));
  }

  private static void assertHasContext(JsonObject line, String requestId, String orderId) {
    assertThat(line.getString("request_id")).as(line.encode()).isEqualTo(requestId);
    assertThat(line.getString("order_id")).isEqualTo(orderId);
    assertThat(line.getString("user_id")).isEqualTo("user");
  }

  private static void assertHasPaymentFields(JsonObject line, String tier) {
    assertThat(line.getString("amount")).isEqualTo("12.34");
    assertThat(line.getString("user_tier")).isEqualTo(tier);
    assertThat(line.getString("payment_method")).isEqualTo("credit_card");
  }
}
