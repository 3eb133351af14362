package dev.paymeter.gateway.paypal;

import dev.paymeter.gateway.http.PublishedDescription;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * PayPal's published description of the requests that Paymeter sends and of their responses, from
 * {@code paypal/description.yaml}. Safe from any thread.
 */
record PayPalDescription(PublishedDescription description) {
  static PayPalDescription load() {
    return new PayPalDescription(PublishedDescription.load("/paypal/description.yaml"));
  }

  /**
   * Returns the errors of a request; none if it is valid.
   *
   * @param body a JSON object or array; null if there is none
   */
  List<String> requestErrors(
      String method, String path, String query, MultiMap headers, Object body) {
    String called = method + " " + path;
    return description
        .operation(method, path)
        .map(
            operation -> {
              List<String> errors = new ArrayList<>();
              errors.addAll(queryErrors(called, operation.getJsonObject("query"), query));
              errors.addAll(headerErrors(called, operation.getJsonObject("headers"), headers));
              JsonObject request = operation.getJsonObject("request");
              if (request == null && body != null) {
                errors.add(called + " has a body");
              } else if (request != null) {
                errors.addAll(description.schemas().faults(called, request, body));
              }
              return errors;
            })
        .orElseGet(() -> List.of(called + " is not described"));
  }

  private List<String> queryErrors(String called, JsonObject schema, String query) {
    JsonObject sent = new JsonObject();
    JsonObject properties = schema.getJsonObject("properties");
    PublishedDescription.decode(query)
        .forEach(
            (name, values) ->
                sent.put(
                    name,
                    PublishedDescription.typed(
                        properties.getJsonObject(name, new JsonObject()), values.get(0))));
    return description.schemas().faults(called + "?", schema, sent);
  }

  /** Checks the headers that only PayPal has. */
  private List<String> headerErrors(String called, JsonObject described, MultiMap headers) {
    JsonObject schema =
        described == null
            ? new JsonObject().put("type", "object").put("properties", new JsonObject())
            : described;
    JsonObject sent = new JsonObject();
    headers.forEach(
        (name, value) -> {
          if (name.equals("Prefer") || name.startsWith("PayPal-")) {
            sent.put(name, value);
          }
        });
    return description.schemas().faults(called + " headers", schema, sent);
  }

  /** Returns the errors of a response; none if it is valid or its status is not described. */
  List<String> responseErrors(String method, String path, int status, JsonObject response) {
    String where = method + " " + path + " => " + status;
    JsonObject schema =
        status < 300
            ? description
                .operation(method, path)
                .map(operation -> operation.getJsonObject("answers"))
                .map(answers -> answers.getJsonObject(String.valueOf(status)))
                .orElse(null)
            : description.document().getJsonObject("errors").getJsonObject(String.valueOf(status));
    if (schema == null) {
      return status < 300 ? List.of(where + " is not described") : List.of();
    }
    return description.schemas().faults(where, schema, response);
  }
}
