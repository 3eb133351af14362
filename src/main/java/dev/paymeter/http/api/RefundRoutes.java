package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.CreateRefund;
import dev.paymeter.bus.FindRefund;
import dev.paymeter.http.IdempotentRequestReader;
import dev.paymeter.http.QueryString;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.json.RefundJson;
import dev.paymeter.json.RefundOrderReader;
import dev.paymeter.json.RefundQueryReader;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.RefundQuery;
import dev.paymeter.payment.service.RefundResult;
import dev.paymeter.security.Scope;
import io.vertx.ext.web.RoutingContext;
import java.util.UUID;

/** Routes of refunds: {@code /v1/payments/{id}/refunds}. */
final class RefundRoutes {
  private RefundRoutes() {}

  /**
   * @param payment the path of one payment, with its {@code id}
   */
  static void add(Routes api, String payment, IdempotentRequestReader requests) {
    String all = payment + "/refunds";
    String one = all + "/:refund";
    api.postOptional(Scope.REFUND, all, request -> create(request, requests));
    api.read(all, RefundRoutes::list);
    api.rejectOthers(all, "GET, HEAD, POST");
    api.read(one, RefundRoutes::find);
    api.rejectOthers(one, "GET, HEAD");
  }

  private static void create(RoutingContext request, IdempotentRequestReader requests) {
    UUID payment = ApiVerticle.paymentId(request);
    CreateRefund message =
        requests.readOptional(
            request,
            "POST " + path(payment),
            (body, key) -> new CreateRefund(payment, RefundOrderReader.read(body), key));
    ApiVerticle.send(
        request, Addresses.REFUND, message, (RefundResult made) -> respondCreated(request, made));
  }

  private static void find(RoutingContext request) {
    FindRefund message =
        new FindRefund(ApiVerticle.paymentId(request), ApiVerticle.refundId(request));
    ApiVerticle.send(
        request,
        Addresses.FIND_REFUND,
        message,
        (RefundResult found) -> Responses.sendJson(request, 200, RefundJson.write(found.refund())));
  }

  private static void list(RoutingContext request) {
    RefundQuery query =
        RefundQueryReader.read(
            ApiVerticle.paymentId(request), QueryString.parse(request.request().query()));
    ApiVerticle.send(
        request,
        Addresses.LIST_REFUNDS,
        query,
        (PaymentPage<Refund> page) ->
            Responses.sendJson(request, 200, RefundJson.write(page, query)));
  }

  private static void respondCreated(RoutingContext request, RefundResult result) {
    Refund refund = result.refund();
    ApiVerticle.respondCreated(
        request,
        refund,
        RefundJson.write(refund),
        path(refund.payment().id()) + "/" + refund.id(),
        result.replayed());
  }

  private static String path(UUID payment) {
    return ApiVerticle.PAYMENTS + "/" + payment + "/refunds";
  }
}
