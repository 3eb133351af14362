package dev.paymeter.http.management;

import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.AuditTrail;
import dev.paymeter.http.IdempotentRequestReader;
import dev.paymeter.http.Problem;
import dev.paymeter.http.RequestIds;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.http.StrictJsonParser;
import dev.paymeter.http.api.ApiVerticle;
import dev.paymeter.http.api.PaymentRoutes;
import dev.paymeter.json.PaymentQueryReader;
import dev.paymeter.payment.OperatorAction.Kind;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.LedgerDifference;
import dev.paymeter.payment.query.StatusCounts;
import dev.paymeter.security.Credential;
import dev.paymeter.security.Scope;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Routes of the console's lists and actions. Those of payments, history and refunds are the API's;
 * they need the same scopes as there, besides the operator's.
 */
final class OperatorRoutes {
  static final String ROOT = ConsoleRoutes.ROOT + "v1";

  /** Not a header that a page of another origin can send without a permission (WHATWG Fetch). */
  static final String MARK = "Paymeter-Console";

  /** Above this number, counts are not exact: each counted entry costs the database time. */
  static final int MAX_COUNT = 1000;

  /** The list of payments has as many rows. */
  private static final int MAX_LATER_EVENTS = 50;

  /** Pages read every 5 s. */
  private static final Duration MAX_AGE = Duration.ofSeconds(2);

  private final SharedRead<StatusCounts> counts = new SharedRead<>(MAX_AGE, System::nanoTime);
  private final SharedRead<OperatorPorts.LaterEvents> laterEvents =
      new SharedRead<>(MAX_AGE, System::nanoTime);
  private final SharedRead<List<LedgerDifference>> differences =
      new SharedRead<>(MAX_AGE, System::nanoTime);
  private final Supplier<Future<OperatorPorts>> ports;

  private OperatorRoutes(Supplier<Future<OperatorPorts>> ports) {
    this.ports = ports;
  }

  static void add(Routes routes, ConsoleSource source) {
    new OperatorRoutes(source.ports()).add(routes, new PaymentQueryReader(source.allowedValues()));
  }

  private void add(Routes routes, PaymentQueryReader queryReader) {
    String payments = ROOT + "/payments";
    String countsPath = ROOT + "/counts";
    String laterEventsPath = ROOT + "/later-events";
    String inquiries = payments + "/:id/inquiries";
    String differencesPath = ROOT + "/differences";
    String acknowledgements = ROOT + "/acknowledgements";
    routes.router().route(ROOT + "/*").handler(RequestIds::assign).handler(OperatorRoutes::check);
    routes.readOnly(ROOT + "/operator", Routes.withoutParameters(OperatorRoutes::showOperator));
    routes.read(countsPath, this::count);
    routes.rejectOthers(countsPath, "GET, HEAD");
    routes.read(laterEventsPath, this::listLaterEvents);
    routes.rejectOthers(laterEventsPath, "GET, HEAD");
    new PaymentRoutes(
            payments, queryReader, new IdempotentRequestReader(true, UnaryOperator.identity()))
        .add(routes, "GET, HEAD");
    routes.action(
        Scope.OPERATE,
        Kind.INQUIRY,
        inquiries,
        ApiVerticle::paymentSubject,
        Routes.withoutFields(this::inquire));
    routes.rejectOthers(inquiries, "POST");
    routes.read(differencesPath, this::listDifferences);
    routes.rejectOthers(differencesPath, "GET, HEAD");
    routes.action(
        Scope.OPERATE,
        Kind.ACKNOWLEDGEMENT,
        acknowledgements,
        request -> describe(accepted(request)),
        this::acknowledge);
    routes.rejectOthers(acknowledgements, "POST");
  }

  private static void check(RoutingContext request) {
    request.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    if (request.request().method().equals(HttpMethod.POST)
        && !request.request().headers().contains(MARK)) {
      Problem.crossOrigin("one without the header " + MARK).respond(request);
    } else {
      request.next();
    }
  }

  /** Shows the name and the scopes of the operator's key. */
  private static void showOperator(RoutingContext request) {
    Credential operator = ApiKeyAuthHandler.credential(request);
    Responses.sendJson(
        request,
        200,
        new JsonObject()
            .put("name", operator.name())
            .put(
                "scopes",
                new JsonArray(operator.scopes().stream().sorted().map(Scope::label).toList())));
  }

  private void count(RoutingContext request) {
    counts
        .get(
            () ->
                ports
                    .get()
                    .compose(used -> Futures.attemptOrReject(() -> used.count(MAX_COUNT + 1))))
        .onComplete(found -> Responses.sendJson(request, 200, write(found)), request::fail);
  }

  private static JsonObject write(StatusCounts counts) {
    return new JsonObject()
        .put("all", counts.all())
        .put("unknown", counts.unknown())
        .put("requires_action", counts.waiting())
        .put("authorized", counts.authorized())
        .put("failed", counts.failed())
        .put("refunded", counts.refunded())
        .put("disputed", counts.disputed())
        .put("proposed", counts.proposed())
        .put("later_events", counts.laterEvents())
        .put("max", MAX_COUNT);
  }

  private void listLaterEvents(RoutingContext request) {
    laterEvents
        .get(
            () ->
                ports
                    .get()
                    .compose(
                        used -> Futures.attemptOrReject(() -> used.laterEvents(MAX_LATER_EVENTS))))
        .onComplete(
            found -> Responses.sendJson(request, 200, LaterEventsJson.write(found)), request::fail);
  }

  private void inquire(RoutingContext request) {
    UUID payment = ApiVerticle.paymentId(request);
    ports
        .get()
        .compose(used -> Futures.attemptOrReject(() -> used.inquire(payment)))
        .onComplete(
            due -> {
              AuditTrail.describe(request, due + " due");
              Responses.sendJson(request, 202, new JsonObject().put("inquiries", due));
            },
            request::fail);
  }

  private void listDifferences(RoutingContext request) {
    differences
        .get(() -> ports.get().compose(used -> Futures.attemptOrReject(used::differences)))
        .onComplete(
            found -> Responses.sendJson(request, 200, DifferenceJson.write(found)), request::fail);
  }

  private void acknowledge(RoutingContext request) {
    String operator = AuditTrail.operator(request).description();
    ports
        .get()
        .compose(
            used ->
                Futures.attemptOrReject(() -> used.acknowledge(accepted(request), operator))
                    .map(done -> done.orElseThrow(OperatorRoutes::noSuchDifference)))
        .onComplete(done -> differences.forget())
        .onComplete(
            done -> {
              AuditTrail.describe(request, done);
              Responses.sendJson(request, 200, new JsonObject().put("accepted", done));
            },
            request::fail);
  }

  private static LedgerDifference.Acknowledgement accepted(RoutingContext request) {
    return DifferenceJson.read(StrictJsonParser.body(request));
  }

  private static String describe(LedgerDifference.Acknowledgement accepted) {
    return "instance %s, epoch %d, segment %d"
        .formatted(accepted.instanceId(), accepted.epoch(), accepted.segment());
  }

  private static RequestRejectedException noSuchDifference() {
    return RequestRejectedException.wrongState(
        "Expected the present difference of the rows; they have changed, or were accepted.");
  }
}
