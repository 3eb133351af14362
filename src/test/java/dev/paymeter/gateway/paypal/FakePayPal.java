package dev.paymeter.gateway.paypal;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.gateway.http.PublishedDescription;
import dev.paymeter.gateway.http.TrustedCertificates;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.TestVertx;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Server that responds as PayPal's documentation describes: access tokens, orders, captures,
 * refunds, their states and errors, request ids, and the search for transactions. All requests and
 * responses are compared with PayPal's published description; {@link #close} fails if one of them
 * differs. As an extension of a test, it is closed after it.
 */
final class FakePayPal implements AfterEachCallback {
  static final String CLIENT_ID = "client-id-1";
  static final String SECRET = "secret-key-1";
  static final String ACCOUNT = "TESTMERCHANT2";

  /** The id of the only payment token. */
  static final String TOKEN = "8kk8451t";

  /** The usual deadline of an operation. */
  static final Duration TIMEOUT = Duration.ofSeconds(15);

  private static final PayPalDescription DESCRIPTION = PayPalDescription.load();
  private static final Set<String> NO_DECIMALS = Set.of("HUF", "JPY", "TWD");

  /** Fewer than PayPal's, so that there are several pages. */
  private static final int PAGE = 2;

  /** Behaviour of the payer's means of payment when an order is captured. */
  enum Instrument {
    APPROVES,
    DECLINES,
    /** The processor of a card declines: PayPal makes a capture that is declined. */
    CARD_DECLINES,
    WANTS_APPROVAL,
    IS_PENDING
  }

  /** Fault that a request meets in place of a response. */
  private record Trouble(String pathEnd, int status, boolean afterwards, JsonObject body) {}

  private record Response(int status, JsonObject body) {}

  final Map<String, JsonObject> orders = new LinkedHashMap<>();
  final Map<String, JsonObject> refunds = new LinkedHashMap<>();

  /** Method, path, and request id of all requests, except for tokens. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  /** The access tokens that it has issued. */
  final List<String> tokens = new CopyOnWriteArrayList<>();

  /** Requests for access tokens, with or without success. */
  final AtomicInteger tokenRequests = new AtomicInteger();

  /** The lifetime of access tokens, in seconds. */
  int tokenLifetime = 32_400;

  Instrument instrument = Instrument.APPROVES;

  /** The issue of declines. */
  String issue = "INSTRUMENT_DECLINED";

  String processorCode = "5120";
  String refundStatus = "COMPLETED";

  /** The setting of an account that rejects a second payment with an invoice id. */
  boolean rejectsDuplicateInvoices;

  /** The time up to which the search for transactions is complete. */
  Instant searchableUntil = TestOrders.CREATED_AT.plus(Duration.ofHours(4));

  String account = ACCOUNT;
  int charged;

  private final List<String> errors = new CopyOnWriteArrayList<>();
  private final List<Trouble> troubles = new ArrayList<>();

  /** The id of the object that was created under each request id. */
  private final Map<String, String> keys = new LinkedHashMap<>();

  private final Vertx vertx;
  private final HttpServer server;
  private @Nullable String revoked;

  FakePayPal() {
    this(TestVertx.SHARED);
  }

  FakePayPal(Vertx vertx) {
    this.vertx = vertx;
    server =
        await(
            vertx
                .createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> handle(request, body)))
                .listen(0, "127.0.0.1"));
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.actualPort());
  }

  PayPalOptions options() {
    return options(SECRET);
  }

  PayPalOptions options(String secret) {
    return new PayPalOptions(url(), CLIENT_ID, secret, TrustedCertificates.DEFAULT);
  }

  /**
   * Returns a gateway that has stated its account.
   *
   * @param after how long after the payments' time
   */
  PayPalGateway gateway(Duration after) {
    return gateway(Clock.fixed(TestOrders.CREATED_AT.plus(after), ZoneOffset.UTC));
  }

  PayPalGateway gateway(Clock clock) {
    PayPalGateway gateway = new PayPalGateway(vertx, options(), clock, TIMEOUT);
    gateway.start();
    eventually(() -> assertThat(gateway.account("paypal")).isPresent());
    return gateway;
  }

  /** Returns an order that PayPal accepts. */
  static TestOrders order() {
    return TestOrders.order().gateway("paypal").method("paypal").token(TOKEN);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    close();
  }

  /**
   * @throws AssertionError if a request or a response was not as PayPal describes it
   */
  void close() {
    await(server.close());
    if (!errors.isEmpty()) {
      throw new AssertionError(
          "This differs from PayPal's description:\n" + String.join("\n", errors));
    }
  }

  /** Asserts that the outcome is unknown: no response, or one that is no evidence. */
  static void assertUnknown(Future<GatewayResult> result) {
    assertThatThrownBy(() -> await(result))
        .isInstanceOfAny(PayPalException.class, HttpClosedException.class);
  }

  /** Returns how many requests to a path have arrived. */
  long received(String pathEnd) {
    return requests.stream().filter(each -> each.split(" ")[1].endsWith(pathEnd)).count();
  }

  /** Forgets all request ids, as PayPal may after six hours. */
  synchronized void forgetKeys() {
    keys.clear();
  }

  /** Rejects the current access token from now on. */
  synchronized void revokeToken() {
    revoked = tokens.get(tokens.size() - 1);
  }

  /**
   * Responds to one request with an error.
   *
   * @param pathEnd of which path
   * @param status 0 breaks the connection
   * @param afterwards whether the request is carried out first
   */
  synchronized void trouble(String pathEnd, int status, boolean afterwards) {
    troubles.add(new Trouble(pathEnd, status, afterwards, error(status, "TROUBLE")));
  }

  /** Responds to one request with something else, and does not carry it out. */
  synchronized void answerOnce(String pathEnd, int status, JsonObject body) {
    troubles.add(new Trouble(pathEnd, status, false, body));
  }

  /** Returns the only capture of an order. */
  static JsonObject capture(JsonObject order) {
    return unit(order).getJsonObject("payments").getJsonArray("captures").getJsonObject(0);
  }

  static JsonObject unit(JsonObject order) {
    return order.getJsonArray("purchase_units").getJsonObject(0);
  }

  private synchronized void handle(HttpServerRequest request, Buffer body) {
    if (request.path().equals("/v1/oauth2/token")) {
      tokenRequests.incrementAndGet();
      respond(request, orTrouble(request, () -> token(request, body)), false);
      return;
    }
    String id = request.getHeader("PayPal-Request-Id");
    requests.add(request.method() + " " + request.path() + (id == null ? "" : " " + id));
    List<String> wrong = requestErrors(request, body);
    errors.addAll(wrong);
    respond(
        request,
        orTrouble(
            request,
            () -> {
              if (!isAuthorized(request)) {
                return new Response(401, error(401, "invalid_token"));
              }
              return wrong.isEmpty() ? act(request, id, body) : rejection(400, "INVALID_REQUEST");
            }),
        true);
  }

  private List<String> requestErrors(HttpServerRequest request, Buffer body) {
    String query = request.query() == null ? "" : request.query();
    Object json = body.length() == 0 ? null : Json.decodeValue(body);
    List<String> found =
        new ArrayList<>(
            DESCRIPTION.requestErrors(
                request.method().name(), request.path(), query, request.headers(), json));
    if (json != null && !"application/json".equals(request.getHeader("Content-Type"))) {
      found.add(request.path() + " has Content-Type " + request.getHeader("Content-Type"));
    }
    return found;
  }

  private Response orTrouble(HttpServerRequest request, Supplier<Response> act) {
    Trouble trouble =
        troubles.stream()
            .filter(each -> request.path().endsWith(each.pathEnd()))
            .findFirst()
            .orElse(null);
    if (trouble == null) {
      return act.get();
    }
    troubles.remove(trouble);
    if (trouble.afterwards()) {
      Response unused = act.get();
    }
    return new Response(trouble.status(), trouble.body());
  }

  private void respond(HttpServerRequest request, Response response, boolean isDescribed) {
    if (response.status() == 0) {
      request.connection().close();
      return;
    }
    if (isDescribed) {
      errors.addAll(
          DESCRIPTION.responseErrors(
              request.method().name(), request.path(), response.status(), response.body()));
    }
    request.response().setStatusCode(response.status());
    if (response.status() == 204) {
      request.response().end();
    } else {
      request
          .response()
          .putHeader("Content-Type", "application/json")
          .end(response.body().toBuffer());
    }
  }

  private Response token(HttpServerRequest request, Buffer body) {
    String expected =
        Base64.getEncoder()
            .encodeToString((CLIENT_ID + ":" + SECRET).getBytes(StandardCharsets.UTF_8));
    if (!("Basic " + expected).equals(request.getHeader("Authorization"))) {
      return new Response(401, new JsonObject().put("error", "invalid_client"));
    }
    if (!body.toString().equals("grant_type=client_credentials")) {
      return new Response(400, new JsonObject().put("error", "unsupported_grant_type"));
    }
    tokens.add("access-token-" + (tokens.size() + 1));
    return new Response(
        200,
        new JsonObject()
            .put("access_token", tokens.get(tokens.size() - 1))
            .put("token_type", "Bearer")
            .put("app_id", "APP-1")
            .put("expires_in", tokenLifetime));
  }

  private boolean isAuthorized(HttpServerRequest request) {
    String header = request.getHeader("Authorization");
    String token = header == null ? "" : header.replaceFirst("^Bearer ", "");
    return tokens.contains(token) && !token.equals(revoked);
  }

  private Response act(HttpServerRequest request, @Nullable String key, Buffer body) {
    String path = request.path();
    boolean post = request.method().equals(HttpMethod.POST);
    if (path.equals("/v1/reporting/balances")) {
      return new Response(200, new JsonObject().put("account_id", account));
    }
    if (path.equals("/v1/reporting/transactions")) {
      return transactions(request);
    }
    if (path.equals("/v2/checkout/orders")) {
      return create(key, body.toJsonObject());
    }
    String[] parts = path.substring(1).split("/");
    if (path.startsWith("/v2/payments/captures/")) {
      return post
          ? refund(parts[3], key, body.toJsonObject())
          : captures()
              .filter(capture -> capture.getString("id").equals(parts[3]))
              .map(capture -> new Response(200, withRelatedIds(capture)))
              .findFirst()
              .orElseGet(() -> rejection(404, "INVALID_RESOURCE_ID"));
    }
    JsonObject order = orders.get(parts[3]);
    if (order == null) {
      return rejection(404, "INVALID_RESOURCE_ID");
    }
    if (post) {
      return capture(order, key, body.toJsonObject());
    }
    return request.method().equals(HttpMethod.PATCH)
        ? patch(order, body.toJsonArray().getJsonObject(0))
        : new Response(200, order.copy());
  }

  private Response create(@Nullable String key, JsonObject body) {
    JsonObject known = orders.get(keys.getOrDefault(String.valueOf(key), ""));
    if (known != null) {
      return new Response(200, known.copy());
    }
    JsonObject unit = unit(body).copy();
    JsonObject amount = unit.getJsonObject("amount");
    if (NO_DECIMALS.contains(amount.getString("currency_code"))
        && amount.getString("value").contains(".")) {
      return rejection(422, "DECIMAL_PRECISION");
    }
    if (new BigDecimal(amount.getString("value")).compareTo(new BigDecimal(500_000)) > 0) {
      return rejection(422, "MAX_VALUE_EXCEEDED");
    }
    String id = "5O190127TN" + (3_000_000 + orders.size());
    unit.put("reference_id", "default").put("payee", new JsonObject().put("merchant_id", account));
    JsonObject order =
        new JsonObject()
            .put("id", id)
            .put("intent", body.getString("intent"))
            .put("status", "CREATED")
            .put("create_time", TestOrders.CREATED_AT.toString())
            .put("purchase_units", new JsonArray().add(unit));
    orders.put(id, order);
    if (key != null) {
      keys.put(key, id);
    }
    return new Response(201, order.copy());
  }

  private Response patch(JsonObject order, JsonObject change) {
    if (!Set.of("CREATED", "APPROVED").contains(order.getString("status"))) {
      return rejection(422, "ORDER_ALREADY_COMPLETED");
    }
    if (!change.getString("op").equals("replace") || !change.getString("path").equals("/intent")) {
      return rejection(422, "NOT_PATCHABLE");
    }
    order.put("intent", change.getString("value"));
    return new Response(204, new JsonObject());
  }

  private Response capture(JsonObject order, @Nullable String key, JsonObject body) {
    if (key != null && keys.containsKey(key)) {
      return new Response(200, order.copy());
    }
    if (!order.getString("intent").equals("CAPTURE")) {
      return rejection(422, "ACTION_DOES_NOT_MATCH_INTENT");
    }
    if (order.getString("status").equals("COMPLETED")) {
      return rejection(422, "ORDER_ALREADY_CAPTURED");
    }
    JsonObject source = body.getJsonObject("payment_source");
    String kind = source.fieldNames().iterator().next();
    String token = source.getJsonObject(kind).getString("vault_id");
    if (!token.equals(TOKEN)) {
      return rejection(422, "TOKEN_ID_NOT_FOUND");
    }
    String invoice = unit(order).getString("invoice_id");
    if (rejectsDuplicateInvoices
        && captures().anyMatch(each -> invoice.equals(each.getString("invoice_id")))) {
      return rejection(422, "DUPLICATE_INVOICE_ID");
    }
    return switch (instrument) {
      case APPROVES -> captured(order, key, "COMPLETED");
      case IS_PENDING -> captured(order, key, "PENDING");
      case CARD_DECLINES -> captured(order, key, "DECLINED");
      case DECLINES -> rejection(422, issue);
      case WANTS_APPROVAL -> rejection(422, "PAYER_ACTION_REQUIRED");
    };
  }

  private Response captured(JsonObject order, @Nullable String key, String status) {
    JsonObject unit = unit(order);
    JsonObject capture =
        new JsonObject()
            .put("id", "2GG279541U" + (4_000_000 + (int) captures().count()))
            .put("status", status)
            .put("amount", unit.getJsonObject("amount").copy())
            .put("invoice_id", unit.getString("invoice_id"))
            .put("custom_id", unit.getString("custom_id"))
            .put("final_capture", true)
            .put("create_time", TestOrders.CREATED_AT.toString());
    if (status.equals("DECLINED")) {
      capture.put("processor_response", new JsonObject().put("response_code", processorCode));
    } else {
      charged++;
    }
    if (status.equals("PENDING")) {
      capture.put("status_details", new JsonObject().put("reason", "ECHECK"));
    }
    unit.put("payments", new JsonObject().put("captures", new JsonArray().add(capture)));
    order.put("status", "COMPLETED");
    if (key != null) {
      keys.put(key, order.getString("id"));
    }
    return new Response(201, order.copy());
  }

  private Stream<JsonObject> captures() {
    return orders.values().stream()
        .filter(order -> unit(order).containsKey("payments"))
        .map(FakePayPal::capture);
  }

  private JsonObject withRelatedIds(JsonObject capture) {
    String order =
        orders.values().stream()
            .filter(each -> unit(each).containsKey("payments") && capture(each) == capture)
            .map(each -> each.getString("id"))
            .findFirst()
            .orElseThrow();
    return capture
        .copy()
        .put("payee", new JsonObject().put("merchant_id", account))
        .put(
            "supplementary_data",
            new JsonObject().put("related_ids", new JsonObject().put("order_id", order)));
  }

  private Response refund(String captureId, @Nullable String key, JsonObject body) {
    JsonObject known = refunds.get(keys.getOrDefault(String.valueOf(key), ""));
    if (known != null) {
      return new Response(201, known.copy());
    }
    JsonObject order =
        orders.values().stream()
            .filter(
                each ->
                    unit(each).containsKey("payments")
                        && capture(each).getString("id").equals(captureId))
            .findFirst()
            .orElse(null);
    if (order == null) {
      return rejection(404, "INVALID_RESOURCE_ID");
    }
    JsonObject payments = unit(order).getJsonObject("payments");
    JsonArray made = payments.getJsonArray("refunds", new JsonArray());
    BigDecimal total =
        made.stream()
            .map(JsonObject.class::cast)
            .filter(each -> !each.getString("status").equals("FAILED"))
            .map(FakePayPal::value)
            .reduce(value(body), BigDecimal::add);
    if (total.compareTo(value(capture(order))) > 0) {
      return rejection(422, "REFUND_AMOUNT_EXCEEDED");
    }
    JsonObject refund =
        new JsonObject()
            .put("id", "1JU08902781" + (600_000 + refunds.size()))
            .put("status", refundStatus)
            .put("amount", body.getJsonObject("amount").copy())
            .put("invoice_id", body.getString("invoice_id"))
            .put("custom_id", body.getString("custom_id"));
    refunds.put(refund.getString("id"), refund);
    payments.put("refunds", made.add(refund));
    if (key != null) {
      keys.put(key, refund.getString("id"));
    }
    return new Response(201, refund.copy());
  }

  /** Fails the last refund, which had been completed. */
  synchronized void failLastRefund() {
    List.copyOf(refunds.values()).get(refunds.size() - 1).put("status", "FAILED");
  }

  private static BigDecimal value(JsonObject holder) {
    return new BigDecimal(holder.getJsonObject("amount").getString("value"));
  }

  /** Lists all captures in a currency, and their refunds. */
  private Response transactions(HttpServerRequest request) {
    Map<String, List<String>> query = PublishedDescription.decode(request.query());
    Instant start = Instant.parse(query.get("start_date").get(0));
    Instant end = Instant.parse(query.get("end_date").get(0));
    int page = Integer.parseInt(query.get("page").get(0));
    List<JsonObject> found =
        Stream.concat(
                captures().map(each -> transaction("T0006", each)),
                refunds.values().stream().map(each -> transaction("T1107", each)))
            .filter(
                each ->
                    query
                        .get("transaction_currency")
                        .get(0)
                        .equals(
                            each.getJsonObject("transaction_amount").getString("currency_code")))
            .filter(
                each ->
                    !TestOrders.CREATED_AT.isBefore(start) && !TestOrders.CREATED_AT.isAfter(end))
            .toList();
    JsonObject list =
        new JsonObject()
            .put("account_number", account)
            .put("last_refreshed_datetime", searchableUntil.toString())
            .put("page", page)
            .put("total_items", found.size())
            .put("total_pages", (found.size() + PAGE - 1) / PAGE);
    List<JsonObject> onPage =
        found.stream()
            .skip((page - 1L) * PAGE)
            .limit(PAGE)
            .map(each -> new JsonObject().put("transaction_info", each))
            .toList();
    return new Response(
        200, onPage.isEmpty() ? list : list.put("transaction_details", new JsonArray(onPage)));
  }

  private static JsonObject transaction(String code, JsonObject object) {
    return new JsonObject()
        .put("transaction_id", object.getString("id"))
        .put("transaction_event_code", code)
        .put("transaction_amount", object.getJsonObject("amount").copy())
        .put("transaction_status", "S")
        .put("invoice_id", object.getString("invoice_id"))
        .put("custom_field", object.getString("custom_id"));
  }

  private static Response rejection(int status, String issue) {
    return new Response(status, error(status, issue));
  }

  private static JsonObject error(int status, String issue) {
    String name =
        switch (status) {
          case 400 -> "INVALID_REQUEST";
          case 401 -> "AUTHENTICATION_FAILURE";
          case 403 -> "NOT_AUTHORIZED";
          case 404 -> "RESOURCE_NOT_FOUND";
          case 409 -> "RESOURCE_CONFLICT";
          case 422 -> "UNPROCESSABLE_ENTITY";
          case 429 -> "RATE_LIMIT_REACHED";
          case 503 -> "SERVICE_UNAVAILABLE";
          default -> "INTERNAL_SERVER_ERROR";
        };
    JsonObject error =
        new JsonObject()
            .put("name", name)
            .put("message", "An error.")
            .put("debug_id", "90957fca61718");
    return status < 500
        ? error.put("details", new JsonArray().add(new JsonObject().put("issue", issue)))
        : error;
  }
}
