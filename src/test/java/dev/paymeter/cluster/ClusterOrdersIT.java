package dev.paymeter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.Addresses;
import dev.paymeter.support.Await;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.BusPublisher;
import dev.paymeter.support.service.ClusterMembers;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Payment orders over the event bus of the cluster, compared with those over HTTP. */
class ClusterOrdersIT {
  private static final ClusterMembers members = new ClusterMembers("cluster-orders-it", 1);
  private static ServiceJar service;
  private static BusPublisher shop;

  @TempDir static Path directory;

  @BeforeAll
  static void start() {
    service = members.start(0, directory, Map.of());
    service.api("");
    shop = members.publisher();
    // A new member does not know all consumers at once.
    Await.eventually(() -> assertThat(request("warm-up", Map.of()).body()).isNotNull());
  }

  @AfterAll
  static void stop() {
    shop.close();
    members.close();
  }

  private static JsonObject order() {
    return RunningService.order("order-1", "12.50");
  }

  private static Message<Object> request(Object body, Map<String, String> headers) {
    return shop.requestMessage(Addresses.CREATE, body, headers);
  }

  @Test
  void create_order_isPaid_withTheReplyOfHttp() {
    Message<Object> reply = request(order(), Map.of());

    JsonObject payment = (JsonObject) reply.body();
    assertThat(reply.headers().get("status")).isEqualTo("201");
    assertThat(reply.headers().get("Location")).isEqualTo("/v1/payments/" + payment.getValue("id"));
    assertThat(payment).isEqualTo(service.readPayment(payment));
    assertThat(payment.getString("status")).isEqualTo("success");
  }

  @Test
  void create_sameKeyAgain_alsoAsText_getsTheSameReply() {
    Map<String, String> key = Map.of("Idempotency-Key", "\"once\"");

    Message<Object> first = request(order(), key);
    Message<Object> again = request(Buffer.buffer(order().encode()), key);
    Message<Object> other = request(order().put("amount", "13.00"), key);

    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.headers().get("Idempotency-Replayed")).isEqualTo("true");
    assertThat(first.headers().contains("Idempotency-Replayed")).isFalse();
    assertThat(other.headers().get("status")).isEqualTo("422");
    assertThat(
            TestPostgres.query(
                members.database(), "select count(*) from idempotency_keys where key = 'once'"))
        .containsExactly(List.of("1"));
  }

  @Test
  void create_sameKeyOfTwoMerchants_isAPaymentOfEach() {
    Map<String, String> acmes = Map.of("Idempotency-Key", "\"both\"", "Merchant", "acme");
    Map<String, String> others = Map.of("Idempotency-Key", "\"both\"", "Merchant", "other");
    Map<String, String> nobodys = Map.of("Idempotency-Key", "\"both\"");

    JsonObject acme = (JsonObject) request(order(), acmes).body();
    JsonObject other = (JsonObject) request(order(), others).body();
    JsonObject nobody = (JsonObject) request(order(), nobodys).body();

    assertThat(acme.getString("merchant")).isEqualTo("acme");
    assertThat(other.getString("merchant")).isEqualTo("other");
    assertThat(nobody.fieldNames()).doesNotContain("merchant");
    assertThat(List.of(acme.getString("id"), other.getString("id"), nobody.getString("id")))
        .doesNotHaveDuplicates();
    assertThat(request(order(), acmes).body()).isEqualTo(acme);
  }

  @Test
  void create_invalidMerchant_isRejected() {
    for (String merchant : List.of("", "a b", "merchant=acme", "x".repeat(65))) {
      Message<Object> reply = request(order(), Map.of("Merchant", merchant));

      assertKind(reply, 422, "invalid-request");
      assertThat(((JsonObject) reply.body()).getJsonArray("errors").encode())
          .contains("\"field\":\"Merchant\"");
    }
  }

  @Test
  void create_invalidOrder_getsTheProblemOfHttp() {
    JsonObject wrong = order().put("amount", "-1").put("colour", "red").putNull("user_tier");

    Message<Object> reply = request(wrong, Map.of());
    HttpResponse<String> http = service.payLater(wrong).join();

    assertThat(reply.headers().get("status")).isEqualTo("422");
    assertThat(http.statusCode()).isEqualTo(422);
    assertThat(reply.body()).isEqualTo(new JsonObject(http.body()));
  }

  @Test
  void create_cardNumberAnywhere_isRejected() {
    assertKind(
        request(order().put("order_id", "4111 1111 1111 1111"), Map.of()), 422, "card-number");
    assertKind(request(order(), Map.of("note", "4111111111111111")), 422, "card-number");
  }

  @Test
  void create_notAnOrder_isMalformed() {
    assertKind(request("pay!", Map.of()), 400, "malformed-json");
    assertKind(request(new JsonArray(), Map.of()), 400, "malformed-json");
    assertKind(
        request(Buffer.buffer("{\"amount\":1,\"amount\":2}"), Map.of()), 400, "malformed-json");
    assertKind(
        request(order(), Map.of("Idempotency-Key", "\"half")), 400, "idempotency-key-malformed");
  }

  private static void assertKind(Message<Object> reply, int status, String kind) {
    JsonObject problem = (JsonObject) reply.body();
    assertThat(reply.headers().get("status")).isEqualTo(String.valueOf(status));
    assertThat(problem.getInteger("status")).isEqualTo(status);
    assertThat(problem.getString("type")).isEqualTo("/problems/" + kind);
  }
}
