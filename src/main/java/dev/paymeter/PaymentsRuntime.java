package dev.paymeter;

import dev.paymeter.bus.Claims;
import dev.paymeter.bus.ConnectionsIntake;
import dev.paymeter.bus.EventVerticle;
import dev.paymeter.bus.HistoryVerticle;
import dev.paymeter.bus.ObservationReader;
import dev.paymeter.bus.ObservationVerticle;
import dev.paymeter.bus.OperationIntake;
import dev.paymeter.bus.PaymentOrderReader;
import dev.paymeter.bus.PaymentVerticle;
import dev.paymeter.bus.RefundVerticle;
import dev.paymeter.gateways.TimedGateway;
import dev.paymeter.gateways.simulator.Simulator;
import dev.paymeter.ledger.TimedChanges;
import dev.paymeter.metrics.ObservationPipeline;
import dev.paymeter.payments.BusinessEvent;
import dev.paymeter.payments.BusinessEvents;
import dev.paymeter.payments.Choices;
import dev.paymeter.payments.ErrorReport;
import dev.paymeter.payments.EventReport;
import dev.paymeter.payments.Gateway;
import dev.paymeter.payments.History;
import dev.paymeter.payments.Housekeeper;
import dev.paymeter.payments.Ledger;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.Pages;
import dev.paymeter.payments.Pauses;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentReport;
import dev.paymeter.payments.Payments;
import dev.paymeter.payments.PublicationWatch;
import dev.paymeter.payments.Reconciler;
import dev.paymeter.payments.RecordedPayment;
import dev.paymeter.payments.RecordedPayments;
import dev.paymeter.payments.Recorder;
import dev.paymeter.payments.Refund;
import dev.paymeter.payments.Refunds;
import dev.paymeter.payments.ReportedError;
import dev.paymeter.payments.ReportedErrors;
import dev.paymeter.payments.Room;
import dev.paymeter.payments.Steps;
import dev.paymeter.payments.Transfer;
import dev.paymeter.web.ApiVerticle;
import dev.paymeter.web.OrderVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.tracing.TracingPolicy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedDeque;
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

  /** Of others, on their way into the ledger at once: some 50 MB where each is a payment. */
  private static final int MOST_REPORTS = 50_000;

  private final Settings settings;
  private final Vertx vertx;
  private final ObservationPipeline pipeline;
  private final Pages pages;
  private final TracingPolicy traced;
  private final Steps steps;
  private final Entrance entrance;
  private final Room reports = new Room(MOST_REPORTS);
  private final Pauses pauses;
  private final GatewaysRuntime gateways;

  /** The outermost first: who takes orders stops before who carries them out. */
  private final Deque<String> busDeployments = new ConcurrentLinkedDeque<>();

  // Started by one thread, finished by another.
  private volatile @Nullable Payments payments;
  private volatile @Nullable Refunds refunds;
  private volatile List<Runnable> stops = List.of();
  private volatile List<Recorder<?, ?>> recorders = List.of();
  private volatile @Nullable OperationIntake operations;
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
    Ledger ledger = books.ledger();
    Settings.PaymentRules rules = settings.payments();
    keepRates(rules);
    OperationTimes times = new OperationTimes(pipeline, System::nanoTime);
    Gateway gateway = new TimedGateway(gateways.open(), times);
    Payments service =
        new Payments(
            ledger,
            gateway,
            rules.rates(),
            pipeline,
            pauses,
            pages,
            Clock.systemUTC(),
            System::nanoTime,
            steps);
    payments = service;
    Refunds givingBack =
        new Refunds(
            books.refunds(), gateway, pipeline, pauses, pages, Clock.systemUTC(), System::nanoTime);
    refunds = givingBack;
    keepUp(service, givingBack, books);
    Recorder<EventReport, BusinessEvent> eventRecorder =
        recorder(new BusinessEvents(ledger, rules.rates(), pipeline, pipeline::eventLabel));
    Recorder<ErrorReport, ReportedError> errorRecorder =
        recorder(
            new ReportedErrors(ledger, pipeline, pipeline::serviceLabel, pipeline::errorTypeLabel));
    Recorder<PaymentReport, RecordedPayment> paymentRecorder =
        recorder(new RecordedPayments(ledger, rules.rates(), pipeline));
    recorders = List.of(eventRecorder, errorRecorder, paymentRecorder);
    PaymentOrderReader.Defaults defaults = defaults(rules.choices());
    ObservationReader observations =
        new ObservationReader(
            rules.choices(), defaults.currency(), rules.rates(), rules.maxUsd(), Clock.systemUTC());
    OperationIntake taking =
        new OperationIntake(claims(), pipeline, OperationIntake.LONGEST_CLAIM_MILLIS);
    operations = taking;
    ConnectionsIntake connections =
        new ConnectionsIntake(vertx, pipeline, settings.metrics().connections(), Clock.systemUTC());
    Blocking.await(connections.listen());
    DeploymentOptions onEachLoop = EventLoops.each();
    busDeployments.addFirst(
        Blocking.await(
            vertx.deployVerticle(() -> new PaymentVerticle(service, times), onEachLoop)));
    History history = new History(books.changes());
    busDeployments.addFirst(
        Blocking.await(
            vertx.deployVerticle(() -> new HistoryVerticle(history, times), onEachLoop)));
    busDeployments.addFirst(
        Blocking.await(
            vertx.deployVerticle(() -> new RefundVerticle(givingBack, times), onEachLoop)));
    busDeployments.addFirst(
        Blocking.await(
            vertx.deployVerticle(
                () ->
                    new ObservationVerticle(
                        eventRecorder,
                        errorRecorder,
                        paymentRecorder,
                        taking,
                        connections,
                        observations,
                        times),
                onEachLoop)));
    tellCluster(books.changes());
    PaymentOrderReader orders =
        new PaymentOrderReader(
            rules.choices(), defaults, rules.routing(), rules.rates(), rules.maxUsd());
    busDeployments.addFirst(
        Blocking.await(
            vertx.deployVerticle(
                () -> new OrderVerticle(orders, rules.keyRequired()), onEachLoop)));
    startApi(orders, onEachLoop);
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
            ? PublicationWatch.ofCluster(books.changes(), pipeline, pauses)
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
  private void tellCluster(TimedChanges changes) {
    if (settings.cluster().isPresent()) {
      busDeployments.addFirst(
          Blocking.await(
              vertx.deployVerticle(
                  new EventVerticle(
                      changes, changes, UUID.randomUUID().toString(), System::nanoTime))));
    }
  }

  private Claims claims() {
    Claims claims =
        new Claims(
            vertx, Blocking.await(vertx.sharedData().getAsyncMap(Claims.MAP)), Clock.systemUTC());
    claims.keepSwept();
    return claims;
  }

  private <R, E> Recorder<R, E> recorder(Recorder.Account<R, E> account) {
    return new Recorder<>(account, pauses, pages, reports, Clock.systemUTC());
  }

  private void startApi(PaymentOrderReader reader, DeploymentOptions onEachLoop) {
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
                onEachLoop));
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
    List<Future<Void>> all = new ArrayList<>(List.of(service.drained(), givingBack.drained()));
    recorders.forEach(recorder -> all.add(recorder.drained()));
    OperationIntake taking = operations;
    if (taking != null) {
      all.add(taking.drained(pauses));
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
    busDeployments.forEach(bus -> Blocking.quietly("take no more messages", vertx.undeploy(bus)));
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
        ended.status().word());
  }
}
