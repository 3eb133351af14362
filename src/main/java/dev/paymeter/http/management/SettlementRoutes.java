package dev.paymeter.http.management;

import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.AuditTrail;
import dev.paymeter.http.QueryString;
import dev.paymeter.http.RequestIds;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.http.StrictJsonParser;
import dev.paymeter.http.api.ApiVerticle;
import dev.paymeter.json.ManualSettlementJson;
import dev.paymeter.payment.ManualSettlement;
import dev.paymeter.payment.ManualSettlement.Operator;
import dev.paymeter.payment.OperatorAction.Kind;
import dev.paymeter.payment.service.ManualSettlementService;
import dev.paymeter.security.Credential;
import dev.paymeter.security.Scope;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Function;
import java.util.function.Supplier;

/** Routes of the manual settlements of payments with an unknown outcome. */
record SettlementRoutes(Supplier<Future<OperatorPorts>> ports) {
  private static final String OF_PAYMENT = "/payments/:id/settlement";
  private static final String ALL = "/settlements";

  void add(Routes routes) {
    routes.router().route("/payments/*").handler(RequestIds::assign);
    routes.router().route(ALL).handler(RequestIds::assign);
    routes.readOnly(ALL, this::list);
    action(routes, Kind.SETTLEMENT_PROPOSAL, "", this::propose);
    routes.show(OF_PAYMENT, Routes.withoutParameters(this::show));
    routes.rejectOthers(OF_PAYMENT, "GET, HEAD, POST");
    action(routes, Kind.SETTLEMENT_APPROVAL, "/approve", this::approve);
    routes.rejectOthers(OF_PAYMENT + "/approve", "POST");
    action(routes, Kind.SETTLEMENT_WITHDRAWAL, "/withdraw", this::withdraw);
    routes.rejectOthers(OF_PAYMENT + "/withdraw", "POST");
  }

  private static void action(
      Routes routes, Kind kind, String step, Handler<RoutingContext> handler) {
    routes.action(Scope.OPERATE, kind, OF_PAYMENT + step, ApiVerticle::paymentSubject, handler);
  }

  private void propose(RoutingContext request) {
    ManualSettlement.Proposal proposal =
        ManualSettlementJson.readProposal(
            StrictJsonParser.body(request), ApiVerticle.paymentId(request), operator(request));
    settle(service -> service.propose(proposal))
        .onComplete(
            result -> respond(request, result.isNew() ? 201 : 200, result.settlement()),
            request::fail);
  }

  private void approve(RoutingContext request) {
    respond(
        request,
        service ->
            service.approve(
                ApiVerticle.paymentId(request),
                ManualSettlementJson.readId(StrictJsonParser.body(request)),
                operator(request)));
  }

  private void withdraw(RoutingContext request) {
    respond(
        request,
        service ->
            service.withdraw(
                ApiVerticle.paymentId(request),
                ManualSettlementJson.readId(StrictJsonParser.body(request)),
                operator(request)));
  }

  private void show(RoutingContext request) {
    respond(request, service -> service.findOf(ApiVerticle.paymentId(request)));
  }

  private void list(RoutingContext request) {
    ManualSettlementJson.Query query =
        ManualSettlementJson.readQuery(QueryString.parse(request.request().query()));
    settle(service -> service.list(query.state(), query.after(), query.limit() + 1))
        .onComplete(
            found -> Responses.sendJson(request, 200, ManualSettlementJson.write(found, query)),
            request::fail);
  }

  private void respond(
      RoutingContext request, Function<ManualSettlementService, Future<ManualSettlement>> step) {
    settle(step).onComplete(settlement -> respond(request, 200, settlement), request::fail);
  }

  private <T> Future<T> settle(Function<ManualSettlementService, Future<T>> step) {
    return ports.get().compose(used -> step.apply(used.manualSettlements()));
  }

  private static void respond(RoutingContext request, int status, ManualSettlement settlement) {
    AuditTrail.describe(
        request,
        "settlement %s as %s: %s"
            .formatted(
                settlement.id(),
                settlement.proposal().status().label(),
                settlement.state().label()));
    Responses.sendJson(request, status, ManualSettlementJson.write(settlement));
  }

  private static Operator operator(RoutingContext request) {
    Credential credential = ApiKeyAuthHandler.credential(request);
    return new Operator(
        credential.name(), credential.isOfKey() ? credential.id() : null, credential.owner());
  }
}
