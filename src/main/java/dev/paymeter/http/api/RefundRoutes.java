package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.CreateRefund;
import dev.paymeter.bus.FindRefund;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.IdempotencyHeader;
import dev.paymeter.http.IdempotentRequestReader;
import dev.paymeter.http.PathParameters;
import dev.paymeter.http.Problem;
import dev.paymeter.http.QueryString;
import dev.paymeter.http.Responses;
import dev.paymeter.json.RefundJson;
import dev.paymeter.json.RefundOrderReader;
import dev.paymeter.json.RefundQueryReader;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.query.RefundPage;
import dev.paymeter.payment.query.RefundQuery;
import dev.paymeter.payment.service.RefundResult;
import dev.paymeter.security.Scope;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.Optional;
import java.util.UUID;

/** Routes of refunds: {@code /v1/payments/{id}/refunds}. */
final class RefundRoutes {
  private final IdempotentRequestReader requests;

  private RefundRoutes(IdempotentRequestReader requests) {
    this.requests = requests;
  }

  /**
   * @param payment the path of one payment, with its {@code id}
   * @param bodyLimit maximum length of a body in bytes
   */
  static void add(Router router, String payment, IdempotentRequestReader requests, long bodyLimit) {
    RefundRoutes routes = new RefundRoutes(requests);
    String all = payment + "/refunds";
    String one = all + "/:refund";
    ApiKeyAuthHandler.requireScope(Scope.REFUND, router.post(all))
        .handler(BodyHandler.create(false).setBodyLimit(bodyLimit))
        .handler(ApiVerticle::checkContentType)
        .handler(routes::create);
    ApiKeyAuthHandler.requireScope(
            Scope.READ, router.route(all).method(HttpMethod.GET).method(HttpMethod.HEAD))
        .handler(routes::list);
    ApiKeyAuthHandler.requireScope(
            Scope.READ, router.route(one).method(HttpMethod.GET).method(HttpMethod.HEAD))
        .handler(routes::find);
    ApiKeyAuthHandler.allowWithoutKey(router.route(all))
        .handler(request -> Responses.rejectMethod(request, "GET, HEAD, POST"));
    ApiKeyAuthHandler.allowWithoutKey(router.route(one))
        .handler(request -> Responses.rejectMethod(request, "GET, HEAD"));
  }

  private void create(RoutingContext request) {
    UUID payment = PathParameters.uuid(request, "id");
    CreateRefund message =
        requests.read(
            request,
            "POST " + path(payment),
            (body, key) -> new CreateRefund(payment, RefundOrderReader.read(body), key));
    ApiVerticle.<RefundResult>send(request, Addresses.REFUND, message)
        .onComplete(
            result -> respondCreated(request, result),
            failure -> ApiVerticle.respondFailure(request, failure));
  }

  private void find(RoutingContext request) {
    FindRefund message =
        new FindRefund(PathParameters.uuid(request, "id"), PathParameters.uuid(request, "refund"));
    ApiVerticle.<RefundResult>send(request, Addresses.FIND_REFUND, message)
        .onComplete(
            found -> respond(request, 200, RefundJson.write(found.refund())),
            failure -> ApiVerticle.respondFailure(request, failure));
  }

  private void list(RoutingContext request) {
    RefundQuery query =
        RefundQueryReader.read(
            PathParameters.uuid(request, "id"), QueryString.parse(request.request().query()));
    ApiVerticle.<RefundPage>send(request, Addresses.LIST_REFUNDS, query)
        .onComplete(
            page -> respond(request, 200, RefundJson.write(page, query)),
            failure -> ApiVerticle.respondFailure(request, failure));
  }

  private static void respondCreated(RoutingContext request, RefundResult result) {
    Refund refund = result.refund();
    if (result.replayed()) {
      request.response().putHeader(IdempotencyHeader.REPLAYED, "true");
    }
    request
        .response()
        .putHeader(HttpHeaders.LOCATION, path(refund.payment().id()) + "/" + refund.id());
    Optional<PaymentException> error = refund.error();
    if (error.isPresent()) {
      Problem.of(refund, error.get()).respond(request);
    } else {
      respond(request, refund.status().isSettled() ? 201 : 202, RefundJson.write(refund));
    }
  }

  private static String path(UUID payment) {
    return ApiVerticle.PAYMENTS + "/" + payment + "/refunds";
  }

  private static void respond(RoutingContext request, int status, JsonObject json) {
    Responses.send(request, status, Responses.JSON, json.toBuffer());
  }
}
