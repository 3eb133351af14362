package dev.paymeter.app;

import static dev.paymeter.app.BlockingFutures.await;
import static dev.paymeter.app.BlockingFutures.awaitQuietly;

import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.TextFile;
import dev.paymeter.audit.Audit;
import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.GenerationStore;
import dev.paymeter.audit.IdentityInUseException;
import dev.paymeter.audit.LedgerRecovery;
import dev.paymeter.audit.LedgerWentBackException;
import dev.paymeter.audit.LookBack;
import dev.paymeter.audit.LookBackStore;
import dev.paymeter.audit.Witness;
import dev.paymeter.metrics.AuditVerticle;
import dev.paymeter.metrics.AuditedPipelineMetrics;
import dev.paymeter.metrics.LookBackMeters;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.AccountRegistry;
import dev.paymeter.payment.port.CleanupStore;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PublicationLog;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.payment.port.SupersededException;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.service.Retry;
import dev.paymeter.postgres.IncompatibleSchemaException;
import dev.paymeter.postgres.LeaseRenewer;
import dev.paymeter.postgres.LedgerIdentity;
import dev.paymeter.postgres.LedgerProperties;
import dev.paymeter.postgres.PostgresAccountRegistry;
import dev.paymeter.postgres.PostgresAuditStore;
import dev.paymeter.postgres.PostgresCleanupStore;
import dev.paymeter.postgres.PostgresGenerationStore;
import dev.paymeter.postgres.PostgresLookBackStore;
import dev.paymeter.postgres.PostgresPaymentEventLog;
import dev.paymeter.postgres.PostgresPaymentLedger;
import dev.paymeter.postgres.PostgresRefundLedger;
import dev.paymeter.postgres.PostgresReportLedger;
import dev.paymeter.postgres.PostgresUnresolvedTransfers;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.postgres.UnsuitableServerException;
import dev.paymeter.postgres.WriteProbe;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import dev.paymeter.report.ReportLedger;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ledger of the running service: its embedded or external database, the connection pools, and the
 * lease and audit of the instance. The methods block.
 *
 * @param progress receives the steps of {@link #open}
 * @param witness what the last scrape of the identity showed
 * @param onLost receives {@link SupersededException} when another process has taken over the
 *     identity, and {@link LedgerWentBackException} when the ledger went back
 */
record LedgerModule(
    ModuleContext context,
    PlatformMetrics platform,
    ShutdownOrder shutdownOrder,
    Witness.Store witness,
    Consumer<String> progress,
    Consumer<RuntimeException> onLost) {
  private static final Logger log = LoggerFactory.getLogger(LedgerModule.class);
  private static final Duration FIRST_RETRY_DELAY = Duration.ofMillis(500);
  private static final Duration MAX_RETRY_DELAY = Duration.ofSeconds(5);

  /** Name of the file of the password in the metrics. */
  private static final String PASSWORD = "database_password";

  private static final Duration PASSWORD_INTERVAL = Duration.ofSeconds(1);
  private static final Duration EMBEDDED_START_TIMEOUT = Duration.ofMinutes(1);

  /** The lease has one connection, the audit two, so that neither waits for the other. */
  private static final int AUDIT_POOL_SIZE = 3;

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
      PaymentLedger paymentLedger,
      RefundLedger refunds,
      ReportLedger reports,
      UnresolvedTransfers<Payment> unresolvedPayments,
      UnresolvedTransfers<Refund> unresolvedRefunds,
      AccountRegistry accountRegistry,
      CleanupStore cleanupStore,
      PaymentEventLog paymentEventLog,
      PublicationLog publicationLog) {}

  /**
   * Starts the embedded database or waits for the external one, migrates its schema, acquires the
   * instance's lease, compares the ledger with the last scrape, registers the accounts of the
   * gateways, restores the counters, and starts their audit.
   *
   * @throws IOException if the embedded PostgreSQL cannot be started
   * @throws IllegalStateException if the identity is in use, if another instance has simulated
   *     gateways of its own, or if the shutdown has begun
   */
  Ports open(GatewayAccounts gateways, Consumer<LedgerProperties> onRead) throws IOException {
    Database database = database();
    retryUntilAvailable(
        database,
        () -> {
          database.migrate();
          return true;
        });
    Pool auditPool = pool(database, Database.AUDIT_POOL, AUDIT_POOL_SIZE);
    Pool pool = pool(database, Database.MAIN_POOL, settings().poolSize());
    WriteProbe writeProbe =
        new WriteProbe(new StatementExecutor(auditPool, settings().timeout()), context.scheduler());
    shutdownOrder.connections().add(writeProbe::stop);
    progress.accept("Acquiring the lease of instance " + context.settings().instanceId());
    AuditStore auditStore = auditStore(auditPool, writeProbe);
    AuditedPipelineMetrics auditedMetrics = auditedMetrics();
    LostLedger lostLedger = new LostLedger(onLost);
    Audit audit =
        new Audit(
            auditedMetrics, auditStore, context.ledgerSegments(), System::nanoTime, lostLedger);
    int lastEpoch = witness.last().map(Witness::epoch).orElse(0);
    AuditStore.AcquiredLease acquiredLease =
        retryUntilAvailable(database, () -> await(auditStore.acquire(lastEpoch)));
    audit.renewed(acquiredLease.position());
    LeaseRenewer lease = new LeaseRenewer(auditStore, context.scheduler(), audit::renewed, onLost);
    lostLedger.beforeEnd(lease::stop);
    lease.start();
    shutdownOrder.lease().add(() -> awaitQuietly("release the lease", lease.stop()));
    LedgerProperties properties =
        retryUntilAvailable(
            database,
            () ->
                await(
                    LedgerProperties.read(new StatementExecutor(auditPool, settings().timeout()))));
    onRead.accept(properties);
    LedgerRecovery recovery =
        new LedgerRecovery(
            auditStore,
            auditedMetrics,
            generationStore(auditPool),
            gateways.paymentGateway(),
            settings().searchWindow(),
            context.settings().instanceId(),
            witness.last());
    lostLedger.searchWith(recovery::lacksCharges);
    LedgerRecovery.Resumed resumed =
        retryUntilAvailable(database, () -> await(recovery.run(acquiredLease)));
    keepWitness(audit, resumed);
    Ports ports = ports(database, properties, lease, pool, writeProbe, resumed);
    retryUntilAvailable(
        database,
        () -> {
          gateways.register(ports.accountRegistry(), context.scheduler());
          return true;
        });
    startAudit(database, audit, resumed.lease());
    startLookBack(auditPool);
    return ports;
  }

  private GenerationStore generationStore(Pool pool) {
    return new PostgresGenerationStore(
        new StatementExecutor(pool, settings().timeout()), context.settings().instanceId());
  }

  /** Keeps what each scrape shows. */
  private void keepWitness(Audit audit, LedgerRecovery.Resumed resumed) {
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
                        audit.position(),
                        shown.totals().get(),
                        shown.recent())));
  }

  private Settings.Database settings() {
    return context.settings().database();
  }

  private Database database() throws IOException {
    Database database =
        Database.at(
            settings().url().isPresent()
                ? settings().url().get().value()
                : shutdownOrder
                    .database()
                    .open("stop the embedded PostgreSQL", this::startEmbedded)
                    .url());
    watchPassword(database);
    return database;
  }

  /**
   * Uses the password in the file for new connections, also after it has changed.
   *
   * @throws IllegalStateException if the file has no password
   */
  private void watchPassword(Database database) {
    if (settings().passwordFile().isEmpty()) {
      platform.fileReloads(PASSWORD, () -> true);
      return;
    }
    Path file = settings().passwordFile().get();
    FileWatcher<String> watcher =
        new FileWatcher<>(
            "password in " + file, () -> password(file), database::setPassword, Clock.systemUTC());
    watcher.check();
    if (!watcher.isSuccessful()) {
      throw new IllegalStateException(
          "database.password-file: expected a file that contains a password, found " + file);
    }
    platform.fileReloads(PASSWORD, watcher::isSuccessful);
    watcher.start(context.vertx(), PASSWORD_INTERVAL);
  }

  private static String password(Path file) throws IOException {
    String password = TextFile.read(file).replaceFirst("\\R\\z", "");
    if (password.isEmpty()) {
      throw new IllegalArgumentException("expected a password, found an empty file");
    }
    return password;
  }

  private EmbeddedPostgresServer startEmbedded() throws IOException {
    progress.accept(
        "Starting the embedded PostgreSQL in "
            + settings().directory().toAbsolutePath().normalize()
            + " (the first start unpacks it, which takes some seconds)");
    return EmbeddedPostgresServer.start(settings().directory());
  }

  private <T> T retryUntilAvailable(Database database, Supplier<T> step) {
    long start = System.nanoTime();
    for (int retry = 1; true; retry++) {
      Duration delay = Retry.delay(retry, FIRST_RETRY_DELAY, MAX_RETRY_DELAY);
      try {
        return step.get();
      } catch (RuntimeException e) {
        if (!isRetryable(e, start)) {
          throw e;
        }
        log.warn(
            "The ledger at {} is unavailable; next attempt in {} ms: {}",
            database.address(),
            delay.toMillis(),
            rootCause(e));
      }
      progress.accept("Waiting for the ledger at " + database.address());
      await(context.scheduler().pause(delay));
      if (shutdownOrder.lease().isClosing()) {
        throw new IllegalStateException("closed while waiting for the ledger");
      }
    }
  }

  /** Returns whether to retry: an embedded database may be slow, an external one may start. */
  private boolean isRetryable(RuntimeException failure, long start) {
    if (failure instanceof IncompatibleSchemaException
        || failure instanceof SeparateSimulatorsException
        || failure.getCause() instanceof IdentityInUseException
        || isUnsuitable(failure)) {
      return false;
    }
    return settings().url().isPresent()
        || (failure.getCause() instanceof LedgerUnavailableException
            && System.nanoTime() - start < EMBEDDED_START_TIMEOUT.toNanos());
  }

  /** Returns whether only an operator can make the server suitable; a standby may be promoted. */
  private static boolean isUnsuitable(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnsuitableServerException unsuitable) {
        return unsuitable.kind() != UnsuitableServerException.Kind.STANDBY;
      }
    }
    return false;
  }

  private static String rootCause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.toString();
  }

  private Pool pool(Database database, String name, int size) {
    context
        .pipeline()
        .reports()
        .registerPool(database.name(), name, size, () -> platform.sqlConnectionsInUse(name));
    Pool pool = database.createPool(context.vertx(), name, size, settings().timeout());
    shutdownOrder.connections().add(() -> awaitQuietly("close " + name, pool.close()));
    return pool;
  }

  private AuditStore auditStore(Pool pool, WriteProbe writeProbe) {
    AuditStore auditStore =
        new PostgresAuditStore(
            new StatementExecutor(pool, settings().timeout(), writeProbe),
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
        context.settings().payments().allowedValues(),
        context.settings().metrics().businessEvents(),
        System::nanoTime);
  }

  /** Restores the counters, and starts to compare them with the ledger. */
  private void startAudit(Database database, Audit audit, AuditStore.AcquiredLease acquiredLease) {
    retryUntilAvailable(database, () -> await(audit.restore(acquiredLease)));
    Vertx vertx = context.vertx();
    AuditVerticle verticle =
        new AuditVerticle(audit, context.settings().metrics().auditInterval(), context.scheduler());
    String id =
        await(vertx.deployVerticle(verticle, Deployments.onDedicatedThread("paymeter-audit")));
    shutdownOrder.lease().add(() -> awaitQuietly("end the audit", vertx.undeploy(id)));
  }

  /** Starts to compare closed segments with their rows. */
  private void startLookBack(Pool pool) {
    LookBack lookBack =
        new LookBack(
            context
                .times()
                .timing(
                    LookBackStore.class,
                    new PostgresLookBackStore(new StatementExecutor(pool, settings().timeout()))),
            new LookBackMeters(context.pipeline()::update, System::nanoTime),
            context.scheduler(),
            System::nanoTime);
    lookBack.start();
    shutdownOrder
        .lease()
        .add(() -> BlockingFutures.awaitQuietly("stop the look-back", lookBack.stop()));
  }

  private Ports ports(
      Database database,
      LedgerProperties properties,
      LeaseRenewer lease,
      Pool pool,
      WriteProbe writeProbe,
      LedgerRecovery.Resumed resumed) {
    StatementExecutor statementExecutor =
        new StatementExecutor(pool, settings().timeout(), writeProbe);
    OperationTimer times = context.times();
    LedgerIdentity identity =
        new LedgerIdentity(context.settings().instanceId(), resumed.lease().epoch());
    PostgresPaymentEventLog eventLog = new PostgresPaymentEventLog(statementExecutor);
    PaymentLedger paymentLedger =
        times.timing(PaymentLedger.class, new PostgresPaymentLedger(statementExecutor, identity));
    return new Ports(
        database.address(),
        resumed.isReset(),
        properties,
        () -> lease.isLedgerResponding() && writeProbe.isWritable(),
        () -> paymentLedger.check().compose(readable -> writeProbe.check()),
        paymentLedger,
        times.timing(RefundLedger.class, new PostgresRefundLedger(statementExecutor, identity)),
        times.timing(ReportLedger.class, new PostgresReportLedger(statementExecutor, identity)),
        unresolvedTransfers(PostgresUnresolvedTransfers.ofPayments(statementExecutor)),
        unresolvedTransfers(PostgresUnresolvedTransfers.ofRefunds(statementExecutor)),
        times.timing(
            AccountRegistry.class, new PostgresAccountRegistry(statementExecutor, identity)),
        times.timing(CleanupStore.class, new PostgresCleanupStore(statementExecutor)),
        times.timing(PaymentEventLog.class, eventLog),
        times.timing(PublicationLog.class, eventLog));
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
