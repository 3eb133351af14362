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

  /** Errors that follow from others. */
  private static final Pattern FOLLOWING = Pattern.compile("ubschema|unevaluated");

  private final JsonObject document;
  private final JsonObject pathItems;
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
    this.pathItems = document.getJsonObject("paths").copy().mergeIn(pages());
    pathItems.forEach(item -> addHead((JsonObject) item.getValue()));
    this.paths =
        pathItems.fieldNames().stream()
            .collect(Collectors.toMap(path -> path, ApiDescription::pattern));
  }

  private JsonObject pages() {
    JsonObject pages = document.getJsonObject("x-pages").copy();
    pages.forEach(item -> addOtherResponses(((JsonObject) item.getValue()).getJsonObject("get")));
    return pages;
  }

  private void addOtherResponses(JsonObject operation) {
    JsonObject others = document.getJsonObject("x-other-requests").getJsonObject("responses");
    operation.put("responses", others.copy().mergeIn(operation.getJsonObject("responses")));
  }

  /** HEAD is described once for all paths: as GET, except for streams. */
  private void addHead(JsonObject item) {
    JsonObject get = item.getJsonObject("get");
    if (get != null && !isStream(get)) {
      item.put("head", get);
    }
  }

  private boolean isStream(JsonObject get) {
    JsonObject ok = get.getJsonObject("responses").getJsonObject("200", new JsonObject());
    return resolve(ok).getJsonObject("content", new JsonObject()).containsKey("text/event-stream");
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
    pathItems.forEach(
        path ->
            ((JsonObject) path.getValue())
                .fieldNames().stream()
                    .filter(METHODS::contains)
                    .forEach(
                        method -> all.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    return all;
  }

  /**
   * Returns the methods of a path, as in the {@code Allow} header; empty if the path is unknown.
   */
  Optional<String> methods(String path) {
    return described(path)
        .map(
            found ->
                pathItems.getJsonObject(found).fieldNames().stream()
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
              JsonObject item = pathItems.getJsonObject(found);
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
    JsonObject variant = variant(schema, value);
    OutputUnit result =
        validators
            .computeIfAbsent(closed + variant.encode(), key -> validator(variant, closed))
            .validate(value);
    return result.getValid() ? Optional.empty() : Optional.of(describe(result.getErrors()));
  }

  /** Returns the schema that the discriminator selects: the errors of others are of no interest. */
  private JsonObject variant(JsonObject schema, Object value) {
    JsonObject discriminator = resolve(schema).getJsonObject("discriminator");
    if (discriminator == null || !(value instanceof JsonObject object)) {
      return schema;
    }
    Object selector = object.getValue(discriminator.getString("propertyName"));
    String reference = discriminator.getJsonObject("mapping").getString(String.valueOf(selector));
    return reference == null ? schema : JsonObject.of("$ref", reference);
  }

  /** Puts the deepest errors first: the others only say that a part contains an error. */
  private static String describe(List<OutputUnit> errors) {
    return errors.stream()
        .sorted(
            Comparator.comparing((OutputUnit error) -> FOLLOWING.matcher(error.getError()).find())
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
      new ClosedSchemas(whole).close();
    }
    return Validator.create(
        JsonSchema.of(whole),
        new JsonSchemaOptions()
            .setBaseUri("app://description")
            .setDraft(Draft.DRAFT202012)
            .setOutputFormat(OutputFormat.Basic));
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
