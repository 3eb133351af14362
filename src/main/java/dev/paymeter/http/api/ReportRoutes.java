package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.Problem;
import dev.paymeter.http.RequestIds;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.http.StrictJsonParser;
import dev.paymeter.security.Scope;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** Route {@code POST /v1/observations}: reports over HTTP instead of the bus. */
final class ReportRoutes {
  static final String PATH = "/v1/observations";

  private ReportRoutes() {}

  static void add(Routes api) {
    api.post(Scope.PAY, PATH, ReportRoutes::report);
    api.rejectOthers(PATH, "POST");
  }

  private static void report(RoutingContext request) {
    if (ApiKeyAuthHandler.access(request).merchant() != null) {
      // Ids of reports, and the caps on labels, are shared by all publishers.
      Problem.NOT_OF_MERCHANT.respond(request);
      return;
    }
    JsonObject observation = StrictJsonParser.body(request);
    DeliveryOptions options =
        new DeliveryOptions()
            .setLocalOnly(true)
            .addHeader(Addresses.REQUEST_ID, RequestIds.of(request));
    request
        .vertx()
        .eventBus()
        .<JsonObject>request(Addresses.OBSERVATIONS, observation, options)
        .onComplete(reply -> respond(request, observation, reply.body()), request::fail);
  }

  private static void respond(RoutingContext request, JsonObject observation, JsonObject reply) {
    String outcome = reply.getString("outcome");
    switch (outcome) {
      case "accepted" -> Responses.sendJson(request, 201, reply);
      case "duplicate", "dropped", "taken" -> Responses.sendJson(request, 200, reply);
      case "rejected" ->
          Problem.invalid(reply.getString("detail"), reply.getJsonArray("errors")).respond(request);
      case "overloaded" -> Problem.overloaded(reply.getString("detail")).respond(request);
      case "unavailable" -> unavailable(observation, reply.getString("detail")).respond(request);
      default -> throw new IllegalStateException("unknown outcome " + outcome);
    }
  }

  /** Returns the problem; operations are not stored in the ledger, but deduplicated elsewhere. */
  private static Problem unavailable(JsonObject observation, String detail) {
    return "operation".equals(observation.getValue("kind"))
        ? Problem.operationsUnavailable(detail)
        : Problem.ledgerUnavailable(detail);
  }
}
