package dev.paymeter.metrics.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paymeter.metrics.GatewayStatus;
import dev.paymeter.metrics.LedgerStatus;
import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.MissingAccountMeters;
import dev.paymeter.metrics.TestPipelines;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.AccountRegistry.MissingAccount;
import dev.paymeter.payment.port.AccountRegistry.Total;
import dev.paymeter.payment.port.DisputeLedger.OpenTotal;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.TestOrders;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class StatusSamplerTest {
  private final MetricsPipeline pipeline = TestPipelines.open(1024, 100);
  private final ManualClock clock = new ManualClock();
  private List<MissingAccount> missingAccounts = List.of();
  private final StatusSampler statusSampler =
      new StatusSampler(pipeline::read, pipeline::lastComparison, () -> missingAccounts, clock);

  private boolean isUp = true;
  private double timeouts;
  private double rejected;
  private String breaker = "closed";

  private ServiceStatus sample() {
    clock.advance(StatusSampler.INTERVAL);
    statusSampler.sample();
    return Objects.requireNonNull(statusSampler.latest());
  }

  private void registerLedger() {
    pipeline.update(new LedgerStatus(() -> isUp)::register);
  }

  private void registerGateway() {
    pipeline.update(
        new GatewayStatus(
                "stripe",
                () -> 0,
                () -> 0,
                () -> rejected,
                () -> timeouts,
                List.of("closed", "open", "half_open"),
                () -> breaker)
            ::register);
  }

  @Test
  void ledger_down_hasItsBeginningAndTheRefusedRequests() {
    registerLedger();
    pipeline.unavailable();
    assertThat(sample().incidents()).isEmpty();

    isUp = false;
    pipeline.unavailable();
    Instant since = sample().at();
    pipeline.unavailable();

    ServiceStatus.Incident incident = sample().incidents().get(0);
    assertThat(incident.kind()).isEqualTo(ServiceStatus.Kind.LEDGER_UNAVAILABLE);
    assertThat(incident.since()).isEqualTo(since);
    assertThat(incident.refused()).as("with the one before it was seen").isEqualTo(2);

    isUp = true;
    assertThat(sample().incidents()).isEmpty();
    isUp = false;
    assertThat(sample().incidents().get(0).refused()).as("a new outage").isZero();
  }

  @Test
  void ledger_beforeTheFirstCall_isUnknown() {
    assertThat(sample().ledgerUp()).isNull();
    assertThat(sample().incidents()).isEmpty();
  }

  /** Regression: each start had an incident until the ledger was open. */
  @Test
  void ledger_duringTheStart_isNoIncident() {
    MetricsPipeline closed = closed();
    closed.update(new LedgerStatus(() -> false)::register);

    ServiceStatus status = sample(closed);

    assertThat(status.ledgerUp()).isNull();
    assertThat(status.incidents()).isEmpty();
  }

  @Test
  void gateway_openBreaker_doesNotRespond() {
    registerGateway();
    sample();

    breaker = "open";
    rejected = 4;

    assertThat(sample().incidents())
        .containsExactly(
            new ServiceStatus.Incident(
                ServiceStatus.Kind.GATEWAY_NOT_RESPONDING,
                "stripe",
                clock.instant(),
                4,
                0,
                "open"));
    breaker = "closed";
    assertThat(sample().incidents()).isEmpty();
  }

  @Test
  void gateway_manyTimeouts_doesNotRespondUntilTheyAreAMinuteAgo() {
    registerGateway();
    for (int i = 0; i < 20; i++) {
      pipeline.settled(TestOrders.order().gateway("stripe").succeeded());
    }
    sample();
    timeouts = 3;
    assertThat(sample().incidents().get(0).timeouts()).isEqualTo(3);

    clock.advance(Duration.ofSeconds(59));
    assertThat(sample().incidents()).isEmpty();
  }

  @Test
  void gateway_fewTimeouts_responds() {
    registerGateway();
    sample();
    for (int i = 0; i < 99; i++) {
      pipeline.settled(TestOrders.order().gateway("stripe").succeeded());
    }
    timeouts = 1;

    assertThat(sample().incidents()).isEmpty();
  }

  @Test
  void unknown_payments_areThoseOfEachGateway() {
    Instant now = Instant.now();
    pipeline.showUnknownPayments(
        List.of(
            new UnknownTotal("stripe", 2, now.minusSeconds(60), new BigDecimal("50.25")),
            new UnknownTotal("paypal", 1, now.minusSeconds(3600), new BigDecimal("25.00"))));
    pipeline.showUnknownRefunds(
        List.of(new UnknownTotal("paypal", 2, now.minusSeconds(60), new BigDecimal("0.75"))));

    ServiceStatus.Unknowns unknown = sample().unknown();
    assertThat(unknown.payments()).containsOnlyKeys("stripe", "paypal");
    assertThat(unknown.payments().get("stripe").count()).isEqualTo(2);
    assertThat(unknown.payments().get("stripe").cents()).isEqualTo(5025);
    assertThat(unknown.payments().get("paypal").oldestSeconds()).isBetween(3600.0, 3660.0);
    assertThat(unknown.refunds()).containsOnlyKeys("paypal");
    assertThat(unknown.refunds().get("paypal").cents()).isEqualTo(75);
    assertThat(unknown.at()).isEqualTo(clock.instant());
  }

  @Test
  void unknown_missingAccount_hasUnknownAndPendingTransfers() {
    missingAccounts =
        List.of(
            new MissingAccount(
                "stripe",
                "acct_1",
                clock.instant().minusSeconds(60),
                new Total(2, new BigDecimal("10.05")),
                new Total(1, BigDecimal.TEN),
                new Total(3, new BigDecimal("0.20"))));

    assertThat(sample().unknown().missing())
        .containsExactly(
            new ServiceStatus.MissingAccount(
                "stripe",
                "acct_1",
                61,
                new MoneyTotals.Sum(2, 1005),
                new MoneyTotals.Sum(1, 1000),
                new MoneyTotals.Sum(3, 20)));
  }

  /** They are read less often than unknown outcomes, and are old before these are. */
  @Test
  void unknown_missingAccountsNotRead_keepsTheLastReading() {
    ManualClock reads = new ManualClock();
    missingAccounts =
        List.of(
            new MissingAccount(
                "stripe",
                "acct_1",
                clock.instant(),
                Total.NONE,
                Total.NONE,
                new Total(2, BigDecimal.TEN)));
    new MissingAccountMeters(pipeline::update, reads).show(missingAccounts);
    ServiceStatus.Unknowns read = sample().unknown();

    reads.advance(Duration.ofSeconds(61));

    assertThat(sample().unknown()).isEqualTo(read);
    assertThat(read.missing()).hasSize(1);
  }

  /** The pipeline has the real clock. */
  @Test
  void disputes_open_haveTheirSumAndFirstDeadline() {
    assertThat(sample().disputes().open()).isEmpty();
    pipeline.showOpenDisputes(
        List.of(
            new OpenTotal(
                "stripe",
                false,
                3,
                2,
                Instant.now().plus(Duration.ofDays(2)),
                new BigDecimal("150.05")),
            new OpenTotal("paypal", true, 1, 0, null, new BigDecimal("20.00"))));

    ServiceStatus.Disputes read = sample().disputes();

    assertThat(read.at()).isEqualTo(clock.instant());
    assertThat(read.open()).hasSize(2);
    assertThat(read.open().get(0))
        .isEqualTo(new ServiceStatus.OpenDisputes("paypal", "warning", 1, 2000, 0, null));
    ServiceStatus.OpenDisputes first = read.open().get(1);
    assertThat(first.gateway() + " " + first.kind()).isEqualTo("stripe dispute");
    assertThat(first.count()).isEqualTo(3);
    assertThat(first.awaiting()).isEqualTo(2);
    assertThat(first.cents()).isEqualTo(15_005);
    assertThat(first.respondBy())
        .isCloseTo(clock.instant().plus(Duration.ofDays(2)), within(1, ChronoUnit.MINUTES));
  }

  @Test
  void observations_anyKind_areAccounted() {
    pipeline.settled(TestOrders.order().succeeded());
    pipeline.failed("payment", "Pretender", Severity.HIGH); // rejected

    assertThat(sample().unaccounted()).isZero();
  }

  @Test
  void status_beforeRestore_hasNoProof() {
    ServiceStatus status = sample(closed());

    assertThat(status.proof()).isEmpty();
    assertThat(status.drift()).isNaN();
    assertThat(status.comparedUpTo()).isNull();
    assertThat(status.lookBackSince()).isNull();
  }

  /** Returns a pipeline whose counters are not restored. */
  private static MetricsPipeline closed() {
    return new MetricsPipeline(
        new StripedQueue.Limits(1, 64, 10, 100), new Sampling(1), List.of(), List.of());
  }

  private ServiceStatus sample(MetricsPipeline closed) {
    StatusSampler early =
        new StatusSampler(closed::read, closed::lastComparison, closed::missingAccounts, clock);
    early.sample();
    return Objects.requireNonNull(early.latest());
  }
}
