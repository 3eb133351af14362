package dev.paymeter.http.api;

import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.QueryString;
import dev.paymeter.http.Routes;
import dev.paymeter.json.EventJson;
import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.security.Scope;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Route of events: {@code GET /v1/events} streams those of all payments as they are committed. */
final class EventRoutes {
  private static final String EVENTS = "/v1/events";
  private static final String LAST_EVENT_ID = "Last-Event-ID";
  private static final String AFTER = "after";

  private EventRoutes() {}

  static void add(Routes api, PaymentEventStream stream) {
    // Reconnecting browsers send the position as a header, other clients as a parameter.
    ApiKeyAuthHandler.requireScope(Scope.READ, api.router().get(EVENTS))
        .handler(
            request -> stream.add(request, after(request).map(EventOffset::after).orElse(null)));
    api.rejectOthers(EVENTS, "GET");
  }

  private static Optional<PaymentEvent.Position> after(RoutingContext request) {
    Map<String, List<String>> parameters = QueryString.parse(request.request().query());
    List<FieldError> faults = new ArrayList<>();
    parameters.keySet().stream()
        .filter(name -> !name.equals(AFTER))
        .forEach(name -> faults.add(new FieldError(name, "no parameter but after", "present")));
    List<String> header = request.request().headers().getAll(LAST_EVENT_ID);
    String field = header.isEmpty() ? AFTER : LAST_EVENT_ID;
    List<String> given = header.isEmpty() ? parameters.getOrDefault(AFTER, List.of()) : header;
    Optional<PaymentEvent.Position> position =
        given.size() == 1 ? EventJson.position(given.get(0)) : Optional.empty();
    if (given.size() > 1 || (given.size() == 1 && position.isEmpty())) {
      faults.add(new FieldError(field, "the id of one event", String.join(", ", given)));
    }
    if (!faults.isEmpty()) {
      throw RequestRejectedException.invalid(faults);
    }
    return position;
  }
}
