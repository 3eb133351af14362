package dev.paymeter.http.management;

import dev.paymeter.http.AuditTrail;
import dev.paymeter.http.QueryString;
import dev.paymeter.http.RequestIds;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.json.ActionJson;
import dev.paymeter.json.ActionQueryReader;
import dev.paymeter.payment.port.Futures;
import io.vertx.ext.web.RoutingContext;

/** Route of the audit trail: {@code /actions}. */
record ActionRoutes(AuditTrail auditTrail) {
  private static final String ROOT = "/actions";

  static void add(Routes routes, AuditTrail auditTrail) {
    routes.router().route(ROOT).handler(RequestIds::assign);
    routes.readOnly(ROOT, new ActionRoutes(auditTrail)::list);
  }

  private void list(RoutingContext request) {
    ActionQueryReader.ActionQuery query =
        ActionQueryReader.read(QueryString.parse(request.request().query()));
    auditTrail
        .log()
        .get()
        .compose(
            log ->
                Futures.attemptOrReject(
                    () -> log.list(query.filter(), query.after(), query.limit() + 1)))
        .onComplete(
            found ->
                Responses.sendJson(
                    request, 200, ActionJson.write(found, query.limit(), query.filter())),
            request::fail);
  }
}
