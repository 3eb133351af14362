package dev.paymeter;

import dev.paymeter.bus.LocalCodec;
import dev.paymeter.bus.ObservationReader;
import dev.paymeter.bus.ObservationVerticle;
import dev.paymeter.bus.PaymentOrderReader;
import dev.paymeter.bus.PaymentVerticle;
import dev.paymeter.gateways.Gateways;
import dev.paymeter.gateways.SimulatedGateway;
import dev.paymeter.gateways.TimedGateway;
import dev.paymeter.ledger.TimedLedger;
import dev.paymeter.metrics.EventLoopVerticle;
import dev.paymeter.metrics.MetricsVerticle;
import dev.paymeter.metrics.ObservationPipeline;
import dev.paymeter.metrics.OshiProbe;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.metrics.Sampling;
import dev.paymeter.payments.BusinessEvents;
import dev.paymeter.payments.Choices;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.Ledger;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.Pages;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.Payments;
import dev.paymeter.payments.SupersededException;
import dev.paymeter.web.ApiVerticle;
import dev.paymeter.web.Health;
import dev.paymeter.web.ManagementVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running service: the whole graph, built by hand in the order in which its parts need each
 * other, and taken down in the opposite one. Its methods block; call them from a thread of your
 * own.
 */
final class Paymeter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Paymeter.class);

  private final Settings settings;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final Health health = new Health();
  private final PlatformMetrics platform = new PlatformMetrics();
  private final Sampling sampling;
  private final ObservationPipeline pipeline;
  private final Pages pages = new Pages();
  private final CompletableFuture<String> fatal = new CompletableFuture<>();
  private final @Nullable Tracing tracing;
  private final Vertx vertx;
  private final LedgerRuntime ledger;

  private @Nullable ManagementVerticle management;
  private @Nullable Payments payments;
  private @Nullable BusinessEvents events;
  private @Nullable String metricsDeployment;
  private @Nullable String managementDeployment;
  private @Nullable String apiDeployment;
  private final Queue<String> busDeployments = new ConcurrentLinkedQueue<>();
  private int managementPort;
  private int apiPort;

  private Paymeter(Settings settings, Consumer<String> progress) {
    this.settings = settings;
    this.sampling = new Sampling(settings.metrics().samplingRate());
    this.pipeline =
        new ObservationPipeline(
            new ObservationPipeline.Limits(
                VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE,
                settings.metrics().queueCapacity(),
                settings.metrics().batchSize(),
                settings.metrics().labelLimit()),
            sampling,
            settings.otlpEndpoint().isPresent());
    VertxBuilder builder =
        Vertx.builder()
            .with(platform.configure(new VertxOptions()))
            .withMetrics(platform.factory());
    this.tracing =
        settings
            .otlpEndpoint()
            .map(endpoint -> new Tracing(endpoint, settings.instanceId()))
            .orElse(null);
    this.vertx = (tracing == null ? builder : builder.withTracer(tracing.factory())).build();
    this.ledger =
        new LedgerRuntime(
            settings,
            vertx,
            new LedgerRuntime.Metering(pipeline, platform, pages),
            progress,
            closing::get,
            this::superseded);
  }

  /** Builds the parts that need nothing; {@link #start} does the rest. */
  static Paymeter create(Settings settings, Consumer<String> progress) {
    return new Paymeter(settings, progress);
  }

  /**
   * Starts everything and returns when the API is ready. With a database of its own making that
   * fails, it fails; for one of somebody else's that is away it waits until that is back.
   *
   * @throws IOException when the embedded PostgreSQL cannot be started
   * @throws IllegalStateException when a port is taken, or the service was closed meanwhile
   */
  void start() throws IOException {
    settings.warnings().forEach(log::warn);
    warnUnlessLoopback("http.host", settings.http().host());
    LocalCodec.registerAll(vertx.eventBus());
    startManagement();
    startApi(ledger.open());
    log.info(
        "Ready: instance {}, API on {}, metrics on {}, ledger in {}",
        settings.instanceId(),
        apiUrl(),
        managementUrl(),
        ledger.address());
  }

  /** Whether the shutdown has begun. */
  boolean isClosing() {
    return closing.get();
  }

  String apiUrl() {
    return url(settings.http().host(), apiPort);
  }

  String managementUrl() {
    return url(settings.management().host(), managementPort);
  }

  private static String url(String host, int port) {
    return "http://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }

  private void startManagement() {
    MetricsVerticle metrics =
        new MetricsVerticle(
            pipeline,
            platform,
            OshiProbe::new,
            settings.metrics().flushInterval(),
            settings.metrics().systemInterval());
    ManagementVerticle port =
        new ManagementVerticle(
            settings.management().host(),
            settings.management().port(),
            health,
            metrics::render,
            sampling);
    metricsDeployment =
        Blocking.await(
            vertx.deployVerticle(
                metrics, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)));
    Blocking.await(
        vertx.deployVerticle(
            () -> new EventLoopVerticle(platform::eventLoopDelayed), onEachLoop()));
    managementDeployment = awaitPort("management.port", vertx.deployVerticle(port));
    management = port;
    managementPort = port.port();
  }

  /** Nothing can be booked here any more: whoever runs this process is to end it. */
  private void superseded(SupersededException why) {
    health.draining();
    log.error("This process must end: {}", why.getMessage());
    fatal.complete(String.valueOf(why.getMessage()));
  }

  /** Completes with the reason when the service cannot go on and the process is to end. */
  CompletableFuture<String> fatal() {
    return fatal;
  }

  private void startApi(Ledger books) {
    Settings.PaymentRules rules = settings.payments();
    OperationTimes times = new OperationTimes(pipeline, System::nanoTime);
    Ledger timed = new TimedLedger(books, times);
    Payments service =
        new Payments(
            timed,
            new TimedGateway(gateways(rules.choices()), times),
            rules.rates(),
            pipeline,
            this::pause,
            pages,
            Clock.systemUTC(),
            System::nanoTime);
    payments = service;
    BusinessEvents eventService =
        new BusinessEvents(
            timed,
            rules.rates(),
            pipeline,
            pipeline::eventLabel,
            this::pause,
            pages,
            Clock.systemUTC());
    events = eventService;
    DeploymentOptions onEachLoop = onEachLoop();
    busDeployments.add(
        Blocking.await(
            vertx.deployVerticle(() -> new PaymentVerticle(service, times), onEachLoop)));
    PaymentOrderReader.Defaults defaults = defaults(rules.choices());
    ObservationReader observations =
        new ObservationReader(
            rules.choices().currencies(), defaults.currency(), rules.rates(), rules.maxUsd());
    busDeployments.add(
        Blocking.await(
            vertx.deployVerticle(
                () -> new ObservationVerticle(eventService, observations, times), onEachLoop)));

    PaymentOrderReader reader =
        new PaymentOrderReader(rules.choices(), defaults, rules.rates(), rules.maxUsd());
    ApiVerticle.Endpoint endpoint =
        new ApiVerticle.Endpoint(
            settings.http().host(),
            settings.http().port(),
            settings.http().bodyLimit(),
            settings.shutdown().deadline());
    Queue<ApiVerticle> verticles = new ConcurrentLinkedQueue<>();
    apiDeployment =
        awaitPort(
            "http.port",
            vertx.deployVerticle(
                () -> {
                  ApiVerticle verticle = new ApiVerticle(endpoint, reader);
                  verticles.add(verticle);
                  return verticle;
                },
                onEachLoop));
    apiPort = verticles.element().port();
    health.serving(timed::check);
  }

  private static DeploymentOptions onEachLoop() {
    return new DeploymentOptions().setInstances(VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE);
  }

  private Gateway gateways(Choices choices) {
    Map<String, Gateway> byName = new HashMap<>();
    for (String name : choices.gateways()) {
      byName.put(name, new SimulatedGateway(name, settings.simulator(), this::pause));
    }
    return new Gateways(byName);
  }

  /** The contract's defaults; where one of them is not configured, the first that is. */
  private static PaymentOrderReader.Defaults defaults(Choices choices) {
    return new PaymentOrderReader.Defaults(
        preferred(choices.currencies(), "USD"),
        preferred(choices.tiers(), "standard"),
        preferred(choices.methods(), "credit_card"),
        preferred(choices.gateways(), "stripe"));
  }

  private static String preferred(List<String> set, String name) {
    return Choices.find(set, name).orElse(set.get(0));
  }

  private Future<Void> pause(Duration length) {
    return vertx.timer(Math.max(1, length.toMillis()), TimeUnit.MILLISECONDS).mapEmpty();
  }

  /**
   * Takes the service down: not ready; a grace in which requests are still served; nothing new;
   * what is in flight; the queue; then everything else. Returns when all is closed. Later calls
   * return at once.
   */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    log.info("Shutting down");
    health.draining();
    if (apiDeployment != null) {
      quietly("wait for the grace to pass", pause(settings.shutdown().grace()));
      finishPayments();
    }
    quietly("leave the books in order", ledger.leaveBooks());
    if (management != null) {
      quietly(
          "wait for the last scrape",
          management.lastScrape(settings.shutdown().lastScrapeTimeout()));
    }
    quietly("close the management port", undeploy(managementDeployment));
    quietly("stop the metrics", undeploy(metricsDeployment));
    quietly("close the connections to the ledger", ledger.disconnect());
    quietly("close Vert.x", vertx.close());
    ledger.close();
    if (tracing != null) {
      tracing.close();
    }
    platform.close();
    log.info("Closed");
  }

  private void finishPayments() {
    Instant deadline = Instant.now().plus(settings.shutdown().deadline());
    quietly("finish requests in flight", undeploy(apiDeployment));
    busDeployments.forEach(bus -> quietly("take no more messages", undeploy(bus)));
    if (payments == null || events == null) {
      return;
    }
    Duration left = Duration.between(Instant.now(), deadline);
    if (left.isNegative()) {
      left = Duration.ZERO;
    }
    try {
      Blocking.await(
          Future.all(payments.drained(), events.drained())
              .timeout(left.toMillis() + 1, TimeUnit.MILLISECONDS));
    } catch (IllegalStateException notInTime) {
      for (Payment payment : payments.unwritten()) {
        log.error(
            "Payment outcome not written to the ledger before the deadline: {} {}",
            payment.id(),
            payment.status().word());
      }
    }
  }

  private Future<Void> undeploy(@Nullable String deployment) {
    return deployment == null ? Future.succeededFuture() : vertx.undeploy(deployment);
  }

  private static void quietly(String what, Future<?> step) {
    try {
      Blocking.await(step);
    } catch (IllegalStateException e) {
      log.error("Cannot {}", what, e);
    }
  }

  private static String awaitPort(String setting, Future<String> deployment) {
    try {
      return Blocking.await(deployment);
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof BindException taken) {
        throw new IllegalStateException(
            setting + ": wanted a free port, found one in use (" + taken.getMessage() + ")", e);
      }
      throw e;
    }
  }

  private static void warnUnlessLoopback(String setting, String host) {
    try {
      if (!InetAddress.getByName(host).isLoopbackAddress()) {
        log.warn(
            "{} is {}: whoever reaches it can pay, for nobody is asked who he is", setting, host);
      }
    } catch (UnknownHostException e) {
      log.warn("{}: {} is not known to this machine", setting, host);
    }
  }
}
