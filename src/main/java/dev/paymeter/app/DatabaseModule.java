package dev.paymeter.app;

import static dev.paymeter.app.BlockingFutures.await;
import static dev.paymeter.app.BlockingFutures.awaitQuietly;

import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.TextFile;
import dev.paymeter.audit.IdentityInUseException;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.service.Retry;
import dev.paymeter.postgres.IncompatibleSchemaException;
import dev.paymeter.postgres.LedgerProperties;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.postgres.UnsuitableServerException;
import dev.paymeter.postgres.WriteProbe;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import io.vertx.sqlclient.Pool;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Database of the running service, embedded or external, and the connections to it. The methods
 * block.
 */
final class DatabaseModule {
  private static final Logger log = LoggerFactory.getLogger(DatabaseModule.class);
  private static final Duration FIRST_RETRY_DELAY = Duration.ofMillis(500);
  private static final Duration MAX_RETRY_DELAY = Duration.ofSeconds(5);
  private static final Duration EMBEDDED_START_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration MAX_POOL_CLOSE = Duration.ofSeconds(2);

  /** Name of the file of the password in the metrics. */
  private static final String PASSWORD = "database_password";

  private static final Duration PASSWORD_INTERVAL = Duration.ofSeconds(1);

  /** The lease has one connection, the audit two, so that neither waits for the other. */
  private static final int AUDIT_POOL_SIZE = 3;

  /** Separate from those of payments, which do not wait for webhooks. */
  private static final int WEBHOOK_POOL_SIZE = 4;

  /** As many as one proof needs at once. Payments do not wait for proofs, which read much. */
  private static final int PROOF_POOL_SIZE = 3;

  private final ModuleContext context;
  private final PlatformMetrics platform;
  private final LedgerModule.ShutdownOrder shutdownOrder;
  private final Consumer<String> progress;
  private final Database database;
  private final Pool pool;
  private final Pool auditPool;
  private final WriteProbe writeProbe;
  private final LedgerProperties properties;

  /**
   * Waits for the database, migrates its schema, and reads the properties of the ledger.
   *
   * @param progress receives the steps
   * @param embedded null if the settings name an external database
   * @throws IllegalStateException if the shutdown has begun
   */
  DatabaseModule(
      ModuleContext context,
      PlatformMetrics platform,
      LedgerModule.ShutdownOrder shutdownOrder,
      Consumer<String> progress,
      @Nullable EmbeddedPostgresServer embedded) {
    this.context = context;
    this.platform = platform;
    this.shutdownOrder = shutdownOrder;
    this.progress = progress;
    this.database =
        Database.at(embedded == null ? settings().url().orElseThrow().value() : embedded.url());
    watchPassword();
    retryUntilAvailable(
        () -> {
          database.migrate();
          return true;
        });
    this.auditPool = pool(Database.AUDIT_POOL, AUDIT_POOL_SIZE);
    this.pool = pool(Database.MAIN_POOL, settings().poolSize());
    this.writeProbe = new WriteProbe(auditStatements(), context.scheduler());
    shutdownOrder.connections().add("stop the write probe", writeProbe::stop);
    if (embedded != null) {
      shutdownOrder
          .connections()
          .add(
              "kill the embedded PostgreSQL if it does not respond",
              embedded::killUnlessResponding);
    }
    this.properties = retryUntilAvailable(() -> await(LedgerProperties.read(auditStatements())));
  }

  String address() {
    return database.address();
  }

  LedgerProperties properties() {
    return properties;
  }

  WriteProbe writeProbe() {
    return writeProbe;
  }

  /** Returns an executor of the statements of payments; failures start the probe. */
  StatementExecutor statements() {
    return new StatementExecutor(pool, settings().timeout(), writeProbe);
  }

  /** Returns an executor of the statements of lease and audit; failures start the probe. */
  StatementExecutor probedAuditStatements() {
    return new StatementExecutor(auditPool, settings().timeout(), writeProbe);
  }

  /** Returns an executor of further statements on the connections of the audit. */
  StatementExecutor auditStatements() {
    return new StatementExecutor(auditPool, settings().timeout());
  }

  /** Opens the connections for proofs. Call once. */
  StatementExecutor proofStatements() {
    return new StatementExecutor(pool(Database.PROOF_POOL, PROOF_POOL_SIZE), settings().timeout());
  }

  /** Opens the connections for webhooks. Call once, if there are endpoints. */
  StatementExecutor webhookStatements() {
    return new StatementExecutor(
        pool(Database.WEBHOOK_POOL, WEBHOOK_POOL_SIZE), settings().timeout());
  }

  private Settings.Database settings() {
    return context.settings().database();
  }

  /**
   * Uses the password in the file for new connections, also after it has changed.
   *
   * @throws IllegalStateException if the file has no password
   */
  private void watchPassword() {
    if (settings().passwordFile().isEmpty()) {
      platform.fileReloads(PASSWORD, () -> true);
      return;
    }
    Path file = settings().passwordFile().get();
    FileWatcher<String> watcher =
        new FileWatcher<>(
            "password in " + file,
            () -> TextFile.readPassword(file),
            database::setPassword,
            Clock.systemUTC());
    watcher.check();
    if (!watcher.isSuccessful()) {
      throw new IllegalStateException(
          "database.password-file: expected a file that contains a password, found " + file);
    }
    platform.fileReloads(PASSWORD, watcher::isSuccessful);
    watcher.start(context.vertx(), PASSWORD_INTERVAL);
  }

  /**
   * Runs a step of the start, again and again while the ledger is unavailable.
   *
   * @throws IllegalStateException if the shutdown has begun
   * @throws RuntimeException the failure of the step, if only an operator can end it
   */
  <T> T retryUntilAvailable(Supplier<T> step) {
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

  private Pool pool(String name, int size) {
    context
        .pipeline()
        .reports()
        .registerPool(database.name(), name, size, () -> platform.sqlConnectionsInUse(name));
    Pool created = database.createPool(context.vertx(), name, size, settings().timeout());
    // Connections that have got no response delay this; they end with the process.
    shutdownOrder
        .connections()
        .add("close " + name, () -> awaitQuietly("close " + name, created.close(), MAX_POOL_CLOSE));
    return created;
  }
}
