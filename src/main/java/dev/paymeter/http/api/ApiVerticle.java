package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.CreatePayment;
import dev.paymeter.bus.FindPayment;
import dev.paymeter.bus.LocalRequests;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.CardNumberFilter;
import dev.paymeter.http.HostHeaderFilter;
import dev.paymeter.http.IdempotencyHeader;
import dev.paymeter.http.IdempotentRequestReader;
import dev.paymeter.http.PathParameters;
import dev.paymeter.http.Problem;
import dev.paymeter.http.RateLimitHandler;
import dev.paymeter.http.RequestIds;
import dev.paymeter.http.Responses;
import dev.paymeter.http.server.HttpServers;
import dev.paymeter.json.PaymentJson;
import dev.paymeter.json.PaymentOrderReader;
import dev.paymeter.json.PaymentQueryReader;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.service.PaymentResult;
import dev.paymeter.security.Scope;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The payment API over HTTP. Stateless; deploy one for each event loop. One class, because it
 * assembles the API: the order of handlers and routes must be readable in one place; besides, it
 * creates and finds payments.
 */
public final class ApiVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(ApiVerticle.class);
  static final String PAYMENTS = "/v1/payments";
  private static final String PAYMENT = PAYMENTS + "/:id";

  private static final String CREATE_ROUTE = "POST " + PAYMENTS;

  private final Endpoint endpoint;
  private final PaymentOrderReader reader;
  private final IdempotentRequestReader requests;
  private @Nullable HttpServer server;
  private @Nullable PaymentEventStream paymentEventStream;
  private List<Route> routes = List.of();

  /**
   * Address and policies of the API.
   *
   * @param port 0 for any free port
   * @param bodyLimit maximum length of a body in bytes
   * @param keyRequired whether requests that move money must have an idempotency key
   * @param shutdownTimeout maximum wait for requests in flight when the verticle stops
   * @param tracingPolicy the requests that get a trace
   * @param servers the factory of the servers that share the port
   * @param apiKeyAuthHandler authenticates and authorizes requests
   * @param rateLimitHandler limits the requests of each key
   * @param isLeaving whether the service will soon close its connections
   */
  public record Endpoint(
      String host,
      int port,
      long bodyLimit,
      boolean keyRequired,
      Duration shutdownTimeout,
      TracingPolicy tracingPolicy,
      HttpServers servers,
      ApiKeyAuthHandler apiKeyAuthHandler,
      RateLimitHandler rateLimitHandler,
      BooleanSupplier isLeaving) {
    /** Creates an endpoint with the default limits, open to requests without a key. */
    public Endpoint(
        String host,
        int port,
        long bodyLimit,
        Duration shutdownTimeout,
        TracingPolicy tracingPolicy) {
      this(
          host,
          port,
          bodyLimit,
          false,
          shutdownTimeout,
          tracingPolicy,
          HttpServers.withDefaults(),
          ApiKeyAuthHandler.OPEN,
          new RateLimitHandler(null),
          () -> false);
    }
  }

  public ApiVerticle(Endpoint endpoint, PaymentOrderReader reader) {
    this.endpoint = endpoint;
    this.reader = reader;
    this.requests = new IdempotentRequestReader(endpoint.keyRequired());
  }

  /** Completes when the port accepts requests. */
  @Override
  public Future<?> start() {
    Router router = Router.router(vertx);
    // With a negative number, all verticles share one free port.
    int port = endpoint.port() == 0 ? -1 : endpoint.port();
    server =
        endpoint.servers().create(vertx, endpoint.host(), port, endpoint.tracingPolicy(), router);
    addRoutes(router);
    routes = router.getRoutes();
    return server.listen();
  }

  /** Stops accepting requests. Completes when the requests in flight are answered. */
  @Override
  public Future<?> stop() {
    if (paymentEventStream != null) {
      paymentEventStream.close();
    }
    return server == null
        ? Future.succeededFuture()
        : server.shutdown(endpoint.shutdownTimeout().toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Returns the port that the API listens on. */
  public int port() {
    if (server == null) {
      throw new IllegalStateException("not started");
    }
    return server.actualPort();
  }

  /** Returns the routes of the started API. */
  public List<Route> routes() {
    return routes;
  }

  private void addRoutes(Router router) {
    router.route().handler(this::closeIfLeaving);
    router.route().handler(RequestIds::assign);
    router.route().handler(CardNumberFilter::check);
    router.route().handler(new HostHeaderFilter(endpoint.host()));
    OpenApiRoutes.add(router);
    router.route().handler(endpoint.apiKeyAuthHandler()::authenticate);
    router.route().handler(endpoint.rateLimitHandler());
    ApiKeyAuthHandler.requireScope(Scope.PAY, router.post(PAYMENTS))
        .handler(BodyHandler.create(false).setBodyLimit(endpoint.bodyLimit()))
        .handler(ApiVerticle::checkContentType)
        .handler(this::create);
    ApiKeyAuthHandler.requireScope(
            Scope.READ, router.route(PAYMENT).method(HttpMethod.GET).method(HttpMethod.HEAD))
        .handler(this::find);
    RefundRoutes.add(router, PAYMENT, requests, endpoint.bodyLimit());
    PaymentListRoutes.add(router, PAYMENTS, new PaymentQueryReader(reader.allowedValues()));
    ApiKeyAuthHandler.allowWithoutKey(router.route(PAYMENTS))
        .handler(request -> Responses.rejectMethod(request, "GET, HEAD, POST"));
    ApiKeyAuthHandler.allowWithoutKey(router.route(PAYMENT))
        .handler(request -> Responses.rejectMethod(request, "GET, HEAD"));
    paymentEventStream = new PaymentEventStream(vertx);
    EventRoutes.add(router, paymentEventStream);
    ReportRoutes.add(router, endpoint.bodyLimit());
    ApiKeyAuthHandler.verifyScopes(router);
    router.errorHandler(400, request -> Problem.badRequest().respond(request));
    router.errorHandler(
        404, request -> Problem.notFound(request.request().path()).respond(request));
    router.errorHandler(413, request -> Problem.tooLarge(endpoint.bodyLimit()).respond(request));
    router.errorHandler(500, request -> respondFailure(request, request.failure()));
  }

  static void checkContentType(RoutingContext request) {
    String type = request.request().getHeader(HttpHeaders.CONTENT_TYPE);
    if (type != null && type.split(";", 2)[0].strip().equalsIgnoreCase(Responses.JSON)) {
      request.next();
    } else {
      Problem.unsupportedMediaType(type == null ? "none" : type).respond(request);
    }
  }

  /**
   * Asks clients of HTTP/1.1 to close the connection before the service does: a request could be on
   * the way (RFC 9112, section 9.6). HTTP/2 has GOAWAY for this (RFC 9113, section 6.8).
   */
  private void closeIfLeaving(RoutingContext request) {
    if (endpoint.isLeaving().getAsBoolean()
        && request.request().version() == HttpVersion.HTTP_1_1) {
      request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    request.next();
  }

  private void create(RoutingContext request) {
    CreatePayment message =
        requests.read(
            request, CREATE_ROUTE, (body, key) -> new CreatePayment(reader.read(body), key));
    ApiVerticle.<PaymentResult>send(request, Addresses.PAY, message)
        .onComplete(
            paymentResult -> respondCreated(request, paymentResult),
            failure -> respondFailure(request, failure));
  }

  private void find(RoutingContext request) {
    ApiVerticle.<PaymentResult>send(
            request, Addresses.FIND, new FindPayment(PathParameters.uuid(request, "id")))
        .onComplete(
            paymentResult -> respond(request, 200, PaymentJson.write(paymentResult.payment())),
            failure -> respondFailure(request, failure));
  }

  /** Sends a message over the bus, with the request's id and credential. */
  static <T> Future<T> send(RoutingContext request, String address, Record message) {
    return LocalRequests.send(
        request.vertx(),
        address,
        message,
        Map.of(
            Addresses.REQUEST_ID,
            RequestIds.of(request),
            Addresses.CREDENTIAL,
            ApiKeyAuthHandler.credential(request).id()));
  }

  private static void respondCreated(RoutingContext request, PaymentResult paymentResult) {
    Payment payment = paymentResult.payment();
    if (paymentResult.replayed()) {
      request.response().putHeader(IdempotencyHeader.REPLAYED, "true");
    }
    request.response().putHeader(HttpHeaders.LOCATION, PAYMENTS + "/" + payment.id());
    switch (payment.status()) {
      case SUCCESS, PARTIALLY_REFUNDED, REFUNDED ->
          respond(request, 201, PaymentJson.write(payment));
      case PENDING, UNKNOWN -> respond(request, 202, PaymentJson.write(payment));
      case FAILED -> Problem.of(payment, payment.error().orElseThrow()).respond(request);
    }
  }

  private static void respond(RoutingContext request, int status, JsonObject json) {
    Responses.send(request, status, Responses.JSON, json.toBuffer());
  }

  static void respondFailure(RoutingContext request, @Nullable Throwable failure) {
    Problem problem = Problem.ofFailure(failure);
    if (problem.isInternalError()) {
      log.error("Request {} failed with an unexpected error", RequestIds.of(request), failure);
    }
    if (!request.response().ended()) {
      problem.respond(request);
    }
  }
}
