package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.CreatePayment;
import dev.paymeter.bus.LocalRequests;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.AuditTrail;
import dev.paymeter.http.CardNumberFilter;
import dev.paymeter.http.HostHeaderFilter;
import dev.paymeter.http.IdempotencyHeader;
import dev.paymeter.http.IdempotentRequestReader;
import dev.paymeter.http.Problem;
import dev.paymeter.http.ProblemException;
import dev.paymeter.http.ProblemRoutes;
import dev.paymeter.http.RateLimitHandler;
import dev.paymeter.http.RequestIds;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.http.server.HttpServers;
import dev.paymeter.json.PaymentJson;
import dev.paymeter.json.PaymentOrderReader;
import dev.paymeter.json.PaymentQueryReader;
import dev.paymeter.metrics.proof.Prover;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.service.PaymentResult;
import dev.paymeter.security.Scope;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The payment API over HTTP. Stateless; deploy one for each event loop. One class, because it
 * assembles the API: the order of handlers and routes must be readable in one place; besides, it
 * creates payments.
 */
public final class ApiVerticle extends VerticleBase {
  static final String PAYMENTS = "/v1/payments";

  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private final Endpoint endpoint;
  private final PaymentOrderReader reader;
  private final PaymentQueryReader queryReader;
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
   * @param auditTrail records actions other than payments
   * @param prover reads the rows behind samples
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
      AuditTrail auditTrail,
      Prover prover,
      BooleanSupplier isLeaving) {}

  public ApiVerticle(Endpoint endpoint, PaymentOrderReader reader) {
    this.endpoint = endpoint;
    this.reader = reader;
    this.queryReader = new PaymentQueryReader(reader.allowedValues());
    this.requests = new IdempotentRequestReader(endpoint.keyRequired(), reader::withoutSecrets);
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
        : endpoint.servers().shutdown(vertx, server, endpoint.shutdownTimeout());
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
    Routes api = new Routes(router, endpoint.bodyLimit(), endpoint.auditTrail());
    OpenApiRoutes.add(api);
    ProblemRoutes.add(api);
    GatewayWebhookRoutes.add(api);
    router.route().handler(endpoint.apiKeyAuthHandler()::authenticate);
    router.route().handler(endpoint.rateLimitHandler());
    api.post(Scope.PAY, PAYMENTS, this::create);
    new PaymentRoutes(PAYMENTS, queryReader, requests).add(api, "GET, HEAD, POST");
    paymentEventStream = new PaymentEventStream(vertx, endpoint.apiKeyAuthHandler());
    EventRoutes.add(api, paymentEventStream);
    ReportRoutes.add(api);
    new ProofRoutes(endpoint.prover()).add(api);
    ApiKeyAuthHandler.verifyScopes(router);
    api.verifyActions(Set.of(PAYMENTS, ReportRoutes.PATH, GatewayWebhookRoutes.PATH));
    api.handleErrors();
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
            request,
            "POST " + PAYMENTS,
            (body, key) ->
                new CreatePayment(
                    reader.read(body, key).createdBy(client(request)),
                    key,
                    ApiKeyAuthHandler.access(request)));
    send(request, Addresses.PAY, message, (PaymentResult paid) -> respondCreated(request, paid));
  }

  /**
   * Returns the id of the payment in the path, given as its id or its transaction id.
   *
   * @throws ProblemException with 404 if it is neither
   */
  public static UUID paymentId(RoutingContext request) {
    return uuid(request, "id", Payment.TRANSACTION_PREFIX);
  }

  /**
   * Returns the payment in the path as the subject of an action.
   *
   * @throws ProblemException with 404 if it is none
   */
  public static String paymentSubject(RoutingContext request) {
    return paymentId(request).toString();
  }

  /**
   * Returns the id of the refund in the path, given as its id or its reference.
   *
   * @throws ProblemException with 404 if it is neither
   */
  static UUID refundId(RoutingContext request) {
    return uuid(request, "refund", Refund.REFERENCE_PREFIX);
  }

  /** Reads a parameter of the path; {@link UUID#fromString} also accepts shorter forms. */
  private static UUID uuid(RoutingContext request, String parameter, String prefix) {
    String text = request.pathParam(parameter);
    String id = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
    if (!UUID_FORM.matcher(id).matches()) {
      throw new ProblemException(Problem.notFound(request.request().path()));
    }
    return UUID.fromString(id);
  }

  /**
   * Sends a message over the bus, with the request's id and credential.
   *
   * @param respond responds to the reply; if there is none, the request fails
   */
  static <T> void send(RoutingContext request, String address, Record message, Handler<T> respond) {
    Map<String, String> headers =
        Map.of(
            Addresses.REQUEST_ID,
            RequestIds.of(request),
            Addresses.CREDENTIAL,
            ApiKeyAuthHandler.credential(request).id());
    LocalRequests.<T>send(request.vertx(), address, message, headers)
        .onComplete(respond, request::fail);
  }

  private static void respondCreated(RoutingContext request, PaymentResult paymentResult) {
    Payment payment = paymentResult.payment();
    respondCreated(
        request,
        payment,
        PaymentJson.write(payment, client(request)),
        PAYMENTS + "/" + payment.id(),
        paymentResult.replayed());
  }

  /** Returns the client that sent a request: the one that its idempotency keys belong to. */
  static String client(RoutingContext request) {
    return ApiKeyAuthHandler.credential(request).owner();
  }

  /** Responds with a new payment or refund, or with the problem of a failed one. */
  static void respondCreated(
      RoutingContext request,
      Transfer<?> created,
      JsonObject json,
      String location,
      boolean replayed) {
    request.response().putHeader(HttpHeaders.LOCATION, location);
    if (replayed) {
      request.response().putHeader(IdempotencyHeader.REPLAYED, "true");
    }
    Optional<PaymentException> error = created.error();
    if (error.isPresent()) {
      Problem.of(created, error.get()).respond(request);
    } else {
      Responses.sendJson(request, created.status().isAnswered() ? 201 : 202, json);
    }
  }
}
