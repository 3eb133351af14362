package dev.paymeter.gateway.stripe;

import static dev.paymeter.gateway.http.PublishedDescription.decode;
import static dev.paymeter.gateway.http.PublishedDescription.typed;

import dev.paymeter.gateway.http.ApiSchema;
import dev.paymeter.gateway.http.PublishedDescription;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stripe's published description of the requests that Paymeter sends and of their responses, from
 * {@code stripe/description.yaml}. Safe from any thread.
 */
final class StripeDescription {
  /**
   * {@code name}, {@code name[]} or {@code name[0]} of a list, {@code name[key]} of an object.
   * Paymeter sends lists in the first form, the official clients in the second.
   */
  private static final Pattern FIELD = Pattern.compile("(\\w+)(?:\\[([^\\[\\]]*)])?");

  private final PublishedDescription description;
  private final ApiSchema schemas;

  private StripeDescription(PublishedDescription description) {
    this.description = description;
    this.schemas = description.schemas();
  }

  static StripeDescription load() {
    return new StripeDescription(PublishedDescription.load("/stripe/description.yaml"));
  }

  /** Version of the API, as in the header {@code Stripe-Version}. */
  String version() {
    return description.document().getString("version");
  }

  /**
   * Returns the errors of a request; none if it is valid.
   *
   * @param form the query of a GET, the body of a POST
   */
  List<String> faultsOfRequest(String method, String path, String form) {
    return description
        .operation(method, path)
        .map(
            operation -> {
              JsonObject parameters = operation.getJsonObject("parameters").copy();
              parameters.put("type", "object");
              List<String> faults = new ArrayList<>();
              JsonObject sent = read(form, parameters.getJsonObject("properties"), faults);
              faults.addAll(schemas.faults(method + " " + path, parameters, sent));
              return faults;
            })
        .orElseGet(() -> List.of(method + " " + path + " is not described"));
  }

  /** Returns the errors of a response; none if it is valid or its request is not described. */
  List<String> faultsOfAnswer(String method, String path, int status, JsonObject answer) {
    String where = method + " " + path + " => " + status;
    return description
        .operation(method, path)
        .map(operation -> operation.getJsonObject("answer"))
        .map(right -> status == 200 ? right : new JsonObject().put("$ref", "error"))
        .map(schema -> schemas.faults(where, schema, answer))
        .orElse(List.of());
  }

  /** Returns the errors of an event in a webhook; none if it is valid. */
  List<String> faultsOfEvent(JsonObject event) {
    return schemas.faults("an event", new JsonObject().put("$ref", "event"), event);
  }

  private JsonObject read(String form, JsonObject described, List<String> faults) {
    JsonObject sent = new JsonObject();
    decode(form)
        .forEach(
            (field, values) -> {
              Matcher name = FIELD.matcher(field);
              if (!name.matches()) {
                faults.add(field + " is no name of a parameter");
                return;
              }
              boolean isList = "".equals(name.group(2));
              if (!isList && values.size() > 1) {
                faults.add(field + " is given " + values.size() + " times");
              }
              put(sent, name, values, described.getJsonObject(name.group(1), new JsonObject()));
            });
    return sent;
  }

  private void put(JsonObject sent, Matcher name, List<String> values, JsonObject schema) {
    String key = name.group(2);
    if (key == null) {
      sent.put(name.group(1), typed(schemas.resolve(schema), values.get(0)));
    } else if (key.isEmpty() || isIndex(key, schema)) {
      JsonArray items = sent.getJsonArray(name.group(1), new JsonArray());
      sent.put(name.group(1), items.addAll(new JsonArray(values)));
    } else {
      if (!(sent.getValue(name.group(1)) instanceof JsonObject)) {
        sent.put(name.group(1), new JsonObject());
      }
      sent.getJsonObject(name.group(1)).put(key, typed(member(schema, key), values.get(0)));
    }
  }

  private static boolean isIndex(String key, JsonObject schema) {
    return "array".equals(schema.getString("type")) && key.matches("\\d+");
  }

  /** Returns the schema of an object's member; an empty one if it has none. */
  private static JsonObject member(JsonObject schema, String name) {
    return schema
        .getJsonObject("properties", new JsonObject())
        .getJsonObject(name, new JsonObject());
  }
}
