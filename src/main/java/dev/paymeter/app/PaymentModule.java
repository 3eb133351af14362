package dev.paymeter.app;

import static dev.paymeter.app.BlockingFutures.awaitPort;
import static dev.paymeter.app.BlockingFutures.awaitQuietly;

import dev.paymeter.app.config.Settings;
import dev.paymeter.bus.DisputeVerticle;
import dev.paymeter.bus.EventPublisherVerticle;
import dev.paymeter.bus.GatewayWebhookVerticle;
import dev.paymeter.bus.HistoryVerticle;
import dev.paymeter.bus.PaymentVerticle;
import dev.paymeter.bus.RefundVerticle;
import dev.paymeter.gateway.simulator.SimulatedGateway;
import dev.paymeter.http.AuditTrail;
import dev.paymeter.http.api.ApiVerticle;
import dev.paymeter.http.api.PaymentOrderBusVerticle;
import dev.paymeter.json.AmountRules;
import dev.paymeter.json.PaymentOrderReader;
import dev.paymeter.metrics.GatewayWebhookMeters;
import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.proof.Prover;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.GatewayKeyFactory;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentTokenFactory;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayWebhooks;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.service.AccountMonitor;
import dev.paymeter.payment.service.AuthorizationMonitor;
import dev.paymeter.payment.service.AuthorizationService;
import dev.paymeter.payment.service.CleanupJob;
import dev.paymeter.payment.service.DisputeMonitor;
import dev.paymeter.payment.service.DisputeService;
import dev.paymeter.payment.service.HintService;
import dev.paymeter.payment.service.HistoryService;
import dev.paymeter.payment.service.ImmediateInquiries;
import dev.paymeter.payment.service.InquiryService;
import dev.paymeter.payment.service.ManualSettlementService;
import dev.paymeter.payment.service.PaymentService;
import dev.paymeter.payment.service.PeriodicTask;
import dev.paymeter.payment.service.PublicationLagMonitor;
import dev.paymeter.payment.service.Reconciler;
import dev.paymeter.payment.service.RefundService;
import dev.paymeter.payment.service.SettlementCounter;
import dev.paymeter.payment.service.TransferProcessor;
import dev.paymeter.settlement.SettlementMonitor;
import dev.paymeter.webhook.WebhookAdministration;
import io.vertx.core.Future;
import io.vertx.core.tracing.TracingPolicy;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Payments, refunds and reports, over the bus and HTTP. The constructor starts them, {@link #close}
 * stops them; both block.
 */
final class PaymentModule {
  private static final Logger log = LoggerFactory.getLogger(PaymentModule.class);
  private static final Clock CLOCK = Clock.systemUTC();

  /** Time to close connections and consumers after the deadline. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

  /** Nothing but this process could restart it. Inquiries resolve what is not written. */
  private static final Duration MAX_WAIT_FOR_EMBEDDED = Duration.ofSeconds(3);

  private final ModuleContext context;
  private final PaymentService paymentService;
  private final RefundService refundService;
  private final DisputeService disputeService;
  private final ImmediateInquiries<Refund> refundInquiries;
  private final PaymentGateway paymentGateway;
  private final ReportModule reports;

  /** Verticles that accept payment orders are deployed after those that process them. */
  private final Deployments deployments;

  private final List<PeriodicTask> tasks;
  private final BooleanSupplier isEmbeddedLedgerDown;
  private final AtomicBoolean draining = new AtomicBoolean();
  private final Queue<ApiVerticle> apiVerticles = new ConcurrentLinkedQueue<>();
  private final String apiDeployment;

  /**
   * Starts everything and returns when the API is ready.
   *
   * @param paymentStepListener is called at each step of a payment, refund or dispute
   * @throws IllegalStateException if the API's port is in use
   */
  PaymentModule(
      ModuleContext context,
      LedgerModule.Ports ledger,
      GatewayAccounts gateways,
      Map<String, GatewayWebhooks> gatewayWebhooks,
      TracingPolicy tracing,
      PortSecurity portSecurity,
      PaymentStepListener paymentStepListener) {
    this.context = context;
    this.isEmbeddedLedgerDown =
        () -> context.settings().database().url().isEmpty() && !ledger.isUp().getAsBoolean();
    this.deployments = new Deployments(context.vertx());
    OperationTimer times = context.times();
    startRateReloads();
    paymentGateway = times.timing(PaymentGateway.class, gateways.paymentGateway());
    SettlementCounter settlementCounter =
        new SettlementCounter(context.ledgerSegments(), ledger.segmentStore(), context.scheduler());
    TransferProcessor.Context services =
        new TransferProcessor.Context(
            context.pipeline(),
            context.scheduler(),
            settlementCounter,
            CLOCK,
            System::nanoTime,
            gatewayKeys(ledger));
    paymentService =
        new PaymentService(
            ledger.paymentLedger(),
            paymentGateway,
            rules().exchangeRates(),
            rules().authenticationTimeout(),
            services,
            paymentStepListener);
    AuthorizationService authorizationService =
        new AuthorizationService(paymentService, ledger.paymentLedger(), paymentGateway);
    refundService =
        new RefundService(ledger.refunds(), paymentGateway, services, paymentStepListener);
    refundInquiries =
        new ImmediateInquiries<>(refundService, ledger.unresolvedRefunds(), gateways::maxInquiries);
    tasks = tasks(ledger, gateways);
    tasks.forEach(PeriodicTask::start);
    HistoryService historyService = new HistoryService(ledger.paymentEventLog());
    deployments.deployOnEachLoop(
        () -> new PaymentVerticle(paymentService, authorizationService, times));
    deployments.deployOnEachLoop(() -> new HistoryVerticle(historyService, times));
    deployments.deployOnEachLoop(() -> new RefundVerticle(refundService, times));
    ImmediateInquiries<Payment> inquiries =
        new ImmediateInquiries<>(
            paymentService, ledger.unresolvedPayments(), gateways::maxInquiries);
    disputeService =
        new DisputeService(
            ledger.disputes(),
            paymentService,
            inquiries,
            paymentGateway,
            rules().exchangeRates(),
            services,
            paymentStepListener);
    deployments.deployOnEachLoop(() -> new DisputeVerticle(disputeService, times));
    HintService hintService =
        new HintService(
            gatewayWebhooks,
            paymentGateway::account,
            paymentService,
            refundService,
            inquiries,
            refundInquiries,
            disputeService,
            new GatewayWebhookMeters(context.pipeline()::update, gatewayWebhooks.keySet())::count);
    deployments.deployOnEachLoop(() -> new GatewayWebhookVerticle(hintService, times));
    PaymentOrderReader.Defaults defaults = defaults(rules().allowedValues());
    reports =
        new ReportModule(
            context, deployments, ledger.reports(), settlementCounter, defaults.currency());
    publishEvents(ledger);
    PaymentOrderReader orders =
        new PaymentOrderReader(
            rules().allowedValues(),
            defaults,
            rules().routing(),
            new AmountRules(rules().exchangeRates(), rules().maxUsd()),
            new PaymentTokenFactory(secret(ledger)),
            gateways.paymentGateway()::capabilities);
    deployments.deployOnEachLoop(
        () -> new PaymentOrderBusVerticle(orders, rules().isKeyRequired()));
    AuditTrail auditTrail = new AuditTrail(() -> Future.succeededFuture(ledger.operatorLog()));
    apiDeployment =
        startApi(
            endpoint(tracing, portSecurity, auditTrail, new Prover(ledger.proofStore())), orders);
  }

  private Settings.PaymentRules rules() {
    return context.settings().payments();
  }

  private GatewayKeyFactory gatewayKeys(LedgerModule.Ports ledger) {
    return new GatewayKeyFactory(context.settings().instanceId(), secret(ledger));
  }

  /** Returns the secret of gateway keys and of the hashes of payment tokens. */
  private byte[] secret(LedgerModule.Ports ledger) {
    return rules()
        .idempotencySecret()
        .map(configured -> configured.value().getBytes(StandardCharsets.UTF_8))
        .orElseGet(() -> ledger.properties().gatewaySecret());
  }

  private void startRateReloads() {
    Settings.PaymentRules rules = rules();
    if (rules.ratesFile().isEmpty()) {
      context
          .pipeline()
          .update(
              ExchangeRateReloader.fixedStatus(
                      rules.exchangeRates(), rules.currencies(), CLOCK, CLOCK.instant())
                  ::register);
      return;
    }
    ExchangeRateReloader reloader =
        new ExchangeRateReloader(
            rules.ratesFile().get(), rules.exchangeRates(), rules.currencies(), CLOCK);
    context.pipeline().update(reloader.status()::register);
    reloader.watcher().start(context.vertx(), rules.reloadInterval());
  }

  private List<PeriodicTask> tasks(LedgerModule.Ports ledger, GatewayAccounts gateways) {
    MetricsPipeline pipeline = context.pipeline();
    Scheduler scheduler = context.scheduler();
    return List.of(
        Reconciler.of(
            paymentService,
            ledger.unresolvedPayments(),
            gateways,
            gateways::maxInquiries,
            pipeline::showUnknownPayments,
            scheduler),
        Reconciler.of(
            refundService,
            ledger.unresolvedRefunds(),
            gateways,
            gateways::maxInquiries,
            pipeline::showUnknownRefunds,
            scheduler),
        AuthorizationMonitor.of(
            ledger.paymentLedger(),
            pipeline::showAuthorizedPayments,
            pipeline::showWaitingPayments,
            scheduler),
        DisputeMonitor.of(ledger.disputes(), pipeline::showOpenDisputes, scheduler),
        SettlementMonitor.of(
            ledger.settlementExceptions(), pipeline::showSettlementExceptions, scheduler),
        AccountMonitor.of(
            ledger.accountRegistry(), gateways, pipeline::showMissingAccounts, scheduler),
        new CleanupJob(
                paymentService,
                refundService,
                ledger.cleanupStore(),
                rules().keyRetention(),
                rules().personalRetention())
            .task(scheduler),
        PublicationLagMonitor.of(
            isClustered()
                ? ledger.publicationLog()::oldestUnpublishedAge
                : ledger.paymentEventLog()::heldBackAge, // Clients read events from the ledger.
            pipeline,
            scheduler));
  }

  private boolean isClustered() {
    return context.settings().cluster().isPresent();
  }

  private void publishEvents(LedgerModule.Ports ledger) {
    if (isClustered()) {
      deployments.deployOnce(
          new EventPublisherVerticle(
              ledger.paymentEventLog(),
              ledger.publicationLog(),
              UUID.randomUUID().toString(),
              context.scheduler(),
              System::nanoTime));
    }
  }

  private ApiVerticle.Endpoint endpoint(
      TracingPolicy tracing, PortSecurity portSecurity, AuditTrail auditTrail, Prover prover) {
    Settings.Http http = context.settings().http();
    return new ApiVerticle.Endpoint(
        http.host(),
        http.port(),
        http.bodyLimit(),
        rules().isKeyRequired(),
        context.settings().shutdown().deadline(),
        tracing,
        portSecurity.api(),
        portSecurity.authHandler(),
        portSecurity.rateLimitHandler(),
        auditTrail,
        prover,
        draining::get);
  }

  private String startApi(ApiVerticle.Endpoint endpoint, PaymentOrderReader orders) {
    return awaitPort(
        "http.port",
        endpoint.port(),
        context
            .vertx()
            .deployVerticle(
                () -> {
                  ApiVerticle verticle = new ApiVerticle(endpoint, orders);
                  apiVerticles.add(verticle);
                  return verticle;
                },
                Deployments.onePerLoop()));
  }

  /** Returns the console's ports to the ledger. */
  ConsolePorts consolePorts(LedgerModule.Ports ledger, Optional<WebhookAdministration> webhooks) {
    return new ConsolePorts(
        ledger.paymentLedger(),
        ledger.refunds(),
        ledger.disputes(),
        new InquiryService(
            paymentService,
            refundService,
            ledger.unresolvedPayments(),
            ledger.unresolvedRefunds(),
            refundInquiries,
            paymentGateway::account),
        ledger.lookBackStore(),
        new ManualSettlementService(
            paymentService,
            paymentGateway,
            ledger.manualSettlements(),
            rules().manualSettlement(),
            CLOCK),
        ledger.operatorLog(),
        webhooks);
  }

  /** Begins to receive the disputes of a simulated gateway, which sends no webhooks. */
  void receiveDisputes(String name, SimulatedGateway gateway) {
    gateway.reportDisputes(reference -> disputeService.inquire(name, reference));
  }

  int port() {
    return apiVerticles.element().port();
  }

  /** Returns the defaults of the API; if one is not configured, the first configured value. */
  private static PaymentOrderReader.Defaults defaults(AllowedValues allowedValues) {
    return new PaymentOrderReader.Defaults(
        AllowedValues.preferred(allowedValues.currencies(), "USD"),
        AllowedValues.preferred(allowedValues.tiers(), "standard"),
        AllowedValues.preferred(allowedValues.methods(), "credit_card"));
  }

  /**
   * Serves requests for the grace period, then accepts no more, and returns when those in flight
   * are done or the deadline has passed.
   *
   * @param unconfirmed receives what is not done by then
   */
  void close(Runnable afterGrace, Consumer<String> unconfirmed) {
    Settings.Shutdown shutdown = context.settings().shutdown();
    draining.set(true);
    awaitQuietly(
        "wait for the grace period",
        context.scheduler().pause(shutdown.grace()),
        shutdown.grace().plus(CLOSE_TIMEOUT));
    afterGrace.run();
    tasks.forEach(PeriodicTask::stop);
    long start = System.nanoTime();
    awaitQuietly(
        "finish requests in flight",
        context.vertx().undeploy(apiDeployment),
        left(start).plus(CLOSE_TIMEOUT));
    awaitQuietly("stop the consumers", deployments.undeploy(), left(start).plus(CLOSE_TIMEOUT));
    Future<?> drained =
        Future.all(
            paymentService.drained(),
            refundService.drained(),
            disputeService.drained(),
            reports.drained());
    if (!awaitQuietly("finish all payments", drained, drainLimit(start))) {
      unconfirmed.accept(unfinished());
    }
  }

  /** Returns the time until the deadline of a shutdown. */
  private Duration left(long start) {
    Duration left = context.settings().shutdown().deadline().minusNanos(System.nanoTime() - start);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** Returns the maximum wait for outcomes to be stored. */
  private Duration drainLimit(long start) {
    Duration left = left(start);
    return isEmbeddedLedgerDown.getAsBoolean() && left.compareTo(MAX_WAIT_FOR_EMBEDDED) > 0
        ? MAX_WAIT_FOR_EMBEDDED
        : left;
  }

  /** Logs the outcomes that are not in the ledger, and returns the action that is not done. */
  private String unfinished() {
    List<Transfer<?>> unwritten =
        Stream.of(paymentService, refundService)
            .<Transfer<?>>flatMap(service -> service.unwritten().stream())
            .toList();
    unwritten.forEach(PaymentModule::logUnwritten);
    return unwritten.isEmpty()
        ? "finish all payments"
        : "write %d outcomes to the ledger".formatted(unwritten.size());
  }

  private static void logUnwritten(Transfer<?> settled) {
    log.error(
        "{} outcome not written to the ledger before the deadline: {} {}",
        settled.getClass().getSimpleName(),
        settled.id(),
        settled.status().label());
  }
}
