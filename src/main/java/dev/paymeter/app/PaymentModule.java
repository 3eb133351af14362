package dev.paymeter.app;

import dev.paymeter.app.config.Settings;
import dev.paymeter.bus.EventVerticle;
import dev.paymeter.bus.HistoryVerticle;
import dev.paymeter.bus.PaymentVerticle;
import dev.paymeter.bus.RefundVerticle;
import dev.paymeter.gateway.TimedGateway;
import dev.paymeter.http.api.ApiVerticle;
import dev.paymeter.http.api.OrderVerticle;
import dev.paymeter.json.PaymentOrderReader;
import dev.paymeter.metrics.ObservationPipeline;
import dev.paymeter.payment.Choices;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Gateway;
import dev.paymeter.payment.port.Ledger;
import dev.paymeter.payment.port.OperationTimes;
import dev.paymeter.payment.port.Pauses;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.payment.port.Steps;
import dev.paymeter.payment.service.History;
import dev.paymeter.payment.service.Housekeeper;
import dev.paymeter.payment.service.Payments;
import dev.paymeter.payment.service.PublicationWatch;
import dev.paymeter.payment.service.Reconciler;
import dev.paymeter.payment.service.Refunds;
import io.vertx.core.Future;
import io.vertx.core.tracing.TracingPolicy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The payment service itself: payments, refunds and reports, over the bus and HTTP. Its constructor
 * starts it, {@link #close} ends it; both block.
 */
final class PaymentModule {
  private static final Logger log = LoggerFactory.getLogger(PaymentModule.class);
  private static final Clock CLOCK = Clock.systemUTC();

  private final ModuleContext context;
  private final Payments payments;
  private final Refunds refunds;
  private final ReportModule reports;

  /** On the bus: verticles that accept orders come after those that carry them out. */
  private final Deployments deployments;

  private final List<Runnable> stops;
  private final AtomicBoolean leaving = new AtomicBoolean();
  private final Queue<ApiVerticle> apis = new ConcurrentLinkedQueue<>();
  private final String apiDeployment;

  /**
   * Starts everything and returns when the API is ready.
   *
   * @param traced which requests of the API have a trace
   * @param entrance who may ask the API for what
   * @param steps is told of each step of a payment
   * @throws IllegalStateException if the API's port is taken
   */
  PaymentModule(
      ModuleContext context,
      LedgerModule.Ports ledger,
      Gateway gateways,
      TracingPolicy traced,
      Entrance entrance,
      Steps steps) {
    this.context = context;
    this.deployments = new Deployments(context.vertx());
    OperationTimes times = context.times();
    keepRates();
    Gateway gateway = new TimedGateway(gateways, times);
    payments = payments(ledger.ledger(), gateway, steps);
    refunds = refunds(ledger.refunds(), gateway);
    stops = startTasks(ledger);
    History history = new History(ledger.changes());
    deployments.deployOnEachLoop(() -> new PaymentVerticle(payments, times));
    deployments.deployOnEachLoop(() -> new HistoryVerticle(history, times));
    deployments.deployOnEachLoop(() -> new RefundVerticle(refunds, times));
    PaymentOrderReader.Defaults defaults = defaults(rules().choices());
    reports = new ReportModule(context, deployments, ledger.reports(), defaults.currency());
    publishEvents(ledger);
    PaymentOrderReader orders =
        new PaymentOrderReader(
            rules().choices(), defaults, rules().routing(), rules().rates(), rules().maxUsd());
    deployments.deployOnEachLoop(() -> new OrderVerticle(orders, rules().keyRequired()));
    apiDeployment = startApi(endpoint(traced, entrance), orders);
  }

  private Settings.PaymentRules rules() {
    return context.settings().payments();
  }

  private void keepRates() {
    Settings.PaymentRules rules = rules();
    if (rules.ratesFile().isEmpty()) {
      context
          .pipeline()
          .rates(
              RatesReload.neverReloaded(rules.rates(), rules.currencies(), CLOCK, CLOCK.instant()));
      return;
    }
    RatesReload reload =
        new RatesReload(rules.ratesFile().get(), rules.rates(), rules.currencies(), CLOCK);
    context.pipeline().rates(reload.readings());
    reload.reload().keepLooking(context.vertx(), rules.reloadInterval());
  }

  private Payments payments(Ledger ledger, Gateway gateway, Steps steps) {
    return new Payments(
        ledger,
        gateway,
        rules().rates(),
        context.pipeline(),
        context.pauses(),
        context.pages(),
        CLOCK,
        System::nanoTime,
        steps);
  }

  private Refunds refunds(RefundLedger ledger, Gateway gateway) {
    return new Refunds(
        ledger,
        gateway,
        context.pipeline(),
        context.pauses(),
        context.pages(),
        CLOCK,
        System::nanoTime);
  }

  /**
   * Starts the periodic tasks.
   *
   * @return what stops them
   */
  private List<Runnable> startTasks(LedgerModule.Ports ledger) {
    ObservationPipeline pipeline = context.pipeline();
    Pauses pauses = context.pauses();
    Reconciler<Payment> unknown =
        Reconciler.ofPayments(payments, ledger.unknownPayments(), pipeline, pauses);
    Reconciler<Refund> unknownRefunds =
        Reconciler.ofRefunds(refunds, ledger.unknownRefunds(), pipeline, pauses);
    Housekeeper leftOver =
        new Housekeeper(payments, refunds, ledger.leftovers(), rules().keyRetention(), pauses);
    PublicationWatch events =
        isClustered()
            ? PublicationWatch.ofCluster(ledger.publication(), pipeline, pauses)
            : PublicationWatch.ofReaders(ledger.changes(), pipeline, pauses);
    unknown.start();
    unknownRefunds.start();
    leftOver.start();
    events.start();
    return List.of(unknown::stop, unknownRefunds::stop, leftOver::stop, events::stop);
  }

  private boolean isClustered() {
    return context.settings().cluster().isPresent();
  }

  private void publishEvents(LedgerModule.Ports ledger) {
    if (isClustered()) {
      deployments.deployOnce(
          new EventVerticle(
              ledger.changes(),
              ledger.publication(),
              UUID.randomUUID().toString(),
              System::nanoTime));
    }
  }

  private ApiVerticle.Endpoint endpoint(TracingPolicy traced, Entrance entrance) {
    Settings.Http http = context.settings().http();
    return new ApiVerticle.Endpoint(
        http.host(),
        http.port(),
        http.bodyLimit(),
        rules().keyRequired(),
        context.settings().shutdown().deadline(),
        traced,
        entrance.api(),
        entrance.access(),
        entrance.rates(),
        leaving::get);
  }

  private String startApi(ApiVerticle.Endpoint endpoint, PaymentOrderReader orders) {
    return Blocking.awaitPort(
        "http.port",
        context
            .vertx()
            .deployVerticle(
                () -> {
                  ApiVerticle verticle = new ApiVerticle(endpoint, orders);
                  apis.add(verticle);
                  return verticle;
                },
                EventLoops.each()));
  }

  /** The port that the API listens on. */
  int port() {
    return apis.element().port();
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

  /**
   * Keeps serving for the grace period, then accepts nothing new, and returns when what is in
   * flight is done or the deadline has passed.
   */
  void close(Runnable afterGrace) {
    Settings.Shutdown shutdown = context.settings().shutdown();
    leaving.set(true);
    Blocking.quietly("wait for the grace to pass", context.pauses().pause(shutdown.grace()));
    afterGrace.run();
    stops.forEach(Runnable::run);
    Instant deadline = Instant.now().plus(shutdown.deadline());
    Blocking.quietly("finish requests in flight", context.vertx().undeploy(apiDeployment));
    deployments.undeploy();
    long left = Math.max(0, Duration.between(Instant.now(), deadline).toMillis());
    try {
      Blocking.await(
          Future.all(payments.drained(), refunds.drained(), reports.drained())
              .timeout(left + 1, TimeUnit.MILLISECONDS));
    } catch (IllegalStateException notInTime) {
      payments.unwritten().forEach(payment -> logUnwritten("Payment", payment));
      refunds.unwritten().forEach(refund -> logUnwritten("Refund", refund));
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
