package dev.paymeter.http;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.OperatorAction;
import dev.paymeter.payment.OperatorAction.Kind;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.security.Scope;
import dev.paymeter.support.http.RecordedActions;
import dev.paymeter.support.http.TestHttp;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class AuditTrailTest {
  private static final HttpClient CLIENT = TestHttp.client();

  private final RecordedActions recorded = new RecordedActions();
  private final AtomicInteger carriedOut = new AtomicInteger();
  private volatile Handler<RoutingContext> work =
      request -> Responses.sendJson(request, 200, new JsonObject());
  private Router router;
  private Routes routes;
  private HttpServer server;

  @BeforeEach
  void listen(Vertx vertx) {
    router = Router.router(vertx);
    router.route().handler(RequestIds::assign);
    router.route().handler(new ApiKeyAuthHandler(null, false)::authenticate);
    routes = new Routes(router, 64 << 10, recorded.trail());
    routes.action(
        Scope.OPERATE,
        Kind.REFUND,
        "/act/:id",
        request -> request.pathParam("id"),
        request -> {
          carriedOut.incrementAndGet();
          work.handle(request);
        });
    routes.handleErrors();
    server = await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
  }

  private HttpResponse<String> act(String id, String body) throws Exception {
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + "/act/" + id))
            .header("Content-Type", "application/json")
            .header("X-Request-Id", "r-1")
            .header("X-Forwarded-For", "203.0.113.7, 10.0.0.1")
            .header("User-Agent", "curl/8")
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  @Test
  void action_carriedOut_isRecordedWithItsSourceAndItsResult() throws Exception {
    work =
        request -> {
          assertThat(recorded.entries()).hasSize(1); // Before the action.
          AuditTrail.describe(request, "refund 7 success");
          Responses.sendJson(request, 201, new JsonObject());
        };

    act("p-1", "{\"amount\": \"1.50\", \"reason\": \"damaged\"}");

    OperatorAction.Entry entry = recorded.entries().get(0);
    assertThat(entry.action())
        .isEqualTo(
            new OperatorAction(
                new OperatorAction.Operator("anonymous", null, null),
                "refund",
                "p-1",
                "damaged",
                "{\"amount\":\"1.50\",\"reason\":\"damaged\"}",
                new OperatorAction.Source("r-1", "127.0.0.1", "203.0.113.7, 10.0.0.1", "curl/8")));
    assertThat(entry.result().status()).isEqualTo(201);
    assertThat(entry.result().outcome()).isEqualTo("refund 7 success");
  }

  @Test
  void action_rejected_isRecordedWithTheProblem() throws Exception {
    work =
        request -> request.fail(RequestRejectedException.wrongState("Expected an unknown outcome"));

    act("p-1", "");

    assertThat(recorded.entries().get(0).result().status()).isEqualTo(409);
    assertThat(recorded.entries().get(0).result().outcome())
        .isEqualTo("rejected: Expected an unknown outcome");
  }

  @Test
  void action_failed_isRecordedAsFailed() throws Exception {
    work = request -> request.fail(new IllegalStateException("defect"));

    act("p-1", "");

    assertThat(recorded.entries().get(0).result().status()).isEqualTo(500);
    assertThat(recorded.entries().get(0).result().outcome()).startsWith("failed: ");
  }

  @Test
  void action_withoutLedger_isNotCarriedOut() throws Exception {
    recorded.becomeUnavailable();

    assertThat(act("p-1", "").statusCode()).isEqualTo(503);
    assertThat(carriedOut).hasValue(0);
  }

  @Test
  void action_malformedBody_isNeitherRecordedNorCarriedOut() throws Exception {
    assertThat(act("p-1", "{").statusCode()).isEqualTo(400);
    assertThat(act("p-1", "{\"reason\": \"4242424242424242\"}").statusCode()).isEqualTo(422);
    assertThat(recorded.entries()).isEmpty();
    assertThat(carriedOut).hasValue(0);
  }

  /** A row cannot contain NUL or half of a surrogate pair. */
  @Test
  void action_unusualTexts_areRecordedShortenedAndPrintable() throws Exception {
    act("a%00b", "{\"reason\": \"" + "x".repeat(300) + "\", \"note\": \"\\u0000\\ud800\"}");
    act("p-1", "{\"note\": \"" + "x".repeat(5000) + "\"}");

    OperatorAction first = recorded.entries().get(0).action();
    assertThat(first.subject()).isEqualTo("a?b");
    assertThat(first.reason()).isEqualTo("x".repeat(255));
    assertThat(first.details()).endsWith("\"note\":\"\\u0000?\"}");
    assertThat(recorded.entries().get(1).action().details())
        .isEqualTo("{\"omitted_characters\":5011}");
  }

  @Test
  void verifyActions_routeThatRecordsNothing_isNamed() {
    routes.verifyActions(Set.of());
    routes.post(Scope.OPERATE, "/other/:id", request -> {});

    assertThatThrownBy(() -> routes.verifyActions(Set.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("[POST] /other/:id");
    routes.verifyActions(Set.of("/other/:id"));
  }
}
