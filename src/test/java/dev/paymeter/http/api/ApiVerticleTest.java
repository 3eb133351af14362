package dev.paymeter.http.api;

import static dev.paymeter.support.Await.await;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.TestReaders;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.http.TestVerticles;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Requests for payments, and their responses. */
class ApiVerticleTest extends ApiFixture {
  @Test
  void post_approved_isCreatedWithTheWholePayment() throws Exception {
    HttpResponse<String> answer = post(ORDER);

    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    String id = new JsonObject(answer.body()).getString("id");
    assertThat(answer.headers().firstValue("location")).contains("/v1/payments/" + id);
    assertThat(answer.body())
        .isEqualTo(
            """
            {"id":"ID","transaction_id":"txn_ID","status":"success","order_id":"order_1",\
            "user_id":"user_1","amount":"12.50","currency":"USD","amount_usd":"12.50",\
            "user_tier":"standard","payment_method":"credit_card","gateway":"stripe",\
            "created_at":"2026-03-04T05:06:07.123456Z","duration":0.000000,\
            "settled_at":"2026-03-04T05:06:07.123456Z"}"""
                .replace("ID", id));
  }

  @Test
  void post_allDetails_areInThePaymentExceptForTheToken() throws Exception {
    HttpResponse<String> answer =
        post(
            ORDER.replace(
                "}",
                ",\"payment_token\":\"pm_secret\",\"customer\":\"cus_1\","
                    + "\"description\":\"Two socks\",\"metadata\":{\"b\":\"2\",\"a\":\"1\"}}"));

    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(answer.body())
        .contains(
            "\"customer\":\"cus_1\",\"description\":\"Two socks\","
                + "\"metadata\":{\"a\":\"1\",\"b\":\"2\"}")
        .doesNotContain("token", "pm_secret");
    assertThat(find(new JsonObject(answer.body()).getString("id")).body()).isEqualTo(answer.body());
  }

  @Test
  void post_sameKeyAndToken_isReplayedAndAnotherTokenIsAMismatch() throws Exception {
    String order = ORDER.replace("}", ",\"payment_token\":\"pm_secret\"}");
    HttpResponse<String> first = post(order, "\"token-1\"");

    HttpResponse<String> again = post(order, "\"token-1\"");
    HttpResponse<String> other = post(order.replace("pm_secret", "pm_other"), "\"token-1\"");
    HttpResponse<String> none = post(ORDER, "\"token-1\"");

    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.headers().firstValue("idempotency-replayed")).contains("true");
    for (HttpResponse<String> mismatch : List.of(other, none)) {
      assertThat(mismatch.statusCode()).isEqualTo(422);
      assertThat(mismatch.body()).contains("/problems/idempotency-key-mismatch");
    }
  }

  @Test
  void post_numberAsAmount_isExact() throws Exception {
    HttpResponse<String> answer =
        post("{\"order_id\":\"o\",\"user_id\":\"u\",\"amount\":999999.99}");

    assertThat(new JsonObject(answer.body()).getString("amount")).isEqualTo("999999.99");
  }

  @Test
  void post_declined_is402WithThePayment() throws Exception {
    gateway =
        () ->
            Future.succeededFuture(
                new GatewayResult.Rejected(
                    new PaymentValidationException(
                        FailureCode.CARD_DECLINED, "Your card was declined.")));

    HttpResponse<String> answer = post(ORDER);

    JsonObject payment = assertProblemOfPayment(answer, 402, "payment-declined");
    JsonObject problem = new JsonObject(answer.body());
    assertThat(problem.getString("detail")).isEqualTo("Your card was declined.");
    assertThat(problem.getString("code")).isEqualTo("card_declined");
    assertThat(payment.getJsonObject("error"))
        .isEqualTo(
            new JsonObject()
                .put("type", "PaymentValidationException")
                .put("code", "card_declined")
                .put("message", "Your card was declined."));
    assertThat(new JsonObject(find(payment.getString("id")).body())).isEqualTo(payment);
  }

  @Test
  void post_gatewayFailure_is502WithThePayment() throws Exception {
    gateway =
        () ->
            Future.succeededFuture(
                GatewayResult.notSubmitted(FailureCode.GATEWAY_BUSY, "It was not called"));

    HttpResponse<String> answer = post(ORDER);

    JsonObject payment = assertProblemOfPayment(answer, 502, "gateway-failure");
    assertThat(payment.getString("status")).isEqualTo("failed");
    assertThat(new JsonObject(answer.body()).getString("code")).isEqualTo("gateway_busy");
  }

  @Test
  void post_noGatewayResponse_is202WithTheUnknownPaymentAndLocation() throws Exception {
    gateway = () -> Future.failedFuture("connection reset");

    HttpResponse<String> answer = post(ORDER);

    assertThat(answer.statusCode()).isEqualTo(202);
    JsonObject payment = new JsonObject(answer.body());
    assertThat(payment.getString("status")).isEqualTo("unknown");
    assertThat(payment.getDouble("duration")).isZero();
    assertThat(answer.headers().firstValue("location"))
        .contains("/v1/payments/" + payment.getString("id"));
    assertThat(new JsonObject(find(payment.getString("id")).body())).isEqualTo(payment);
  }

  @Test
  void post_sameKeyAndBodyAgain_isTheSameResponse() throws Exception {
    HttpResponse<String> first = post(ORDER, "\"key-1\"");
    HttpResponse<String> again =
        post(
            "{\"amount\":\"12.50\", \"user_id\":\"user_1\", \"order_id\":\"order_1\"}",
            "\"key-1\"");

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(first.headers().firstValue("idempotency-replayed")).isEmpty();
    assertThat(again.statusCode()).isEqualTo(201);
    assertThat(again.headers().firstValue("idempotency-replayed")).contains("true");
    assertThat(again.headers().firstValue("location"))
        .isEqualTo(first.headers().firstValue("location"));
    assertThat(again.body()).isEqualTo(first.body());
  }

  @Test
  void post_sameKeyWithAndWithoutQuotationMarks_isReplayed() throws Exception {
    HttpResponse<String> first = post(ORDER, "8e03978e-40d5-43dd-bc93-6894a57f9324");

    HttpResponse<String> again = post(ORDER, "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"");

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(again.headers().firstValue("idempotency-replayed")).contains("true");
    assertThat(again.body()).isEqualTo(first.body());
  }

  @Test
  void get_transactionId_findsThePayment() throws Exception {
    JsonObject payment = new JsonObject(post(ORDER).body());

    HttpResponse<String> found = find(payment.getString("transaction_id"));

    assertThat(new JsonObject(found.body())).isEqualTo(payment);
    assertThat(find("rfn_" + payment.getString("id")).statusCode()).isEqualTo(404);
    assertThat(find("txn_").statusCode()).isEqualTo(404);
  }

  @Test
  void post_sameKeyOfADecline_isTheSameProblem() throws Exception {
    gateway =
        () ->
            Future.succeededFuture(
                new GatewayResult.Rejected(
                    new PaymentValidationException("Invalid payment method")));
    HttpResponse<String> first = post(ORDER, "\"declined\"");
    gateway = () -> Future.succeededFuture(new GatewayResult.Approved("ref"));

    HttpResponse<String> again = post(ORDER, "\"declined\"");

    assertThat(again.statusCode()).isEqualTo(402);
    assertThat(again.headers().firstValue("content-type")).contains("application/problem+json");
    assertThat(again.body()).isEqualTo(first.body());
  }

  @Test
  void post_sameKeyAndAnotherBody_is422() throws Exception {
    post(ORDER, "\"key-2\"");

    assertProblem(
        post(ORDER.replace("12.50", "12.51"), "\"key-2\""),
        422,
        """
        {"type":"/problems/idempotency-key-mismatch","title":"Idempotency key mismatch",\
        "status":422,"detail":"This idempotency key was used before with another body. Nothing \
        was charged now."}""");
  }

  @Test
  void post_sameKeyInFlight_is409WithRetryAfter() throws Exception {
    Promise<GatewayResult> held = Promise.promise();
    CompletableFuture<Void> asked = new CompletableFuture<>();
    gateway =
        () -> {
          asked.complete(null);
          return held.future();
        };
    CompletableFuture<HttpResponse<String>> first =
        CLIENT.sendAsync(posting(ORDER, "\"key-3\"").build(), BodyHandlers.ofString());
    asked.get(10, SECONDS);

    HttpResponse<String> second = post(ORDER, "\"key-3\"");

    assertProblem(
        second,
        409,
        """
        {"type":"/problems/idempotency-key-in-flight","title":"Idempotency key in flight",\
        "status":409,"detail":"A request with this idempotency key is in progress. Repeat it later \
        for its response."}""");
    assertThat(second.headers().firstValue("retry-after")).contains("1");
    held.complete(new GatewayResult.Approved("ref"));
    assertThat(post(ORDER, "\"key-3\"").body()).isEqualTo(first.get(10, SECONDS).body());
  }

  /** A request that is rejected before the gateway call does not use up its key. */
  @Test
  void post_rejected_keyIsFree() throws Exception {
    assertThat(post(ORDER.replace("12.50", "0"), "\"key-4\"").statusCode()).isEqualTo(422);
    ledger.becomeUnavailable();
    assertThat(post(ORDER, "\"key-4\"").statusCode()).isEqualTo(503);
    ledger.becomeAvailable();

    HttpResponse<String> answer = post(ORDER, "\"key-4\"");

    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(answer.headers().firstValue("idempotency-replayed")).isEmpty();
  }

  @Test
  void post_malformedKey_is400NamingTheExpectedForm() throws Exception {
    assertProblem(
        post(ORDER, "\"half"),
        400,
        """
        {"type":"/problems/idempotency-key-malformed","title":"Idempotency key malformed",\
        "status":400,"detail":"Expected one header Idempotency-Key: 1 to 255 printable ASCII characters in \
        quotation marks, or a token such as 8e03978e-40d5-43dd-bc93-6894a57f9324; found \\"half."}""");
    HttpResponse<String> two = send(posting(ORDER, "\"a\"").header("Idempotency-Key", "\"b\""));
    assertThat(two.statusCode()).isEqualTo(400);
    assertThat(two.body()).contains("found 2 headers");
  }

  @Test
  void post_withoutTheKeyThatIsRequired_is400() throws Exception {
    await(vertx.undeploy(apiId));
    api =
        new ApiVerticle(
            TestVerticles.endpoint(BODY_LIMIT, true, Duration.ofSeconds(5), TracingPolicy.IGNORE),
            TestReaders.READER);
    await(vertx.deployVerticle(api));

    assertProblem(
        post(ORDER),
        400,
        """
        {"type":"/problems/idempotency-key-missing","title":"Idempotency key missing",\
        "status":400,"detail":"Expected a header Idempotency-Key, so that a repeated request is \
        executed only once; found none."}""");
    assertThat(post(ORDER, "\"key\"").statusCode()).isEqualTo(201);
  }

  @Test
  void post_ledgerUnavailableAfterTheGatewayCall_is202WithThePayment() throws Exception {
    gateway =
        () -> {
          ledger.becomeUnavailable();
          return Future.succeededFuture(new GatewayResult.Approved("ref"));
        };

    HttpResponse<String> answer = post(ORDER);

    assertThat(answer.statusCode()).isEqualTo(202);
    JsonObject payment = new JsonObject(answer.body());
    assertThat(payment.getString("status")).isEqualTo("pending");
    assertThat(answer.headers().firstValue("location"))
        .contains("/v1/payments/" + payment.getString("id"));
  }

  @Test
  void post_ledgerUnavailableBefore_is503WithRetryAfter() throws Exception {
    ledger.becomeUnavailable();

    HttpResponse<String> answer = post(ORDER);

    assertProblem(
        answer,
        503,
        """
        {"type":"/problems/ledger-unavailable","title":"Ledger unavailable","status":503,\
        "detail":"The ledger cannot be reached now. Nothing was charged; try again."}""");
    assertThat(answer.headers().firstValue("retry-after")).contains("1");
  }

  @Test
  void post_noHandlerForPayments_is503WithRetryAfter() throws Exception {
    await(vertx.undeploy(paymentsId));

    HttpResponse<String> answer = post(ORDER);

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("retry-after")).contains("1");
    assertThat(answer.body()).contains("/problems/shutting-down");
  }

  @Test
  void post_unexpectedError_is500WithoutTheCausesText() throws Exception {
    ledger.defect = new IllegalStateException("password authentication failed for user postgres");

    HttpResponse<String> answer = post(ORDER);

    assertProblem(
        answer,
        500,
        """
        {"type":"/problems/internal-error","title":"Internal error","status":500,\
        "detail":"The service failed unexpectedly; the error is in its log."}""");
  }

  @Test
  void get_known_isThePayment() throws Exception {
    Payment known = TestOrders.order().pending();
    await(ledger.insert(known));

    HttpResponse<String> answer = find(known.id().toString());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()).getString("status")).isEqualTo("pending");
    assertThat(find(known.id().toString().toUpperCase(Locale.ROOT)).body())
        .isEqualTo(answer.body());
  }

  @Test
  void head_known_hasNoBody() throws Exception {
    Payment known = TestOrders.order().pending();
    await(ledger.insert(known));

    HttpResponse<String> answer =
        send(request("/v1/payments/" + known.id()).method("HEAD", BodyPublishers.noBody()));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void get_absent_is404() throws Exception {
    UUID absent = UUID.randomUUID();

    assertProblem(
        find(absent.toString()),
        404,
        """
        {"type":"/problems/not-found","title":"Not found","status":404,\
        "detail":"There is no payment ID."}"""
            .replace("ID", absent.toString()));
  }

  @Test
  void get_ledgerUnavailable_is503WithRetryAfter() throws Exception {
    ledger.becomeUnavailable();

    HttpResponse<String> answer = find(UUID.randomUUID().toString());

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("retry-after")).contains("1");
  }

  private JsonObject list(String query) throws Exception {
    HttpResponse<String> answer = send(request("/v1/payments" + query).GET());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    return new JsonObject(answer.body());
  }

  @Test
  void list_pageByPage_isAllPaymentsOnce() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int n = 0; n < 3; n++) {
      ids.add(new JsonObject(post(ORDER).body()).getString("id"));
    }
    ids.sort(Collections.reverseOrder()); // All have the same time.

    JsonObject first = list("?user_id=user_1&limit=2");
    JsonObject second = list("?user_id=user_1&limit=2&after=" + first.getString("next"));

    assertThat(ids(first)).containsExactlyElementsOf(ids.subList(0, 2));
    assertThat(ids(second)).containsExactly(ids.get(2));
    assertThat(second.fieldNames()).containsExactly("data");
    assertThat(first.getJsonArray("data").getJsonObject(0))
        .isEqualTo(new JsonObject(send(request("/v1/payments/" + ids.get(0)).GET()).body()));
    assertThat(list("?status=failed")).isEqualTo(new JsonObject().put("data", new JsonArray()));
  }

  private static List<String> ids(JsonObject page) {
    return page.getJsonArray("data").stream()
        .map(payment -> ((JsonObject) payment).getString("id"))
        .toList();
  }

  @Test
  void list_invalidParameters_areAllNamed() throws Exception {
    assertProblem(
        send(request("/v1/payments?limit=0&state=failed").GET()),
        422,
        """
        {"type":"/problems/invalid-request","title":"Invalid request","status":422,\
        "detail":"2 fields are wrong.","errors":[\
        {"field":"state","expected":"no such parameter; known parameters: after, created_before,\
         created_since, gateway, limit, merchant, order_id, status, user_id, user_tier",\
        "actual":"present"},\
        {"field":"limit","expected":"a whole number from 1 to 100","actual":"\\"0\\""}]}""");
  }

  @Test
  void list_undecodableQuery_isMalformed() throws Exception {
    assertProblem(
        send(request("/v1/payments?user_id=%FF").GET()),
        400,
        """
        {"type":"/problems/malformed-query","title":"Malformed query","status":400,\
        "detail":"The query is not valid UTF-8."}""");
  }

  @Test
  void list_ledgerUnavailable_isUnavailable() throws Exception {
    ledger.becomeUnavailable();

    assertThat(send(request("/v1/payments").GET()).statusCode()).isEqualTo(503);
  }

  @Test
  void undeploy_paymentInFlight_isAnsweredFirst() throws Exception {
    Promise<GatewayResult> held = Promise.promise();
    Promise<Void> asked = Promise.promise();
    gateway =
        () -> {
          asked.complete();
          return held.future();
        };
    CompletableFuture<HttpResponse<String>> answer =
        CLIENT.sendAsync(
            // The JDK's client would abort requests in flight at HTTP/2's GOAWAY.
            request("/v1/payments")
                .version(HttpClient.Version.HTTP_1_1)
                .POST(BodyPublishers.ofString(ORDER))
                .build(),
            BodyHandlers.ofString());
    await(asked.future());

    Future<Void> undeployed = vertx.undeploy(apiId);
    held.complete(new GatewayResult.Approved("ref"));

    assertThat(answer.join().statusCode()).isEqualTo(201);
    await(undeployed);
  }
}
