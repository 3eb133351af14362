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
 * Holds one exchange against the description: its answer in every respect, and its request where
 * that was taken. A request that is refused may be as wrong as it likes.
 */
public final class ApiConformance {
  /** What HTTP itself needs, or says of any body. */
  private static final Set<String> ANYWHERE =
      Set.of("content-type", "content-length", "transfer-encoding", "connection");

  private static final int DECLINED = 402;
  private static final int GATEWAY_FAILED = 502;

  private final ApiDescription description;
  private final HttpExchangeRecord httpExchangeRecord;
  private final ApiDescription.Operation operation;
  private final boolean known;
  private final List<String> faults = new ArrayList<>();

  private ApiConformance(ApiDescription description, HttpExchangeRecord httpExchangeRecord) {
    this.description = description;
    this.httpExchangeRecord = httpExchangeRecord;
    Optional<ApiDescription.Operation> found =
        description.operation(httpExchangeRecord.method(), httpExchangeRecord.path());
    this.known = found.isPresent();
    this.operation = found.orElseGet(description::other);
  }

  /** What does not agree; nothing if all does. */
  public static List<String> faults(
      ApiDescription description, HttpExchangeRecord httpExchangeRecord) {
    ApiConformance apiConformance = new ApiConformance(description, httpExchangeRecord);
    apiConformance.checkAnswer();
    if (apiConformance.isTaken()) {
      apiConformance.checkRequest();
    }
    return apiConformance.faults;
  }

  private void wrong(String what) {
    faults.add(what);
  }

  private void checkAnswer() {
    JsonObject reference =
        operation
            .model()
            .getJsonObject("responses")
            .getJsonObject("" + httpExchangeRecord.status());
    if (reference == null) {
      wrong("the answer " + httpExchangeRecord.status() + " is not described");
      return;
    }
    JsonObject answer = description.resolve(reference);
    checkAnswerHeaders(answer.getJsonObject("headers", new JsonObject()));
    checkAnswerBody(answer.getJsonObject("content", new JsonObject()));
    if (httpExchangeRecord.status() == 405) {
      Optional<String> allowed = httpExchangeRecord.answerHeader("Allow").stream().findFirst();
      if (!allowed.equals(description.methods(httpExchangeRecord.path()))) {
        wrong("Allow is " + allowed + ", not " + description.methods(httpExchangeRecord.path()));
      }
    }
  }

  private void checkAnswerHeaders(JsonObject described) {
    httpExchangeRecord.answerHeaders().keySet().stream()
        .filter(name -> !ANYWHERE.contains(name.toLowerCase(Locale.ROOT)))
        .filter(name -> described.fieldNames().stream().noneMatch(name::equalsIgnoreCase))
        .forEach(name -> wrong("the answer's header " + name + " is not described"));
    for (String name : described.fieldNames()) {
      JsonObject header = description.resolve(described.getJsonObject(name));
      List<String> values = httpExchangeRecord.answerHeader(name);
      if (values.isEmpty() && header.getBoolean("required", false)) {
        wrong("the answer's header " + name + " is missing");
      }
      values.forEach(value -> check("the answer's header " + name, header, value));
    }
  }

  private void checkAnswerBody(JsonObject content) {
    if (httpExchangeRecord.method().equals("HEAD") || content.isEmpty()) {
      if (httpExchangeRecord.answerBody().length > 0) {
        wrong("the answer has a body");
      }
      return;
    }
    JsonObject media = content.getJsonObject(httpExchangeRecord.answerType());
    if (media == null) {
      wrong("the answer's type " + httpExchangeRecord.answerType() + " is not described");
    } else if (media.containsKey("x-event-data")) {
      new Events(media.getJsonObject("x-event-data")).check(httpExchangeRecord.answerText());
    } else if (httpExchangeRecord.answerType().endsWith("json")) {
      checkJson("the answer", media.getJsonObject("schema"), httpExchangeRecord.answerBody(), true);
    }
  }

  private void checkJson(String what, JsonObject schema, byte[] text, boolean closed) {
    try {
      description
          .fault(schema, ApiDescription.json(text), closed)
          .ifPresent(fault -> wrong(what + " is not as described: " + fault));
    } catch (DecodeException e) {
      wrong(what + " is no JSON");
    }
  }

  private void check(String what, JsonObject parameter, String value) {
    JsonObject schema = parameter.getJsonObject("schema");
    description
        .fault(schema, ApiDescription.value(description.resolve(schema), value), false)
        .ifPresent(fault -> wrong(what + " is not as described: " + fault));
  }

  /** Whether it was carried out, and whole: of a batch, every row. */
  private boolean isTaken() {
    if (!known
        || (httpExchangeRecord.status() >= 400
            && httpExchangeRecord.status() != DECLINED
            && httpExchangeRecord.status() != GATEWAY_FAILED)) {
      return false;
    }
    return httpExchangeRecord.method().equals("HEAD")
        || !httpExchangeRecord.answerType().equals("application/json")
        || !(ApiDescription.json(httpExchangeRecord.answerBody()) instanceof JsonObject answer)
        || answer.getJsonArray("rejected", new JsonArray()).isEmpty();
  }

  private void checkRequest() {
    operation.pathParameters().forEach((name, value) -> checkParameter("path", name, value));
    Map<String, List<String>> query;
    try {
      query = QueryString.parse(httpExchangeRecord.query());
    } catch (ProblemException e) {
      wrong("a malformed query was taken");
      return;
    }
    query.forEach((name, values) -> values.forEach(value -> checkParameter("query", name, value)));
    operation.parameters().stream()
        .filter(parameter -> parameter.getString("in").equals("header"))
        .forEach(
            parameter -> {
              String name = parameter.getString("name");
              httpExchangeRecord
                  .header(name)
                  .forEach(value -> check("the header " + name, parameter, value));
            });
    JsonObject body = operation.model().getJsonObject("requestBody");
    if (body != null) {
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
            () -> wrong("the parameter " + name + " is not described, and was taken"));
  }

  private void checkRequestBody(JsonObject described) {
    String type =
        String.join(", ", httpExchangeRecord.header("Content-Type"))
            .split(";", 2)[0]
            .toLowerCase(Locale.ROOT);
    JsonObject media = described.getJsonObject("content").getJsonObject(type);
    if (media == null) {
      wrong("the request's type " + type + " is not described, and was taken");
    } else {
      checkJson(
          "the request that was taken",
          media.getJsonObject("schema"),
          httpExchangeRecord.body(),
          false);
    }
  }

  /** Server-sent events, as far as they have come. */
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
        wrong("an event's id or type is not that of its data: " + event);
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
