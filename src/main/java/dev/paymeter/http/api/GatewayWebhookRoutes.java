package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.LocalRequests;
import dev.paymeter.bus.ReceiveWebhook;
import dev.paymeter.http.Problem;
import dev.paymeter.http.RequestIds;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.payment.port.HintOutcome;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/**
 * Route {@code POST /v1/webhooks/{gateway}}: webhooks of gateways. Their signatures authenticate
 * them, not an API key. Only the gateway's adapter reads their bodies, which may contain digits
 * that look like a card number.
 */
final class GatewayWebhookRoutes {
  private static final String GATEWAY = "gateway";
  static final String PATH = "/v1/webhooks/:" + GATEWAY;

  private GatewayWebhookRoutes() {}

  static void add(Routes api) {
    api.postWithoutKey(PATH, GatewayWebhookRoutes::receive);
    api.rejectOthers(PATH, "POST");
  }

  private static void receive(RoutingContext request) {
    Buffer body = request.body().buffer();
    ReceiveWebhook webhook =
        new ReceiveWebhook(
            request.pathParam(GATEWAY),
            request.request().headers(),
            body == null ? Buffer.buffer() : body);
    LocalRequests.<HintOutcome>send(
            request.vertx(),
            Addresses.GATEWAY_WEBHOOK,
            webhook,
            Map.of(Addresses.REQUEST_ID, RequestIds.of(request)))
        .onComplete(outcome -> respond(request, outcome), request::fail);
  }

  private static void respond(RoutingContext request, HintOutcome outcome) {
    if (outcome.isAccepted()) {
      Responses.sendJson(request, 200, JsonObject.of("outcome", outcome.label()));
    } else {
      Problem.invalidSignature(outcome).respond(request);
    }
  }
}
