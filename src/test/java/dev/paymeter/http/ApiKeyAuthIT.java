package dev.paymeter.http;

import static dev.paymeter.support.Await.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.security.NewApiKey;
import dev.paymeter.support.Await;
import dev.paymeter.support.RawHttp;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestCollector;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Authentication and authorization of a running service. */
class ApiKeyAuthIT {
  private static final NewApiKey PAY = NewApiKey.generate("payer", "pay", "never");
  private static final NewApiKey PAY_TOO = NewApiKey.generate("other-payer", "pay", "never");
  private static final NewApiKey PAY_ROTATED =
      NewApiKey.generate("payer-2027", "payer", "pay", "never");
  private static final NewApiKey READ = NewApiKey.generate("reader", "read", "never");
  private static final NewApiKey OTHERS =
      NewApiKey.generate("others", "operate,refund,read", "never");
  private static final NewApiKey OPERATE = NewApiKey.generate("operator", "operate", "never");

  @TempDir static Path directory;
  static Path file;
  static RunningService service;

  @BeforeAll
  static void start() throws Exception {
    file = directory.resolve("keys");
    Files.writeString(
        file,
        String.join(
            "\n",
            PAY.line(),
            PAY_TOO.line(),
            PAY_ROTATED.line(),
            READ.line(),
            OPERATE.line(),
            OTHERS.line()));
    service = RunningService.start(Map.of("security.keys", file.toString()));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static HttpResponse<String> send(String method, URI uri, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .method(
                method,
                method.equals("GET")
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString(RunningService.order("o", "1.00").encode()));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return RunningService.send(request);
  }

  private static HttpResponse<String> with(NewApiKey key, String method, String path) {
    return send(method, service.api(path), "Authorization", "Bearer " + key.key());
  }

  private static int paying(String... headers) {
    return send("POST", service.api("/v1/payments"), headers).statusCode();
  }

  private static String kind(HttpResponse<String> problem) {
    return new JsonObject(problem.body()).getString("type");
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /v1/payments",
    "GET, /v1/payments/00000000-0000-4000-8000-000000000000",
    "GET, /v1/payments",
    "POST, /v1/observations",
    "DELETE, /v1/payments",
    "GET, /nowhere"
  })
  void request_withoutAKey_is401(String method, String path) {
    HttpResponse<String> answer = send(method, service.api(path));

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(kind(answer)).isEqualTo("/problems/unauthenticated");
    assertThat(answer.headers().firstValue("www-authenticate"))
        .hasValue("Bearer realm=\"paymeter\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Bearer",
        "Bearer x",
        "Bearer pmk_000000000000_"
            + "0000000000000000000000000000000000000000000000000000000000000000",
        "Basic !!!",
        "Basic eDp5",
        "Digest x",
        "x",
        "Bearer\tx",
        "Bearer a b c"
      })
  void request_withAWrongKey_is401WithoutDetails(String authorization) {
    HttpResponse<String> answer =
        send("POST", service.api("/v1/payments"), "Authorization", authorization);

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("www-authenticate"))
        .hasValue("Bearer realm=\"paymeter\", error=\"invalid_token\"");
    assertThat(new JsonObject(answer.body()).getString("detail"))
        .isEqualTo("The key is unknown or has expired.");
  }

  @Test
  void request_withUnusualAuthorizationHeader_isValidOrRejected() {
    String key = PAY.key();
    String bearer = "Bearer " + key;

    assertThat(paying("Authorization", "bearer " + key)).isEqualTo(201);
    assertThat(paying("Authorization", "BEARER   " + key + "  ")).isEqualTo(201);
    assertThat(paying("Authorization", bearer, "Authorization", bearer)).isEqualTo(401);
    assertThat(paying("Authorization", bearer, "Authorization", "Bearer x")).isEqualTo(401);
    assertThat(paying("Authorization", bearer + ", " + bearer)).isEqualTo(401);
    assertThat(paying("Authorization", bearer + " x")).isEqualTo(401);
    assertThat(paying("Authorization", "Bearer " + key.replace("_", " "))).isEqualTo(401);
    assertThat(paying("Authorization", bearer + "0".repeat(7000))).isEqualTo(401);
    assertThat(paying("X-Authorization", bearer)).isEqualTo(401);
    assertThat(send("POST", service.api("/v1/payments?access_token=" + key)).statusCode())
        .isEqualTo(401);
  }

  /** Characters that HTTP clients cannot send. */
  @ParameterizedTest
  @ValueSource(strings = {"Bearer \u00e9\u00ff", "Bearer \u0000", "\u0080", "Basic \u00e9"})
  void request_withAKeyOfInvalidCharacters_isRejected(String authorization) throws Exception {
    try (RawHttp raw = new RawHttp(service.api(""))) {
      raw.send(
          "GET /v1/payments HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: "
              + authorization
              + "\r\n\r\n");

      assertThat(raw.readAll()).containsPattern("^HTTP/1.1 40[01] ");
    }
  }

  @Test
  void key_isNotInResponsesAndTraces() {
    String secret = PAY.key().substring(17);
    try (TestCollector collector = new TestCollector();
        RunningService traced =
            RunningService.start(
                Map.of(
                    "instance.id", "traced",
                    "security.keys", file.toString(),
                    "tracing.otlp-endpoint", collector.endpoint()))) {
      HttpResponse<String> paid = pay(traced, PAY);
      HttpResponse<String> rejected =
          send("GET", traced.api("/v1/payments"), "Authorization", "Bearer " + PAY.key());

      assertThat(paid.statusCode()).isEqualTo(201);
      assertThat(rejected.statusCode()).isEqualTo(403);
      for (HttpResponse<String> answer : List.of(paid, rejected)) {
        assertThat(answer.headers().map() + answer.body()).doesNotContain(secret);
      }
      eventually(() -> assertThat(collector.received()).contains("/v1/payments"));
      assertThat(collector.received()).doesNotContain(secret);
    }
  }

  @Test
  void request_withScope_isServed_withoutScope_is403NamingIt() {
    String payment = with(PAY, "POST", "/v1/payments").headers().firstValue("location").get();

    assertThat(with(READ, "GET", payment).statusCode()).isEqualTo(200);
    assertThat(with(READ, "GET", "/v1/payments").statusCode()).isEqualTo(200);
    assertMissing(with(PAY, "GET", payment), "read", "pay");
    assertMissing(with(PAY, "GET", "/v1/payments"), "read", "pay");
    assertMissing(with(READ, "POST", "/v1/payments"), "pay", "read");
    assertMissing(with(OTHERS, "POST", "/v1/observations"), "pay", "read, refund, operate");
    assertThat(with(READ, "GET", "/nowhere").statusCode()).isEqualTo(404);
    // Regression: the route of the scope check was in the label of Vert.x's metrics.
    assertThat(
            new Scrape(service.metrics())
                .sum("vertx_http_server_requests_total", "route=\"/v1/payments\""))
        .isPositive();
  }

  private static void assertMissing(HttpResponse<String> answer, String scope, String found) {
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(kind(answer)).isEqualTo("/problems/missing-scope");
    assertThat(new JsonObject(answer.body()).getString("detail"))
        .isEqualTo("Expected a key with the scope " + scope + ", found one with " + found + ".");
    assertThat(answer.headers().firstValue("www-authenticate"))
        .hasValue(
            "Bearer realm=\"paymeter\", error=\"insufficient_scope\", scope=\"" + scope + "\"");
  }

  @Test
  void idempotencyKey_sameForTwoOwners_isTwoPayments() {
    String first = paidUnder(PAY);

    assertThat(paidUnder(PAY)).isEqualTo(first);
    assertThat(paidUnder(PAY_TOO)).isNotEqualTo(first);
  }

  @Test
  void idempotencyKey_sameForTwoApiKeysOfOneOwner_isOnePayment() {
    String first = paidUnder(PAY);

    assertThat(paidUnder(PAY_ROTATED)).isEqualTo(first);
  }

  private static String paidUnder(NewApiKey key) {
    HttpResponse<String> answer =
        send(
            "POST",
            service.api("/v1/payments"),
            "Authorization",
            "Bearer " + key.key(),
            "Idempotency-Key",
            "\"same\"");
    assertThat(answer.statusCode()).isEqualTo(201);
    return new JsonObject(answer.body()).getString("id");
  }

  /** Basic authentication, as sent by curl --user and browsers. */
  @Test
  void key_asUserOrPassword_isAccepted() {
    for (String login : List.of(PAY.key() + ":", "any-user:" + PAY.key(), PAY.key())) {
      String basic = "Basic " + Base64.getEncoder().encodeToString(login.getBytes());
      assertThat(send("POST", service.api("/v1/payments"), "Authorization", basic).statusCode())
          .isEqualTo(201);
    }
  }

  @Test
  void file_changed_takesEffectWithoutARestart() throws Exception {
    NewApiKey late = NewApiKey.generate("late", "pay", "never");
    assertThat(with(late, "POST", "/v1/payments").statusCode()).isEqualTo(401);

    Files.writeString(file, Files.readString(file) + "\n" + late.line());
    eventually(() -> assertThat(with(late, "POST", "/v1/payments").statusCode()).isEqualTo(201));
    Files.writeString(file, Files.readString(file).replace(late.line(), ""));
    eventually(() -> assertThat(with(late, "POST", "/v1/payments").statusCode()).isEqualTo(401));
  }

  /** Regression: they continued for up to ten minutes, and then ended by their age. */
  @Test
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD) // Reading ignores interrupts.
  void streams_ofARevokedKey_end() throws Exception {
    NewApiKey revoked = NewApiKey.generate("revoked", "read,operate", "never");
    Files.writeString(file, Files.readString(file) + "\n" + revoked.line());
    eventually(() -> assertThat(with(revoked, "GET", "/v1/payments").statusCode()).isEqualTo(200));
    try (InputStream events = stream(service.api("/v1/events"), revoked);
        InputStream console = stream(service.management("/console/events"), revoked)) {
      Files.writeString(file, Files.readString(file).replace(revoked.line(), ""));

      assertThat(new String(events.readAllBytes(), UTF_8)).contains("id: ");
      assertThat(new String(console.readAllBytes(), UTF_8)).contains("event: hello");
    }
  }

  private static InputStream stream(URI uri, NewApiKey key) throws Exception {
    HttpResponse<InputStream> response =
        TestHttp.client()
            .send(
                HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + key.key()).build(),
                BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    return response.body();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/metrics", "/health/live", "/health/ready", "/health/started"})
  void managementForMachines_fromAnotherMachine_isOpen(String path) {
    assertThat(fromAnotherMachine("GET", path).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /",
    "GET, /console",
    "GET, /console/",
    "GET, /console/events",
    "GET, /console/main.js",
    "GET, /sampling",
    "PATCH, /sampling",
    "GET, /simulator",
    "DELETE, /simulator",
    "GET, /nowhere"
  })
  void managementForOperators_fromAnotherMachine_needsTheScope(String method, String path) {
    HttpResponse<String> unknown = fromAnotherMachine(method, path);
    assertThat(unknown.statusCode()).isEqualTo(401);
    assertThat(unknown.headers().firstValue("www-authenticate").orElseThrow())
        .startsWith("Basic realm=\"paymeter\"");
    assertMissing(
        fromAnotherMachine(method, path, "Authorization", "Bearer " + PAY.key()), "operate", "pay");
  }

  /** A proxy on this machine that adds no header makes all its clients local. */
  @ParameterizedTest
  @CsvSource({"GET, /sampling", "PATCH, /sampling", "GET, /console/", "GET, /console/events"})
  void managementForOperators_fromThisMachine_needsTheScope(String method, String path) {
    HttpResponse<String> unknown = send(method, service.management(path));
    assertThat(unknown.statusCode()).isEqualTo(401);
    assertMissing(
        send(method, service.management(path), "Authorization", "Bearer " + PAY.key()),
        "operate",
        "pay");
  }

  @Test
  void managementForOperators_withTheScope_isServed() {
    String operator = "Bearer " + OPERATE.key();
    assertThat(fromAnotherMachine("GET", "/sampling", "Authorization", operator).statusCode())
        .isEqualTo(200);
    assertThat(send("GET", service.management("/console/"), "Authorization", operator).statusCode())
        .isEqualTo(200);
  }

  /** DNS rebinding: a foreign name that resolves to this machine gives no operator's rights. */
  @Test
  void managementForOperators_fromTrustedMachineWithForeignHostName_needsTheScope()
      throws Exception {
    Map<String, String> settings =
        Map.of(
            "instance.id", "reachable",
            "management.trust-local", "true",
            "security.keys", file.toString(),
            "management.host", "0.0.0.0");
    try (RunningService reachable = RunningService.start(settings)) {
      assertThat(get(reachable, "localhost")).startsWith("HTTP/1.1 200 ");
      assertThat(get(reachable, "evil.example")).startsWith("HTTP/1.1 401 ");
      assertThat(get(reachable, "/console/v1/operator", "localhost"))
          .as("money needs a key")
          .contains("\"operate\"", "\"read\"")
          .doesNotContain("refund", "pay");
    }
  }

  private static String get(RunningService service, String name) throws Exception {
    return get(service, "/sampling", name);
  }

  private static String get(RunningService service, String path, String name) throws Exception {
    try (RawHttp raw = new RawHttp(service.management(""))) {
      raw.send("GET " + path + " HTTP/1.1\r\nConnection: close\r\nHost: " + name + "\r\n\r\n");
      return raw.readAll();
    }
  }

  /** Sends a request as a proxy on this machine forwards it. */
  private static HttpResponse<String> fromAnotherMachine(
      String method, String path, String... headers) {
    String[] all = new String[headers.length + 2];
    System.arraycopy(headers, 0, all, 2, headers.length);
    all[0] = "X-Forwarded-For";
    all[1] = "192.0.2.7";
    return send(method, service.management(path), all);
  }

  @Test
  void requests_beyondTheBurst_are429_forThisKeyOnly() {
    Map<String, String> settings =
        Map.of(
            "instance.id", "limited",
            "security.keys", file.toString(),
            "http.rate", "1",
            "http.burst", "3");
    try (RunningService limited = RunningService.start(settings)) {
      HttpResponse<String> first = pay(limited, PAY);
      assertThat(first.statusCode()).isEqualTo(201);
      assertThat(first.headers().firstValue("ratelimit-policy")).hasValue("\"default\";q=3;w=3");
      assertThat(first.headers().firstValue("ratelimit")).hasValue("\"default\";r=2;t=1");

      HttpResponse<String> rejected =
          Await.first(() -> Optional.of(pay(limited, PAY)).filter(a -> a.statusCode() == 429));

      assertThat(kind(rejected)).isEqualTo("/problems/rate-limited");
      assertThat(rejected.headers().firstValue("retry-after")).hasValue("1");
      assertThat(rejected.headers().firstValue("ratelimit").orElseThrow())
          .matches("\"default\";r=0;t=[23]");
      assertMissing(
          send("POST", limited.api("/v1/payments"), "Authorization", "Bearer " + READ.key()),
          "pay",
          "read");
      eventually(() -> assertThat(pay(limited, PAY).statusCode()).isEqualTo(201));
      assertThat(send("POST", limited.api("/v1/payments")).statusCode()).isEqualTo(401);
      Scrape scrape = new Scrape(limited.metrics());
      assertThat(rejections(scrape, "rate_limited")).isPositive();
      assertThat(rejections(scrape, "missing_scope")).isEqualTo(1);
      assertThat(rejections(scrape, "unauthenticated")).isEqualTo(1);
      assertThat(rejections(scrape, "card_number")).isZero();
    }
  }

  private static int rejections(Scrape scrape, String reason) {
    return scrape
        .sum("paymeter_requests_refused_total", "reason=\"" + reason + "\"")
        .intValueExact();
  }

  private static HttpResponse<String> pay(RunningService service, NewApiKey key) {
    return send("POST", service.api("/v1/payments"), "Authorization", "Bearer " + key.key());
  }

  @Test
  void withoutKeys_operatorFromAnotherMachine_is403() {
    try (RunningService open = RunningService.start(Map.of("instance.id", "open"))) {
      HttpResponse<String> answer =
          send("GET", open.management("/sampling"), "X-Forwarded-For", "192.0.2.7");

      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(open.pay(RunningService.order("o", "1.00")).statusCode()).isEqualTo(201);
    }
  }
}
