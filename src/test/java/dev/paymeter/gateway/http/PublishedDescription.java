package dev.paymeter.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.Json;
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
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Part of a gateway's published description: its operations, by method and path, and its schemas.
 * Safe from any thread.
 */
public record PublishedDescription(JsonObject document, ApiSchema schemas) {
  /**
   * Loads a description.
   *
   * @param resource a YAML file on the class path
   */
  public static PublishedDescription load(String resource) {
    try (InputStream in = PublishedDescription.class.getResourceAsStream(resource)) {
      Object yaml = new Load(LoadSettings.builder().build()).loadFromInputStream(in);
      JsonObject document = new JsonObject(Json.encode(yaml));
      return new PublishedDescription(document, new ApiSchema(document.getJsonObject("schemas")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the operation of a path, rather the one without a placeholder. */
  public Optional<JsonObject> operation(String method, String path) {
    JsonObject operations = document.getJsonObject("operations");
    String called = method + " " + path;
    return operations.containsKey(called)
        ? Optional.of(operations.getJsonObject(called))
        : operations.fieldNames().stream()
            .filter(name -> called.matches(name.replaceAll("\\{\\w+}", "[^/]+")))
            .findFirst()
            .map(operations::getJsonObject);
  }

  /** Converts a text to the type that its schema requires, if it can be converted. */
  public static Object typed(JsonObject schema, String text) {
    String type = schema.getString("type", "");
    if (type.equals("integer") && text.matches("-?\\d{1,18}")) {
      return Long.valueOf(text);
    }
    return type.equals("boolean") && text.matches("true|false")
        ? (Object) (text.equals("true"))
        : text;
  }

  /** Decodes a form or a query into fields and values. */
  public static Map<String, List<String>> decode(String form) {
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
