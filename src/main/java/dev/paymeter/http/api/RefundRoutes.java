package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.CreateRefund;
import dev.paymeter.bus.FindRefund;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.AuditTrail;
import dev.paymeter.http.IdempotentRequestReader;
import dev.paymeter.http.QueryString;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.json.RefundJson;
import dev.paymeter.json.RefundOrderReader;
import dev.paymeter.json.RefundQueryReader;
import dev.paymeter.payment.OperatorAction.Kind;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.RefundQuery;
import dev.paymeter.payment.service.RefundResult;
import dev.paymeter.security.Scope;
import io.vertx.ext.web.RoutingContext;
import java.util.UUID;

/**
 * Routes of refunds: {@code /v1/payments/{id}/refunds}.
 *
 * @param root the path of the list of payments
 */
record RefundRoutes(String root, IdempotentRequestReader requests) {
  void add(Routes routes) {
    String all = root + "/:id/refunds";
    String one = all + "/:refund";
    routes.action(Scope.REFUND, Kind.REFUND, all, ApiVerticle::paymentSubject, this::create);
    routes.list(all, RefundRoutes::list);
    routes.rejectOthers(all, "GET, HEAD, POST");
    routes.read(one, RefundRoutes::find);
    routes.rejectOthers(one, "GET, HEAD");
  }

  private void create(RoutingContext request) {
    UUID payment = ApiVerticle.paymentId(request);
    CreateRefund message =
        requests.readOptional(
            request,
            "POST " + path(ApiVerticle.PAYMENTS, payment), // One scope of keys for all roots.
            (body, key) ->
                new CreateRefund(
                    payment, RefundOrderReader.read(body), key, ApiKeyAuthHandler.access(request)));
    ApiVerticle.send(
        request, Addresses.REFUND, message, (RefundResult made) -> respondCreated(request, made));
  }

  private static void find(RoutingContext request) {
    FindRefund message =
        new FindRefund(
            ApiVerticle.paymentId(request),
            ApiVerticle.refundId(request),
            ApiKeyAuthHandler.access(request));
    ApiVerticle.send(
        request,
        Addresses.FIND_REFUND,
        message,
        (RefundResult found) -> Responses.sendJson(request, 200, RefundJson.write(found.refund())));
  }

  private static void list(RoutingContext request) {
    RefundQuery query =
        RefundQueryReader.read(
            ApiVerticle.paymentId(request),
            QueryString.parse(request.request().query()),
            ApiKeyAuthHandler.access(request));
    ApiVerticle.send(
        request,
        Addresses.LIST_REFUNDS,
        query,
        (PaymentPage<Refund> page) ->
            Responses.sendJson(request, 200, RefundJson.write(page, query)));
  }

  private void respondCreated(RoutingContext request, RefundResult result) {
    Refund refund = result.refund();
    AuditTrail.describe(
        request,
        "refund %s %s%s"
            .formatted(
                refund.id(), refund.status().label(), result.replayed() ? ", replayed" : ""));
    ApiVerticle.respondCreated(
        request,
        refund,
        RefundJson.write(refund),
        path(root, refund.payment().id()) + "/" + refund.id(),
        result.replayed());
  }

  private static String path(String root, UUID payment) {
    return root + "/" + payment + "/refunds";
  }
}
