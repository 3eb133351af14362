package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.DisputesReply;
import dev.paymeter.bus.EventsReply;
import dev.paymeter.bus.FindHistory;
import dev.paymeter.bus.FindPayment;
import dev.paymeter.bus.ListDisputes;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.IdempotentRequestReader;
import dev.paymeter.http.QueryString;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.json.DisputeJson;
import dev.paymeter.json.EventJson;
import dev.paymeter.json.PaymentJson;
import dev.paymeter.json.PaymentQueryReader;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.PaymentQuery;
import dev.paymeter.payment.service.PaymentResult;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/**
 * Routes of existing payments: lists, single payments, their history, disputes, refunds, captures
 * and voids. The API has them, and so has the console, for operators.
 *
 * @param root the path of the list
 * @param requests reads the requests for refunds, captures and voids
 */
public record PaymentRoutes(
    String root, PaymentQueryReader queryReader, IdempotentRequestReader requests) {
  /**
   * @param methods the methods of the list's path, including those that have a route already
   */
  public void add(Routes routes, String methods) {
    String one = root + "/:id";
    String history = one + "/history";
    routes.list(root, this::list);
    routes.rejectOthers(root, methods);
    routes.read(one, this::find);
    routes.rejectOthers(one, "GET, HEAD");
    routes.read(history, PaymentRoutes::history);
    routes.rejectOthers(history, "GET, HEAD");
    String disputes = one + "/disputes";
    routes.read(disputes, PaymentRoutes::disputes);
    routes.rejectOthers(disputes, "GET, HEAD");
    new RefundRoutes(root, requests).add(routes);
    new AuthorizationRoutes(root, requests).add(routes);
  }

  private void list(RoutingContext request) {
    PaymentQuery query =
        queryReader.read(
            QueryString.parse(request.request().query()), ApiKeyAuthHandler.access(request));
    ApiVerticle.send(
        request,
        Addresses.LIST,
        query,
        (PaymentPage<Payment> page) ->
            Responses.sendJson(request, 200, PaymentQueryReader.write(page, query.filter())));
  }

  private void find(RoutingContext request) {
    ApiVerticle.send(
        request,
        Addresses.FIND,
        new FindPayment(ApiVerticle.paymentId(request), ApiKeyAuthHandler.access(request)),
        (PaymentResult found) -> Responses.sendJson(request, 200, json(request, found.payment())));
  }

  /** Operators do not get the payer's action. */
  private JsonObject json(RoutingContext request, Payment payment) {
    return root.equals(ApiVerticle.PAYMENTS)
        ? PaymentJson.write(payment, ApiVerticle.client(request))
        : PaymentJson.write(payment);
  }

  private static void disputes(RoutingContext request) {
    ApiVerticle.send(
        request,
        Addresses.LIST_DISPUTES,
        new ListDisputes(ApiVerticle.paymentId(request), ApiKeyAuthHandler.access(request)),
        (DisputesReply found) ->
            Responses.sendJson(request, 200, DisputeJson.write(found.disputes())));
  }

  private static void history(RoutingContext request) {
    ApiVerticle.send(
        request,
        Addresses.HISTORY,
        new FindHistory(ApiVerticle.paymentId(request), ApiKeyAuthHandler.access(request)),
        (EventsReply found) -> Responses.sendJson(request, 200, EventJson.history(found.events())));
  }
}
