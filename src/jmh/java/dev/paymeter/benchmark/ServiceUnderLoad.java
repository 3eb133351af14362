package dev.paymeter.benchmark;

import static dev.paymeter.support.Await.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.sun.management.OperatingSystemMXBean;
import dev.paymeter.app.Deployments;
import dev.paymeter.app.VertxScheduler;
import dev.paymeter.audit.Audit;
import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.PositionMonitor;
import dev.paymeter.bus.LocalCodec;
import dev.paymeter.bus.PaymentVerticle;
import dev.paymeter.gateway.RoutingGateway;
import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.http.api.ApiVerticle;
import dev.paymeter.http.management.Health;
import dev.paymeter.http.management.ManagementVerticle;
import dev.paymeter.json.AmountRules;
import dev.paymeter.json.PaymentOrderReader;
import dev.paymeter.logging.LoggingSetup;
import dev.paymeter.metrics.AuditedPipelineMetrics;
import dev.paymeter.metrics.ManySeries;
import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.MetricsVerticle;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.metrics.system.EventLoopLagVerticle;
import dev.paymeter.metrics.system.OshiSystemProbe;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Routing;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.DisputeLedger;
import dev.paymeter.payment.port.GatewayCapabilities;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.SegmentStore;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.service.AuthorizationService;
import dev.paymeter.payment.service.PaymentService;
import dev.paymeter.payment.service.SettlementCounter;
import dev.paymeter.payment.service.TransferProcessor;
import dev.paymeter.postgres.LeaseRenewer;
import dev.paymeter.postgres.LedgerIdentity;
import dev.paymeter.postgres.PostgresAuditStore;
import dev.paymeter.postgres.PostgresSegmentStore;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.postgres.SwitchableLedger;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.http.TestVerticles;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.tracing.TracingPolicy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAccumulator;
import org.slf4j.LoggerFactory;

/**
 * The service as a process in which recording and write batching are switched on and off at run
 * time, by lines on standard input. Without recording, the port is a no-op; the rest is unchanged.
 * Switching within one process avoids differences between JVMs. Logs warnings only.
 *
 * <p>Arguments: the database's URL, the queue's capacity, the number of series to add.
 */
final class ServiceUnderLoad {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final OperatingSystemMXBean MACHINE =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final PlatformMetrics platform = new PlatformMetrics();
  private final Sampling sampling = new Sampling(0.01);
  private final Vertx vertx =
      Vertx.builder()
          .with(platform.configure(new VertxOptions()))
          .withMetrics(platform.factory())
          .build();
  private final Switch observations = new Switch();
  private final LongAccumulator longestDelay = new LongAccumulator(Math::max, 0);
  private final MetricsPipeline pipeline;
  private final LedgerSegments ledgerSegments = new LedgerSegments();
  private final Health health = new Health();
  private volatile boolean audited;
  private Audit audit;
  private SwitchableLedger ledgerSwitch;
  private final Scheduler scheduler = new VertxScheduler(vertx);
  private Future<Void> round = Future.succeededFuture();

  private ServiceUnderLoad(int capacity) {
    pipeline =
        new MetricsPipeline(
            new StripedQueue.Limits(Deployments.EVENT_LOOPS, capacity, 100, 100),
            sampling,
            List.of(),
            List.of());
  }

  /** A switch in front of the port. */
  private static final class Switch implements PaymentMetrics {
    volatile PaymentMetrics target = new NoOpPaymentMetrics();

    @Override
    public void settled(Payment payment) {
      target.settled(payment);
    }

    @Override
    public void voided(Payment payment) {
      target.voided(payment);
    }

    @Override
    public void disputed(DisputeLedger.Change change) {
      target.disputed(change);
    }

    @Override
    public void showOpenDisputes(List<DisputeLedger.OpenTotal> open) {
      target.showOpenDisputes(open);
    }

    @Override
    public void showWaitingPayments(List<PaymentLedger.WaitingTotal> waiting) {
      target.showWaitingPayments(waiting);
    }

    @Override
    public void showAuthorizedPayments(List<PaymentLedger.AuthorizedTotal> authorized) {
      target.showAuthorizedPayments(authorized);
    }

    @Override
    public void settled(Refund refund) {
      target.settled(refund);
    }

    @Override
    public void keyUsed(KeyOutcome outcome) {
      target.keyUsed(outcome);
    }

    @Override
    public void resolved(String gateway, Via via, Duration age) {
      target.resolved(gateway, via, age);
    }

    @Override
    public void showUnknownPayments(List<UnresolvedTransfers.UnknownTotal> unknown) {
      target.showUnknownPayments(unknown);
    }

    @Override
    public void showUnknownRefunds(List<UnresolvedTransfers.UnknownTotal> unknown) {
      target.showUnknownRefunds(unknown);
    }

    @Override
    public void showPublicationLag(Duration age) {
      target.showPublicationLag(age);
    }

    @Override
    public void unavailable() {
      target.unavailable();
    }

    @Override
    public void settlementConflict(String gateway) {
      target.settlementConflict(gateway);
    }

    @Override
    public void outcomeAbandoned(String gateway) {
      target.outcomeAbandoned(gateway);
    }

    @Override
    public void failedOver(String gateway) {
      target.failedOver(gateway);
    }

    @Override
    public void timed(Operation operation, Outcome outcome, long nanos) {
      target.timed(operation, outcome, nanos);
    }

    @Override
    public void failed(String service, String errorType, Severity severity) {
      target.failed(service, errorType, severity);
    }
  }

  public static void main(String[] arguments) throws Exception {
    LoggingSetup.configure(LoggingSetup.Format.JSON, Level.WARN);
    // Payments that were not recorded are drift, which is intended here.
    ((Logger) LoggerFactory.getLogger(Audit.class)).setLevel(Level.OFF);
    ServiceUnderLoad service = new ServiceUnderLoad(Integer.parseInt(arguments[1]));
    service.start(Database.at(arguments[0]), Integer.parseInt(arguments[2]));
    service.execute();
    System.exit(0);
  }

  private void start(Database database, int series) {
    LocalCodec.registerAll(vertx.eventBus());
    MetricsVerticle metrics =
        new MetricsVerticle(
            pipeline,
            platform,
            OshiSystemProbe::new,
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            new VertxScheduler(vertx));
    await(
        vertx.deployVerticle(
            metrics, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)));
    ManagementVerticle management = TestVerticles.management(health, metrics::render, sampling);
    await(vertx.deployVerticle(management));
    ManySeries.addTo(pipeline, series);

    database.migrate();
    StatementExecutor statementExecutor =
        new StatementExecutor(database.createPool(vertx, Database.MAIN_POOL, 20, TIMEOUT), TIMEOUT);
    AuditStore auditStore =
        new PostgresAuditStore(
            new StatementExecutor(
                database.createPool(vertx, Database.AUDIT_POOL, 3, TIMEOUT), TIMEOUT),
            scheduler,
            "benchmark",
            "benchmark",
            AuditedPipelineMetrics.amountBounds(),
            AuditedPipelineMetrics.durationBounds());
    AuditStore.AcquiredLease acquiredLease = await(auditStore.acquire());
    AuditedPipelineMetrics audited =
        new AuditedPipelineMetrics(
            pipeline,
            ledgerSegments,
            "benchmark",
            TestOrders.ALLOWED_VALUES,
            List.of(),
            System::nanoTime);
    PositionMonitor positions = new PositionMonitor();
    positions.renewed(acquiredLease.position());
    TestLeases.resume(statementExecutor, "benchmark", acquiredLease);
    positions.compared(positions.suspicions());
    new LeaseRenewer(auditStore, scheduler, positions, lost -> {}).start();
    audit =
        new Audit(
            audited,
            auditStore,
            ledgerSegments,
            System::nanoTime,
            positions,
            Audit.LossReaction.NONE,
            null);
    await(audit.restore(acquiredLease, "benchmark"));
    vertx.setPeriodic(1000, due -> auditIfEnabled());
    ledgerSwitch = new SwitchableLedger(statementExecutor, "benchmark", acquiredLease.epoch());
    SegmentStore segmentStore =
        new PostgresSegmentStore(
            statementExecutor, new LedgerIdentity("benchmark", acquiredLease.epoch()));
    ApiVerticle api = startApi(ledgerSwitch.ledger(), segmentStore);
    if (series > 0) {
      await(
          vertx.deployVerticle(
              () -> new EventLoopLagVerticle(Duration.ofMillis(1), longestDelay::accumulate),
              Deployments.onePerLoop()));
    }
    System.out.println(api.port() + " " + management.port());
  }

  private ApiVerticle startApi(PaymentLedger paymentLedger, SegmentStore segmentStore) {
    OperationTimer times = new OperationTimer(observations, System::nanoTime);
    PaymentLedger ledger = times.timing(PaymentLedger.class, paymentLedger);
    PaymentGateway gateway = times.timing(PaymentGateway.class, gateways());
    PaymentService paymentService =
        new PaymentService(
            ledger,
            gateway,
            TestOrders.RATES,
            new TransferProcessor.Context(
                observations,
                scheduler,
                new SettlementCounter(ledgerSegments, segmentStore, scheduler),
                Clock.systemUTC(),
                System::nanoTime,
                TestOrders.GATEWAY_KEYS),
            PaymentStepListener.NONE);
    DeploymentOptions onEachLoop = Deployments.onePerLoop();
    await(
        vertx.deployVerticle(
            () ->
                new PaymentVerticle(
                    paymentService,
                    new AuthorizationService(paymentService, ledger, gateway),
                    times),
            onEachLoop));
    PaymentOrderReader reader =
        new PaymentOrderReader(
            TestOrders.ALLOWED_VALUES,
            new PaymentOrderReader.Defaults("USD", "standard", "credit_card"),
            new Routing(List.of(), "stripe"),
            new AmountRules(TestOrders.RATES, new BigDecimal(1_000_000)),
            TestOrders.TOKENS,
            name -> GatewayCapabilities.ALL);
    Queue<ApiVerticle> verticles = new ConcurrentLinkedQueue<>();
    await(
        vertx.deployVerticle(
            () -> {
              ApiVerticle verticle =
                  new ApiVerticle(
                      TestVerticles.endpoint(65_536, TIMEOUT, TracingPolicy.PROPAGATE), reader);
              verticles.add(verticle);
              return verticle;
            },
            onEachLoop));
    return verticles.element();
  }

  private PaymentGateway gateways() {
    try {
      Simulator.Options options =
          new Simulator.Options(
              Files.createTempDirectory("simulator"),
              new SimulatedGateway.Behaviour(1, 0, 0.1, 0.05),
              Duration.ZERO,
              Map.of(),
              false);
      Simulator simulator =
          Simulator.open(
              options, TestOrders.LEDGER, TestOrders.ALLOWED_VALUES.gateways(), scheduler);
      return new RoutingGateway(simulator.gateways());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void auditIfEnabled() {
    if (audited && round.isComplete()) {
      round = auditOnce();
    }
  }

  private Future<Void> auditOnce() {
    return vertx.executeBlocking(audit::round).compose(done -> done);
  }

  /** Executes commands, one a line, with a line of response to each. */
  private void execute() throws IOException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      System.out.println(execute(line));
    }
  }

  private String execute(String command) {
    switch (command) {
      case "off" -> record(new NoOpPaymentMetrics(), false);
      case "on" -> record(pipeline, false);
      case "audited" -> {
        await(auditOnce()); // Audits the previous windows, which is not part of this one.
        record(pipeline, true);
      }
      case "gathered" -> ledgerSwitch.setBatching(true);
      case "single" -> ledgerSwitch.setBatching(false);
      case "mark" -> {
        long longest = longestDelay.getThenReset();
        return MACHINE.getProcessCpuTime() + " " + longest + " " + cpuOfWorkers();
      }
      default -> throw new IllegalArgumentException(command);
    }
    return "ok";
  }

  /** Returns the CPU time of flushes, audits and system probes, which run on worker threads. */
  private static long cpuOfWorkers() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(thread -> thread != null && thread.getThreadName().startsWith("vert.x-worker"))
        .mapToLong(thread -> Math.max(0, threads.getThreadCpuTime(thread.getThreadId())))
        .sum();
  }

  private void record(PaymentMetrics to, boolean withAudit) {
    observations.target = to;
    audited = withAudit;
    if (!withAudit) {
      await(round.otherwiseEmpty());
    }
  }
}
