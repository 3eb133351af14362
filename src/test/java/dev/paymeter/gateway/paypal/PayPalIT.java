package dev.paymeter.gateway.paypal;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Payments over HTTP at PayPal, and what the API rejects because PayPal cannot carry it out. */
@ExtendWith(VertxExtension.class)
class PayPalIT {
  private final String database = TestPostgres.newDatabase();
  private FakePayPal paypal;

  @BeforeEach
  void open(Vertx vertx) {
    paypal = new FakePayPal(vertx);
  }

  @AfterEach
  void close() {
    paypal.close();
  }

  private RunningService start() {
    Map<String, String> settings = new HashMap<>();
    settings.put("database.url", database);
    settings.put("gateways.paypal.kind", "paypal");
    settings.put("gateways.paypal.url", paypal.url().toString());
    settings.put("gateways.paypal.client-id", FakePayPal.CLIENT_ID);
    settings.put("gateways.paypal.secret-key", FakePayPal.SECRET);
    settings.put("routing.rules", "-> paypal stripe");
    settings.put("shutdown.deadline", "10ms");
    return RunningService.start(settings);
  }

  private static JsonObject order(String id) {
    return RunningService.order(id, "12.50")
        .put("gateway", "paypal")
        .put("payment_method", "paypal")
        .put("payment_token", FakePayPal.TOKEN);
  }

  @Test
  void pay_token_isCapturedRefundedAndCounted() {
    try (RunningService service = start()) {
      eventually(() -> assertThat(service.pay(order("first")).statusCode()).isEqualTo(201));
      paypal.trouble("/capture", 0, true);
      HttpResponse<String> unknown = service.pay(order("lost"));
      assertThat(unknown.statusCode()).as(unknown.body()).isEqualTo(202);
      String id = new JsonObject(unknown.body()).getString("id");

      eventually(
          () ->
              assertThat(
                      new JsonObject(RunningService.get(service.api("/v1/payments/" + id)).body())
                          .getString("status"))
                  .isEqualTo("success"));

      assertThat(
              RunningService.post(
                      service.api("/v1/payments/" + id + "/refunds"),
                      new JsonObject().put("amount", "2.50"))
                  .statusCode())
          .isEqualTo(201);
      paypal.instrument = FakePayPal.Instrument.WANTS_APPROVAL;
      HttpResponse<String> declined = service.pay(order("declined"));
      assertThat(declined.statusCode()).isEqualTo(402);
      assertThat(declined.body()).contains("authentication_required");

      assertThat(paypal.charged).isEqualTo(paypal.orders.size() - 1);
      assertThat(paypal.refunds).hasSize(1);
      assertThat(
              TestPostgres.query(
                  database, "select distinct account from payments where status = 'success'"))
          .extracting(row -> row.get(0))
          .containsExactly(FakePayPal.ACCOUNT);
      assertThat(
              new Scrape(service.metrics())
                  .sum("payment_requests_total", "gateway=\"paypal\"", "status=\"success\""))
          .isEqualByComparingTo(String.valueOf(paypal.charged));
    }
  }

  @Test
  void pay_orderThatPayPalCannotCarryOut_isRejectedWithFieldErrors() {
    try (RunningService service = start()) {
      JsonObject order =
          order("rejected").put("currency", "KWD").put("metadata", new JsonObject().put("a", "b"));
      order.remove("payment_token");

      HttpResponse<String> rejected = service.pay(order);

      assertThat(rejected.statusCode()).isEqualTo(422);
      JsonArray errors = new JsonObject(rejected.body()).getJsonArray("errors");
      assertThat(errors.stream().map(error -> ((JsonObject) error).getString("field")))
          .containsExactly("currency", "payment_token", "metadata");
      assertThat(TestPostgres.query(database, "select id from payments")).isEmpty();

      JsonObject routed = new JsonObject(service.pay(RunningService.order("any", "12.50")).body());
      assertThat(routed.encode()).contains("\"gateway\":\"stripe\"");
      assertThat(paypal.orders).isEmpty();
    }
  }
}
