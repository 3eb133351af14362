package dev.paymeter.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.paymeter.gateway.simulator.Fault;
import dev.paymeter.gateway.simulator.FaultInjector;
import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaultInjectionJsonTest {
  @TempDir Path directory;
  private Simulator simulator;
  private FaultInjectionJson control;

  @BeforeEach
  void open() throws IOException {
    simulator =
        Simulator.open(
            new Simulator.Options(
                directory,
                new SimulatedGateway.Behaviour(1, 0, 0, 0),
                Duration.ofSeconds(5),
                Map.of(Fault.ANSWER_LOST, 0.25),
                true),
            TestOrders.LEDGER,
            List.of("stripe", "paypal"),
            new ManualScheduler());
    control = new FaultInjectionJson(new TreeMap<>(simulator.gateways()));
  }

  @AfterEach
  void close() throws IOException {
    simulator.close();
  }

  @Test
  void show_initially_containsAllFaultsOfAllGateways() {
    JsonObject json = control.show();

    assertThat(json.fieldNames()).containsExactly("paypal", "stripe");
    JsonObject stripe = json.getJsonObject("stripe");
    assertThat(stripe.fieldNames())
        .contains("delay_seconds", "unwanted_answers")
        .containsAll(Stream.of(Fault.values()).map(Fault::label).toList());
    assertThat(stripe.getDouble("delay_seconds")).isEqualTo(5.0);
    assertThat(stripe.getJsonObject("answer_lost").getDouble("rate")).isEqualTo(0.25);
  }

  @Test
  void change_someFaultsOfOneGateway_changesOnlyThese() {
    control.change(
        new JsonObject(
            """
            {"stripe": {"delay_seconds": 0.5, "answer_lost": null,
              "brown_out": {"rate": 1, "next": 3, "for_seconds": 60}}}
            """));

    FaultInjector stripe = faults("stripe");
    assertThat(stripe.delay()).isEqualTo(Duration.ofMillis(500));
    assertThat(stripe.setting(Fault.ANSWER_LOST)).isEqualTo(FaultInjector.Setting.NONE);
    assertThat(stripe.setting(Fault.BROWN_OUT).rate()).isEqualTo(1);
    assertThat(stripe.setting(Fault.BROWN_OUT).next()).isEqualTo(3);
    assertThat(stripe.setting(Fault.BROWN_OUT).duration())
        .isPositive()
        .isLessThanOrEqualTo(Duration.ofSeconds(60));
    assertThat(faults("paypal").setting(Fault.ANSWER_LOST))
        .isEqualTo(FaultInjector.Setting.ofRate(0.25));
    assertThat(faults("paypal").delay()).isEqualTo(Duration.ofSeconds(5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"visa":{}}                                 | visa                         | present
          {"stripe":1}                                | stripe                       | 1
          {"stripe":{"answer_lots":{}}}               | stripe.answer_lots           | present
          {"stripe":{"answer_lost":0.5}}              | stripe.answer_lost           | 0.5
          {"stripe":{"answer_lost":{"rate":1.1}}}     | stripe.answer_lost.rate      | 1.1
          {"stripe":{"answer_lost":{"rate":"1"}}}     | stripe.answer_lost.rate      | 1
          {"stripe":{"answer_lost":{"next":-1}}}      | stripe.answer_lost.next      | -1
          {"stripe":{"answer_lost":{"next":1.5}}}     | stripe.answer_lost.next      | 1.5
          {"stripe":{"answer_lost":{"for":1}}}        | stripe.answer_lost.for       | present
          {"stripe":{"answer_lost":{"for_seconds":-1}}} | stripe.answer_lost.for_seconds | -1
          {"stripe":{"delay_seconds":null}}           | stripe.delay_seconds         | null
          """)
  void change_oneIsInvalid_isRejectedAndChangesNothing(String body, String field, String actual) {
    JsonObject changes = new JsonObject("{\"paypal\":{\"answer_lost\":null}}");
    changes.mergeIn(new JsonObject(body));

    RequestRejectedException rejected =
        catchThrowableOfType(RequestRejectedException.class, () -> control.change(changes));

    assertThat(rejected.fieldErrors()).hasSize(1);
    assertThat(rejected.fieldErrors().get(0).field()).isEqualTo(field);
    assertThat(rejected.fieldErrors().get(0).actual()).isEqualTo(actual);
    assertThat(faults("paypal").setting(Fault.ANSWER_LOST))
        .isEqualTo(FaultInjector.Setting.ofRate(0.25));
  }

  @Test
  void clear_allFaults_areRemoved() {
    control.clear();

    assertThat(simulator.gateways().values())
        .allSatisfy(
            gateway ->
                assertThat(gateway.faults().setting(Fault.ANSWER_LOST))
                    .isEqualTo(FaultInjector.Setting.NONE));
  }

  @Test
  void show_beforeTheStart_isEmpty() {
    assertThat(new FaultInjectionJson(new TreeMap<>()).show()).isEmpty();
  }

  private FaultInjector faults(String gateway) {
    return simulator.gateways().get(gateway).faults();
  }
}
