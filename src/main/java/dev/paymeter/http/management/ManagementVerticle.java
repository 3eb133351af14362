package dev.paymeter.http.management;

import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.AuditTrail;
import dev.paymeter.http.CardNumberFilter;
import dev.paymeter.http.CrossOriginFilter;
import dev.paymeter.http.HostHeaderFilter;
import dev.paymeter.http.Problem;
import dev.paymeter.http.ProblemRoutes;
import dev.paymeter.http.RequestIds;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.http.StrictJsonParser;
import dev.paymeter.http.server.HttpServers;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.payment.OperatorAction.Kind;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.MIMEHeader;
import io.vertx.ext.web.ParsedHeaderValue;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The management port: metrics, health and the console. Started first, stopped last. One class,
 * because it serves the metrics itself: content negotiation and the wait for scrapes; the other
 * routes have classes of their own.
 */
public final class ManagementVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(ManagementVerticle.class);
  private static final String SAMPLING = "/sampling";
  private static final String SIMULATOR = "/simulator";

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

  /** The maximum number of bytes of a change to the sampling or the simulator. */
  private static final int BODY_LIMIT = 16 << 10;

  private final Endpoint endpoint;
  private final ScrapeTracker scrapeTracker = new ScrapeTracker(System::nanoTime);

  /** The number of scrapes in process: begun, and not sent completely. */
  private final AtomicInteger scrapes = new AtomicInteger();

  private @Nullable HttpServer server;
  private @Nullable ConsoleEventStream consoleEventStream;

  /** Renderer of the metrics in a format that Prometheus reads. */
  @FunctionalInterface
  public interface MetricsRenderer {
    Future<Buffer> render(ExpositionFormat format, boolean gzip);
  }

  /**
   * Address of the port, and what it shows.
   *
   * @param port 0 for any free port
   * @param consoleSource null for no console
   * @param simulator null for no simulator
   * @param servers the factory of the server, with its limits
   * @param apiKeyAuthHandler authorizes operators
   * @param auditTrail records their actions
   */
  public record Endpoint(
      String host,
      int port,
      Health health,
      MetricsRenderer metricsRenderer,
      Sampling sampling,
      @Nullable ConsoleSource consoleSource,
      @Nullable SimulatorControl simulator,
      HttpServers servers,
      ApiKeyAuthHandler apiKeyAuthHandler,
      AuditTrail auditTrail) {}

  public ManagementVerticle(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  @Override
  public Future<?> start() {
    Router router = Router.router(vertx);
    String host = endpoint.host();
    HttpServer created =
        endpoint.servers().create(vertx, host, endpoint.port(), TracingPolicy.IGNORE, router);
    server = created;
    Health health = endpoint.health();
    Routes routes = new Routes(router, BODY_LIMIT, endpoint.auditTrail());
    router.route().handler(CardNumberFilter::check);
    routes.readOnly("/metrics", this::limitScrapes);
    routes.readOnly("/health/live", request -> respond(request, health.live()));
    routes.readOnly("/health/started", request -> respond(request, health.started()));
    routes.readOnly(
        "/health/ready",
        request -> health.ready().onComplete(report -> respond(request, report), request::fail));
    ProblemRoutes.add(routes);
    RunbookRoutes.add(routes);
    // All routes after this are for operators.
    router
        .route()
        .handler(new HostHeaderFilter(host))
        .handler(endpoint.apiKeyAuthHandler()::operatorsOnly)
        .handler(new CrossOriginFilter());
    SamplingJson rates = new SamplingJson(endpoint.sampling());
    addSwitch(routes, SAMPLING, Kind.SAMPLING, rates::show, rates::change);
    routes.rejectOthers(SAMPLING, "GET, PATCH");
    SimulatorControl simulator = endpoint.simulator();
    if (simulator != null) {
      addSwitch(routes, SIMULATOR, Kind.SIMULATOR, simulator::show, simulator::change);
      routes.change(
          HttpMethod.DELETE,
          Kind.SIMULATOR,
          SIMULATOR,
          Routes.withoutFields(
              request -> {
                simulator.clear();
                AuditTrail.describe(request, "cleared");
                Responses.sendJson(request, 200, simulator.show());
              }));
      routes.rejectOthers(SIMULATOR, "GET, PATCH, DELETE");
    }
    ConsoleSource consoleSource = endpoint.consoleSource();
    Future<Void> served = Future.succeededFuture();
    if (consoleSource != null) {
      consoleEventStream =
          new ConsoleEventStream(
              vertx,
              consoleSource,
              health,
              endpoint.servers().connections(),
              endpoint.apiKeyAuthHandler());
      ConsoleRoutes.add(routes, consoleSource, consoleEventStream);
      OperatorRoutes.add(routes, consoleSource);
      WebhookRoutes.add(routes, consoleSource.ports());
      new SettlementRoutes(consoleSource.ports()).add(routes);
      served = new InstanceRoutes(consoleSource).add(vertx, routes);
    }
    ActionRoutes.add(routes, endpoint.auditTrail());
    routes.verifyActions(Set.of());
    routes.handleErrors();
    return served.compose(ready -> created.listen());
  }

  /** Adds {@code GET} and {@code PATCH}, which show and change an object. */
  private static void addSwitch(
      Routes routes,
      String path,
      Kind kind,
      Supplier<JsonObject> show,
      Consumer<JsonObject> change) {
    Handler<RoutingContext> respond = request -> Responses.sendJson(request, 200, show.get());
    routes.router().route(path).handler(RequestIds::assign);
    routes.router().get(path).handler(Routes.withoutParameters(respond));
    routes.change(
        HttpMethod.PATCH,
        kind,
        path,
        request -> {
          change.accept(StrictJsonParser.body(request));
          respond.handle(request);
        });
  }

  @Override
  public Future<?> stop() {
    if (consoleEventStream != null) {
      consoleEventStream.close();
    }
    return server == null
        ? Future.succeededFuture()
        : endpoint.servers().shutdown(vertx, server, CLOSE_TIMEOUT);
  }

  /** Returns the port that the verticle listens on. */
  public int port() {
    if (server == null) {
      throw new IllegalStateException("not started");
    }
    return server.actualPort();
  }

  /** Leaves connections for probes and the console, whatever the number of scrapers. */
  private void limitScrapes(RoutingContext request) {
    int limit = Math.max(1, endpoint.servers().connections() / 2);
    if (scrapes.incrementAndGet() > limit) {
      scrapes.decrementAndGet();
      Problem.tooManyScrapes(limit).respond(request);
    } else {
      respondMetrics(request).onComplete(ended -> scrapes.decrementAndGet());
    }
  }

  /** Completes when the values are sent, or cannot be. */
  private Future<Void> respondMetrics(RoutingContext request) {
    ExpositionFormat format = negotiate(request);
    boolean gzip = Responses.acceptsGzip(request);
    long scrape = scrapeTracker.begin();
    return endpoint
        .metricsRenderer()
        .render(format, gzip)
        .onFailure(request::fail)
        .compose(
            text -> {
              request.response().putHeader(HttpHeaders.VARY, "Accept, Accept-Encoding");
              if (gzip) {
                request.response().putHeader(HttpHeaders.CONTENT_ENCODING, Responses.GZIP);
              }
              return Responses.send(request, 200, format.contentType(), text);
            })
        .onSuccess(sent -> scraped(request.request(), scrape));
  }

  /** A response to HEAD has no values. */
  private void scraped(HttpServerRequest request, long scrape) {
    if (request.method().equals(HttpMethod.GET)) {
      String userAgent = Objects.requireNonNullElse(request.getHeader(HttpHeaders.USER_AGENT), "");
      scrapeTracker.ended(
          scrape, new ScrapeTracker.Scraper(request.remoteAddress().hostAddress(), userAgent));
    }
  }

  /**
   * Waits at the end of a shutdown until each recent scraper has read the final values.
   *
   * @param timeout the maximum wait; scrapers whose last scrape was longer ago are not awaited
   */
  public Future<Void> awaitFinalScrape(Duration timeout) {
    Future<Void> scraped = scrapeTracker.nextOfEach(timeout);
    if (!scraped.isComplete()) {
      log.info(
          "Waiting for a last scrape, up to {} s, by {}",
          timeout.toSeconds(),
          scrapeTracker.awaited());
    }
    return await(
        scraped,
        timeout,
        () ->
            log.warn(
                "The final metrics were not scraped within {} s by {}",
                timeout.toSeconds(),
                scrapeTracker.awaited()));
  }

  /**
   * Waits before anything is counted until the initial values have been scraped: queries with rate
   * and increase miss what was counted before the first scrape.
   *
   * @param timeout the maximum wait; zero for no wait
   */
  public Future<Void> awaitFirstScrape(Duration timeout) {
    if (timeout.isZero()) {
      return Future.succeededFuture();
    }
    log.info("Waiting for a first scrape, up to {} s", timeout.toSeconds());
    return await(
        scrapeTracker.next(),
        timeout,
        () ->
            log.warn(
                "No scrape within {} s: counts before the first scrape will be in the totals, but"
                    + " not in rate and increase",
                timeout.toSeconds()));
  }

  private static Future<Void> await(Future<Void> scrape, Duration timeout, Runnable warn) {
    return scrape
        .timeout(timeout.toMillis() + 1, TimeUnit.MILLISECONDS)
        .otherwise(
            expired -> {
              warn.run();
              return null;
            });
  }

  /** Returns the known format of the highest weight (RFC 9110, section 12.5.1), by default text. */
  private static ExpositionFormat negotiate(RoutingContext request) {
    return request.parsedHeaders().accept().stream()
        .filter(accepted -> accepted.weight() > 0)
        .sorted(Comparator.comparing(ParsedHeaderValue::weight).reversed())
        .map(ManagementVerticle::format)
        .flatMap(Optional::stream)
        .findFirst()
        .orElse(ExpositionFormat.TEXT);
  }

  private static Optional<ExpositionFormat> format(MIMEHeader accepted) {
    String version = accepted.parameter("version");
    return switch (accepted.component() + "/" + accepted.subComponent()) {
      case "application/openmetrics-text" ->
          version == null || version.equals("1.0.0") || version.equals("0.0.1")
              ? Optional.of(ExpositionFormat.OPEN_METRICS)
              : Optional.empty();
      case "application/vnd.google.protobuf" ->
          "io.prometheus.client.MetricFamily".equals(accepted.parameter("proto"))
              ? Optional.of(ExpositionFormat.PROTOBUF)
              : Optional.empty();
      case "text/plain", "text/*", "*/*" -> Optional.of(ExpositionFormat.TEXT);
      default -> Optional.empty();
    };
  }

  private static void respond(RoutingContext request, Health.Report report) {
    Responses.sendJson(request, report.up() ? 200 : 503, report.json());
  }
}
