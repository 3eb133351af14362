package dev.paymeter.http;

import static dev.paymeter.support.Await.eventually;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.EventSource;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Payment events as clients receive them. */
class EventsIT {
  private static final int PAYMENTS = 60;

  private static final String IDS =
      "select g.generation || 'x' || e.xid || 'x' || e.number from payment_events e"
          + " join generations g on g.number = e.generation order by 1";

  private final RunningService service =
      RunningService.start(Map.of("simulator.failure-rate", "0.2"));

  @AfterEach
  void stop() {
    service.close();
  }

  @Test
  void events_whilePaying_areEachEventOnceInOrder() {
    try (EventSource events = new EventSource(service.api("/v1/events"))) {
      events.awaitOpen();
      List<String> ids = pay(PAYMENTS);

      eventually(() -> assertThat(events.received()).hasSize(2 * PAYMENTS));

      assertComplete(events.received(), ids);
      JsonObject last = events.received().get(2 * PAYMENTS - 1).data();
      String id = last.getJsonObject("payment").getString("id");
      assertThat(last.getJsonObject("payment"))
          .isEqualTo(new JsonObject(RunningService.get(service.api("/v1/payments/" + id)).body()));
      assertThat(last.getString("type"))
          .isEqualTo("payment." + last.getJsonObject("payment").getString("status"));
    }
  }

  /** Events are small, and not all clients of event streams decompress. */
  @Test
  void events_gzipAccepted_areNotCompressed() throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(service.api("/v1/events")).header("Accept-Encoding", "gzip").build();

    HttpResponse<InputStream> response =
        RunningService.CLIENT.sendAsync(request, BodyHandlers.ofInputStream()).join();

    assertThat(response.headers().firstValue("content-type")).contains("text/event-stream");
    assertThat(response.headers().firstValue("content-encoding")).isEmpty();
    response.body().close();
  }

  /** Disconnects after a few events each time. */
  @Test
  void events_disconnectedRepeatedly_resumeAfterTheLast() {
    List<EventSource.Event> all = new ArrayList<>();
    String last;
    try (EventSource first = new EventSource(service.api("/v1/events"))) {
      last = first.awaitOpen();
    }
    CompletableFuture<List<String>> paying = CompletableFuture.supplyAsync(() -> pay(PAYMENTS));
    while (all.size() < 2 * PAYMENTS) {
      try (EventSource next = new EventSource(service.api("/v1/events"), last)) {
        eventually(() -> assertThat(next.received()).isNotEmpty());
        all.addAll(next.received());
        last = all.get(all.size() - 1).id();
      }
    }

    assertComplete(all, paying.join());
  }

  @Test
  void events_afterAnId_beginAfterIt() {
    pay(1);
    List<List<String>> ids = TestPostgres.query(service.databaseUrl(), IDS);

    try (EventSource events = new EventSource(service.api("/v1/events?after=0"))) {
      eventually(
          () ->
              assertThat(events.received().stream().map(event -> List.of(event.id())))
                  .containsExactlyElementsOf(ids));
    }
  }

  /** Also a client that reconnects later with an old id. */
  @Test
  void events_newGeneration_resetThenNewEvents() {
    pay(1);
    try (EventSource open = new EventSource(service.api("/v1/events"))) {
      String before = open.awaitOpen();
      String generation = beginGeneration();
      eventually(() -> assertThat(types(open)).containsExactly("reset"));
      pay(1);

      try (EventSource late = new EventSource(service.api("/v1/events"), before)) {
        for (EventSource client : List.of(open, late)) {
          eventually(
              () ->
                  assertThat(types(client))
                      .containsExactly("reset", "payment.pending", "payment.success"));
          assertThat(client.received())
              .allSatisfy(event -> assertThat(event.id()).startsWith(generation + "x"));
          JsonObject reset = client.received().get(0).data();
          assertThat(reset.fieldNames()).containsExactly("id", "type", "at", "generation");
          assertThat(reset.getString("generation")).isEqualTo(generation);
        }
      }
      String last = open.received().get(2).id();
      try (EventSource resumed = new EventSource(service.api("/v1/events"), last)) {
        pay(1);
        eventually(
            () -> assertThat(types(resumed)).containsExactly("payment.pending", "payment.success"));
      }
    }
  }

  /** Begins a generation, with no event in the last minutes before. */
  private String beginGeneration() {
    TestPostgres.execute(
        service.databaseUrl(), "update payment_events set at = at - interval '3 minutes'");
    return TestPostgres.query(
            service.databaseUrl(),
            "insert into generations (reason) values ('test') returning generation")
        .get(0)
        .get(0);
  }

  private static List<String> types(EventSource events) {
    return events.received().stream().map(EventSource.Event::name).toList();
  }

  @Test
  void events_invalidId_isRejected() {
    HttpResponse<String> rejected =
        RunningService.get(service.api("/v1/events?from=1"), "Last-Event-ID", "yesterday");

    assertThat(rejected.statusCode()).isEqualTo(422);
    assertThat(new JsonObject(rejected.body()).getJsonArray("errors"))
        .isEqualTo(
            new JsonArray()
                .add(fault("from", "no parameter but after", "present"))
                .add(fault("Last-Event-ID", "the id of one event", "yesterday")));
  }

  /** Transactions of any database of the server delay publication. */
  @Test
  void unpublished_whileATransactionIsOpen_grows_thenIsZero() throws SQLException {
    try (Connection other = TestPostgres.connect(TestPostgres.newDatabase())) {
      other.setAutoCommit(false);
      other.createStatement().execute("select pg_current_xact_id()");
      pay(1);

      eventually(() -> assertThat(unpublished()).isPositive());
      BigDecimal before = unpublished();
      eventually(() -> assertThat(unpublished()).isGreaterThan(before));
      other.rollback();
    }

    // Without a cluster, there is no publisher.
    eventually(() -> assertThat(unpublished()).isZero());
  }

  private BigDecimal unpublished() {
    return new Scrape(service.metrics()).sum("payment_events_unpublished_seconds");
  }

  @Test
  void history_ofAPayment_isEachOfItsStates() {
    String id = pay(1).get(0);

    HttpResponse<String> history =
        RunningService.get(service.api("/v1/payments/" + id + "/history"));

    assertThat(history.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(history.body()).getJsonArray("data"))
        .hasSize(2)
        .allSatisfy(
            step ->
                assertThat(((JsonObject) step).fieldNames())
                    .containsExactly("id", "status", "gateway", "at"));
    assertThat(
            RunningService.get(
                    service.api("/v1/payments/00000000-0000-0000-0000-000000000000/history"))
                .statusCode())
        .isEqualTo(404);
  }

  private static JsonObject fault(String field, String expected, String actual) {
    return new JsonObject().put("field", field).put("expected", expected).put("actual", actual);
  }

  /** Creates payments and returns their ids. */
  private List<String> pay(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> service.payLater(RunningService.order("order_" + i, "12.50")))
        .toList()
        .stream()
        .map(CompletableFuture::join)
        .map(answer -> new JsonObject(answer.body()))
        .map(body -> body.getJsonObject("payment", body).getString("id"))
        .toList();
  }

  private static void assertComplete(List<EventSource.Event> events, List<String> payments) {
    Map<String, List<String>> statuses =
        events.stream()
            .map(event -> event.data().getJsonObject("payment"))
            .collect(
                groupingBy(
                    payment -> payment.getString("id"),
                    mapping(payment -> payment.getString("status"), toList())));
    assertThat(statuses.keySet()).containsExactlyInAnyOrderElementsOf(payments);
    assertThat(statuses.values())
        .allSatisfy(
            states ->
                assertThat(states)
                    .isIn(List.of("pending", "success"), List.of("pending", "failed")));
    assertThat(events).extracting(EventSource.Event::id).doesNotHaveDuplicates();
  }
}
