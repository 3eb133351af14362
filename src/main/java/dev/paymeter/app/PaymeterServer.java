package dev.paymeter.app;

import static dev.paymeter.app.BlockingFutures.await;
import static dev.paymeter.app.BlockingFutures.awaitQuietly;

import dev.paymeter.app.config.Settings;
import dev.paymeter.audit.LedgerWentBackException;
import dev.paymeter.audit.Witness;
import dev.paymeter.bus.LocalCodec;
import dev.paymeter.cluster.Cluster;
import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.http.management.Health;
import dev.paymeter.logging.LoggingSetup;
import dev.paymeter.metrics.ClusterStatus;
import dev.paymeter.metrics.LedgerStatus;
import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.payment.port.GatewayWebhooks;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.webhook.WebhookAdministration;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Running service: the object graph, built in the order of its dependencies and closed in reverse.
 * The methods block; do not call them on an event loop.
 */
public final class PaymeterServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PaymeterServer.class);

  private final Settings settings;
  private final Consumer<String> progress;
  private final PaymentStepListener paymentStepListener;
  private final PlatformMetrics platform = new PlatformMetrics();
  private final Health health = new Health();
  private final CompletableFuture<End> end = new CompletableFuture<>();
  private final Witness.Store witness;
  private final SortedMap<String, SimulatedGateway> simulated = new ConcurrentSkipListMap<>();
  private final ShutdownStack shutdown = new ShutdownStack();
  private final LedgerModule.ShutdownOrder shutdownOrder;
  private final @Nullable EmbeddedDatabase embeddedDatabase;
  private final PortSecurity portSecurity;
  private final Tracing tracing;
  private final Optional<Cluster> cluster;
  private final Vertx vertx;
  private final ModuleContext context;
  private final ManagementModule management;
  private volatile BooleanSupplier isLedgerUp = () -> false;
  private volatile @Nullable Consumer<Reconciliation> onReconciled;
  private volatile String apiUrl = "";

  /**
   * The end of a service that cannot continue.
   *
   * @param isRestartable whether the {@link #next} service can: the ledger went back
   */
  public record End(String reason, boolean isRestartable) {}

  /**
   * Builds the parts that need no ledger, joins the cluster if one is configured, and begins to
   * start the embedded PostgreSQL unless the settings name a database; {@link #start} does the
   * rest. Close it even if it is never started.
   *
   * @param progress receives the steps of the start
   * @param paymentStepListener is called at each step of a payment
   * @throws IllegalStateException if the cluster cannot be joined
   */
  public PaymeterServer(
      Settings settings, Consumer<String> progress, PaymentStepListener paymentStepListener) {
    this(
        settings,
        progress,
        paymentStepListener,
        new WitnessFile(settings.database().witnessFile(), settings.instanceId()));
  }

  private PaymeterServer(
      Settings settings,
      Consumer<String> progress,
      PaymentStepListener paymentStepListener,
      Witness.Store witness) {
    this.settings = settings;
    this.witness = witness;
    this.progress = progress;
    this.paymentStepListener = paymentStepListener;
    this.portSecurity = new PortSecurity(settings, platform);
    ShutdownStack database = shutdown.reserve();
    this.embeddedDatabase = beginEmbeddedDatabase(database);
    Sampling sampling = new Sampling(settings.metrics().samplingRate());
    MetricsPipeline pipeline = pipeline(sampling);
    platform.logLinesDropped(LoggingSetup::droppedLines);
    shutdown.add("close the metrics of Vert.x", platform::close);
    this.tracing = Tracing.create(settings.otlpEndpoint(), settings.instanceId());
    shutdown.add("export the last spans", tracing::close);
    this.cluster =
        settings
            .cluster()
            .map(options -> orUndo(() -> Cluster.join(options, settings.instanceId())));
    cluster.ifPresent(joined -> shutdown.add("leave the cluster", joined::leave));
    this.vertx = vertx();
    shutdown.add(
        "close Vert.x", () -> awaitQuietly("close Vert.x", vertx.close(), ShutdownStack.MAX_STEP));
    this.shutdownOrder = new LedgerModule.ShutdownOrder(shutdown, shutdown.reserve(), database);
    pipeline.update(
        cluster.map(PaymeterServer::clusterStatus).orElse(ClusterStatus.ALONE)::register);
    pipeline.update(new LedgerStatus(() -> isLedgerUp.getAsBoolean())::register);
    this.context = new ModuleContext(settings, vertx, pipeline);
    this.management =
        new ManagementModule(
            context, platform, sampling, portSecurity, health, simulated, cluster, this::apiUrl);
  }

  /**
   * Returns a service with the same settings, which is not started. It knows what the last scrape
   * of this one showed. Call after {@link #close}.
   *
   * @throws IllegalStateException if the cluster cannot be joined
   */
  public PaymeterServer next() {
    PaymeterServer next = new PaymeterServer(settings, progress, paymentStepListener, witness);
    next.onReconciled = onReconciled;
    return next;
  }

  /**
   * Compares the totals of ledger and metrics during {@link #close}, after the last payment. For
   * small ledgers, because all rows are read.
   */
  public void reconcileAtClose(Consumer<Reconciliation> receiver) {
    onReconciled = receiver;
  }

  private void reconcile(DatabaseModule database) {
    Consumer<Reconciliation> receiver = onReconciled;
    if (receiver != null) {
      receiver.accept(
          Reconciliation.read(
              settings.instanceId(), database, isLedgerUp.getAsBoolean(), context.pipeline()));
    }
  }

  private @Nullable EmbeddedDatabase beginEmbeddedDatabase(ShutdownStack position) {
    if (settings.database().url().isPresent()) {
      return null;
    }
    Path directory = settings.database().directory();
    progress.accept(
        "Starting the embedded PostgreSQL in "
            + directory.toAbsolutePath().normalize()
            + " (the first start unpacks it, which takes some seconds)");
    return EmbeddedDatabase.begin(directory, position);
  }

  private MetricsPipeline pipeline(Sampling sampling) {
    return new MetricsPipeline(
        new StripedQueue.Limits(
            Deployments.EVENT_LOOPS,
            settings.metrics().queueCapacity(),
            settings.metrics().batchSize(),
            settings.metrics().labelLimit()),
        sampling,
        settings.payments().allowedValues().gateways(),
        settings.metrics().operations());
  }

  private Vertx vertx() {
    VertxOptions options = platform.configure(new VertxOptions().setFileSystemOptions(onlyFiles()));
    VertxBuilder builder =
        Vertx.builder().with(options).withMetrics(platform.factory()).withTracer(tracing.factory());
    return cluster.isEmpty()
        ? builder.build()
        : orUndo(() -> await(cluster.get().vertx(builder, options)));
  }

  /** Runs a step of the constructor. If it fails, closes what was opened before. */
  private <T> T orUndo(Supplier<T> step) {
    try {
      return step.get();
    } catch (IllegalStateException e) {
      shutdown.begin();
      shutdown.undo();
      throw e;
    }
  }

  /** Without copies of files from the class path: a kill would leave their directory behind. */
  private static FileSystemOptions onlyFiles() {
    return new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false);
  }

  private static ClusterStatus clusterStatus(Cluster cluster) {
    return new ClusterStatus(
        cluster::instances, cluster::otherMembers, cluster::lostInstances, cluster::sendFailures);
  }

  /**
   * Starts everything and returns when the API is ready. Waits for an external database that is
   * unavailable.
   *
   * @throws IOException if the embedded PostgreSQL cannot be started
   * @throws IllegalStateException if a port is in use, or the service is closed meanwhile
   */
  public void start() throws IOException {
    settings.warnings().forEach(log::warn);
    LocalCodec.registerAll(vertx.eventBus());
    Predecessor predecessor =
        new Predecessor(
            PortUrl.of(false, settings.management().host(), settings.management().port()),
            settings.management().port(),
            context.scheduler(),
            this::isClosing,
            progress);
    management.start(predecessor, shutdown);
    DatabaseModule database =
        new DatabaseModule(
            context,
            platform,
            shutdownOrder,
            progress,
            embeddedDatabase == null
                ? null
                : embeddedDatabase.awaitStarted(
                    context.scheduler(), predecessor.maxDirectoryWait()));
    shutdown.add("compare the totals of ledger and metrics", () -> reconcile(database));
    GatewayAccounts gateways =
        new GatewayModule(context).open(database.properties().id(), shutdown, simulated);
    Map<String, GatewayWebhooks> gatewayWebhooks =
        new GatewayWebhookModule(context, platform).open(database.properties().id());
    LedgerModule.Ports ledger =
        new LedgerModule(context, shutdownOrder, witness, progress, this::lost)
            .open(database, gateways);
    isLedgerUp = ledger.isUp();
    await(management.sampleDashboard());
    await(management.awaitFirstScrape(ledger.isReset()));
    if (isClosing()) {
      throw new IllegalStateException("closed before the first scrape");
    }
    // Closed after payments, so that their last events are sent, too.
    Optional<WebhookAdministration> webhooks =
        new WebhookModule(context, platform).start(database, shutdown);
    PaymentModule payments =
        new PaymentModule(
            context,
            ledger,
            gateways,
            gatewayWebhooks,
            tracing.policy(),
            portSecurity,
            paymentStepListener);
    simulated.forEach(payments::receiveDisputes);
    management.enableOperators(payments.consolePorts(ledger, webhooks));
    apiUrl = PortUrl.of(settings.http().tls().isPresent(), settings.http().host(), payments.port());
    // Withdraws again: Vert.x announces this member again when others leave in the grace period.
    shutdown.add(
        "finish payments in flight",
        () -> payments.close(this::withdraw, shutdown::addUnconfirmed));
    portSecurity.startReloading(vertx);
    health.markServing(ledger.check());
    log.info(
        "Ready: instance {}, API on {}, metrics on {}, ledger in {}",
        settings.instanceId(),
        apiUrl(),
        managementUrl(),
        ledger.address());
  }

  private void lost(RuntimeException cause) {
    boolean isRestartable = cause instanceof LedgerWentBackException;
    if (isRestartable) {
      health.markLedgerWentBack();
    } else {
      health.markSuperseded();
    }
    log.error(
        isRestartable ? "The service must restart: {}" : "This process must end: {}",
        cause.getMessage());
    end.complete(new End(String.valueOf(cause.getMessage()), isRestartable));
  }

  /** Returns a future of the reason why the service cannot continue; normally never complete. */
  public CompletableFuture<End> end() {
    return end;
  }

  public boolean isClosing() {
    return shutdown.isClosing();
  }

  /** Returns the API key of the process itself; empty if the API requires none. */
  public Optional<String> ownKey() {
    return portSecurity.ownKey();
  }

  /** Returns the factor of the times of simulated gateways; 0 if they respond at once. */
  public double timeScale() {
    return settings.simulator().behaviour().timeScale();
  }

  public String apiUrl() {
    return apiUrl;
  }

  public String managementUrl() {
    return management.url();
  }

  /**
   * Closes the service: readiness ends; requests are served for a grace period, then rejected;
   * those in flight finish; the queue is flushed and compared with the ledger a last time; the last
   * scrape is awaited; then everything else is closed. Later calls return at once.
   */
  @Override
  public void close() {
    if (!shutdown.begin()) {
      return;
    }
    log.info("Shutting down");
    health.markDraining();
    withdraw();
    shutdown.undo();
    if (unconfirmed().isEmpty()) {
      log.info("Closed");
    } else {
      log.error("Closed; not confirmed: {}", String.join(", ", unconfirmed()));
    }
  }

  /** Returns what {@link #close} could not do, and what it is doing; empty if all is done. */
  public List<String> unconfirmed() {
    return shutdown.unconfirmed();
  }

  private void withdraw() {
    cluster.ifPresent(
        joined ->
            awaitQuietly(
                "announce the departure to the other members",
                joined.removeRegistrations(vertx),
                ShutdownStack.MAX_STEP));
  }
}
