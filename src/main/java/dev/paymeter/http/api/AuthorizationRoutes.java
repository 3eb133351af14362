package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.CapturePayment;
import dev.paymeter.bus.VoidPayment;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.AuditTrail;
import dev.paymeter.http.IdempotencyHeader;
import dev.paymeter.http.IdempotentRequestReader;
import dev.paymeter.http.Problem;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.json.CaptureOrderReader;
import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.json.PaymentJson;
import dev.paymeter.payment.OperatorAction.Kind;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.service.AuthorizationResult;
import dev.paymeter.security.Scope;
import io.vertx.ext.web.RoutingContext;
import java.util.UUID;

/**
 * Routes of captures and voids: {@code /v1/payments/{id}/capture} and {@code /void}. They need the
 * scope of payments, as the order that was authorized.
 *
 * @param root the path of the list of payments
 */
record AuthorizationRoutes(String root, IdempotentRequestReader requests) {
  private static final String CAPTURE = "/capture";
  private static final String VOID = "/void";

  void add(Routes routes) {
    String payment = root + "/:id";
    routes.action(
        Scope.PAY, Kind.CAPTURE, payment + CAPTURE, ApiVerticle::paymentSubject, this::capture);
    routes.rejectOthers(payment + CAPTURE, "POST");
    routes.action(Scope.PAY, Kind.VOID, payment + VOID, ApiVerticle::paymentSubject, this::cancel);
    routes.rejectOthers(payment + VOID, "POST");
  }

  private void capture(RoutingContext request) {
    UUID payment = ApiVerticle.paymentId(request);
    CapturePayment message =
        requests.readOptional(
            request,
            route(payment, CAPTURE),
            (body, key) ->
                new CapturePayment(
                    payment,
                    CaptureOrderReader.read(body),
                    key,
                    ApiKeyAuthHandler.access(request)));
    send(request, Addresses.CAPTURE, message);
  }

  private void cancel(RoutingContext request) {
    UUID payment = ApiVerticle.paymentId(request);
    VoidPayment message =
        requests.readOptional(
            request,
            route(payment, VOID),
            (body, key) -> {
              JsonFieldReader.requireNone(body);
              return new VoidPayment(payment, key, ApiKeyAuthHandler.access(request));
            });
    send(request, Addresses.VOID, message);
  }

  /** Returns the scope of keys, which is the same for all roots. */
  private static String route(UUID payment, String step) {
    return "POST " + ApiVerticle.PAYMENTS + "/" + payment + step;
  }

  private static void send(RoutingContext request, String address, Record message) {
    ApiVerticle.send(
        request, address, message, (AuthorizationResult done) -> respond(request, done));
  }

  private static void respond(RoutingContext request, AuthorizationResult result) {
    Payment payment = result.payment();
    AuditTrail.describe(request, describe(result));
    if (result.replayed()) {
      request.response().putHeader(IdempotencyHeader.REPLAYED, "true");
    }
    if (result.rejection() != null) {
      Problem.ofStep(payment, result.rejection()).respond(request);
    } else {
      Responses.sendJson(
          request, payment.status().isSettled() ? 200 : 202, PaymentJson.write(payment));
    }
  }

  private static String describe(AuthorizationResult result) {
    return "payment %s%s%s"
        .formatted(
            result.payment().status().label(),
            result.rejection() == null ? "" : ", " + result.rejection().code().label(),
            result.replayed() ? ", replayed" : "");
  }
}
