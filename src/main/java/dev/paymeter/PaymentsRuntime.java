package dev.paymeter;

import dev.paymeter.bus.EventVerticle;
import dev.paymeter.bus.HistoryVerticle;
import dev.paymeter.bus.PaymentOrderReader;
import dev.paymeter.bus.PaymentVerticle;
import dev.paymeter.bus.RefundVerticle;
import dev.paymeter.gateways.TimedGateway;
import dev.paymeter.gateways.simulator.Simulator;
import dev.paymeter.metrics.ObservationPipeline;
import dev.paymeter.payments.Choices;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.History;
import dev.paymeter.payments.Housekeeper;
import dev.paymeter.payments.Ledger;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.Pages;
import dev.paymeter.payments.Pauses;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.Payments;
import dev.paymeter.payments.PublicationWatch;
import dev.paymeter.payments.Reconciler;
import dev.paymeter.payments.Refund;
import dev.paymeter.payments.RefundLedger;
import dev.paymeter.payments.Refunds;
import dev.paymeter.payments.Steps;
import dev.paymeter.payments.Transfer;
import dev.paymeter.web.ApiVerticle;
import dev.paymeter.web.OrderVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.tracing.TracingPolicy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the running service does for others: payments and business events, over the bus and HTTP.
 * Its methods block; call them from a thread of your own.
 */
final class PaymentsRuntime {
  private static final Logger log = LoggerFactory.getLogger(PaymentsRuntime.class);

  private final Settings settings;
  private final Vertx vertx;
  private final ObservationPipeline pipeline;
  private final Pages pages;
  private final TracingPolicy traced;
  private final Steps steps;
  private final Entrance entrance;
  private final Pauses pauses;
  private final GatewaysRuntime gateways;

  /** On the bus: who takes orders comes after who carries them out, and stops before. */
  private final Deployments deployments;

  // Started by one thread, finished by another.
  private volatile @Nullable Payments payments;
  private volatile @Nullable Refunds refunds;
  private volatile List<Runnable> stops = List.of();
  private volatile @Nullable ObservationsRuntime observations;
  private volatile @Nullable String apiDeployment;
  private volatile boolean leaving;
  private int port;

  /**
   * @param traced which requests of the API have a trace
   * @param steps is told of each step of a payment
   * @param entrance who may ask the API for what
   */
  PaymentsRuntime(
      Settings settings,
      Vertx vertx,
      ObservationPipeline pipeline,
      Pages pages,
      TracingPolicy traced,
      Entrance entrance,
      Steps steps) {
    this.entrance = entrance;
    this.settings = settings;
    this.vertx = vertx;
    this.pipeline = pipeline;
    this.pages = pages;
    this.traced = traced;
    this.steps = steps;
    this.deployments = new Deployments(vertx);
    this.pauses = new TimerPauses(vertx);
    this.gateways = new GatewaysRuntime(settings, vertx, pipeline, pauses);
  }

  /**
   * Starts everything and returns when the API is ready.
   *
   * @throws IllegalStateException when its port is taken, or the simulated gateways' journals
   *     cannot be used
   */
  void start(LedgerRuntime.Ports books) {
    keepRates(settings.payments());
    OperationTimes times = new OperationTimes(pipeline, System::nanoTime);
    Gateway gateway = new TimedGateway(gateways.open(), times);
    Payments paying = payments(books.ledger(), gateway);
    payments = paying;
    Refunds givingBack = refunds(books.refunds(), gateway);
    refunds = givingBack;
    keepUp(paying, givingBack, books);
    History history = new History(books.changes());
    deployments.deployOnEachLoop(() -> new PaymentVerticle(paying, times));
    deployments.deployOnEachLoop(() -> new HistoryVerticle(history, times));
    deployments.deployOnEachLoop(() -> new RefundVerticle(givingBack, times));
    PaymentOrderReader.Defaults defaults = defaults(settings.payments().choices());
    ObservationsRuntime listening =
        new ObservationsRuntime(
            settings, vertx, pipeline, pages, pauses, books.reports(), defaults.currency());
    observations = listening;
    listening.start(deployments, times);
    tellCluster(books);
    takeOrders(defaults);
  }

  private Payments payments(Ledger ledger, Gateway gateway) {
    return new Payments(
        ledger,
        gateway,
        settings.payments().rates(),
        pipeline,
        pauses,
        pages,
        Clock.systemUTC(),
        System::nanoTime,
        steps);
  }

  private Refunds refunds(RefundLedger ledger, Gateway gateway) {
    return new Refunds(
        ledger, gateway, pipeline, pauses, pages, Clock.systemUTC(), System::nanoTime);
  }

  /** Begins what goes on beside requests. */
  private void keepUp(Payments service, Refunds givingBack, LedgerRuntime.Ports books) {
    Reconciler<Payment> unknown =
        Reconciler.ofPayments(service, books.unknownPayments(), pipeline, pauses);
    Reconciler<Refund> unknownRefunds =
        Reconciler.ofRefunds(givingBack, books.unknownRefunds(), pipeline, pauses);
    Housekeeper leftOver =
        new Housekeeper(
            service, givingBack, books.leftovers(), settings.payments().keyRetention(), pauses);
    PublicationWatch events =
        settings.cluster().isPresent()
            ? PublicationWatch.ofCluster(books.publication(), pipeline, pauses)
            : PublicationWatch.ofReaders(books.changes(), pipeline, pauses);
    unknown.start();
    unknownRefunds.start();
    leftOver.start();
    events.start();
    stops = List.of(unknown::stop, unknownRefunds::stop, leftOver::stop, events::stop);
  }

  private void keepRates(Settings.PaymentRules rules) {
    Clock clock = Clock.systemUTC();
    if (rules.ratesFile().isEmpty()) {
      pipeline.rates(
          RatesReload.neverReloaded(rules.rates(), rules.currencies(), clock, clock.instant()));
      return;
    }
    RatesReload reload =
        new RatesReload(rules.ratesFile().get(), rules.rates(), rules.currencies(), clock);
    pipeline.rates(reload.readings());
    reload.reload().keepLooking(vertx, rules.reloadInterval());
  }

  /** Where there is nobody else on the bus, nobody has to be told. */
  private void tellCluster(LedgerRuntime.Ports books) {
    if (settings.cluster().isPresent()) {
      deployments.deployOnce(
          new EventVerticle(
              books.changes(),
              books.publication(),
              UUID.randomUUID().toString(),
              System::nanoTime));
    }
  }

  private void takeOrders(PaymentOrderReader.Defaults defaults) {
    Settings.PaymentRules rules = settings.payments();
    PaymentOrderReader orders =
        new PaymentOrderReader(
            rules.choices(), defaults, rules.routing(), rules.rates(), rules.maxUsd());
    deployments.deployOnEachLoop(() -> new OrderVerticle(orders, rules.keyRequired()));
    startApi(orders);
  }

  private void startApi(PaymentOrderReader reader) {
    ApiVerticle.Endpoint endpoint =
        new ApiVerticle.Endpoint(
            settings.http().host(),
            settings.http().port(),
            settings.http().bodyLimit(),
            settings.payments().keyRequired(),
            settings.shutdown().deadline(),
            traced,
            entrance.api(),
            entrance.access(),
            entrance.rates(),
            () -> leaving);
    Queue<ApiVerticle> verticles = new ConcurrentLinkedQueue<>();
    apiDeployment =
        Blocking.awaitPort(
            "http.port",
            vertx.deployVerticle(
                () -> {
                  ApiVerticle verticle = new ApiVerticle(endpoint, reader);
                  verticles.add(verticle);
                  return verticle;
                },
                EventLoops.each()));
    port = verticles.element().port();
  }

  /** The port that the API listens on. */
  int port() {
    return port;
  }

  /** The simulated gateways, for whoever makes them misbehave; absent before they are started. */
  Optional<Simulator> simulator() {
    return gateways.simulator();
  }

  /** The contract's defaults; where one of them is not configured, the first that is. */
  private static PaymentOrderReader.Defaults defaults(Choices choices) {
    return new PaymentOrderReader.Defaults(
        preferred(choices.currencies(), "USD"),
        preferred(choices.tiers(), "standard"),
        preferred(choices.methods(), "credit_card"));
  }

  private static String preferred(List<String> set, String name) {
    return Choices.find(set, name).orElse(set.get(0));
  }

  private Future<?> drained(Payments service, Refunds givingBack) {
    List<Future<?>> all = new ArrayList<>(List.of(service.drained(), givingBack.drained()));
    ObservationsRuntime listening = observations;
    if (listening != null) {
      all.add(listening.drained());
    }
    return Future.all(all);
  }

  /**
   * Goes on for a grace, then takes nothing new, and returns when what is in flight is done or the
   * deadline has passed.
   */
  void finish(Runnable afterGrace) {
    try {
      finishWork(afterGrace);
    } finally {
      gateways.close();
    }
  }

  private void finishWork(Runnable afterGrace) {
    String api = apiDeployment;
    Payments service = payments;
    Refunds givingBack = refunds;
    if (api == null || service == null || givingBack == null) {
      return;
    }
    leaving = true;
    Blocking.quietly("wait for the grace to pass", pauses.pause(settings.shutdown().grace()));
    afterGrace.run();
    stops.forEach(Runnable::run);
    Instant deadline = Instant.now().plus(settings.shutdown().deadline());
    Blocking.quietly("finish requests in flight", vertx.undeploy(api));
    deployments.undeploy();
    Duration left = Duration.between(Instant.now(), deadline);
    if (left.isNegative()) {
      left = Duration.ZERO;
    }
    try {
      Blocking.await(
          drained(service, givingBack).timeout(left.toMillis() + 1, TimeUnit.MILLISECONDS));
    } catch (IllegalStateException notInTime) {
      service.unwritten().forEach(payment -> logUnwritten("Payment", payment));
      givingBack.unwritten().forEach(refund -> logUnwritten("Refund", refund));
    }
  }

  private static void logUnwritten(String what, Transfer<?> ended) {
    log.error(
        "{} outcome not written to the ledger before the deadline: {} {}",
        what,
        ended.id(),
        ended.status().label());
  }
}
