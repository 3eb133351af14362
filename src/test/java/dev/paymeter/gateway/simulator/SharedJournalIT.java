package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.SimulatedGateway.Behaviour;
import dev.paymeter.payment.Payment;
import dev.paymeter.support.Await;
import dev.paymeter.support.payment.TestOrders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several processes are one gateway, also when one of them is killed. */
class SharedJournalIT {
  private static final int PROCESSES = 3;
  private static final int MANY = 20_000;

  @TempDir Path directory;

  /** Charges the same payments as the others, in the same order, and prints each answer. */
  static final class Teller {
    public static void main(String[] arguments) {
      Simulator simulator =
          TestSimulator.open(
              Path.of(arguments[0]),
              new Behaviour(1, 0, 0.3, 0.3),
              TestSimulator.NO_PAUSES,
              "stripe");
      SimulatedGateway gateway = simulator.gateways().get("stripe");
      Payment order = TestOrders.order().pending();
      int count = Integer.parseInt(arguments[1]);
      for (int n = 0; n < count; n++) {
        Payment payment =
            new Payment(
                new UUID(0, n),
                order.order(),
                order.amountUsd(),
                order.rate(),
                order.createdAt(),
                null,
                null,
                null);
        System.out.println(n + " " + gateway.charge(payment).result());
      }
    }
  }

  @Test
  void charge_severalProcessesOneKilled_agreeOnEveryPayment() throws Exception {
    List<Process> tellers = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      tellers.add(start(i, i == 0 ? Integer.MAX_VALUE : MANY));
    }
    Await.eventually(() -> assertThat(answers(0)).hasSizeGreaterThan(1000));
    assertThat(tellers.get(0).destroyForcibly().waitFor()).isNotZero();
    for (Process teller : tellers.subList(1, PROCESSES)) {
      assertThat(teller.waitFor()).isZero();
    }

    List<String> all = answers(1);
    assertThat(all).hasSize(MANY);
    assertThat(answers(2)).isEqualTo(all);
    List<String> killed = answers(0);
    int both = Math.min(MANY, killed.size());
    assertThat(killed.subList(0, both)).isEqualTo(all.subList(0, both));
    Map<UUID, SimulatedCharge> charges = Simulator.charges(directory, "stripe");
    assertThat(charges).hasSizeGreaterThanOrEqualTo(Math.max(MANY, killed.size()));
    assertThat(IntStream.range(0, MANY))
        .allSatisfy(
            n ->
                assertThat(charges.get(new UUID(0, n)).requestCount())
                    .isBetween(PROCESSES - 1, PROCESSES));
  }

  private Process start(int number, int count) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Teller.class.getName(),
            directory.toString(),
            String.valueOf(count))
        .redirectOutput(out(number).toFile())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private Path out(int number) {
    return directory.resolve("answers" + number);
  }

  /** Whole lines. */
  private List<String> answers(int number) throws IOException {
    String text = Files.readString(out(number));
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }
}
