package dev.paymeter.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Failover of payments that the first gateway did not charge, in the running service. */
class FailoverIT {
  private static final String ROWS = "select gateway, status, count(*) from payments group by 1, 2";

  @Test
  void pay_gatewayUnreachable_isChargedByTheNextOneOfTheRoute() {
    Map<String, String> settings = new HashMap<>();
    settings.put("routing.rules", "tier=premium -> stripe paypal");
    settings.put("gateways.stripe.kind", "stripe");
    settings.put("gateways.stripe.url", "http://127.0.0.1:" + TestServer.freePort());
    settings.put("gateways.stripe.secret-key", "sk_test_of_nobody");
    try (RunningService service = RunningService.start(settings)) {
      JsonObject order = RunningService.order("order-1", "12.50");

      JsonObject paid = json(service.pay(order.copy().put("user_tier", "premium")), 201);
      JsonObject named =
          json(service.pay(order.copy().put("user_tier", "premium").put("gateway", "stripe")), 502);
      JsonObject other = json(service.pay(order), 502);

      assertThat(paid.getString("gateway")).isEqualTo("paypal");
      assertThat(named.getJsonObject("payment").getString("gateway")).isEqualTo("stripe");
      assertThat(other.getJsonObject("payment").getString("gateway")).isEqualTo("stripe");
      assertThat(TestPostgres.query(service.databaseUrl(), ROWS))
          .containsExactlyInAnyOrder(
              List.of("paypal", "success", "1"), List.of("stripe", "failed", "2"));
      assertThat(history(service, paid.getString("id")))
          .containsExactly("pending stripe", "pending paypal", "success paypal");
      Scrape scrape = new Scrape(service.metrics());
      assertThat(scrape.sum("paymeter_gateway_failovers_total", "gateway=\"stripe\""))
          .isEqualByComparingTo("1");
      assertThat(scrape.sum("payment_requests_total", "gateway=\"paypal\"", "status=\"success\""))
          .isEqualByComparingTo("1");
      assertThat(scrape.sum("payment_requests_total")).isEqualByComparingTo("3");
      assertThat(scrape.sum("metrics_ledger_drift")).isEqualByComparingTo("0");
    }
  }

  private static List<String> history(RunningService service, String id) {
    return json(RunningService.get(service.api("/v1/payments/" + id + "/history")), 200)
        .getJsonArray("data")
        .stream()
        .map(JsonObject.class::cast)
        .map(step -> step.getString("status") + " " + step.getString("gateway"))
        .toList();
  }

  private static JsonObject json(HttpResponse<String> response, int status) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    return new JsonObject(response.body());
  }
}
