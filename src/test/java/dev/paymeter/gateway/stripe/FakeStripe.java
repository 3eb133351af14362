package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.await;
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
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A server that answers as Stripe's documentation says of PaymentIntents and refunds: their states
 * and errors, keys and what is kept under them. Every request and every answer is held against
 * Stripe's published description, so that a request of ours cannot be one that only this server
 * takes, nor an answer one that only this server gives: {@link #close} fails where one did not
 * agree. As an extension of a test, it is closed after it.
 */
final class FakeStripe implements AfterEachCallback {
  static final String SECRET = "sk_test_secret";

  /** The only customer that exists. */
  static final String CUSTOMER = "cus_1";

  /** The means of payment whose payer has to authenticate each payment. */
  private static final String ALWAYS_AUTHENTICATED = "pm_card_authenticationRequired";

  /** The time for which an amount is held if Stripe does not state it. */
  static final Duration VALIDITY = Duration.ofDays(7);

  /** The time for which an amount is held, as the charges state. */
  static final Duration STATED_VALIDITY = Duration.ofDays(6);

  /** The usual deadline of an operation. */
  static final Duration TIMEOUT = Duration.ofSeconds(15);

  /** The time in which a dispute has to be answered. */
  static final Duration DISPUTE_PERIOD = Duration.ofDays(9);

  /** In the smallest unit of the currency. */
  static final long DISPUTE_FEE = 1500;

  private static final StripeDescription DESCRIPTION = StripeDescription.load();

  /** Amounts have eight digits at most. */
  private static final long MOST = 99_999_999;

  /** Behaviour of a card when its intent is confirmed. */
  enum Card {
    APPROVES,
    DECLINES,
    WANTS_AUTHENTICATION,
    TAKES_ITS_TIME
  }

  /** Fault that a request meets in place of a response. */
  record Trouble(String pathEnd, int status, boolean afterwards, JsonObject body) {}

  /** Fewer than Stripe's, so that there is more than one. */
  private static final int PAGE = 2;

  final Map<String, JsonObject> intents = new LinkedHashMap<>();
  final Map<String, JsonObject> refunds = new LinkedHashMap<>();
  final Map<String, JsonObject> disputes = new LinkedHashMap<>();
  String refundStatus = "succeeded";

  /** The account of the secret key. */
  String account = "acct_1";

  /** The time of new objects, in seconds. */
  long now = TestOrders.CREATED_AT.getEpochSecond();

  /** True if charges state until when their amount is held. */
  boolean statesValidity = true;

  /** True if the payer is led on by Stripe's library. */
  boolean usesLibrary;

  /** True while searches return nothing yet. */
  boolean indexLags;

  final List<String> requests = new CopyOnWriteArrayList<>();
  final List<Trouble> troubles = new ArrayList<>();
  private final List<String> faults = new CopyOnWriteArrayList<>();
  private final List<Runnable> held = new ArrayList<>();
  private @Nullable String silentPathEnd;
  private final Map<String, Kept> kept = new LinkedHashMap<>();
  private final Vertx vertx;
  private final HttpServer server;
  private final String address;
  Card card = Card.APPROVES;
  String declineMessage = "Your card was declined.";
  int charged;

  private record Kept(String parameters, int status, JsonObject body) {}

  private record Answer(int status, JsonObject body, boolean isKept) {}

  FakeStripe() {
    this(TestVertx.SHARED);
  }

  FakeStripe(Vertx vertx) {
    this(vertx, new HttpServerOptions());
  }

  FakeStripe(Vertx vertx, HttpServerOptions options) {
    this.vertx = vertx;
    address = options.isSsl() ? "https://localhost" : "http://127.0.0.1";
    server =
        await(
            vertx
                .createHttpServer(options)
                .requestHandler(request -> request.body().onSuccess(body -> handle(request, body)))
                .listen(0, "127.0.0.1"));
  }

  URI url() {
    return URI.create(address + ":" + server.actualPort());
  }

  StripeOptions options() {
    return options(url(), SECRET);
  }

  /**
   * Returns the settings of a gateway of this kind that receives webhooks.
   *
   * @param directory for the file of its secrets
   */
  Map<String, String> settings(String gateway, Path directory) throws IOException {
    String prefix = "gateways." + gateway + ".";
    Path secrets = Files.writeString(directory.resolve("secrets"), StripeEvents.SECRET);
    return Map.of(
        prefix + "kind",
        "stripe",
        prefix + "url",
        url().toString(),
        prefix + "secret-key",
        SECRET,
        prefix + "webhook-secrets-file",
        secrets.toString());
  }

  static StripeOptions options(URI url, String secret) {
    return new StripeOptions(url, secret, "pm_card_visa", TrustedCertificates.DEFAULT);
  }

  /**
   * Returns a gateway with the usual options.
   *
   * @param after how long after the payments' time
   */
  StripeGateway gateway(Duration after) {
    return gateway(options(), TestOrders.LEDGER, after);
  }

  /** Returns a gateway at the payments' time. */
  StripeGateway gateway(StripeOptions options) {
    return gateway(options, TestOrders.LEDGER, Duration.ZERO);
  }

  StripeGateway gateway(StripeOptions options, UUID ledger, Duration after) {
    return new StripeGateway(
        vertx,
        options,
        ledger,
        Clock.fixed(TestOrders.CREATED_AT.plus(after), ZoneOffset.UTC),
        TIMEOUT,
        VALIDITY);
  }

  /** Returns a gateway with another payment method in its settings. */
  StripeGateway gatewayWithOtherMethod() {
    StripeOptions usual = options();
    return gateway(
        new StripeOptions(
            usual.url(), usual.secretKey(), "pm_card_mastercard", usual.trustedCertificates()));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    close();
  }

  /**
   * @throws AssertionError where a request or an answer was not as Stripe describes it
   */
  void close() {
    await(server.close());
    if (!faults.isEmpty()) {
      throw new AssertionError(
          "This does not agree with Stripe's description:\n" + String.join("\n", faults));
    }
  }

  /** Asserts that the outcome is unknown: no response, or one that is no evidence. */
  static void assertUnknown(Future<GatewayResult> asked) {
    assertThatThrownBy(() -> await(asked))
        .isInstanceOfAny(StripeException.class, HttpClosedException.class);
  }

  /** Forgets all that has happened. */
  synchronized void reset() {
    intents.clear();
    requests.clear();
    charged = 0;
  }

  /** Accepts requests to this path, but does not answer them until {@link #recover}. */
  synchronized void hang(String pathEnd) {
    silentPathEnd = pathEnd;
  }

  /** Carries out the requests that it did not answer, and answers again. */
  synchronized void recover() {
    silentPathEnd = null;
    held.forEach(Runnable::run);
    held.clear();
  }

  /** Answers again, except for the requests that it did not answer. */
  synchronized void recoverWithLoss() {
    held.clear();
    silentPathEnd = null;
  }

  /** Returns the ids of the payments that are charged. */
  synchronized List<String> chargedPayments() {
    return intents.values().stream()
        .filter(intent -> intent.getString("status").equals("succeeded"))
        .map(intent -> intent.getJsonObject("metadata").getString("paymeter_payment_id"))
        .toList();
  }

  /**
   * Ends the processing of a payment's intent.
   *
   * @return the intent
   */
  synchronized JsonObject finish(String payment, boolean isPaid) {
    JsonObject intent = find(payment);
    if (isPaid) {
      approve(intent);
    } else {
      intent.put("status", "canceled").put("canceled_at", now);
    }
    return intent.copy();
  }

  /** Returns the intent of a payment, as it is now. */
  synchronized JsonObject intentOf(String payment) {
    return find(payment).copy();
  }

  private JsonObject find(String payment) {
    return intents.values().stream()
        .filter(
            intent ->
                payment.equals(intent.getJsonObject("metadata").getString("paymeter_payment_id")))
        .findFirst()
        .orElseThrow();
  }

  /** Returns how many requests to a path have arrived. */
  long received(String pathEnd) {
    return requests.stream().filter(each -> each.split(" ")[1].endsWith(pathEnd)).count();
  }

  /** All keys are forgotten, as they are some time after a day. */
  synchronized void forgetKeys() {
    kept.clear();
  }

  /**
   * Answers one request otherwise.
   *
   * @param pathEnd of which path
   * @param status 0 breaks the connection
   * @param afterwards whether the request is carried out first
   */
  synchronized void trouble(String pathEnd, int status, boolean afterwards, String type) {
    troubles.add(new Trouble(pathEnd, status, afterwards, error(type, "trouble", "Trouble.")));
  }

  /** Answers one request with something else, and does not carry it out. */
  synchronized void answerOnce(String pathEnd, JsonObject body) {
    troubles.add(new Trouble(pathEnd, 200, false, body));
  }

  private synchronized void handle(HttpServerRequest request, Buffer body) {
    String key = request.getHeader("Idempotency-Key");
    requests.add(request.method() + " " + request.path() + (key == null ? "" : " " + key));
    if (silentPathEnd != null && request.path().endsWith(silentPathEnd)) {
      held.add(() -> carryOut(request, key, body));
    } else {
      carryOut(request, key, body);
    }
  }

  private void carryOut(HttpServerRequest request, @Nullable String key, Buffer body) {
    List<String> wrong = faults(request, body.toString());
    faults.addAll(wrong);
    Trouble trouble = takeTrouble(request.path());
    if (trouble != null && !trouble.afterwards()) {
      answer(request, trouble.status(), trouble.body(), false);
      return;
    }
    Map<String, String> form = form(body.toString());
    Kept known = key == null ? null : kept.get(key);
    Answer answer;
    boolean replayed = false;
    if (!("Bearer " + SECRET).equals(request.getHeader("Authorization"))) {
      answer = refusal(401, "invalid_request_error", "", "Invalid API Key provided");
    } else if (!wrong.isEmpty()) {
      answer = refusal(400, "invalid_request_error", "parameter_unknown", wrong.toString());
    } else if (known != null && !known.parameters().equals(request.path() + form)) {
      answer = refusal(400, "idempotency_error", "", "Keys are for the same parameters only.");
    } else if (known != null) {
      answer = new Answer(known.status(), known.body(), false);
      replayed = true;
    } else {
      answer = act(request, form);
      if (key != null && answer.isKept()) {
        kept.put(key, new Kept(request.path() + form, answer.status(), answer.body().copy()));
      }
    }
    if (trouble != null) {
      answer(request, trouble.status(), trouble.body(), false);
    } else {
      answer(request, answer.status(), answer.body(), replayed);
    }
  }

  private static List<String> faults(HttpServerRequest request, String body) {
    boolean post = request.method().equals(HttpMethod.POST);
    String query = request.query() == null ? "" : request.query();
    List<String> faults =
        new ArrayList<>(
            DESCRIPTION.faultsOfRequest(
                request.method().name(), request.path(), post ? body : query));
    if (!(post ? query : body).isEmpty()) {
      faults.add(request.method() + " " + request.uri() + " has parameters where none belong");
    }
    check(request, "Stripe-Version", DESCRIPTION.version(), faults);
    if (post) {
      check(request, "Content-Type", "application/x-www-form-urlencoded", faults);
    }
    return faults;
  }

  /** Checks the value of a header, without parameters such as the charset. */
  private static void check(
      HttpServerRequest request, String header, String wanted, List<String> faults) {
    String found = String.valueOf(request.getHeader(header)).split(";")[0];
    if (!wanted.equals(found)) {
      faults.add(request.uri() + " has " + header + " " + found + ", not " + wanted);
    }
  }

  private Trouble takeTrouble(String path) {
    Trouble found =
        troubles.stream().filter(each -> path.endsWith(each.pathEnd())).findFirst().orElse(null);
    troubles.remove(found);
    return found;
  }

  private void answer(HttpServerRequest request, int status, JsonObject body, boolean replayed) {
    if (status == 0) {
      request.connection().close();
      return;
    }
    if (request.response().closed()) {
      return; // The client has not waited.
    }
    faults.addAll(
        DESCRIPTION.faultsOfAnswer(request.method().name(), request.path(), status, body));
    if (replayed) {
      request.response().putHeader("Idempotent-Replayed", "true");
    }
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .end(body.toBuffer());
  }

  private Answer act(HttpServerRequest request, Map<String, String> form) {
    String[] path = request.path().substring(1).split("/");
    boolean post = request.method().equals(HttpMethod.POST);
    if (path[1].equals("account")) {
      return ok(new JsonObject().put("id", account).put("object", "account"));
    }
    if (path[1].equals("refunds")) {
      return post
          ? refund(form)
          : listRefunds(request.getParam("payment_intent"), request.getParam("starting_after"));
    }
    if (path[1].equals("disputes")) {
      return readDispute(path[2], request.params().names().contains("expand[]"));
    }
    if (path.length == 2) {
      return post
          ? create(form)
          : listIntents(
              Long.parseLong(request.getParam("created[gte]")), request.getParam("starting_after"));
    }
    if (path.length == 3 && path[2].equals("search") && !post) {
      return search(request.getParam("query"));
    }
    JsonObject intent = path.length > 2 ? intents.get(path[2]) : null;
    if (intent == null) {
      return refusal(404, "invalid_request_error", "resource_missing", "No such payment_intent");
    }
    boolean expands =
        (post ? form.keySet() : request.params().names())
            .stream().anyMatch(name -> name.startsWith("expand["));
    if (path.length == 3 && !post) {
      return ok(expands ? expanded(intent) : intent);
    }
    return switch (path[3]) {
      case "confirm" -> {
        Answer confirmed = confirm(intent, form);
        yield expands && confirmed.status() == 200 ? ok(expanded(intent)) : confirmed;
      }
      case "capture" -> capture(intent, form);
      default -> cancel(intent, form);
    };
  }

  /** With the charge in place of its id. */
  private JsonObject expanded(JsonObject intent) {
    String id = intent.getString("latest_charge");
    JsonObject copy = intent.copy();
    return id == null ? copy : copy.put("latest_charge", charge(intent, id));
  }

  private JsonObject charge(JsonObject intent, String id) {
    String status = intent.getString("status");
    JsonObject card = new JsonObject();
    if (statesValidity) {
      card.put("capture_before", intent.getLong("created") + STATED_VALIDITY.toSeconds());
    }
    return new JsonObject()
        .put("id", id)
        .put("object", "charge")
        .put("created", intent.getLong("created"))
        .put("livemode", false)
        .put("amount", intent.getLong("amount"))
        .put("amount_captured", intent.getLong("amount_received"))
        .put("amount_refunded", 0)
        .put("billing_details", new JsonObject())
        .put("captured", status.equals("succeeded"))
        .put("currency", intent.getString("currency"))
        .put("disputed", false)
        .put("metadata", intent.getJsonObject("metadata"))
        .put("paid", true)
        .put("refunded", status.equals("canceled"))
        .put("status", "succeeded")
        .put("payment_intent", intent.getString("id"))
        .put("payment_method_details", new JsonObject().put("type", "card").put("card", card));
  }

  /** An amount that is not captured is released. */
  private Answer capture(JsonObject intent, Map<String, String> form) {
    if (!intent.getString("status").equals("requires_capture")) {
      return unexpectedState();
    }
    long amount =
        form.containsKey("amount_to_capture")
            ? Long.parseLong(form.get("amount_to_capture"))
            : intent.getLong("amount");
    if (amount > intent.getLong("amount_capturable")) {
      return new Answer(
          400,
          error("invalid_request_error", "amount_too_large", "More than is capturable."),
          true);
    }
    charged++;
    return ok(
        intent
            .put("status", "succeeded")
            .put("amount_received", amount)
            .put("amount_capturable", 0));
  }

  /** The time of all held amounts has passed. */
  synchronized void expire() {
    intents.values().stream()
        .filter(intent -> intent.getString("status").equals("requires_capture"))
        .forEach(
            intent ->
                intent
                    .put("status", "canceled")
                    .put("amount_capturable", 0)
                    .put("canceled_at", now)
                    .put("cancellation_reason", "automatic"));
  }

  /** Charges an intent, or holds its amount. */
  private JsonObject approve(JsonObject intent) {
    intent.put("latest_charge", charge(intent));
    if (intent.getString("capture_method").equals("manual")) {
      return intent
          .put("status", "requires_capture")
          .put("amount_capturable", intent.getLong("amount"));
    }
    charged++;
    return intent.put("status", "succeeded").put("amount_received", intent.getLong("amount"));
  }

  private Answer create(Map<String, String> form) {
    long amount = Long.parseLong(form.get("amount"));
    if (amount < 50) {
      return refusal(
          400, "invalid_request_error", "amount_too_small", "Amount must be at least 50 cents");
    }
    if (amount > MOST) {
      return refusal(
          400,
          "invalid_request_error",
          "amount_too_large",
          "Amount must be no more than 999,999.99");
    }
    if (!form.getOrDefault("customer", CUSTOMER).equals(CUSTOMER)) {
      return missing("customer", "No such customer: '" + form.get("customer") + "'");
    }
    JsonObject intent = intent("pi_" + (intents.size() + 1), amount, form);
    intents.put(intent.getString("id"), intent);
    return ok(intent);
  }

  private JsonObject intent(String id, long amount, Map<String, String> form) {
    return new JsonObject()
        .put("id", id)
        .put("object", "payment_intent")
        .put("created", now)
        .put("livemode", false)
        .put("amount", amount)
        .put("amount_received", 0)
        .put("currency", form.get("currency"))
        .put("capture_method", form.getOrDefault("capture_method", "automatic_async"))
        .put("client_secret", id + "_secret")
        .put("customer", form.get("customer"))
        .put("description", form.get("description"))
        .put("payment_method", form.get("payment_method"))
        .put("payment_method_types", new JsonArray().add("card"))
        .put("metadata", metadata(form))
        .putNull("canceled_at")
        .putNull("last_payment_error")
        .putNull("next_action")
        .putNull("latest_charge")
        .put(
            "status",
            form.containsKey("payment_method")
                ? "requires_confirmation"
                : "requires_payment_method");
  }

  /**
   * @throws AssertionError where there is more than Stripe stores
   */
  private static JsonObject metadata(Map<String, String> form) {
    JsonObject metadata = new JsonObject();
    form.forEach(
        (name, value) -> {
          if (name.startsWith("metadata[")) {
            metadata.put(name.substring("metadata[".length(), name.length() - 1), value);
          }
        });
    assertThat(metadata.size()).isLessThanOrEqualTo(50);
    metadata.forEach(
        entry -> {
          assertThat(entry.getKey()).hasSizeLessThanOrEqualTo(40);
          assertThat((String) entry.getValue()).isNotEmpty().hasSizeLessThanOrEqualTo(500);
        });
    return metadata;
  }

  private Answer confirm(JsonObject intent, Map<String, String> form) {
    if (!Set.of("requires_confirmation", "requires_payment_method")
        .contains(intent.getString("status"))) {
      return unexpectedState();
    }
    String method = form.get("payment_method");
    if (!method.startsWith("pm_card_")) {
      return missing("payment_method", "No such PaymentMethod: '" + method + "'");
    }
    intent.put("payment_method", method);
    return switch (method.equals(ALWAYS_AUTHENTICATED) ? Card.WANTS_AUTHENTICATION : card) {
      case APPROVES -> ok(approve(intent));
      case DECLINES -> {
        JsonObject declined = error("card_error", "card_declined", declineMessage);
        declined
            .getJsonObject("error")
            .put("decline_code", "generic_decline")
            .put("charge", charge(intent));
        intent.put("status", "requires_payment_method").putNull("payment_method");
        intent.put("latest_charge", charge(intent));
        intent.put("last_payment_error", declined.getJsonObject("error").copy());
        declined.getJsonObject("error").put("payment_intent", intent.copy());
        yield new Answer(402, declined, true);
      }
      case WANTS_AUTHENTICATION ->
          ok(
              intent
                  .put("status", "requires_action")
                  .put("next_action", nextAction(form.get("return_url"))));
      case TAKES_ITS_TIME -> ok(intent.put("status", "processing"));
    };
  }

  /** Without a return URL, only Stripe's library can lead the payer on. */
  private JsonObject nextAction(@Nullable String returnUrl) {
    return returnUrl == null || usesLibrary
        ? new JsonObject().put("type", "use_stripe_sdk")
        : new JsonObject()
            .put("type", "redirect_to_url")
            .put(
                "redirect_to_url",
                new JsonObject()
                    .put("return_url", returnUrl)
                    .put("url", "https://hooks.stripe.test/authenticate"));
  }

  /** The payer of all waiting intents returns. */
  synchronized void payersReturn(boolean authenticated) {
    intents.values().stream()
        .filter(intent -> intent.getString("status").equals("requires_action"))
        .forEach(intent -> payerReturns(intent, authenticated));
  }

  private void payerReturns(JsonObject intent, boolean authenticated) {
    intent.putNull("next_action");
    if (!authenticated) {
      intent
          .put("status", "requires_payment_method")
          .putNull("payment_method")
          .put(
              "last_payment_error",
              error(
                      "invalid_request_error",
                      "payment_intent_authentication_failure",
                      "The payer did not pass the authentication.")
                  .getJsonObject("error"));
    } else {
      approve(intent);
    }
  }

  private static String charge(JsonObject intent) {
    return intent.getString("id").replace("pi_", "ch_");
  }

  /**
   * Begins a dispute of a payment.
   *
   * @return the dispute, as a webhook contains it
   */
  synchronized JsonObject dispute(String payment, String status) {
    JsonObject intent = find(payment);
    String id = "dp_" + (disputes.size() + 1);
    disputes.put(
        id,
        new JsonObject()
            .put("id", id)
            .put("object", "dispute")
            .put("created", now)
            .put("livemode", false)
            .put("amount", intent.getLong("amount_received"))
            .put("currency", intent.getString("currency"))
            .put("charge", intent.getString("latest_charge"))
            .put("payment_intent", intent.getString("id"))
            .put("balance_transactions", new JsonArray())
            .put("enhanced_eligibility_types", new JsonArray())
            .put("evidence", JsonObject.of("enhanced_evidence", new JsonObject()))
            .put(
                "evidence_details",
                new JsonObject()
                    .put("due_by", now + DISPUTE_PERIOD.toSeconds())
                    .put("has_evidence", false)
                    .put("past_due", false)
                    .put("submission_count", 0)
                    .put("enhanced_eligibility", new JsonObject()))
            .put("is_charge_refundable", status.startsWith("warning"))
            .put("metadata", new JsonObject())
            .put("reason", "fraudulent"));
    return changeDispute(id, status);
  }

  /**
   * Changes the state of a dispute. Its amount is withdrawn, with a fee, when it is first no
   * warning any more, and returned, without the fee, when it is won.
   *
   * @return the dispute, as a webhook contains it
   */
  synchronized JsonObject changeDispute(String id, String status) {
    JsonObject dispute = disputes.get(id).put("status", status);
    JsonArray transactions = dispute.getJsonArray("balance_transactions");
    long amount = dispute.getLong("amount");
    if (!status.startsWith("warning") && transactions.isEmpty()) {
      transactions.add(transaction(dispute, -amount, DISPUTE_FEE));
    }
    if (status.equals("won")) {
      transactions.add(transaction(dispute, amount, 0));
    }
    return dispute.copy();
  }

  private JsonObject transaction(JsonObject dispute, long amount, long fee) {
    JsonArray fees = new JsonArray();
    if (fee > 0) {
      fees.add(
          new JsonObject()
              .put("amount", fee)
              .put("currency", dispute.getString("currency"))
              .put("type", "stripe_fee"));
    }
    return new JsonObject()
        .put("id", "txn_" + dispute.getString("id") + (amount > 0 ? "_returned" : ""))
        .put("object", "balance_transaction")
        .put("amount", amount)
        .put("available_on", now)
        .put("balance_type", "payments")
        .put("created", now)
        .put("currency", dispute.getString("currency"))
        .put("fee", fee)
        .put("fee_details", fees)
        .put("net", amount - fee)
        .put("reporting_category", amount > 0 ? "dispute_reversal" : "dispute")
        .put("status", "available")
        .put("type", "adjustment");
  }

  private Answer readDispute(String id, boolean expands) {
    JsonObject dispute = disputes.get(id);
    if (dispute == null) {
      return refusal(
          404, "invalid_request_error", "resource_missing", "No such dispute: '" + id + "'");
    }
    return ok(
        expands
            ? dispute.copy().put("payment_intent", intents.get(dispute.getString("payment_intent")))
            : dispute);
  }

  private Answer cancel(JsonObject intent, Map<String, String> form) {
    return Set.of("succeeded", "canceled", "processing").contains(intent.getString("status"))
        ? unexpectedState()
        : ok(
            intent
                .put("status", "canceled")
                .putNull("next_action")
                .put("amount_capturable", 0)
                .put("canceled_at", now)
                .put("cancellation_reason", form.get("cancellation_reason")));
  }

  private Answer refund(Map<String, String> form) {
    JsonObject intent = intents.get(form.getOrDefault("payment_intent", ""));
    if (intent == null) {
      return refusal(400, "invalid_request_error", "resource_missing", "No such payment_intent");
    }
    long amount = Long.parseLong(form.get("amount"));
    if (!intent.getString("status").equals("succeeded")
        || refunded(intent.getString("id")) + amount > intent.getLong("amount_received")) {
      return new Answer(
          400,
          error("invalid_request_error", "charge_already_refunded", "Greater than unrefunded."),
          true);
    }
    JsonObject refund =
        new JsonObject()
            .put("id", "re_" + (refunds.size() + 1))
            .put("object", "refund")
            .put("created", now)
            .put("amount", amount)
            .put("currency", intent.getString("currency"))
            .put("charge", intent.getString("latest_charge"))
            .put("payment_intent", intent.getString("id"))
            .put("metadata", metadata(form))
            .putNull("reason")
            .put("status", refundStatus);
    if (refundStatus.equals("failed")) {
      refund.put("failure_reason", "lost_or_stolen_card");
    }
    refunds.put(refund.getString("id"), refund);
    return ok(refund);
  }

  /** Carries out the request of a refund that had been lost. */
  synchronized void receiveLate(Map<String, String> form) {
    assertThat(refund(form).status()).isEqualTo(200);
  }

  /** Fails a refund that had succeeded, as Stripe does days later; returns it. */
  synchronized JsonObject failLater(String refund) {
    JsonObject failed =
        refunds
            .get(refund)
            .put("status", "failed")
            .put("failure_reason", "expired_or_canceled_card")
            .put("failure_balance_transaction", "txn_" + refund);
    return failed.copy();
  }

  private long refunded(String intent) {
    return refunds.values().stream()
        .filter(refund -> refund.getString("payment_intent").equals(intent))
        .filter(refund -> !refund.getString("status").equals("failed"))
        .mapToLong(refund -> refund.getLong("amount"))
        .sum();
  }

  /** Newest first, as all of Stripe's lists. */
  private Answer listRefunds(String intent, String after) {
    List<JsonObject> all = new ArrayList<>(refunds.values());
    Collections.reverse(all);
    List<JsonObject> rest =
        all.stream()
            .filter(refund -> refund.getString("payment_intent").equals(intent))
            .dropWhile(refund -> after != null && !refund.getString("id").equals(after))
            .skip(after == null ? 0 : 1)
            .toList();
    return ok(
        new JsonObject()
            .put("object", "list")
            .put("url", "/v1/refunds")
            .put("data", new JsonArray(rest.stream().limit(PAGE).toList()))
            .put("has_more", rest.size() > PAGE));
  }

  /** Newest first. */
  private Answer listIntents(long since, String after) {
    List<JsonObject> all = new ArrayList<>(intents.values());
    Collections.reverse(all);
    List<JsonObject> rest =
        all.stream()
            .filter(intent -> intent.getLong("created") >= since)
            .dropWhile(intent -> after != null && !intent.getString("id").equals(after))
            .skip(after == null ? 0 : 1)
            .toList();
    return ok(
        new JsonObject()
            .put("object", "list")
            .put("url", "/v1/payment_intents")
            .put("data", new JsonArray(rest.stream().limit(PAGE).toList()))
            .put("has_more", rest.size() > PAGE));
  }

  private Answer search(String query) {
    JsonArray found = new JsonArray();
    intents.values().stream()
        .filter(
            intent ->
                !indexLags
                    && query.equals(
                        "metadata['paymeter_gateway_key']:'"
                            + intent.getJsonObject("metadata").getString("paymeter_gateway_key")
                            + "'"))
        .forEach(found::add);
    return ok(
        new JsonObject()
            .put("object", "search_result")
            .put("url", "/v1/payment_intents/search")
            .put("has_more", false)
            .putNull("next_page")
            .put("data", found));
  }

  private static Answer unexpectedState() {
    return new Answer(
        400,
        error("invalid_request_error", "payment_intent_unexpected_state", "Not in this state."),
        true);
  }

  private static Answer ok(JsonObject body) {
    return new Answer(200, body.copy(), true);
  }

  /** Not kept: nothing was carried out. */
  private static Answer refusal(int status, String type, String code, String message) {
    return new Answer(status, error(type, code, message), false);
  }

  /** A parameter names an object that does not exist. */
  private static Answer missing(String parameter, String message) {
    Answer refusal = refusal(400, "invalid_request_error", "resource_missing", message);
    refusal.body().getJsonObject("error").put("param", parameter);
    return refusal;
  }

  private static JsonObject error(String type, String code, String message) {
    return new JsonObject()
        .put("error", new JsonObject().put("type", type).put("code", code).put("message", message));
  }

  private static Map<String, String> form(String body) {
    Map<String, String> form = new TreeMap<>();
    PublishedDescription.decode(body).forEach((name, values) -> form.put(name, values.get(0)));
    return form;
  }
}
