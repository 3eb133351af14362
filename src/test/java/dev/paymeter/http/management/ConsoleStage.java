package dev.paymeter.http.management;

import static dev.paymeter.support.Await.await;

import dev.paymeter.bus.LocalCodec;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.metrics.alerts.ActiveAlerts;
import dev.paymeter.metrics.dashboard.DashboardSampler;
import dev.paymeter.metrics.dashboard.ErrorBudget;
import dev.paymeter.metrics.dashboard.MoneyTotals;
import dev.paymeter.metrics.dashboard.PaymentTotals;
import dev.paymeter.metrics.dashboard.Quantiles;
import dev.paymeter.metrics.dashboard.RecentPayments;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.support.http.RecordedActions;
import dev.paymeter.support.http.TestVerticles;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The real management port with a scripted state of the service: any state is there at once, and no
 * process has to be brought into it.
 */
final class ConsoleStage implements AutoCloseable {
  private static final ErrorBudget.Budgets BUDGETS =
      new ErrorBudget.Budgets(
          Instant.now().minusSeconds(7200),
          new ErrorBudget.Budget(0.005, 2, 1000),
          new ErrorBudget.Budget(0.01, 0, 1000));

  static final String API = "http://127.0.0.1:18443";

  private final Vertx vertx = Vertx.vertx();
  private final int port;
  private Health health = new Health();
  private volatile UnaryOperator<StatusBuilder> change = UnaryOperator.identity();
  private volatile List<DashboardSampler.Point> points = List.of();
  private volatile List<RecentPayments.CountedPayment> payments = List.of();
  private volatile ActiveAlerts alerts = ActiveAlerts.NONE;
  private String deployment = "";

  ConsoleStage(int port) {
    this.port = port;
    LocalCodec.registerAll(vertx.eventBus());
    open();
  }

  /** Begins with a healthy service that has run for ten minutes; a new one if it is ending. */
  void reset() {
    if (health.state().phase() == Health.Phase.SERVING) {
      showHealthy();
    } else {
      shut();
      open();
    }
  }

  private void showHealthy() {
    alerts = new ActiveAlerts(Instant.now(), List.of(), List.of());
    change = UnaryOperator.identity();
    payments = List.of(new RecentPayments.CountedPayment(1, TestOrders.order().succeeded(), null));
    Instant now = Instant.now();
    List<DashboardSampler.Point> all = new ArrayList<>();
    for (int i = 120; i >= 0; i--) {
      all.add(point(now.minusSeconds(5L * i), 0.25, 1_000_000 - 1000L * i));
    }
    points = all;
  }

  /** Opens the port again, as after a loss of the connection. */
  void open() {
    showHealthy();
    deploy(serving());
  }

  /** Opens the port again, as a new process does, which has counted no payment. */
  void openAfterRestart() {
    showHealthy();
    points = List.of(point(Instant.now(), 0.25, 0));
    alerts = ActiveAlerts.NONE;
    deploy(serving());
  }

  /** Opens the port again, as a process does that began some time ago and still starts. */
  void openStarting(Duration ago) {
    showStarting();
    change = status -> status.later(ago).notRestored();
    deploy(new Health());
  }

  private static Health serving() {
    Health health = new Health();
    health.markServing(Future::succeededFuture);
    return health;
  }

  private void deploy(Health state) {
    health = state;
    ManagementVerticle verticle =
        new ManagementVerticle(
            new ManagementVerticle.Endpoint(
                "127.0.0.1",
                port,
                health,
                (format, gzip) -> Future.succeededFuture(Buffer.buffer()),
                new Sampling(1),
                new ConsoleSource(
                    "paymeter-0",
                    () -> API,
                    () ->
                        Future.succeededFuture(
                            Map.of(
                                "PaymentUnknownForLong", new BigDecimal("300"),
                                "RefundUnknownForLong", new BigDecimal("300"),
                                "PaymeterAuditStalled", new BigDecimal("60"),
                                "DisputeResponseDue", new BigDecimal("259200"),
                                "PaymentSuccessRateLow", new BigDecimal("95"))),
                    range -> points,
                    () -> BUDGETS,
                    () -> change.apply(new StatusBuilder()).build(),
                    () -> alerts,
                    () -> Future.succeededFuture(payments),
                    Duration.ofMinutes(10),
                    TestOrders.ALLOWED_VALUES,
                    () -> Future.failedFuture(RequestRejectedException.ledgerUnavailable()),
                    () -> Future.succeededFuture(new PaymentTotals(0, BigDecimal.ZERO)),
                    null),
                null,
                TestVerticles.servers(),
                new ApiKeyAuthHandler(null, false),
                new RecordedActions().trail()));
    deployment = await(vertx.deployVerticle(verticle));
  }

  /** Closes the port, as a service that is gone. */
  void shut() {
    await(vertx.undeploy(deployment));
  }

  URI page() {
    return URI.create("http://127.0.0.1:" + port + "/");
  }

  Health health() {
    return health;
  }

  /** Changes the state from now on. */
  void change(UnaryOperator<StatusBuilder> change) {
    this.change = change;
  }

  /** Shows these alerts, as of now. */
  void show(ActiveAlerts.Alert... active) {
    show(Instant.now(), active);
  }

  void show(Instant evaluatedAt, ActiveAlerts.Alert... active) {
    alerts = new ActiveAlerts(evaluatedAt, List.of(active), List.of());
  }

  /** Shows the samples of a service that has run for days, of six hours less two minutes. */
  void showHours() {
    Instant now = Instant.now();
    points =
        IntStream.rangeClosed(0, 179)
            .mapToObj(i -> point(now.minusSeconds(120L * (179 - i)), 0.25, 1000L * i))
            .toList();
  }

  /** Shows a service that has no data yet. */
  void showStarting() {
    alerts = ActiveAlerts.NONE;
    change = StatusBuilder::notRestored;
    points = List.of();
    payments = List.of();
  }

  /** Shows samples with an extreme value. */
  void showOutlier() {
    List<DashboardSampler.Point> all = new ArrayList<>(points);
    all.set(60, point(all.get(60).at(), 9, 940_000));
    points = all;
  }

  /** Shows a service whose start took minutes, ten seconds after it: before, it counted nothing. */
  void showLongStart() {
    Instant now = Instant.now();
    points = List.of(point(now.minusSeconds(200), 0, 0.25, 0), point(now, 10, 0.25, 1_000_000));
  }

  private static DashboardSampler.Point point(Instant at, double seconds, long cents) {
    return point(at, 300, seconds, cents);
  }

  private static DashboardSampler.Point point(
      Instant at, double observedSeconds, double seconds, long cents) {
    SortedMap<String, Long> byGateway = new TreeMap<>(Map.of("stripe", cents));
    return new DashboardSampler.Point(
        at,
        observedSeconds,
        2,
        0,
        98.5,
        new TreeMap<>(Map.of("stripe", seconds)),
        new TreeMap<>(Map.of("stripe", new Quantiles(seconds / 2, seconds, seconds))),
        new TreeMap<>(Map.of("high", 0.0, "medium", 0.05)),
        List.of(new DashboardSampler.Pool("payment_db", "main_pool", 5, 20)),
        10,
        20,
        30,
        new MoneyTotals.Money(
            new MoneyTotals.Sum(cents / 1000, cents),
            byGateway,
            new TreeMap<>(Map.of("EUR", cents / 2, "USD", cents / 2)),
            new TreeMap<>(Map.of("basic", cents)),
            new TreeMap<>(Map.of("card_declined", new MoneyTotals.Sum(cents / 10_000, cents / 10))),
            new MoneyTotals.Sum(cents / 100_000, cents / 100),
            new MoneyTotals.Sum(cents / 1_000_000, cents / 1000)));
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
