package dev.paymeter.support.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.http.ProblemException;
import dev.paymeter.http.QueryString;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Checks one exchange against the API description: the response always, the request only if it was
 * accepted.
 */
public final class ApiConformance {
  /** Headers of HTTP itself, or of any body. */
  private static final Set<String> TRANSPORT_HEADERS =
      Set.of("content-type", "content-length", "transfer-encoding", "connection");

  private static final int DECLINED = 402;
  private static final int GATEWAY_FAILED = 502;

  private final ApiDescription description;
  private final HttpExchangeRecord exchange;
  private final ApiDescription.Operation operation;
  private final boolean known;
  private final List<String> mismatches = new ArrayList<>();

  private ApiConformance(ApiDescription description, HttpExchangeRecord exchange) {
    this.description = description;
    this.exchange = exchange;
    Optional<ApiDescription.Operation> found =
        description.operation(exchange.method(), exchange.path());
    this.known = found.isPresent();
    this.operation = found.orElseGet(description::undescribedOperation);
  }

  /** Returns the mismatches; empty if there are none. */
  public static List<String> mismatches(ApiDescription description, HttpExchangeRecord exchange) {
    ApiConformance check = new ApiConformance(description, exchange);
    check.checkResponse();
    if (check.isAccepted()) {
      check.checkRequest();
    }
    return check.mismatches;
  }

  private void addMismatch(String what) {
    mismatches.add(what);
  }

  private void checkResponse() {
    JsonObject reference =
        operation.model().getJsonObject("responses").getJsonObject("" + exchange.status());
    if (reference == null) {
      addMismatch("the response " + exchange.status() + " is not described");
      return;
    }
    JsonObject answer = description.resolve(reference);
    checkResponseHeaders(answer.getJsonObject("headers", new JsonObject()));
    checkResponseBody(answer.getJsonObject("content", new JsonObject()));
    if (exchange.status() == 405) {
      Optional<String> allowed = exchange.responseHeader("Allow").stream().findFirst();
      if (!allowed.equals(description.methods(exchange.path()))) {
        addMismatch("Allow is " + allowed + ", not " + description.methods(exchange.path()));
      }
    }
  }

  private void checkResponseHeaders(JsonObject described) {
    exchange.responseHeaders().keySet().stream()
        .filter(name -> !TRANSPORT_HEADERS.contains(name.toLowerCase(Locale.ROOT)))
        .filter(name -> described.fieldNames().stream().noneMatch(name::equalsIgnoreCase))
        .forEach(name -> addMismatch("the response's header " + name + " is not described"));
    for (String name : described.fieldNames()) {
      JsonObject header = description.resolve(described.getJsonObject(name));
      List<String> values = exchange.responseHeader(name);
      if (values.isEmpty() && header.getBoolean("required", false)) {
        addMismatch("the response's header " + name + " is missing");
      }
      values.forEach(value -> check("the response's header " + name, header, value));
    }
  }

  private void checkResponseBody(JsonObject content) {
    if (exchange.method().equals("HEAD") || content.isEmpty()) {
      if (exchange.responseBody().length > 0) {
        addMismatch("the response has a body");
      }
      return;
    }
    JsonObject media = content.getJsonObject(exchange.responseType());
    if (media == null) {
      addMismatch("the response's type " + exchange.responseType() + " is not described");
    } else if (exchange.responseType().equals("text/event-stream")) {
      JsonObject data = media.getJsonObject("schema").getJsonObject("contentSchema");
      new Events(data).check(exchange.responseText());
    } else if (exchange.responseType().endsWith("json")) {
      checkJson("the response", media.getJsonObject("schema"), exchange.responseBody(), true);
      checkPaymentStatus(media);
    }
  }

  /** All successful responses of an operation have one schema, but each its own statuses. */
  private void checkPaymentStatus(JsonObject media) {
    JsonArray expected = media.getJsonArray("x-statuses");
    if (expected != null
        && ApiDescription.json(exchange.responseBody()) instanceof JsonObject body
        && !expected.contains(body.getValue("status"))) {
      addMismatch("the response's status is " + body.getValue("status") + ", not " + expected);
    }
  }

  private void checkJson(String what, JsonObject schema, byte[] text, boolean closed) {
    try {
      description
          .mismatch(schema, ApiDescription.json(text), closed)
          .ifPresent(fault -> addMismatch(what + " is not as described: " + fault));
    } catch (DecodeException e) {
      addMismatch(what + " is not JSON");
    }
  }

  private void check(String what, JsonObject parameter, String value) {
    JsonObject schema = parameter.getJsonObject("schema");
    description
        .mismatch(schema, ApiDescription.value(description.resolve(schema), value), false)
        .ifPresent(fault -> addMismatch(what + " is not as described: " + fault));
  }

  /** Returns whether the request was accepted completely: of a batch, every row. */
  private boolean isAccepted() {
    if (!known
        || (exchange.status() >= 400
            && exchange.status() != DECLINED
            && exchange.status() != GATEWAY_FAILED)) {
      return false;
    }
    return exchange.method().equals("HEAD")
        || !exchange.responseType().equals("application/json")
        || !(ApiDescription.json(exchange.responseBody()) instanceof JsonObject answer)
        || answer.getJsonArray("rejected", new JsonArray()).isEmpty();
  }

  private void checkRequest() {
    operation.pathParameters().forEach((name, value) -> checkParameter("path", name, value));
    Map<String, List<String>> query;
    try {
      query = QueryString.parse(exchange.query());
    } catch (ProblemException e) {
      addMismatch("a malformed query was accepted");
      return;
    }
    query.forEach((name, values) -> values.forEach(value -> checkParameter("query", name, value)));
    operation.parameters().stream()
        .filter(parameter -> parameter.getString("in").equals("header"))
        .forEach(
            parameter -> {
              String name = parameter.getString("name");
              exchange.header(name).forEach(value -> check("the header " + name, parameter, value));
            });
    JsonObject body = operation.model().getJsonObject("requestBody");
    if (body != null && (exchange.body().length > 0 || body.getBoolean("required", false))) {
      checkRequestBody(body);
    }
  }

  private void checkParameter(String where, String name, String value) {
    operation.parameters().stream()
        .filter(parameter -> parameter.getString("in").equals(where))
        .filter(parameter -> parameter.getString("name").equals(name))
        .findFirst()
        .ifPresentOrElse(
            parameter -> check("the parameter " + name, parameter, value),
            () -> addMismatch("the parameter " + name + " is not described, but was accepted"));
  }

  private void checkRequestBody(JsonObject described) {
    String type =
        String.join(", ", exchange.header("Content-Type"))
            .split(";", 2)[0]
            .toLowerCase(Locale.ROOT);
    JsonObject media = described.getJsonObject("content").getJsonObject(type);
    if (media == null) {
      addMismatch("the request's type " + type + " is not described, but was accepted");
    } else {
      checkJson("the accepted request", media.getJsonObject("schema"), exchange.body(), false);
    }
  }

  /** The complete server-sent events of a response. */
  private final class Events {
    private final JsonObject schema;

    Events(JsonObject schema) {
      this.schema = schema;
    }

    void check(String text) {
      int end = text.lastIndexOf("\n\n");
      if (end < 0) {
        return;
      }
      for (String event : text.substring(0, end).split("\n\n", -1)) {
        String data = field(event, "data");
        if (data != null) {
          checkJson("an event", schema, data.getBytes(UTF_8), true);
          checkEnvelope(event, data);
        }
      }
    }

    private void checkEnvelope(String event, String data) {
      JsonObject json = new JsonObject(data);
      if (!json.getString("id", "").equals(field(event, "id"))
          || !json.getString("type", "").equals(field(event, "event"))) {
        addMismatch("an event's id or type differs from that of its data: " + event);
      }
    }

    private String field(String event, String name) {
      return event
          .lines()
          .filter(line -> line.startsWith(name + ": "))
          .map(line -> line.substring(name.length() + 2))
          .findFirst()
          .orElse(null);
    }
  }
}
