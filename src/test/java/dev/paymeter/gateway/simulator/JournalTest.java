package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.gateway.ChargeFields;
import dev.paymeter.gateway.simulator.SimulatedCharge.Outcome;
import dev.paymeter.gateway.simulator.SimulatedGateway.Behaviour;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final Behaviour SOME_FAIL = new Behaviour(42, 0, 0.3, 0.3);

  @TempDir Path directory;

  @Test
  void charge_afterARestart_givesTheFirstAnswersAndGoesOnWithTheLuck() throws Exception {
    List<Payment> payments = payments(200);
    List<GatewayResult> atOnce;
    try (Simulator simulator = open("whole")) {
      atOnce = charge(simulator, payments);
    }

    List<GatewayResult> inTurns = new ArrayList<>();
    for (int from = 0; from < 200; from += 50) {
      try (Simulator simulator = open("restarted")) {
        inTurns.addAll(charge(simulator, payments.subList(from, from + 50)));
      }
    }

    assertThat(inTurns).isEqualTo(atOnce);
    assertThat(atOnce).hasAtLeastOneElementOfType(GatewayResult.Rejected.class);
    try (Simulator simulator = open("restarted")) {
      assertThat(charge(simulator, payments)).isEqualTo(atOnce);
    }
  }

  @Test
  void open_newDirectory_isForItsUserOnly() throws Exception {
    try (Simulator simulator = open("private/simulator")) {
      charge(simulator, payments(1));
    }

    Path created = directory.resolve("private/simulator");
    assertThat(permissions(created.getParent())).isEqualTo("rwx------");
    assertThat(permissions(created)).isEqualTo("rwx------");
    try (Stream<Path> files = Files.list(created)) {
      assertThat(files.toList())
          .hasSizeGreaterThanOrEqualTo(2)
          .allSatisfy(file -> assertThat(permissions(file)).isEqualTo("rw-------"));
    }
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void charges_everyKind_areWhatWasAskedAndAnswered() throws Exception {
    Payment approved = TestOrders.order().references("a \"b\" é", "u").of("1.234", "KWD").pending();
    Payment never = TestOrders.order().pending();
    Payment rejected = TestOrders.order().tier("premium").of("500", "JPY").pending();
    PaymentException error;
    try (Simulator simulator = open("kinds", new Behaviour(2, 0, 0, 1))) {
      charge(simulator, List.of(approved, approved, approved));
      simulator.gateways().get("stripe").resolve(never);
      error = ((GatewayResult.Rejected) charge(simulator, List.of(rejected)).get(0)).error();
    }

    Map<UUID, SimulatedCharge> charges = Simulator.charges(directory.resolve("kinds"), "stripe");

    assertThat(charges.keySet()).containsExactly(approved.id(), never.id(), rejected.id());
    SimulatedCharge first = charges.get(approved.id());
    assertThat(first.outcome()).isEqualTo(Outcome.APPROVED);
    assertThat(first.orderId()).isEqualTo("a \"b\" é");
    assertThat(first.amountMinor()).isEqualTo(BigInteger.valueOf(1234));
    assertThat(first.currency()).isEqualTo("KWD");
    assertThat(first.requestCount()).isEqualTo(3);
    assertThat(charges.get(never.id()).outcome()).isEqualTo(Outcome.NEVER);
    assertThat(charges.get(never.id()).requestCount()).isZero();
    assertThat(charges.get(rejected.id()).amountMinor()).isEqualTo(BigInteger.valueOf(500));
    assertThat(charges.get(rejected.id()).error()).isEqualTo(error);
    assertThat(Simulator.names(directory.resolve("kinds"))).containsExactly("stripe");
  }

  @Test
  void charge_lastLineTorn_wasNeverAnsweredAndIsTakenBack() throws Exception {
    Payment known = TestOrders.order().pending();
    try (Simulator simulator = open("torn")) {
      charge(simulator, List.of(known));
    }
    Path journal = directory.resolve("torn").resolve("stripe.journal");
    String whole = Files.readString(journal);
    Files.writeString(journal, whole.substring(0, 60), StandardOpenOption.APPEND);
    assertThat(Simulator.charges(directory.resolve("torn"), "stripe")).hasSize(1);

    Payment next = TestOrders.order().pending();
    try (Simulator simulator = open("torn")) {
      charge(simulator, List.of(next));
    }

    assertThat(Files.readString(journal)).startsWith(whole).endsWith("\n");
    assertThat(Simulator.charges(directory.resolve("torn"), "stripe"))
        .containsOnlyKeys(known.id(), next.id());
  }

  @Test
  void open_lineThatIsNone_saysWhere() throws Exception {
    try (Simulator simulator = open("bad")) {
      charge(simulator, payments(1));
    }
    Path journal = directory.resolve("bad").resolve("stripe.journal");
    long size = Files.size(journal);
    Files.writeString(journal, "{}\n", StandardOpenOption.APPEND);

    assertThatThrownBy(() -> open("bad"))
        .hasMessageContaining(journal.toRealPath() + ": invalid line of a journal at byte " + size);
  }

  @Test
  void account_isThatOfTheJournal() throws Exception {
    String account;
    try (Simulator simulator = open("one")) {
      account = account(simulator);
    }

    try (Simulator again = open("one");
        Simulator shared = open("one");
        Simulator other = open("other")) {
      assertThat(account(again)).isEqualTo(account).startsWith("sim_");
      assertThat(account(shared)).isEqualTo(account);
      assertThat(account(other)).isNotEqualTo(account);
    }
  }

  @Test
  void account_journalWithoutOne_getsOne() throws Exception {
    Payment known = TestOrders.order().pending();
    GatewayResult answer;
    try (Simulator simulator = open("earlier")) {
      answer = charge(simulator, List.of(known)).get(0);
    }
    Path journal = directory.resolve("earlier").resolve("stripe.journal");
    List<String> lines = Files.readAllLines(journal);
    Files.write(journal, lines.subList(1, lines.size()));

    String account;
    try (Simulator simulator = open("earlier")) {
      account = account(simulator);
      assertThat(charge(simulator, List.of(known))).containsExactly(answer);
    }
    try (Simulator simulator = open("earlier")) {
      assertThat(account(simulator)).isEqualTo(account);
    }
  }

  /** The new journal has no evidence about the payments in the previous one. */
  @Test
  void charge_journalReplacedMeanwhile_fails() throws Exception {
    try (Simulator simulator = open("replaced")) {
      charge(simulator, payments(1));
      try (Simulator other = open("other")) {
        charge(other, payments(1));
      }
      Files.writeString(
          directory.resolve("replaced").resolve("stripe.journal"),
          Files.readAllLines(directory.resolve("other").resolve("stripe.journal")).get(0) + "\n");

      assertThat(simulator.gateways().get("stripe").charge(TestOrders.order().pending()).cause())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("replaced by another one");
    }
  }

  private static String account(Simulator simulator) {
    return simulator.gateways().get("stripe").account("stripe").orElseThrow();
  }

  /** Two services in one process, as in tests: what is locked is locked for the whole process. */
  @Test
  void open_twiceInOneProcess_isOneGateway() throws Exception {
    Payment payment = TestOrders.order().pending();
    Simulator one = open("shared");
    try (Simulator other = open("shared")) {
      GatewayResult answer = charge(one, List.of(payment)).get(0);
      one.close();

      assertThat(charge(other, List.of(payment))).containsExactly(answer);
    }
    assertThat(
            Simulator.charges(directory.resolve("shared"), "stripe")
                .get(payment.id())
                .requestCount())
        .isEqualTo(2);
  }

  @Test
  void charge_journalCannotBeWritten_nobodyKnows() throws Exception {
    Simulator simulator = open("closed");
    simulator.close();

    assertThat(simulator.gateways().get("stripe").charge(TestOrders.order().pending()).cause())
        .isInstanceOf(IOException.class);
  }

  @Test
  void part_since_readsFewOlderLines() throws Exception {
    ManualClock clock = new ManualClock();
    try (Journal journal = Journal.open(directory.resolve("long"), "stripe", clock)) {
      journal.process(requests(3000));
      clock.advance(Duration.ofHours(1));
      Instant since = clock.instant();
      journal.process(requests(1));

      Journal.Part all = journal.part(Instant.EPOCH, 0);
      Journal.Part recent = journal.part(since, 0);

      assertThat(all.isLast()).isFalse();
      assertThat(recent.isLast()).isTrue();
      assertThat(recent.lines()).filteredOn(line -> !line.at().isBefore(since)).hasSize(1);
      assertThat(recent.lines()).hasSizeLessThan(all.lines().size());
    }
  }

  private static List<Request> requests(int count) {
    return payments(count).stream()
        .map(
            payment ->
                Request.of(
                    payment,
                    number -> JournalEntry.approved(payment.id()),
                    ChargeFields.write(TestOrders.LEDGER, payment)))
        .toList();
  }

  private Simulator open(String name) {
    return open(name, SOME_FAIL);
  }

  private Simulator open(String name, Behaviour behaviour) {
    return TestSimulator.open(
        directory.resolve(name), behaviour, TestSimulator.NO_PAUSES, "stripe");
  }

  private static List<Payment> payments(int count) {
    return Stream.generate(() -> TestOrders.order().pending()).limit(count).toList();
  }

  private static List<GatewayResult> charge(Simulator simulator, List<Payment> payments) {
    SimulatedGateway gateway = simulator.gateways().get("stripe");
    return payments.stream().map(payment -> gateway.charge(payment).result()).toList();
  }
}
