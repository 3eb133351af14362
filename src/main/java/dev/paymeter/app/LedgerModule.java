package dev.paymeter.app;

import static dev.paymeter.app.BlockingFutures.await;

import dev.paymeter.audit.Audit;
import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.LedgerRecovery;
import dev.paymeter.audit.LedgerWentBackException;
import dev.paymeter.audit.LookBack;
import dev.paymeter.audit.LookBackStore;
import dev.paymeter.audit.PositionMonitor;
import dev.paymeter.audit.ProofStore;
import dev.paymeter.audit.Witness;
import dev.paymeter.metrics.AuditVerticle;
import dev.paymeter.metrics.AuditedPipelineMetrics;
import dev.paymeter.metrics.LookBackMeters;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.AccountRegistry;
import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.DisputeLedger;
import dev.paymeter.payment.port.ManualSettlements;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.OperatorLog;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PublicationLog;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.payment.port.SegmentStore;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.postgres.LeaseRenewer;
import dev.paymeter.postgres.LedgerIdentity;
import dev.paymeter.postgres.LedgerProperties;
import dev.paymeter.postgres.PostgresAccountRegistry;
import dev.paymeter.postgres.PostgresAuditStore;
import dev.paymeter.postgres.PostgresCleanupStore;
import dev.paymeter.postgres.PostgresDisputeLedger;
import dev.paymeter.postgres.PostgresGenerationStore;
import dev.paymeter.postgres.PostgresLookBackStore;
import dev.paymeter.postgres.PostgresManualSettlements;
import dev.paymeter.postgres.PostgresOperatorLog;
import dev.paymeter.postgres.PostgresPaymentEventLog;
import dev.paymeter.postgres.PostgresPaymentLedger;
import dev.paymeter.postgres.PostgresProofStore;
import dev.paymeter.postgres.PostgresRefundLedger;
import dev.paymeter.postgres.PostgresReportLedger;
import dev.paymeter.postgres.PostgresSegmentStore;
import dev.paymeter.postgres.PostgresSettlementExceptions;
import dev.paymeter.postgres.PostgresUnresolvedTransfers;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.postgres.WriteProbe;
import dev.paymeter.report.ReportLedger;
import dev.paymeter.settlement.SettlementExceptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Ledger of the running service: the lease of the instance, the audit of its counters, and the
 * ports of the other modules. The methods block.
 *
 * @param witness what the last scrape of the identity showed
 * @param progress receives the steps of {@link #open}
 * @param onLost receives {@link SupersededException} when another process has taken over the
 *     identity, and {@link LedgerWentBackException} when the ledger went back
 */
record LedgerModule(
    ModuleContext context,
    ShutdownOrder shutdownOrder,
    Witness.Store witness,
    Consumer<String> progress,
    Consumer<RuntimeException> onLost) {
  private static final Duration MAX_STEP = Duration.ofSeconds(10);
  private static final Duration MAX_STEP_WITHOUT_LEDGER = Duration.ofSeconds(1);

  /**
   * Positions of the ledger's parts in the shutdown.
   *
   * @param lease closed first: last comparison, checkpoint, end of the lease
   * @param connections closed after the last scrape, which reads the ledger
   * @param database embedded one
   */
  record ShutdownOrder(ShutdownStack lease, ShutdownStack connections, ShutdownStack database) {}

  /**
   * Ports of an open ledger.
   *
   * @param isReset whether the counters start at zero, because the ledger went back
   * @param isUp whether the lease is renewed and writes are committed; does not block
   * @param check succeeds if the ledger is readable and writable
   */
  record Ports(
      String address,
      boolean isReset,
      LedgerProperties properties,
      BooleanSupplier isUp,
      Supplier<Future<Void>> check,
      SegmentStore segmentStore,
      PaymentLedger paymentLedger,
      RefundLedger refunds,
      DisputeLedger disputes,
      SettlementExceptions settlementExceptions,
      ReportLedger reports,
      UnresolvedTransfers<Payment> unresolvedPayments,
      UnresolvedTransfers<Refund> unresolvedRefunds,
      AccountRegistry accountRegistry,
      CleanupStore cleanupStore,
      PaymentEventLog paymentEventLog,
      PublicationLog publicationLog,
      LookBackStore lookBackStore,
      ManualSettlements manualSettlements,
      OperatorLog operatorLog,
      ProofStore proofStore) {}

  /**
   * Acquires the instance's lease, compares the ledger with the last scrape, registers the accounts
   * of the gateways, restores the counters, and starts their audit.
   *
   * @throws IllegalStateException if the identity is in use, if another instance has simulated
   *     gateways of its own, or if the shutdown has begun
   */
  Ports open(DatabaseModule database, GatewayAccounts gateways) {
    progress.accept("Acquiring the lease of instance " + context.settings().instanceId());
    AuditStore auditStore = auditStore(database);
    AuditedPipelineMetrics auditedMetrics = auditedMetrics();
    int lastEpoch = witness.last().map(Witness::epoch).orElse(0);
    AuditStore.AcquiredLease acquiredLease =
        database.retryUntilAvailable(() -> await(auditStore.acquire(lastEpoch)));
    PositionMonitor positions = new PositionMonitor();
    positions.renewed(acquiredLease.position());
    LeaseRenewer lease = new LeaseRenewer(auditStore, context.scheduler(), positions, onLost);
    lease.start();
    Supplier<Duration> limit =
        () -> lease.isLedgerResponding() ? MAX_STEP : MAX_STEP_WITHOUT_LEDGER;
    shutdownOrder.lease().add("release the lease", limit, lease::stop);
    database.retryUntilAvailable(() -> await(auditStore.awaitEarlierProcesses()));
    LedgerIdentity identity =
        new LedgerIdentity(context.settings().instanceId(), acquiredLease.epoch());
    LedgerRecovery recovery =
        new LedgerRecovery(
            auditStore,
            auditedMetrics,
            recoveryPorts(database, gateways, identity),
            context.settings().database().searchWindow(),
            context.settings().instanceId(),
            witness.last());
    int suspicions = positions.suspicions();
    LedgerRecovery.Resumed resumed =
        database.retryUntilAvailable(() -> await(recovery.run(acquiredLease)));
    positions.compared(suspicions);
    keepWitness(positions, resumed);
    Ports ports = ports(database, lease, identity, resumed.isReset());
    database.retryUntilAvailable(
        () -> {
          gateways.register(ports.accountRegistry(), context.scheduler());
          return true;
        });
    Audit audit =
        new Audit(
            auditedMetrics,
            auditStore,
            context.ledgerSegments(),
            System::nanoTime,
            positions,
            new LostLedger(lease::stop, recovery::lacksCharges, onLost),
            context.settings().database().signingKey().map(ChainSigningKey::new).orElse(null));
    startAudit(database, audit, resumed, limit);
    startLookBack(ports.lookBackStore(), limit);
    return ports;
  }

  private LedgerRecovery.Ports recoveryPorts(
      DatabaseModule database, GatewayAccounts gateways, LedgerIdentity identity) {
    StatementExecutor statementExecutor = database.auditStatements();
    return new LedgerRecovery.Ports(
        gateways.paymentGateway(),
        new PostgresPaymentLedger(statementExecutor, identity),
        new PostgresRefundLedger(statementExecutor, identity),
        new PostgresGenerationStore(statementExecutor, identity.instanceId()),
        Clock.systemUTC());
  }

  /** Keeps what each scrape shows. */
  private void keepWitness(PositionMonitor positions, LedgerRecovery.Resumed resumed) {
    context
        .pipeline()
        .onSnapshot(
            shown ->
                witness.replace(
                    new Witness(
                        context.settings().instanceId(),
                        resumed.ledger(),
                        resumed.generation(),
                        resumed.lease().epoch(),
                        positions.position(),
                        shown.totals().get(),
                        shown.recent())));
  }

  private AuditStore auditStore(DatabaseModule database) {
    AuditStore auditStore =
        new PostgresAuditStore(
            database.probedAuditStatements(),
            context.scheduler(),
            context.settings().instanceId(),
            processName(),
            AuditedPipelineMetrics.amountBounds(),
            AuditedPipelineMetrics.durationBounds());
    return context.times().timing(AuditStore.class, auditStore);
  }

  private AuditedPipelineMetrics auditedMetrics() {
    return new AuditedPipelineMetrics(
        context.pipeline(),
        context.ledgerSegments(),
        context.settings().instanceId(),
        context.settings().payments().allowedValues(),
        context.settings().metrics().businessEvents(),
        System::nanoTime);
  }

  /** Restores the counters, and starts to compare them with the ledger. */
  private void startAudit(
      DatabaseModule database,
      Audit audit,
      LedgerRecovery.Resumed resumed,
      Supplier<Duration> limit) {
    database.retryUntilAvailable(() -> await(audit.restore(resumed.lease(), resumed.generation())));
    Vertx vertx = context.vertx();
    AuditVerticle verticle =
        new AuditVerticle(audit, context.settings().metrics().auditInterval(), context.scheduler());
    await(vertx.deployVerticle(verticle, Deployments.onDedicatedThread("paymeter-audit")));
    shutdownOrder.lease().add("compare the counters with the ledger", limit, verticle::close);
  }

  /** Starts to compare closed segments with their rows. */
  private void startLookBack(LookBackStore lookBackStore, Supplier<Duration> limit) {
    LookBack lookBack =
        new LookBack(
            lookBackStore,
            new LookBackMeters(context.pipeline()::update, System::nanoTime),
            context.scheduler(),
            System::nanoTime);
    lookBack.start();
    shutdownOrder.lease().add("stop the look-back", limit, lookBack::stop);
  }

  private Ports ports(
      DatabaseModule database, LeaseRenewer lease, LedgerIdentity identity, boolean isReset) {
    StatementExecutor statementExecutor = database.statements();
    WriteProbe writeProbe = database.writeProbe();
    OperationTimer times = context.times();
    PostgresPaymentEventLog eventLog = new PostgresPaymentEventLog(statementExecutor);
    PaymentLedger paymentLedger =
        times.timing(PaymentLedger.class, new PostgresPaymentLedger(statementExecutor, identity));
    return new Ports(
        database.address(),
        isReset,
        database.properties(),
        () -> lease.isLedgerResponding() && writeProbe.isWritable(),
        () -> paymentLedger.check().compose(readable -> writeProbe.check()),
        new PostgresSegmentStore(statementExecutor, identity),
        paymentLedger,
        times.timing(RefundLedger.class, new PostgresRefundLedger(statementExecutor, identity)),
        times.timing(DisputeLedger.class, new PostgresDisputeLedger(statementExecutor, identity)),
        times.timing(
            SettlementExceptions.class, new PostgresSettlementExceptions(statementExecutor)),
        times.timing(ReportLedger.class, new PostgresReportLedger(statementExecutor, identity)),
        unresolvedTransfers(PostgresUnresolvedTransfers.ofPayments(statementExecutor, identity)),
        unresolvedTransfers(PostgresUnresolvedTransfers.ofRefunds(statementExecutor, identity)),
        times.timing(
            AccountRegistry.class, new PostgresAccountRegistry(statementExecutor, identity)),
        times.timing(CleanupStore.class, new PostgresCleanupStore(statementExecutor)),
        times.timing(PaymentEventLog.class, eventLog),
        times.timing(PublicationLog.class, eventLog),
        times.timing(LookBackStore.class, new PostgresLookBackStore(database.auditStatements())),
        new PostgresManualSettlements(statementExecutor),
        new PostgresOperatorLog(statementExecutor),
        new PostgresProofStore(
            database.proofStatements(),
            AuditedPipelineMetrics.amountBounds(),
            AuditedPipelineMetrics.durationBounds()));
  }

  @SuppressWarnings("unchecked") // The decorator has the type parameters of the decorated port.
  private <T extends Transfer<T>> UnresolvedTransfers<T> unresolvedTransfers(
      UnresolvedTransfers<T> unresolvedTransfers) {
    return context.times().timing(UnresolvedTransfers.class, unresolvedTransfers);
  }

  private static String processName() {
    try {
      return InetAddress.getLocalHost().getHostName() + ":" + ProcessHandle.current().pid();
    } catch (UnknownHostException e) {
      return String.valueOf(ProcessHandle.current().pid());
    }
  }
}
