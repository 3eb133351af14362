package dev.paymeter.http;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.Addresses;
import dev.paymeter.support.EventSource;
import dev.paymeter.support.TestCollector;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.BusPublisher;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Payment tokens are not in the log of the most detailed level, traces, metrics, events, the
 * console, files and the ledger. Actions of payers, and the addresses to which they return, are in
 * the ledger only.
 */
class PaymentTokensIT {
  /** The rest of a token's name, which is in all of them. */
  private static final List<String> TOKENS =
      List.of(
          "pm_card_visa",
          "pm_card_visa_chargeDeclined",
          "pm_card_timeoutCharged",
          "pm_card_unknownSecret");

  /** At a simulated gateway, the payer's action leads to it. */
  private static final String RETURN_URL = "https://shop.test/return?basket=hiddenAction";

  @TempDir Path directory;

  @Test
  void token_ofPaymentsWithAllOutcomes_isStoredNowhere() throws IOException {
    String database = TestPostgres.newDatabase();
    int port = TestServer.freePort();
    Path simulator = directory.resolve("simulator");
    Map<String, String> settings = new HashMap<>();
    settings.put("database.url", database);
    settings.put("log.level", "debug");
    settings.put("simulator.directory", simulator.toString());
    settings.put("simulator.time-scale", "0");
    settings.put("gateways.stripe.timeout", "1s");
    settings.put("cluster.enabled", "true");
    settings.put("cluster.name", "tokens-" + port);
    settings.put("cluster.port", String.valueOf(port));
    settings.put("cluster.bus-port", String.valueOf(TestServer.freePort()));
    List<String> seen = new ArrayList<>();
    List<Object> published = new CopyOnWriteArrayList<>();
    try (TestCollector collector = new TestCollector()) {
      settings.put("tracing.otlp-endpoint", collector.endpoint());
      try (RestartableService service = RestartableService.startFast(directory, settings);
          BusPublisher member = BusPublisher.join("tokens-" + port, List.of("127.0.0.1:" + port));
          EventSource events = new EventSource(service.api("/v1/events"));
          EventSource console = new EventSource(service.management("/console/events"))) {
        events.awaitOpen();
        eventually(() -> assertThat(console.received()).isNotEmpty());
        member.listen(Addresses.EVENTS, published::add);
        for (String token : TOKENS) {
          seen.add(pay(service, token, "http " + token).body());
          seen.add(pay(service, token, "http " + token).body());
          seen.add(pay(service, token + "2", "http " + token).body());
          seen.add(pay(service, " " + token, "invalid " + token).body());
          seen.add(await(member.request(Addresses.CREATE, order(token, "bus"))).toString());
        }
        HttpResponse<String> waiting =
            RunningService.post(
                service.api("/v1/payments"),
                order("pm_card_authenticationAbandoned", "http").put("return_url", RETURN_URL));
        assertThat(new JsonObject(waiting.body()).getJsonObject("next_action"))
            .contains(Map.entry("redirect_url", RETURN_URL));
        eventually(
            () ->
                assertThat(
                        TestPostgres.query(
                            database,
                            "select status, count(*) from payments group by 1 order by 1"))
                    .containsExactly(
                        List.of("failed", "4"),
                        List.of("requires_action", "1"),
                        List.of("success", "4")));
        seen.add(get(service.api("/v1/payments?limit=100").toString()));
        seen.add(get(service.management("/console/v1/payments?limit=100").toString()));
        for (String format : List.of("text/plain", "application/openmetrics-text")) {
          seen.add(RunningService.get(service.management("/metrics"), "Accept", format).body());
        }
        eventually(() -> assertThat(published).hasSizeGreaterThanOrEqualTo(18));
        eventually(() -> assertThat(events.received()).hasSizeGreaterThanOrEqualTo(18));
        eventually(() -> assertThat(collector.received()).contains("/v1/payments"));
        seen.add(published.toString());
        seen.add(events.received().toString());
        seen.add(console.received().toString());
        seen.add(collector.received());
        seen.add(String.join("\n", service.log()));
      }
    }
    assertThat(seen.get(0)).contains("\"description\":\"Two socks\"");
    assertThat(seen.get(2)).contains("/problems/idempotency-key-mismatch");
    assertThat(seen.get(3)).contains("/problems/invalid-request");
    assertThat(seen).noneMatch(text -> text.contains("hiddenAction"));
    seen.add(rows(database));
    seen.add(files());
    assertThat(seen)
        .allSatisfy(
            text -> assertThat(text).isNotEmpty().doesNotContain("pm_card", "unknownSecret"));
    assertThat(
            TestPostgres.query(
                database, "select count(distinct token_hash), count(token_hash) from payments"))
        .containsExactly(List.of("5", "9"));
  }

  private static JsonObject order(String token, String orderId) {
    return RunningService.order(orderId, "1.00")
        .put("gateway", "stripe")
        .put("payment_token", token)
        .put("description", "Two socks");
  }

  private static HttpResponse<String> pay(RestartableService service, String token, String key) {
    return RunningService.post(
        service.api("/v1/payments"),
        order(token, "http"),
        "Idempotency-Key",
        Integer.toHexString(key.hashCode()));
  }

  private static String get(String uri) {
    return RunningService.send(HttpRequest.newBuilder(URI.create(uri))).body();
  }

  /** Returns the contents of the files that the service has written. */
  private String files() throws IOException {
    StringBuilder contents = new StringBuilder();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return contents.toString();
  }

  /** Returns all rows of all tables as JSON. */
  private static String rows(String database) {
    return TestPostgres.query(
            database,
            "select table_name from information_schema.tables where table_schema='public'")
        .stream()
        .flatMap(
            table ->
                TestPostgres.query(
                    database, "select row_to_json(t)::text from " + table.get(0) + " t")
                    .stream())
        .map(row -> row.get(0))
        .collect(Collectors.joining("\n"));
  }
}
