package dev.paymeter.gateway.simulator;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paymeter.gateway.simulator.SimulatedGateway.Behaviour;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulatedGatewayTest {
  private static final int MANY = 20_000;
  private static final TestOrders STANDARD = TestOrders.order();
  private static final TestOrders PREMIUM = TestOrders.order().tier("premium");
  private static final String APPROVED = "approved";

  private final ManualScheduler pauses = new ManualScheduler();

  @TempDir static Path directory;

  @Test
  void charge_sameSeed_nthPaymentHasTheSameOutcome() {
    List<String> once = outcomes(gateway("stripe", 42), 1000);
    List<String> again = outcomes(gateway("stripe", 42), 1000);

    assertThat(again).isEqualTo(once);
    assertThat(once).contains(APPROVED, "gateway_error", "invalid_payment_method");
  }

  @Test
  void charge_othersTierDiffers_ownOutcomeDoesNot() {
    SimulatedGateway gateway = gateway("stripe", 42);
    List<String> mixed =
        IntStream.range(0, 1000)
            .mapToObj(n -> outcome(gateway, n % 2 == 0 ? PREMIUM : STANDARD))
            .toList();

    List<String> standard = outcomes(gateway("stripe", 42), 1000);

    for (int n = 1; n < 1000; n += 2) {
      assertThat(mixed.get(n)).isEqualTo(standard.get(n));
    }
  }

  @Test
  void charge_fromSeveralThreads_outcomesAreTheSameTogether() {
    SimulatedGateway shared = gateway("stripe", 42);

    List<String> parallel =
        IntStream.range(0, 5_000).parallel().mapToObj(n -> outcome(shared, STANDARD)).toList();

    assertThat(counted(parallel)).isEqualTo(counted(outcomes(gateway("stripe", 42), 5_000)));
  }

  @ParameterizedTest
  @CsvSource({"paypal, 42", "stripe, 43"})
  void charge_anotherNameOrSeed_outcomesDiffer(String name, long seed) {
    assertThat(outcomes(gateway(name, seed), 1000))
        .isNotEqualTo(outcomes(gateway("stripe", 42), 1000));
  }

  /** Within four standard deviations of the contract's rates: the seed is fixed, so it is sure. */
  @Test
  void charge_many_failAsOftenAsTheContractSays() {
    Map<String, Long> standard = counted(outcomes(gateway("stripe", 1), MANY));
    Map<String, Long> premium =
        counted(Stream.generate(() -> PREMIUM).limit(MANY), gateway("stripe", 2));

    double failed = MANY - standard.get(APPROVED);
    assertThat(failed / MANY).isCloseTo(0.1, within(4 * deviation(0.1, MANY)));
    assertThat(1 - premium.get(APPROVED) / (double) MANY)
        .isCloseTo(0.05, within(4 * deviation(0.05, MANY)));
    assertThat(standard.get("gateway_error") / failed)
        .isCloseTo(0.3, within(4 * deviation(0.3, failed)));
  }

  @Test
  void charge_failures_areOfTheContractsTypes() {
    SimulatedGateway gateway = instant("stripe", new Behaviour(7, 0, 1, 1));

    List<PaymentException> errors =
        Stream.generate(() -> gateway.charge(STANDARD.pending()).result())
            .limit(100)
            .map(answer -> ((GatewayResult.Rejected) answer).error())
            .distinct()
            .toList();

    assertThat(errors)
        .containsExactlyInAnyOrder(
            new PaymentGatewayException(
                FailureCode.GATEWAY_ERROR,
                "The gateway reported an internal error, and charged nothing"),
            new PaymentValidationException(
                FailureCode.INVALID_PAYMENT_METHOD, "Invalid payment method"));
  }

  @ParameterizedTest
  @CsvSource({
    "standard, 50.00, 1, 100, 400",
    "basic, 1000.00, 1, 100, 400",
    "standard, 1000.01, 1, 150, 450",
    "premium, 50.00, 1, 80, 380",
    "premium, 5000.00, 1, 80, 380",
    "standard, 50.00, 10, 1000, 4000",
    "standard, 50.00, 0.1, 10, 40"
  })
  void charge_delay_spreadsOverTheContractsRange(
      String tier, String amount, double scale, long least, long most) {
    TestOrders order = TestOrders.order().tier(tier).of(amount, "USD");
    SimulatedGateway gateway =
        TestSimulator.fresh(directory, "stripe", new Behaviour(1, scale, 0.1, 0.05), pauses);

    IntStream.range(0, 500).forEach(n -> gateway.charge(order.pending()));

    double[] millis =
        pauses.requested().stream().mapToDouble(d -> d.toNanos() / 1e6).sorted().toArray();
    double spread = most - least;
    assertThat(millis).hasSize(500);
    assertThat(millis[0]).isBetween((double) least, least + 0.02 * spread);
    assertThat(millis[499]).isBetween(most - 0.02 * spread, (double) most);
    assertThat(Arrays.stream(millis).average().orElseThrow())
        .isCloseTo((least + most) / 2.0, within(0.06 * spread));
  }

  @Test
  void charge_beforeTheDelayHasPassed_isNotAnswered() {
    SimulatedGateway gateway =
        TestSimulator.fresh(directory, "stripe", new Behaviour(1, 1, 0, 0), pauses);
    Payment payment = STANDARD.pending();
    Future<GatewayResult> answer = gateway.charge(payment);
    assertThat(answer.isComplete()).isFalse();

    pauses.pass();

    assertThat(answer.result()).isEqualTo(new GatewayResult.Approved("sim_" + payment.id()));
  }

  @Test
  void charge_timeScaleZero_answersAtOnce() {
    SimulatedGateway gateway =
        TestSimulator.fresh(directory, "stripe", TestSimulator.SMOOTH, pauses);

    assertThat(gateway.charge(STANDARD.pending()).succeeded()).isTrue();
    assertThat(pauses.requested()).isEmpty();
  }

  @Test
  void charge_again_givesTheFirstAnswerAndDrawsNothing() {
    SimulatedGateway gateway = gateway("stripe", 42);
    List<String> all = new ArrayList<>();

    for (int n = 0; n < 1000; n++) {
      Payment payment = STANDARD.pending();
      GatewayResult answer = gateway.charge(payment).result();
      assertThat(gateway.charge(payment).result()).isEqualTo(answer);
      assertThat(gateway.resolve(payment).result()).isEqualTo(answer);
      all.add(word(answer));
    }

    assertThat(all).isEqualTo(outcomes(gateway("stripe", 42), 1000));
  }

  private static double deviation(double rate, double draws) {
    return Math.sqrt(rate * (1 - rate) / draws);
  }

  private static SimulatedGateway gateway(String name, long seed) {
    return instant(name, new Behaviour(seed, 0, 0.1, 0.05));
  }

  private static SimulatedGateway instant(String name, Behaviour behaviour) {
    return TestSimulator.fresh(directory, name, behaviour, TestSimulator.NO_PAUSES);
  }

  private static List<String> outcomes(SimulatedGateway gateway, int requests) {
    return Stream.generate(() -> outcome(gateway, STANDARD)).limit(requests).toList();
  }

  private static String outcome(SimulatedGateway gateway, TestOrders order) {
    return word(await(gateway.charge(order.pending())));
  }

  private static String word(GatewayResult answer) {
    return answer instanceof GatewayResult.Rejected rejected
        ? rejected.error().code().label()
        : APPROVED;
  }

  private static Map<String, Long> counted(Stream<TestOrders> orders, SimulatedGateway gateway) {
    return counted(orders.map(order -> outcome(gateway, order)).toList());
  }

  private static Map<String, Long> counted(List<String> outcomes) {
    Map<String, Long> counts = new HashMap<>();
    outcomes.forEach(outcome -> counts.merge(outcome, 1L, Long::sum));
    return counts;
  }
}
