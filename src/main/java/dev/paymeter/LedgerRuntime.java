package dev.paymeter;

import dev.paymeter.ledger.Database;
import dev.paymeter.ledger.EmbeddedPostgresServer;
import dev.paymeter.ledger.IncompatibleSchemaException;
import dev.paymeter.ledger.LeaseKeeper;
import dev.paymeter.ledger.PostgresBooks;
import dev.paymeter.ledger.PostgresChanges;
import dev.paymeter.ledger.PostgresInquiries;
import dev.paymeter.ledger.PostgresLedger;
import dev.paymeter.ledger.PostgresLeftovers;
import dev.paymeter.ledger.PostgresRefunds;
import dev.paymeter.ledger.PostgresReportLedger;
import dev.paymeter.ledger.Statements;
import dev.paymeter.metrics.Audit;
import dev.paymeter.metrics.AuditVerticle;
import dev.paymeter.metrics.AuditedPipelineMetrics;
import dev.paymeter.metrics.ObservationPipeline;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.payments.Books;
import dev.paymeter.payments.Changes;
import dev.paymeter.payments.IdentityInUseException;
import dev.paymeter.payments.Inquiries;
import dev.paymeter.payments.Ledger;
import dev.paymeter.payments.LedgerUnavailableException;
import dev.paymeter.payments.Leftovers;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.Pages;
import dev.paymeter.payments.Pauses;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.Publication;
import dev.paymeter.payments.Refund;
import dev.paymeter.payments.RefundLedger;
import dev.paymeter.payments.Repetition;
import dev.paymeter.payments.ReportLedger;
import dev.paymeter.payments.SupersededException;
import dev.paymeter.payments.Transfer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ledger of the running service: its database, ours or somebody else's, the connections to it,
 * and the instance's books. Its methods block; call them from a thread of your own.
 */
final class LedgerRuntime {
  private static final Logger log = LoggerFactory.getLogger(LedgerRuntime.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(5);
  private static final Duration LONGEST_WAIT_FOR_OURS = Duration.ofMinutes(1);

  /** One for the lease, two for the audit: neither waits for payments, nor for the other. */
  private static final int AUDIT_POOL_SIZE = 3;

  private final Settings settings;
  private final Vertx vertx;
  private final Pauses pauses;
  private final Metering metering;
  private final OperationTimes times;
  private final Consumer<String> progress;
  private final BooleanSupplier closing;
  private final Consumer<SupersededException> onSuperseded;

  // Opened by one thread, closed by another.
  private volatile @Nullable EmbeddedPostgresServer embedded;
  private volatile @Nullable Database database;
  private volatile @Nullable Pool pool;
  private volatile @Nullable Pool booksPool;
  private volatile @Nullable String auditDeployment;
  private volatile @Nullable LeaseKeeper lease;

  /** What the books are held against. */
  record Metering(ObservationPipeline pipeline, PlatformMetrics platform, Pages pages) {}

  /**
   * A ledger that is not open yet.
   *
   * @param progress gets what the opening is waiting for
   * @param closing whether there is no use in waiting any more
   * @param onSuperseded is told when another process has taken over the identity
   */
  LedgerRuntime(
      Settings settings,
      Vertx vertx,
      Metering metering,
      Consumer<String> progress,
      BooleanSupplier closing,
      Consumer<SupersededException> onSuperseded) {
    this.settings = settings;
    this.vertx = vertx;
    this.pauses = new TimerPauses(vertx);
    this.metering = metering;
    this.times = new OperationTimes(metering.pipeline(), System::nanoTime);
    this.progress = progress;
    this.closing = closing;
    this.onSuperseded = onSuperseded;
    metering.pipeline().ledger(this::isReached);
  }

  /**
   * Starts the database where it is ours, waits for it where it is not, brings its schema up to
   * date, and opens the books.
   *
   * @throws IOException when the embedded PostgreSQL cannot be started
   * @throws IllegalStateException when the identity is in use, or there is no use in waiting
   */
  Ports open() throws IOException {
    Database found = database();
    database = found;
    migrate(found);
    return openBooks(found);
  }

  /** An open ledger, with all that is asked of it. */
  record Ports(
      Ledger ledger,
      RefundLedger refunds,
      ReportLedger reports,
      Inquiries<Payment> unknownPayments,
      Inquiries<Refund> unknownRefunds,
      Leftovers leftovers,
      Changes changes,
      Publication publication) {}

  private Ports ports(int epoch) {
    Statements statements = statements();
    String instance = settings.instanceId();
    PostgresChanges changes = new PostgresChanges(statements);
    return new Ports(
        times.timing(Ledger.class, new PostgresLedger(statements, instance, epoch)),
        times.timing(RefundLedger.class, new PostgresRefunds(statements, instance, epoch)),
        times.timing(ReportLedger.class, new PostgresReportLedger(statements, instance, epoch)),
        inquiries(PostgresInquiries.ofPayments(statements)),
        inquiries(PostgresInquiries.ofRefunds(statements)),
        times.timing(Leftovers.class, new PostgresLeftovers(statements)),
        times.timing(Changes.class, changes),
        times.timing(Publication.class, changes));
  }

  @SuppressWarnings("unchecked") // The decorator returns what the decorated port does.
  private <T extends Transfer<T>> Inquiries<T> inquiries(Inquiries<T> inquiries) {
    return times.timing(Inquiries.class, inquiries);
  }

  private Statements statements() {
    return new Statements(
        Objects.requireNonNull(pool, "the ledger is not open"), settings.database().timeout());
  }

  private boolean isReached() {
    LeaseKeeper keeper = lease;
    return keeper != null && keeper.isAnswered();
  }

  /** Host, port and name of the database. */
  String address() {
    return database == null ? "nowhere yet" : database.address();
  }

  /** Does the last comparison, leaves a checkpoint, and gives the identity back. */
  Future<Void> leaveBooks() {
    Future<Void> audited =
        auditDeployment == null ? Future.succeededFuture() : vertx.undeploy(auditDeployment);
    LeaseKeeper keeper = lease;
    return audited.eventually(() -> keeper == null ? Future.succeededFuture() : keeper.end());
  }

  /** Closes the connections. */
  Future<Void> disconnect() {
    return close(pool).eventually(() -> close(booksPool));
  }

  private static Future<Void> close(@Nullable Pool pool) {
    return pool == null ? Future.succeededFuture() : pool.close();
  }

  /** Stops the database where it is ours; waits for it first where it is just starting. */
  synchronized void close() {
    if (embedded != null) {
      try {
        embedded.close();
      } catch (IOException e) {
        log.error("Cannot stop the embedded PostgreSQL", e);
      }
    }
  }

  private synchronized Database database() throws IOException {
    if (closing.getAsBoolean()) {
      throw new IllegalStateException("closed before the ledger was open");
    }
    if (settings.database().url().isPresent()) {
      return Database.at(settings.database().url().get().value());
    }
    progress.accept(
        "Starting the embedded PostgreSQL in "
            + settings.database().directory().toAbsolutePath().normalize()
            + " (the first start unpacks it, which takes some seconds)");
    EmbeddedPostgresServer server = EmbeddedPostgresServer.start(settings.database().directory());
    embedded = server;
    return Database.at(server.url());
  }

  private void migrate(Database database) {
    untilTheLedgerIsThere(
        database,
        () -> {
          database.migrate();
          return true;
        });
  }

  private <T> T untilTheLedgerIsThere(Database database, Supplier<T> step) {
    long start = System.nanoTime();
    for (int retry = 1; true; retry++) {
      Duration delay = Repetition.delay(retry, FIRST_RETRY, LONGEST_RETRY);
      try {
        return step.get();
      } catch (RuntimeException e) {
        if (!isWorthWaiting(e, start)) {
          throw e;
        }
        log.warn(
            "The ledger at {} is not usable; trying again in {} ms: {}",
            database.address(),
            delay.toMillis(),
            firstReason(e));
      }
      progress.accept("Waiting for the ledger at " + database.address());
      Blocking.await(pauses.pause(delay));
      if (closing.getAsBoolean()) {
        throw new IllegalStateException("closed while waiting for the ledger");
      }
    }
  }

  /** Our own database is there, and may be slow on a busy machine; somebody else's may come. */
  private boolean isWorthWaiting(RuntimeException failure, long start) {
    if (failure instanceof IncompatibleSchemaException
        || failure.getCause() instanceof IdentityInUseException) {
      return false;
    }
    return embedded == null
        || (failure.getCause() instanceof LedgerUnavailableException
            && System.nanoTime() - start < LONGEST_WAIT_FOR_OURS.toNanos());
  }

  /** What went wrong first: those who passed it on wrap it in lines of their own. */
  private static String firstReason(Throwable failure) {
    Throwable first = failure;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    return first.toString();
  }

  /**
   * Takes the identity, lets the counters go on where its last process left them, and begins to
   * hold them against the ledger.
   */
  private Ports openBooks(Database database) {
    Settings.Database how = settings.database();
    pool = pool(database, Database.MAIN_POOL, how.poolSize());
    Pool booksConnections = pool(database, Database.AUDIT_POOL, AUDIT_POOL_SIZE);
    booksPool = booksConnections;
    Books books =
        times.timing(
            Books.class,
            new PostgresBooks(
                new Statements(booksConnections, how.timeout()),
                pauses,
                settings.instanceId(),
                processName(),
                AuditedPipelineMetrics.amountBounds(),
                AuditedPipelineMetrics.durationBounds()));
    progress.accept("Opening the books of " + settings.instanceId());
    AuditedPipelineMetrics audited =
        new AuditedPipelineMetrics(
            metering.pipeline(),
            settings.payments().choices(),
            settings.metrics().businessEvents(),
            System::nanoTime);
    Audit audit = new Audit(audited, books, metering.pages(), System::nanoTime);
    Books.Opening opening = untilTheLedgerIsThere(database, () -> Blocking.await(books.open()));
    LeaseKeeper keeper = new LeaseKeeper(books, pauses, onSuperseded);
    keeper.start();
    lease = keeper;
    untilTheLedgerIsThere(database, () -> Blocking.await(audit.open(opening)));
    auditDeployment =
        Blocking.await(
            vertx.deployVerticle(
                new AuditVerticle(audit, settings.metrics().auditInterval(), pauses),
                Workers.own("paymeter-audit")));
    return ports(opening.epoch());
  }

  private Pool pool(Database database, String name, int size) {
    metering
        .pipeline()
        .connections(
            database.name(), name, size, () -> metering.platform().sqlConnectionsInUse(name));
    return database.pool(vertx, name, size, settings.database().timeout());
  }

  private static String processName() {
    try {
      return InetAddress.getLocalHost().getHostName() + ":" + ProcessHandle.current().pid();
    } catch (UnknownHostException e) {
      return String.valueOf(ProcessHandle.current().pid());
    }
  }
}
