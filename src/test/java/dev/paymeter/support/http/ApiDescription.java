package dev.paymeter.support.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** {@code openapi.yaml}, parsed for tests. Thread-safe. */
public final class ApiDescription {
  private static final ApiDescription SHIPPED = new ApiDescription(load());
  private static final List<String> METHODS =
      List.of("get", "put", "post", "delete", "options", "head", "patch", "trace");
  private static final int MAX_ERRORS = 4;

  private final JsonObject document;
  private final Map<String, Pattern> paths;
  private final Map<String, Validator> validators = new ConcurrentHashMap<>();

  /**
   * The description of one method of one path, or of all other requests.
   *
   * @param parameters including those of the path; references resolved
   * @param pathParameters the values in the request's path
   */
  record Operation(
      JsonObject model, List<JsonObject> parameters, Map<String, String> pathParameters) {}

  ApiDescription(JsonObject document) {
    this.document = document;
    this.paths =
        document.getJsonObject("paths").fieldNames().stream()
            .collect(Collectors.toMap(path -> path, ApiDescription::pattern));
  }

  public static ApiDescription shipped() {
    return SHIPPED;
  }

  private static JsonObject load() {
    try (InputStream in = ApiDescription.class.getResourceAsStream("/openapi.yaml")) {
      Object yaml = new Load(LoadSettings.builder().build()).loadFromInputStream(in);
      return new JsonObject(Json.encode(yaml)); // Copies aliases.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Pattern pattern(String path) {
    return Pattern.compile(
        Stream.of(path.split("(?=[{])|(?<=[}])"))
            .map(
                part -> part.startsWith("{") ? "(?<" + name(part) + ">[^/]+)" : Pattern.quote(part))
            .collect(Collectors.joining()));
  }

  private static String name(String placeholder) {
    return placeholder.substring(1, placeholder.length() - 1);
  }

  public JsonObject document() {
    return document;
  }

  /** Returns all operations, as {@code GET /v1/payments/{id}}. */
  public Set<String> operations() {
    Set<String> all = new TreeSet<>();
    document
        .getJsonObject("paths")
        .forEach(
            path ->
                ((JsonObject) path.getValue())
                    .fieldNames().stream()
                        .filter(METHODS::contains)
                        .forEach(
                            method ->
                                all.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    return all;
  }

  /**
   * Returns the methods of a path, as in the {@code Allow} header; empty if the path is unknown.
   */
  Optional<String> methods(String path) {
    return described(path)
        .map(
            found ->
                document.getJsonObject("paths").getJsonObject(found).fieldNames().stream()
                    .filter(METHODS::contains)
                    .map(method -> method.toUpperCase(Locale.ROOT))
                    .sorted()
                    .collect(Collectors.joining(", ")));
  }

  /** A description without placeholders takes precedence. */
  private Optional<String> described(String path) {
    return paths.containsKey(path)
        ? Optional.of(path)
        : paths.entrySet().stream()
            .filter(described -> described.getValue().matcher(path).matches())
            .map(Map.Entry::getKey)
            .findFirst();
  }

  Optional<Operation> operation(String method, String path) {
    return described(path)
        .flatMap(
            found -> {
              JsonObject item = document.getJsonObject("paths").getJsonObject(found);
              JsonObject model = item.getJsonObject(method.toLowerCase(Locale.ROOT));
              return Optional.ofNullable(model)
                  .map(object -> operation(item, object, paths.get(found).matcher(path)));
            });
  }

  private Operation operation(JsonObject item, JsonObject model, Matcher path) {
    List<JsonObject> parameters =
        Stream.of(item, model)
            .flatMap(object -> object.getJsonArray("parameters", new JsonArray()).stream())
            .map(parameter -> resolve((JsonObject) parameter))
            .toList();
    if (!path.matches()) {
      throw new IllegalStateException(path.toString());
    }
    return new Operation(
        model,
        parameters,
        parameters.stream()
            .filter(parameter -> parameter.getString("in").equals("path"))
            .map(parameter -> parameter.getString("name"))
            .collect(Collectors.toMap(name -> name, path::group)));
  }

  /** Returns the description of responses to all other requests. */
  Operation undescribedOperation() {
    return new Operation(document.getJsonObject("x-other-requests"), List.of(), Map.of());
  }

  /** Resolves a reference; returns any other object itself. */
  public JsonObject resolve(JsonObject object) {
    String reference = object.getString("$ref");
    if (reference == null) {
      return object;
    }
    JsonObject found = document;
    for (String step : reference.substring("#/".length()).split("/")) {
      found = found.getJsonObject(step);
      if (found == null) {
        throw new IllegalStateException(reference + " is a dangling reference");
      }
    }
    return resolve(found);
  }

  /**
   * Returns the mismatch between a value and its schema, if any.
   *
   * @param closed whether members that are not described are mismatches, as in responses
   */
  public Optional<String> mismatch(JsonObject schema, Object value, boolean closed) {
    OutputUnit result =
        validators
            .computeIfAbsent(closed + schema.encode(), key -> validator(schema, closed))
            .validate(value);
    return result.getValid() ? Optional.empty() : Optional.of(describe(result.getErrors()));
  }

  /** Puts the deepest errors first: the others only say that a part contains an error. */
  private static String describe(List<OutputUnit> errors) {
    return errors.stream()
        .sorted(
            Comparator.comparing((OutputUnit error) -> error.getError().contains("ubschema"))
                .thenComparing(error -> -error.getInstanceLocation().length()))
        .limit(MAX_ERRORS)
        .map(error -> error.getInstanceLocation() + ": " + error.getError())
        .collect(Collectors.joining("; "));
  }

  private Validator validator(JsonObject schema, boolean closed) {
    JsonObject whole =
        new JsonObject()
            .put("$ref", "#/value")
            .put("value", schema)
            .put(
                "components",
                new JsonObject()
                    .put("schemas", document.getJsonObject("components").getJsonObject("schemas")))
            .copy();
    if (closed) {
      close(whole);
    }
    return Validator.create(
        JsonSchema.of(whole),
        new JsonSchemaOptions()
            .setBaseUri("app://description")
            .setDraft(Draft.DRAFT202012)
            .setOutputFormat(OutputFormat.Basic));
  }

  private static void close(Object any) {
    if (any instanceof JsonArray array) {
      array.forEach(ApiDescription::close);
    } else if (any instanceof JsonObject object) {
      if ("object".equals(object.getValue("type"))
          && object.getValue("properties") instanceof JsonObject
          && !object.containsKey("additionalProperties")) {
        object.put("additionalProperties", false);
      }
      object.forEach(member -> close(member.getValue()));
    }
  }

  /** Returns the value of a parameter or header. */
  static Object value(JsonObject schema, String text) {
    return "integer".equals(schema.getValue("type")) && text.matches("-?\\d{1,18}")
        ? (Object) Long.valueOf(text)
        : text;
  }

  static Object json(byte[] bytes) {
    return Json.decodeValue(new String(bytes, UTF_8));
  }
}
