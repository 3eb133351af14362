package dev.paymeter.logging;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the process writes to its log, in JSON and at its most talkative. */
class LogsIT {
  private static final String STARTED = "Payment processing started";
  private static final String COMPLETED = "Payment completed successfully";
  private static final String FAILED = "Payment failed";

  private static final String OUR_REQUEST_ID = "[0-9a-f-]{36}";

  @TempDir static Path directory;
  static String database;
  static LedgerProxy wire;
  static ServiceJar jar;

  @BeforeAll
  static void start() {
    database = TestPostgres.newDatabase();
    wire = LedgerProxy.to(database);
    jar =
        ServiceJar.start(
            directory,
            Map.of(
                "database.url", wire.url(),
                "log.format", "json",
                "log.level", "debug",
                "simulator.seed", "1",
                "simulator.time-scale", "10",
                "simulator.premium-failure-rate", "1"));
  }

  @AfterAll
  static void stop() throws IOException {
    jar.close();
    wire.close();
  }

  @Test
  void payment_successful_isToldFromStartToEnd() {
    HttpResponse<String> answer = pay("fine", "standard", "X-Request-Id", "request-1");

    assertThat(answer.headers().firstValue("X-Request-Id")).hasValue("request-1");
    List<JsonObject> lines = linesAbout(answer);
    assertThat(lines).extracting(line -> line.getString("message")).contains(STARTED, COMPLETED);
    assertThat(lines).allSatisfy(line -> assertCarries(line, "request-1", "fine"));
    assertDescribed(line(lines, STARTED), "standard");
    assertDescribed(line(lines, COMPLETED), "standard");
    assertThat(line(lines, COMPLETED).getDouble("duration"))
        .isEqualTo(new JsonObject(answer.body()).getDouble("duration"));
  }

  @Test
  void payment_failed_isToldWithItsReason() {
    HttpResponse<String> answer = pay("declined", "premium", "X-Request-Id", "request-2");

    List<JsonObject> lines = linesAbout(answer);
    assertThat(lines).allSatisfy(line -> assertCarries(line, "request-2", "declined"));
    JsonObject failed = line(lines, FAILED);
    assertDescribed(failed, "premium");
    JsonObject payment = new JsonObject(answer.body()).getJsonObject("payment");
    assertThat(failed.getDouble("duration")).isEqualTo(payment.getDouble("duration"));
    assertThat(failed.getString("error_type"))
        .isEqualTo(payment.getJsonObject("error").getString("type"));
  }

  @Test
  void payment_ledgerAwayMeanwhile_isToldThroughAllRetries() throws IOException {
    CompletableFuture<HttpResponse<String>> later =
        jar.payLater(order("patient", "basic"), "X-Request-Id", "request-3");
    eventually(
        () ->
            assertThat(
                    TestPostgres.query(
                        database, "select 1 from payments_ledger where order_id = 'patient'"))
                .hasSize(1));
    wire.cut();
    HttpResponse<String> answer = later.join();
    assertThat(answer.statusCode()).isEqualTo(202);

    wire.heal();

    eventually(() -> assertThat(line(linesAbout(answer), COMPLETED)).isNotNull());
    List<JsonObject> lines = linesAbout(answer);
    assertThat(lines)
        .extracting(line -> line.getString("message"))
        .contains(STARTED, "Payment outcome kept in memory until the ledger is back", COMPLETED);
    assertThat(lines).allSatisfy(line -> assertCarries(line, "request-3", "patient"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"two words", "${jndi:ldap://x}", "<script>", "\"quoted\""})
  void requestId_hostile_isReplaced(String hostile) {
    assertThat(requestId(hostile)).matches(OUR_REQUEST_ID);
  }

  @Test
  void requestId_tooLong_isReplaced() {
    assertThat(requestId("x".repeat(65))).matches(OUR_REQUEST_ID);
  }

  @Test
  void payment_hostileRequestId_isToldUnderAnother() {
    HttpResponse<String> answer = pay("hostile", "basic", "X-Request-Id", "\",\"level\":\"ERROR");

    String replaced = answer.headers().firstValue("X-Request-Id").orElseThrow();
    assertThat(replaced).matches(OUR_REQUEST_ID);
    assertThat(linesAbout(answer)).allSatisfy(line -> assertCarries(line, replaced, "hostile"));
  }

  private static String requestId(String given) {
    return RunningService.get(jar.api("/v1/payments/none"), "X-Request-Id", given)
        .headers()
        .firstValue("X-Request-Id")
        .orElseThrow();
  }

  @Test
  void secrets_always_stayOutOfTheLog() {
    String password = URI.create(database).getUserInfo().split(":", 2)[1];

    pay("any", "basic");

    assertThat(jar.log() + jar.out()).contains("Ready: ").doesNotContain(password);
  }

  @Test
  void lines_always_areJsonOnStandardError() {
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

  /** Every line that mentions the payment an answer is about. */
  private static List<JsonObject> linesAbout(HttpResponse<String> answer) {
    String location = answer.headers().firstValue("Location").orElseThrow();
    String id = location.substring(location.lastIndexOf('/') + 1);
    return lines().filter(line -> line.encode().contains(id)).toList();
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
              throw new AssertionError("twice: " + message);
            })
        .orElseThrow(() -> new AssertionError("no line: " + message));
  }

  private static void assertCarries(JsonObject line, String requestId, String orderId) {
    assertThat(line.getString("request_id")).as(line.encode()).isEqualTo(requestId);
    assertThat(line.getString("order_id")).isEqualTo(orderId);
    assertThat(line.getString("user_id")).isEqualTo("user");
  }

  private static void assertDescribed(JsonObject line, String tier) {
    assertThat(line.getString("amount")).isEqualTo("12.34");
    assertThat(line.getString("user_tier")).isEqualTo(tier);
    assertThat(line.getString("payment_method")).isEqualTo("credit_card");
  }
}
