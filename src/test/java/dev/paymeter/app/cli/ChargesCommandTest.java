package dev.paymeter.app.cli;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChargesCommandTest {
  @TempDir Path directory;

  @Test
  void print_twoGateways_printsLinesOfJson() throws Exception {
    Payment approved = TestOrders.order().of("12.50", "EUR").pending();
    Payment declined = TestOrders.order().tier("premium").pending();
    Refund refund = TestOrders.refund(approved, "2.50");
    try (Simulator simulator =
        Simulator.open(
            new Simulator.Options(
                directory,
                new SimulatedGateway.Behaviour(1, 0, 0, 1),
                Duration.ZERO,
                Map.of(),
                false),
            TestOrders.LEDGER,
            List.of("stripe", "paypal"),
            new ManualScheduler())) {
      charge(simulator, "stripe", approved);
      await(simulator.gateways().get("stripe").refund(refund));
      charge(simulator, "paypal", declined);
      charge(simulator, "paypal", declined);
    }

    List<JsonObject> lines = print().lines().map(JsonObject::new).toList();

    assertThat(lines).hasSize(3);
    assertThat(lines.get(0).getString("gateway")).isEqualTo("paypal");
    assertThat(lines.get(0).getString("outcome")).isEqualTo("refused");
    assertThat(lines.get(0).getInteger("asked")).isEqualTo(2);
    assertThat(lines.get(0).getString("error")).isNotBlank();
    assertThat(lines.get(1).getString("reference")).isEqualTo(approved.id().toString());
    assertThat(lines.get(1).getInteger("amount_minor")).isEqualTo(1250);
    assertThat(lines.get(1).getString("currency")).isEqualTo("EUR");
    assertThat(lines.get(1).containsKey("refund_of")).isFalse();
    assertThat(lines.get(2).getString("reference")).isEqualTo(refund.id().toString());
    assertThat(lines.get(2).getString("refund_of")).isEqualTo(approved.id().toString());
    assertThat(lines.get(2).getInteger("amount_minor")).isEqualTo(250);
  }

  @Test
  void print_missingDirectory_fails() {
    assertThatThrownBy(() -> ChargesCommand.print(directory.resolve("none"), System.out))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none");
  }

  private static void charge(Simulator simulator, String gateway, Payment payment) {
    await(simulator.gateways().get(gateway).charge(payment));
  }

  private String print() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ChargesCommand.print(directory, new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
