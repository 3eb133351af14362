package dev.paymeter.gateway.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Holds values against schemas of OpenAPI 3.0, whose {@code nullable} JSON Schema does not have. An
 * object may have described members only. Safe from any thread.
 */
public final class ApiSchema {
  private static final Set<String> WORDS =
      Set.of(
          "$ref",
          "type",
          "nullable",
          "enum",
          "minLength",
          "maxLength",
          "minItems",
          "maxItems",
          "pattern",
          "format",
          "required",
          "properties",
          "additionalProperties",
          "items",
          "anyOf");

  /** A currency in lower case, of three letters; a time in whole seconds. */
  private static final Map<String, Pattern> FORMATS =
      Map.of(
          "currency", Pattern.compile("[a-z]{3}"),
          "unix-time", Pattern.compile("\\d{1,11}"));

  private final JsonObject schemas;

  /**
   * @param schemas by the names that references have
   */
  public ApiSchema(JsonObject schemas) {
    this.schemas = schemas;
  }

  /** Returns the errors of a value, each with its place; none if it is valid. */
  public List<String> faults(String where, JsonObject schema, Object value) {
    List<String> faults = new ArrayList<>();
    check(where, resolve(schema), value, faults);
    return faults;
  }

  /** Resolves a reference; returns any other schema unchanged. */
  public JsonObject resolve(JsonObject schema) {
    if (!WORDS.containsAll(schema.fieldNames())) {
      throw new IllegalStateException("wanted a schema of " + WORDS + ", found " + schema);
    }
    String reference = schema.getString("$ref");
    if (reference == null) {
      return schema;
    }
    JsonObject found = schemas.getJsonObject(reference);
    if (found == null) {
      throw new IllegalStateException("no schema is named " + reference);
    }
    return resolve(found);
  }

  private void check(String where, JsonObject schema, Object value, List<String> faults) {
    if (value == null) {
      if (!schema.getBoolean("nullable", false)) {
        faults.add(where + " is null");
      }
    } else if (schema.containsKey("anyOf")) {
      checkAny(where, schema.getJsonArray("anyOf"), value, faults);
    } else {
      checkType(where, schema, value, faults);
      JsonArray allowed = schema.getJsonArray("enum");
      if (allowed != null && !allowed.contains(value)) {
        faults.add(where + " is " + value + ", none of " + allowed);
      }
      String format = schema.getString("format");
      if (format != null && !FORMATS.get(format).matcher(value.toString()).matches()) {
        faults.add(where + " is " + value + ", no " + format);
      }
    }
  }

  private void checkAny(String where, JsonArray schemas, Object value, List<String> faults) {
    List<List<String>> each =
        schemas.stream().map(schema -> faults(where, (JsonObject) schema, value)).toList();
    if (each.stream().noneMatch(List::isEmpty)) {
      each.forEach(faults::addAll);
    }
  }

  private void checkType(String where, JsonObject schema, Object value, List<String> faults) {
    String type = schema.getString("type", "");
    switch (type) {
      case "object" -> {
        if (isOf(where, type, value instanceof JsonObject, value, faults)) {
          checkMembers(where, schema, (JsonObject) value, faults);
        }
      }
      case "array" -> {
        if (isOf(where, type, value instanceof JsonArray, value, faults)) {
          JsonObject items = schema.getJsonObject("items");
          checkSize(where, schema, ((JsonArray) value).size(), faults);
          ((JsonArray) value).forEach(item -> faults.addAll(faults(where + "[]", items, item)));
        }
      }
      case "string" -> {
        if (isOf(where, type, value instanceof String, value, faults)) {
          checkText(where, schema, (String) value, faults);
        }
      }
      case "integer" ->
          isOf(where, type, value instanceof Integer || value instanceof Long, value, faults);
      case "boolean" -> isOf(where, type, value instanceof Boolean, value, faults);
      case "any" -> {} // Described without a type.
      default -> throw new IllegalStateException("wanted a type, found " + schema);
    }
  }

  private static void checkSize(String where, JsonObject schema, int size, List<String> faults) {
    if (size < schema.getInteger("minItems", 0)
        || size > schema.getInteger("maxItems", Integer.MAX_VALUE)) {
      faults.add(where + " has " + size + " items");
    }
  }

  private static boolean isOf(
      String where, String type, boolean isOfIt, Object value, List<String> faults) {
    if (!isOfIt) {
      faults.add(where + " is " + value + ", no " + type);
    }
    return isOfIt;
  }

  private void checkMembers(
      String where, JsonObject schema, JsonObject value, List<String> faults) {
    JsonObject described = schema.getJsonObject("properties", new JsonObject());
    JsonObject others = schema.getJsonObject("additionalProperties");
    schema.getJsonArray("required", new JsonArray()).stream()
        .filter(name -> !value.containsKey((String) name))
        .forEach(name -> faults.add(where + " has no " + name));
    for (String name : value.fieldNames()) {
      JsonObject member = described.getJsonObject(name, others);
      if (member == null) {
        faults.add(where + " has " + name + ", which is not described");
      } else {
        faults.addAll(faults(where + "." + name, member, value.getValue(name)));
      }
    }
  }

  private static void checkText(
      String where, JsonObject schema, String value, List<String> faults) {
    int longest = schema.getInteger("maxLength", Integer.MAX_VALUE);
    if (value.length() > longest) {
      faults.add(where + " has " + value.length() + " characters, more than " + longest);
    }
    int shortest = schema.getInteger("minLength", 0);
    if (value.length() < shortest) {
      faults.add(where + " has " + value.length() + " characters, fewer than " + shortest);
    }
    String pattern = schema.getString("pattern");
    if (pattern != null && !Pattern.compile(pattern).matcher(value).find()) {
      faults.add(where + " is " + value + ", not as " + pattern);
    }
  }
}
