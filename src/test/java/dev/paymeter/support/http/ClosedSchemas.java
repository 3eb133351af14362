package dev.paymeter.support.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Changes schemas so that they reject members that they do not describe. A schema that others
 * extend ({@code allOf}) stays open: each of the others rejects what neither of the two describes.
 */
final class ClosedSchemas {
  private final JsonObject root;
  private final JsonObject named;

  /**
   * @param root a schema as the member {@code value}, and those that it refers to, in {@code
   *     components}
   */
  ClosedSchemas(JsonObject root) {
    this.root = root;
    this.named = root.getJsonObject("components").getJsonObject("schemas");
  }

  void close() {
    Set<String> extended = extendedNames();
    named.forEach(schema -> close(schema.getValue(), extended.contains(schema.getKey())));
    close(root.getJsonObject("value"), false);
  }

  private Set<String> extendedNames() {
    return named.stream()
        .flatMap(schema -> parts((JsonObject) schema.getValue()))
        .map(part -> part.getString("$ref"))
        .filter(Objects::nonNull)
        .map(reference -> reference.substring(reference.lastIndexOf('/') + 1))
        .collect(Collectors.toSet());
  }

  private static Stream<JsonObject> parts(JsonObject schema) {
    return schema.getJsonArray("allOf", new JsonArray()).stream().map(JsonObject.class::cast);
  }

  private static void close(Object any, boolean extended) {
    if (any instanceof JsonArray array) {
      array.forEach(element -> close(element, extended));
    } else if (any instanceof JsonObject object) {
      if (!extended) {
        closeObject(object);
      }
      object.forEach(member -> close(member.getValue(), member.getKey().equals("allOf")));
    }
  }

  private static void closeObject(JsonObject schema) {
    if (schema.containsKey("allOf")) {
      schema.put("unevaluatedProperties", false);
    } else if ("object".equals(schema.getValue("type"))
        && schema.getValue("properties") instanceof JsonObject
        && !schema.containsKey("additionalProperties")) {
      schema.put("additionalProperties", false);
    }
  }
}
