package dev.paymeter.gateway.stripe;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Stripe's published description of the requests that Paymeter sends and of their responses, from
 * {@code stripe/description.yaml}. Safe from any thread.
 */
final class StripeDescription {
  /** {@code name}, {@code name[]} of a list, {@code name[key]} of an object. */
  private static final Pattern FIELD = Pattern.compile("(\\w+)(?:\\[([^\\[\\]]*)])?");

  private final JsonObject document;
  private final ApiSchema schemas;

  private StripeDescription(JsonObject document) {
    this.document = document;
    this.schemas = new ApiSchema(document.getJsonObject("schemas"));
  }

  static StripeDescription load() {
    try (InputStream in = StripeDescription.class.getResourceAsStream("/stripe/description.yaml")) {
      Object yaml = new Load(LoadSettings.builder().build()).loadFromInputStream(in);
      return new StripeDescription(new JsonObject(Json.encode(yaml)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Version of the API, as in the header {@code Stripe-Version}. */
  String version() {
    return document.getString("version");
  }

  /**
   * Returns the errors of a request; none if it is valid.
   *
   * @param form the query of a GET, the body of a POST
   */
  List<String> faultsOfRequest(String method, String path, String form) {
    return operation(method, path)
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
    return operation(method, path)
        .map(operation -> operation.getJsonObject("answer"))
        .map(right -> status == 200 ? right : new JsonObject().put("$ref", "error"))
        .map(schema -> schemas.faults(where, schema, answer))
        .orElse(List.of());
  }

  /** The path's own, where it is described without a placeholder, too. */
  private Optional<JsonObject> operation(String method, String path) {
    JsonObject operations = document.getJsonObject("operations");
    String called = method + " " + path;
    return operations.containsKey(called)
        ? Optional.of(operations.getJsonObject(called))
        : operations.fieldNames().stream()
            .filter(name -> called.matches(name.replaceAll("\\{\\w+}", "[^/]+")))
            .findFirst()
            .map(operations::getJsonObject);
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
    } else if (key.isEmpty()) {
      sent.put(name.group(1), new JsonArray(values));
    } else {
      if (!(sent.getValue(name.group(1)) instanceof JsonObject)) {
        sent.put(name.group(1), new JsonObject());
      }
      sent.getJsonObject(name.group(1)).put(key, typed(member(schema, key), values.get(0)));
    }
  }

  /** Returns the schema of an object's member; an empty one if it has none. */
  private static JsonObject member(JsonObject schema, String name) {
    return schema
        .getJsonObject("properties", new JsonObject())
        .getJsonObject(name, new JsonObject());
  }

  /** Converts a text to the type that its schema requires, if it can be converted. */
  private static Object typed(JsonObject schema, String text) {
    String type = schema.getString("type", "");
    if (type.equals("integer") && text.matches("-?\\d{1,18}")) {
      return Long.valueOf(text);
    }
    return type.equals("boolean") && text.matches("true|false")
        ? (Object) (text.equals("true"))
        : text;
  }

  /** Decodes a form or a query into fields and values. */
  static Map<String, List<String>> decode(String form) {
    Map<String, List<String>> fields = new TreeMap<>();
    for (String field : form.isEmpty() ? new String[0] : form.split("&")) {
      String[] parts = field.split("=", 2);
      fields
          .computeIfAbsent(URLDecoder.decode(parts[0], UTF_8), name -> new ArrayList<>())
          .add(parts.length == 2 ? URLDecoder.decode(parts[1], UTF_8) : "");
    }
    return fields;
  }
}
