package dev.paymeter.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ApiIT {
  static RunningService service;

  @BeforeAll
  static void start() {
    service = RunningService.start();
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @Test
  void pay_success_isCreatedAndCanBeRead() {
    HttpResponse<String> answer = service.pay(RunningService.order("order_1", "50.00"));

    assertThat(answer.statusCode()).isEqualTo(201);
    JsonObject payment = new JsonObject(answer.body());
    assertThat(payment.getString("status")).isEqualTo("success");
    assertThat(payment.getString("transaction_id")).isEqualTo("txn_" + payment.getString("id"));
    assertThat(payment.getString("amount")).isEqualTo("50.00");
    HttpResponse<String> read =
        RunningService.get(service.api(answer.headers().firstValue("location").orElseThrow()));
    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(read.body())).isEqualTo(payment);
  }
}
