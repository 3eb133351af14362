package dev.paymeter.web;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.ListPayments;
import dev.paymeter.bus.ListReply;
import dev.paymeter.bus.PaymentListReader;
import dev.paymeter.payments.PaymentPage;
import dev.paymeter.payments.RequestRefusedException;
import dev.paymeter.security.Scope;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/** {@code GET /v1/payments}: lists of payments, part by part. */
final class ListRoutes {
  private final Vertx vertx;
  private final PaymentListReader reader;

  private ListRoutes(Vertx vertx, PaymentListReader reader) {
    this.vertx = vertx;
    this.reader = reader;
  }

  static void add(Router router, String path, Vertx vertx, PaymentListReader reader) {
    ListRoutes routes = new ListRoutes(vertx, reader);
    Access.needing(Scope.READ, router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD))
        .handler(routes::list);
  }

  private void list(RoutingContext request) {
    ListPayments asked;
    try {
      asked = reader.read(RequestIds.of(request), QueryString.parse(request.request().query()));
    } catch (QueryString.MalformedException malformed) {
      Problem.malformedQuery(malformed.reason()).answer(request);
      return;
    } catch (RequestRefusedException refused) {
      Problem.of(refused).answer(request);
      return;
    }
    vertx
        .eventBus()
        .<ListReply>request(
            Addresses.LIST,
            asked,
            new DeliveryOptions()
                .setLocalOnly(true)
                .addHeader(Addresses.CREDENTIAL, Access.credential(request).id()))
        .map(Message::body)
        .compose(ListReply::asFuture)
        .onComplete(
            page -> answer(request, asked, page), failure -> ApiVerticle.refuse(request, failure));
  }

  private static void answer(RoutingContext request, ListPayments asked, PaymentPage page) {
    Answers.send(
        request, 200, Answers.JSON, PaymentListReader.write(page, asked.filter()).toBuffer());
  }
}
