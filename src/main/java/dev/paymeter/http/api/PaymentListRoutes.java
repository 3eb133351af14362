package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.QueryString;
import dev.paymeter.http.Responses;
import dev.paymeter.json.PaymentQueryReader;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.PaymentQuery;
import dev.paymeter.security.Scope;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/** Route {@code GET /v1/payments}: lists payments, page by page. */
final class PaymentListRoutes {
  private final PaymentQueryReader reader;

  private PaymentListRoutes(PaymentQueryReader reader) {
    this.reader = reader;
  }

  static void add(Router router, String path, PaymentQueryReader reader) {
    PaymentListRoutes routes = new PaymentListRoutes(reader);
    ApiKeyAuthHandler.requireScope(
            Scope.READ, router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD))
        .handler(routes::list);
  }

  private void list(RoutingContext request) {
    PaymentQuery query = reader.read(QueryString.parse(request.request().query()));
    ApiVerticle.<PaymentPage>send(request, Addresses.LIST, query)
        .onComplete(
            page -> respond(request, query, page),
            failure -> ApiVerticle.respondFailure(request, failure));
  }

  private static void respond(RoutingContext request, PaymentQuery query, PaymentPage page) {
    Responses.send(
        request, 200, Responses.JSON, PaymentQueryReader.write(page, query.filter()).toBuffer());
  }
}
