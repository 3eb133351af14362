package dev.paymeter.http;

import static dev.paymeter.support.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.TestReaders;
import dev.paymeter.http.api.ApiVerticle;
import dev.paymeter.support.http.ApiConformance;
import dev.paymeter.support.http.ApiConformanceResults;
import dev.paymeter.support.http.ApiDescription;
import dev.paymeter.support.http.HttpExchangeRecord;
import dev.paymeter.support.http.RawExchanges;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.http.TestVerticles;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.Route;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.junit5.VertxExtension;
import io.vertx.openapi.contract.OpenAPIVersion;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests of openapi.yaml and of the checks that compare requests and responses with it. */
@ExtendWith(VertxExtension.class)
class ApiDescriptionTest {
  private static final HttpClient CLIENT = TestHttp.client();
  private static final ApiDescription DESCRIPTION = ApiDescription.shipped();
  private static final Pattern NAMED = Pattern.compile("/components/schemas/\\w+(/allOf/\\d+)?");
  private static final String UUID = "01a203fd-93b1-7b9f-bc69-07e8be5bfdb8";

  private ApiVerticle api;

  @BeforeEach
  void deploy(Vertx vertx) {
    api =
        new ApiVerticle(
            TestVerticles.endpoint(2048, Duration.ofSeconds(5), TracingPolicy.IGNORE),
            TestReaders.READER);
    await(vertx.deployVerticle(api));
  }

  @Test
  void document_isOpenApi31(Vertx vertx) {
    JsonObject document = DESCRIPTION.document();
    OpenAPIVersion version = OpenAPIVersion.fromContract(document);
    SchemaRepository schemas = await(version.getRepository(vertx, "app://"));

    assertThat(version).isEqualTo(OpenAPIVersion.V3_1);
    assertThat(await(version.validateContract(vertx, schemas, document.copy())).getErrors())
        .isNull();
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void schema_isOne(String name, Vertx vertx) {
    JsonObject schema =
        DESCRIPTION
            .document()
            .getJsonObject("components")
            .getJsonObject("schemas")
            .getJsonObject(name);
    SchemaRepository schemas = await(OpenAPIVersion.V3_1.getRepository(vertx, "app://"));

    assertThat(
            schemas
                .validator("https://json-schema.org/draft/2020-12/schema")
                .validate(schema.copy())
                .getErrors())
        .isNull();
  }

  static Set<String> schemas() {
    return DESCRIPTION.document().getJsonObject("components").getJsonObject("schemas").fieldNames();
  }

  @Test
  void references_exist_andEachComponentIsReferenced() {
    Set<String> references = new TreeSet<>();
    walk(
        "",
        DESCRIPTION.document(),
        (where, object) -> {
          if (object.getValue("$ref") instanceof String reference) {
            assertThat(DESCRIPTION.resolve(object)).as(where).isNotNull();
            references.add(reference);
          }
        });
    JsonObject components = DESCRIPTION.document().getJsonObject("components");
    Set<String> there = new TreeSet<>();
    for (String kind : List.of("parameters", "headers", "responses", "schemas")) {
      components
          .getJsonObject(kind)
          .fieldNames()
          .forEach(name -> there.add("#/components/" + kind + "/" + name));
    }

    assertThat(references).isEqualTo(there);
  }

  /** Covers bodies, parameters, headers, and schemas. */
  @Test
  void examples_matchTheirSchemas() {
    List<String> faults = new ArrayList<>();
    List<String> checked = new ArrayList<>();
    walk(
        "",
        DESCRIPTION.document(),
        (where, object) ->
            examples(object)
                .forEach(
                    (name, example) -> {
                      checked.add(where + " " + name);
                      JsonObject schema = object.getJsonObject("schema", object);
                      DESCRIPTION
                          .mismatch(schema, example, !where.contains("requestBody"))
                          .ifPresent(fault -> faults.add(where + " " + name + ": " + fault));
                    }));

    assertThat(faults).isEmpty();
    assertThat(checked).hasSizeGreaterThan(80);
  }

  /** Covers requests and responses. */
  @Test
  void bodies_ofJson_haveExamples() {
    walk(
        "",
        DESCRIPTION.document(),
        (where, object) -> {
          if (object.getValue("content") instanceof JsonObject content) {
            content
                .fieldNames()
                .forEach(
                    type -> {
                      if (type.endsWith("json")) {
                        assertThat(examples(content.getJsonObject(type)))
                            .as(where + " " + type)
                            .isNotEmpty();
                      }
                    });
          }
        });
  }

  /** Generators derive names of classes from these; without them, they invent some. */
  @Test
  void objectsAndCompositions_haveNamedSchemas() {
    List<String> unnamed = new ArrayList<>();
    walk(
        "",
        DESCRIPTION.document(),
        (where, object) -> {
          if (isClass(object) && !where.startsWith("/x-") && !NAMED.matcher(where).matches()) {
            unnamed.add(where);
          }
        });

    assertThat(unnamed).isEmpty();
  }

  private static boolean isClass(JsonObject schema) {
    JsonArray oneOf = schema.getJsonArray("oneOf", new JsonArray());
    return schema.getValue("properties") instanceof JsonObject
        || schema.containsKey("allOf")
        || schema.containsKey("anyOf")
        || (!oneOf.isEmpty() && !oneOf.contains(JsonObject.of("type", "null")));
  }

  /** The method of a generated client has one type of result, whatever the status is. */
  @Test
  void successfulResponses_ofAnOperation_haveOneSchema() {
    walk(
        "",
        DESCRIPTION.document().getJsonObject("paths"),
        (where, object) -> {
          if (object.getValue("responses") instanceof JsonObject responses) {
            assertThat(successfulSchemas(responses)).as(where).hasSize(1);
          }
        });
  }

  private static Set<Object> successfulSchemas(JsonObject responses) {
    return responses.stream()
        .filter(response -> response.getKey().startsWith("2"))
        .map(response -> DESCRIPTION.resolve((JsonObject) response.getValue()))
        .flatMap(response -> response.getJsonObject("content").stream())
        .map(media -> ((JsonObject) media.getValue()).getJsonObject("schema"))
        .collect(Collectors.toSet());
  }

  /** Past defect: openapi-generator wrote them into Java without quotation marks. */
  @Test
  void references_haveNoDefaults() {
    walk(
        "",
        DESCRIPTION.document(),
        (where, object) -> {
          if (object.containsKey("$ref")) {
            assertThat(object.fieldNames()).as(where).doesNotContain("default");
          }
        });
  }

  /** Past defect: clients in Java had 32 bits for amounts and sequence numbers. */
  @Test
  void integers_haveFormats() {
    walk(
        "",
        DESCRIPTION.document(),
        (where, object) -> {
          if ("integer".equals(object.getValue("type")) && !object.containsKey("enum")) {
            boolean is32Bits =
                object.getLong("maximum", Long.MAX_VALUE) <= Integer.MAX_VALUE
                    || "int32".equals(object.getString("format"));
            assertThat(is32Bits || "int64".equals(object.getString("format"))).as(where).isTrue();
          }
        });
  }

  /** Past defect: clients in Java decode numbers as strings too, and found two matches. */
  @Test
  void unionsOfStringAndNumber_mayMatchBoth() {
    walk(
        "",
        DESCRIPTION.document(),
        (where, object) ->
            assertThat(types(object.getJsonArray("oneOf", new JsonArray())))
                .as(where)
                .doesNotContain("number"));
  }

  private static Stream<Object> types(JsonArray schemas) {
    return schemas.stream().map(schema -> ((JsonObject) schema).getValue("type"));
  }

  /** Past defect: clients in Python decode only JSON and text, and failed for other strings. */
  @Test
  void filesOfOtherTypes_areBinary() {
    walk(
        "",
        DESCRIPTION.document().getJsonObject("components").getJsonObject("responses"),
        (where, object) -> {
          if (object.getValue("content") instanceof JsonObject content) {
            content.fieldNames().stream()
                .filter(type -> !type.matches("text/.*|.*json"))
                .map(type -> content.getJsonObject(type).getJsonObject("schema"))
                .forEach(
                    schema -> assertThat(schema.getString("format")).as(where).isEqualTo("binary"));
          }
        });
  }

  /** Past defect: openapi-generator rejected the description for them. */
  @Test
  void headers_haveNoAliases() throws Exception {
    assertThat(text()).doesNotContainPattern("headers: *[&*]");
  }

  /** Past defect: openapi-generator wrote the webhook over the operation of the same tag. */
  @Test
  void tagsOfWebhooks_haveNoOperations() {
    assertThat(tags("webhooks")).isNotEmpty().doesNotContainAnyElementsOf(tags("paths"));
  }

  private static Set<Object> tags(String member) {
    Set<Object> tags = new HashSet<>();
    walk(
        "",
        DESCRIPTION.document().getJsonObject(member),
        (where, object) -> object.getJsonArray("tags", new JsonArray()).forEach(tags::add));
    return tags;
  }

  private static Map<String, Object> examples(JsonObject object) {
    if (object.containsKey("example") && object.containsKey("schema")) {
      return Map.of("example", object.getValue("example"));
    }
    if (object.getValue("examples") instanceof JsonObject named && object.containsKey("schema")) {
      return named.fieldNames().stream()
          .collect(
              Collectors.toMap(name -> name, name -> named.getJsonObject(name).getValue("value")));
    }
    return object.getValue("examples") instanceof JsonArray values
        ? Map.of("first of " + values.size(), values.getValue(0))
        : Map.of();
  }

  private interface Visitor {
    void visit(String where, JsonObject object);
  }

  /** Visits all objects except examples. */
  private static void walk(String where, Object any, Visitor visitor) {
    if (any instanceof JsonArray array) {
      for (int i = 0; i < array.size(); i++) {
        walk(where + "/" + i, array.getValue(i), visitor);
      }
    } else if (any instanceof JsonObject object) {
      visitor.visit(where, object);
      object.fieldNames().stream()
          .filter(name -> !name.equals("example") && !name.equals("examples"))
          .forEach(name -> walk(where + "/" + name, object.getValue(name), visitor));
    }
  }

  @Test
  void routes_areThoseOfTheDescription() {
    Set<String> routes =
        api.routes().stream()
            .filter(route -> route.getPath() != null && route.methods() != null)
            .flatMap(ApiDescriptionTest::operations)
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(routes).isEqualTo(DESCRIPTION.operations());
  }

  private static Stream<String> operations(Route route) {
    // The name of a route is its path with parameters.
    String path = route.getName().replaceAll(":(\\w+)", "{$1}");
    return route.methods().stream().map(method -> method.name() + " " + path);
  }

  @ParameterizedTest
  @MethodSource("paths")
  void path_rejectsUndescribedMethods(String path) throws Exception {
    HttpResponse<String> answer =
        CLIENT.send(
            HttpRequest.newBuilder(
                    uri(
                        path.replaceAll("[{](id|refund)[}]", UUID)
                            .replace("{gateway}", "stripe")
                            .replace("{file}", "docs.js")))
                .method("PATCH", BodyPublishers.noBody())
                .build(),
            BodyHandlers.ofString());

    assertThat(answer.statusCode())
        .isEqualTo(405); // The test client compares Allow with the description.
  }

  static Set<String> paths() {
    return DESCRIPTION.document().getJsonObject("paths").fieldNames();
  }

  /** Past defect: a capture with {@code ?amount=30} captured all. */
  @ParameterizedTest
  @MethodSource("operationsOfPayments")
  void operation_undescribedParameter_isRejected(String operation) throws Exception {
    String[] parts = operation.split(" ");
    String path = parts[1].replaceAll("[{](id|refund)[}]", UUID).replace("{gateway}", "stripe");
    boolean hasBody = parts[0].equals("POST");
    HttpResponse<String> answer =
        CLIENT.send(
            HttpRequest.newBuilder(uri(path + "?none=1"))
                .header("Content-Type", "application/json")
                .method(parts[0], hasBody ? BodyPublishers.ofString("{}") : BodyPublishers.noBody())
                .build(),
            BodyHandlers.ofString());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
    if (!parts[0].equals("HEAD")) {
      assertThat(answer.body()).contains("\"field\":\"none\"");
    }
  }

  static Set<String> operationsOfPayments() {
    return DESCRIPTION.operations().stream()
        .filter(operation -> operation.contains(" /v1/"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void description_isServedAsItIs() throws Exception {
    HttpResponse<String> answer =
        CLIENT.send(
            HttpRequest.newBuilder(uri("/openapi.yaml")).build(), BodyHandlers.ofString(UTF_8));

    assertThat(answer.headers().firstValue("Content-Type")).contains("application/yaml");
    assertThat(answer.body()).isEqualTo(text());
  }

  private static String text() throws IOException {
    try (InputStream in = ApiDescriptionTest.class.getResourceAsStream("/openapi.yaml")) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/docs/,text/html,swagger-ui.js",
    "/docs/docs.js,text/javascript,openapi.yaml",
    "/docs/docs.css,text/css,body",
    "/docs/icon.svg,image/svg+xml,<svg",
    "/docs/swagger-ui.css,text/css,.swagger-ui",
    "/docs/swagger-ui.js,text/javascript,SwaggerUIBundle"
  })
  void page_andItsFiles_areServed(String path, String type, String content) throws Exception {
    HttpResponse<String> answer =
        CLIENT.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString(UTF_8));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith(type);
    assertThat(answer.body()).contains(content);
  }

  /** Each response is valid before one change. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "201|\"status\":\"success\"|\"status\":\"failed\"|status",
        "201|\"amount\":\"50.00\"|\"amount\":50|amount",
        "201|\"user_id\":\"u\"|\"user_id\":\"u\",\"card\":\"x\"|card",
        "201|\"currency\":\"USD\",||currency",
        "200|||the response 200 is not described",
        "402|||type application/json is not described"
      })
  void response_notAsDescribed_isReported(int status, String from, String to, String fault) {
    String right = payment().encode();
    String body = from == null ? right : right.replace(from, to == null ? "" : to);

    assertThat(faults(ORDER, 201, HEADERS, right)).isEmpty();
    assertThat(faults(ORDER, status, HEADERS, body)).anySatisfy(f -> assertThat(f).contains(fault));
  }

  @Test
  void response_withOtherHeaders_isReported() {
    Map<String, List<String>> more =
        Map.of(
            "content-type", List.of("application/json"),
            "x-request-id", List.of("a b"),
            "x-powered-by", List.of("us"));

    assertThat(faults(ORDER, 201, more, payment().encode()))
        .anySatisfy(fault -> assertThat(fault).contains("x-powered-by is not described"))
        .anySatisfy(fault -> assertThat(fault).contains("Location is missing"))
        .anySatisfy(fault -> assertThat(fault).contains("X-Request-Id is not as described"));
  }

  @Test
  void request_acceptedButNotDescribed_isReported() {
    String unknownField = ORDER.replace("}", ",\"card\":\"x\"}");

    assertThat(faults(unknownField, 201, HEADERS, payment().encode()))
        .anySatisfy(fault -> assertThat(fault).contains("accepted request").contains("card"));
  }

  private static final String ORDER = "{\"order_id\":\"o\",\"user_id\":\"u\",\"amount\":\"50.00\"}";

  private static final Map<String, List<String>> HEADERS =
      Map.of(
          "content-type", List.of("application/json"),
          "location", List.of("/v1/payments/" + UUID),
          "x-request-id", List.of("checkout-7"));

  private static JsonObject payment() {
    return DESCRIPTION
        .document()
        .getJsonObject("components")
        .getJsonObject("responses")
        .getJsonObject("Paid")
        .getJsonObject("content")
        .getJsonObject("application/json")
        .getJsonObject("example")
        .copy()
        .put("user_id", "u");
  }

  private static List<String> faults(
      String order, int status, Map<String, List<String>> headers, String answer) {
    return ApiConformance.mismatches(
        DESCRIPTION,
        new HttpExchangeRecord(
            "POST",
            "/v1/payments",
            Map.of("Content-Type", List.of("application/json")),
            order.getBytes(UTF_8),
            status,
            headers,
            answer.getBytes(UTF_8)));
  }

  @Test
  void event_notAsDescribed_isReported() {
    String event =
        "id: 0123abcdx1x2\nevent: payment.success\n"
            + "data: {\"id\":\"0123abcdx1x2\",\"type\":\"x\"}\n\n";

    assertThat(faultsOfEvents("?from=1", event))
        .anySatisfy(fault -> assertThat(fault).startsWith("an event is not as described"))
        .anySatisfy(fault -> assertThat(fault).startsWith("an event's id or type"))
        .contains("the parameter from is not described, but was accepted");
  }

  /** Past defect: the description had no such state. */
  @Test
  void event_ofAWithdrawnPayment_isAsDescribed() {
    String event =
        """
        id: 85dad12cx823x36
        event: payment.withdrawn
        data: {"id":"85dad12cx823x36","type":"payment.withdrawn","at":"2026-11-29T06:13:54.776Z",\
        "payment":{"id":"01a225f0-26ed-7859-ac85-0239129dfd32",\
        "transaction_id":"txn_01a225f0-26ed-7859-ac85-0239129dfd32","status":"withdrawn",\
        "gateway":"paypal"}}

        """;

    assertThat(faultsOfEvents("", event)).isEmpty();
  }

  private static List<String> faultsOfEvents(String query, String events) {
    return ApiConformance.mismatches(
        DESCRIPTION,
        new HttpExchangeRecord(
            "GET",
            "/v1/events" + query,
            Map.of(),
            new byte[0],
            200,
            Map.of(
                "content-type", List.of("text/event-stream"),
                "cache-control", List.of("no-store, no-transform"),
                "x-accel-buffering", List.of("no"),
                "x-request-id", List.of("a")),
            events.getBytes(UTF_8)));
  }

  /** Covers streams and raw connections, too. */
  @Test
  void clients_checkEachExchange() throws Exception {
    long before = ApiConformanceResults.checked();
    CLIENT.send(HttpRequest.newBuilder(uri("/v1/nowhere")).build(), BodyHandlers.discarding());
    assertThat(
            CLIENT
                .sendAsync(
                    HttpRequest.newBuilder(uri("/openapi.yaml")).build(), BodyHandlers.ofLines())
                .join()
                .body())
        .contains("openapi: 3.1.0");
    RawExchanges.check(
        "GET /v1/x HTTP/1.1\r\n\r\nnonsense\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
            + "HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nabc");

    assertThat(ApiConformanceResults.checked() - before).isEqualTo(4);
    assertThat(ApiConformanceResults.drainMismatches())
        .hasSize(2)
        .anySatisfy(fault -> assertThat(fault).contains("GET /v1/x => 404"))
        .anySatisfy(fault -> assertThat(fault).contains("? ? => 400"));
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + api.port() + path);
  }
}
