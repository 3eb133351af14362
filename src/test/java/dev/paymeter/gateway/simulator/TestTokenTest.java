package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.SimulatedGateway.Behaviour;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.RecordedCharge;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestTokenTest {
  private static final Pattern NAME = Pattern.compile("pm_card_\\w+");

  @TempDir Path directory;

  private Simulator simulator;
  private SimulatedGateway gateway;

  @BeforeEach
  void open() {
    simulator =
        TestSimulator.open(
            directory, new Behaviour(1, 0, 0.5, 0.5), TestSimulator.NO_PAUSES, "stripe");
    gateway = simulator.gateways().get("stripe");
  }

  @AfterEach
  void close() throws Exception {
    simulator.close();
  }

  private static Payment payment(String token) {
    return TestOrders.order().token(token).pending();
  }

  /** Each is charged often, because half of the payments without a token fail. */
  @ParameterizedTest
  @CsvSource({
    "pm_card_visa,",
    "pm_card_mastercard,",
    "pm_card_amex,",
    "pm_card_visa_chargeDeclined, CARD_DECLINED",
    "pm_card_chargeDeclined, CARD_DECLINED",
    "pm_card_visa_chargeDeclinedInsufficientFunds, INSUFFICIENT_FUNDS",
    "pm_card_chargeDeclinedInsufficientFunds, INSUFFICIENT_FUNDS",
    "pm_card_visa_chargeDeclinedLostCard, CARD_DECLINED",
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded, LIMIT_EXCEEDED",
    "pm_card_chargeDeclinedExpiredCard, EXPIRED_CARD",
    "pm_card_chargeDeclinedIncorrectCvc, INVALID_CARD_DETAILS",
    "pm_card_chargeDeclinedProcessingError, PROCESSING_ERROR",
    "pm_card_authenticationRequired, AUTHENTICATION_REQUIRED",
    "pm_card_VISA, INVALID_PAYMENT_METHOD"
  })
  void charge_token_alwaysHasItsResult(String token, FailureCode declined) {
    for (int n = 0; n < 20; n++) {
      Payment payment = payment(token);

      GatewayResult result = gateway.charge(payment).result();

      if (declined == null) {
        assertThat(result).isEqualTo(new GatewayResult.Approved("sim_" + payment.id()));
      } else {
        assertThat(result.error().code()).isEqualTo(declined);
      }
      assertThat(gateway.resolve(TestOrders.withoutTokenValue(payment)).result()).isEqualTo(result);
    }
  }

  @Test
  void names_areThoseOfTheDocumentation() throws IOException {
    assertThat(Files.readString(Path.of("src/docs/api/payments.md")).lines())
        .filteredOn(line -> line.startsWith("| `pm_card"))
        .flatMap(line -> NAME.matcher(line).results().map(MatchResult::group).toList())
        .containsExactlyElementsOf(
            Arrays.stream(TestToken.values()).flatMap(kind -> kind.names().stream()).toList());
  }

  @Test
  void charge_timeoutCharged_isChargedWithoutResponse() {
    Payment payment = payment("pm_card_timeoutCharged");

    assertThat(gateway.charge(payment).isComplete()).isFalse();

    assertThat(gateway.resolve(TestOrders.withoutTokenValue(payment)).result())
        .isEqualTo(new GatewayResult.Approved("sim_" + payment.id()));
  }

  @Test
  void charge_timeoutNotCharged_isNotReceived() {
    Payment payment = payment("pm_card_timeoutNotCharged");

    assertThat(gateway.charge(payment).isComplete()).isFalse();

    assertThat(gateway.resolve(TestOrders.withoutTokenValue(payment)).result())
        .isInstanceOf(GatewayResult.NotSubmitted.class);
  }

  @Test
  void charge_tokens_doNotChangeTheOutcomesOfOtherPayments() throws Exception {
    List<Class<?>> mixed = new ArrayList<>();
    for (int n = 0; n < 100; n++) {
      Payment payment = n % 2 == 0 ? TestOrders.order().pending() : payment("pm_card_visa");
      GatewayResult result = gateway.charge(payment).result();
      if (n % 2 == 0) {
        mixed.add(result.getClass());
      }
    }
    simulator.close();
    simulator =
        TestSimulator.open(
            directory.resolve("again"),
            new Behaviour(1, 0, 0.5, 0.5),
            TestSimulator.NO_PAUSES,
            "stripe");
    List<Class<?>> alone = new ArrayList<>();
    for (int n = 0; n < 100; n++) {
      GatewayResult result =
          simulator.gateways().get("stripe").charge(TestOrders.order().pending()).result();
      if (n % 2 == 0) {
        alone.add(result.getClass());
      }
    }

    assertThat(mixed).isEqualTo(alone);
  }

  @Test
  void recordedCharges_allDetails_areThoseOfThePayment() throws Exception {
    Payment payment = TestOrders.order().allDetails().pending(Optional.empty());
    gateway.charge(payment);
    List<RecordedCharge> read = new ArrayList<>();

    gateway.recordedCharges(
        Instant.EPOCH,
        page -> {
          read.addAll(page);
          return Future.succeededFuture();
        });

    assertThat(read).extracting(RecordedCharge::payment).containsExactly(payment.withAccount(null));
    assertThat(Files.readString(directory.resolve("stripe" + Journal.SUFFIX)))
        .doesNotContain("pm_card_secret");
  }
}
