package dev.paymeter.http.management;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Switching the simulated gateways' faults while the service runs. */
class SimulatorIT {
  @Test
  void simulator_switchable_befallsWhoeverPaysUntilItIsCleared() {
    try (RunningService service = RunningService.start(Map.of("simulator.switchable", "true"))) {
      JsonObject shown =
          new JsonObject(
              send(service, "PATCH", "{\"stripe\":{\"connection_refused\":{\"rate\":1}}}").body());
      assertThat(
              shown.getJsonObject("stripe").getJsonObject("connection_refused").getDouble("rate"))
          .isEqualTo(1.0);

      HttpResponse<String> rejected = service.pay(RunningService.order("o1", "1.00"));
      assertThat(rejected.body()).contains("gateway_unavailable", "refused the connection");

      assertThat(send(service, "DELETE", "").statusCode()).isEqualTo(200);
      assertThat(service.pay(RunningService.order("o2", "1.00")).statusCode()).isEqualTo(201);
      JsonObject struck = new JsonObject(send(service, "GET", "").body());
      assertThat(
              struck
                  .getJsonObject("stripe")
                  .getJsonObject("connection_refused")
                  .getInteger("struck"))
          .isEqualTo(1);
      assertThat(send(service, "PATCH", "{").statusCode()).isEqualTo(400);
      assertThat(send(service, "PATCH", "{\"visa\":1}").statusCode()).isEqualTo(422);
      assertThat(send(service, "PUT", "{}").statusCode()).isEqualTo(405);
    }
  }

  @Test
  void simulator_notSwitchable_isNotThere() {
    try (RunningService service = RunningService.start()) {
      assertThat(send(service, "GET", "").statusCode()).isEqualTo(404);
      assertThat(send(service, "DELETE", "").statusCode()).isEqualTo(404);
    }
  }

  private static HttpResponse<String> send(RunningService service, String method, String body) {
    return RunningService.send(
        HttpRequest.newBuilder(service.management("/simulator"))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body)));
  }
}
