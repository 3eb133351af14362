package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.LocalRequests;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.RequestIds;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** Sender of the messages of requests over the bus. */
@FunctionalInterface
public interface MessageSender {
  /** Returns the reply. */
  <T> Future<T> send(RoutingContext request, String address, Record message);

  /** Sends a message with the request's id and credential. */
  static <T> Future<T> direct(RoutingContext request, String address, Record message) {
    Map<String, String> headers =
        Map.of(
            Addresses.REQUEST_ID,
            RequestIds.of(request),
            Addresses.CREDENTIAL,
            ApiKeyAuthHandler.credential(request).id());
    return LocalRequests.send(request.vertx(), address, message, headers);
  }
}
