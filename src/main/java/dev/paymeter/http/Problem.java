package dev.paymeter.http;

import dev.paymeter.json.FieldErrorJson;
import dev.paymeter.json.PaymentJson;
import dev.paymeter.json.RefundJson;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.Transfer;
import dev.paymeter.security.RejectionMetrics;
import dev.paymeter.security.Scope;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Problem details of an error response (RFC 9457). Long, but one class: it is the only place that
 * maps failures to HTTP statuses, problem types and texts. Clients see {@code detail}, so it must
 * have no stack trace, SQL or card data.
 *
 * @param kind the last segment of {@code type}; stable, programs depend on it
 * @param members additional members
 */
public record Problem(int status, String kind, String detail, Map<String, Object> members) {
  public static final String CONTENT_TYPE = "application/problem+json";
  private static final String REJECTION_METRICS = RejectionMetrics.class.getName();
  private static final String TYPE_PREFIX = "/problems/";
  private static final String KEY_IN_FLIGHT = "idempotency-key-in-flight";
  private static final int CONFLICT = 409;
  private static final int UNAVAILABLE = 503;

  static final Problem KEY_MISSING =
      new Problem(
          400,
          "idempotency-key-missing",
          "Expected a header %s, so that a repeated request is executed only once; found none."
              .formatted(IdempotencyHeader.NAME));

  /** The problem of a remote operator request when no keys are configured. */
  static final Problem LOCAL_ONLY =
      new Problem(
          403, "forbidden", "Only this machine has access, because security.keys is not set.");

  /** The problem of RFC 9112, section 6.1. */
  public static final Problem UNKNOWN_TRANSFER_CODING =
      new Problem(
          501,
          "unknown-transfer-coding",
          "Expected no Transfer-Encoding, or chunked; found something else.");

  public static final Problem REQUEST_TIMEOUT =
      new Problem(408, "request-timeout", "The request did not arrive completely in time.");

  /** The problem of a request that Vert.x rejected as invalid HTTP. */
  public static final Problem BAD_REQUEST =
      new Problem(400, "bad-request", "The request is not well-formed.");

  /** The problem at the end of a shutdown, when no handler has received the request. */
  static final Problem SHUTTING_DOWN =
      new Problem(
          UNAVAILABLE,
          "shutting-down",
          "The service is shutting down. Nothing was charged; try again.");

  static final Problem INTERNAL_ERROR =
      new Problem(
          500, "internal-error", "The service failed unexpectedly; the error is in its log.");

  Problem(int status, String kind, String detail) {
    this(status, kind, detail, Map.of());
  }

  /** Returns the problem for the failure of a request. */
  public static Problem ofFailure(@Nullable Throwable failure) {
    if (failure instanceof RequestRejectedException rejected) {
      return of(rejected);
    }
    if (failure instanceof ProblemException known) {
      return known.problem();
    }
    return failure instanceof ReplyException reply
            && reply.failureType() == ReplyFailure.NO_HANDLERS
        ? SHUTTING_DOWN
        : INTERNAL_ERROR;
  }

  static Problem of(RequestRejectedException rejected) {
    return switch (rejected.reason()) { // No default: the compiler requires each new reason here.
      case INVALID -> invalid(rejected.detail(), FieldErrorJson.write(rejected.fieldErrors()));
      case NOT_FOUND -> new Problem(404, "not-found", rejected.detail());
      case WRONG_STATE -> new Problem(CONFLICT, "wrong-state", rejected.detail());
      case REFUND_TOO_LARGE -> new Problem(CONFLICT, "refund-too-large", rejected.detail());
      case ACCOUNT_UNAVAILABLE ->
          new Problem(UNAVAILABLE, "account-unavailable", rejected.detail());
      case LEDGER_UNAVAILABLE -> ledgerUnavailable(rejected.detail());
      case OVERLOADED -> overloaded(rejected.detail());
      case KEY_IN_FLIGHT -> new Problem(CONFLICT, KEY_IN_FLIGHT, rejected.detail());
      case KEY_MISMATCH -> new Problem(422, "idempotency-key-mismatch", rejected.detail());
    };
  }

  /**
   * @param errors written by {@link FieldErrorJson}
   */
  public static Problem invalid(String detail, JsonArray errors) {
    return new Problem(422, "invalid-request", detail, Map.of("errors", errors));
  }

  public static Problem ledgerUnavailable(String detail) {
    return new Problem(UNAVAILABLE, "ledger-unavailable", detail);
  }

  public static Problem overloaded(String detail) {
    return new Problem(UNAVAILABLE, "overloaded", detail);
  }

  /** Returns the problem if the deduplication of reported operations is unavailable. */
  public static Problem operationsUnavailable(String detail) {
    return new Problem(UNAVAILABLE, "operations-unavailable", detail);
  }

  /** Returns the problem of a failed payment or refund; it includes the payment or refund. */
  public static Problem of(Transfer<?> failed, PaymentException error) {
    return failed instanceof Refund refund
        ? of(error, "refund-declined", Map.of("refund", RefundJson.write(refund)))
        : of(error, "payment-declined", Map.of("payment", PaymentJson.write((Payment) failed)));
  }

  private static Problem of(PaymentException error, String declined, Map<String, Object> members) {
    return error instanceof PaymentValidationException
        ? new Problem(402, declined, error.reason(), members)
        : new Problem(502, "gateway-failure", error.reason(), members);
  }

  public static Problem malformed(String detail) {
    return new Problem(400, "malformed-json", detail);
  }

  static Problem keyMalformed(String detail) {
    return new Problem(400, "idempotency-key-malformed", detail);
  }

  /**
   * Returns the problem of a card number in a request. It does not repeat the number.
   *
   * @param place a field's path or a part of the request
   */
  public static Problem cardNumber(String place) {
    return new Problem(
        422,
        "card-number",
        "The request contains a card number. Card numbers are never accepted, stored or repeated.",
        Map.of(
            "errors",
            FieldErrorJson.write(
                List.of(new FieldError(place, "no card number", "a card number")))));
  }

  static Problem unauthenticated(boolean hasInvalidKey) {
    return new Problem(
        401,
        "unauthenticated",
        hasInvalidKey
            ? "The key is unknown or has expired."
            : "Expected a key, in the header Authorization: Bearer followed by the key; found none.");
  }

  static Problem missingScope(Scope required, Set<Scope> found) {
    String words = found.stream().sorted().map(Scope::label).collect(Collectors.joining(", "));
    return new Problem(
        403,
        "missing-scope",
        "Expected a key with the scope " + required.label() + ", found one with " + words + ".");
  }

  static Problem rateLimited(String exceededPolicy) {
    return new Problem(
        429,
        "rate-limited",
        "The key has exceeded its rate limit. Nothing was executed; try again later.",
        Map.of("violated-policies", new JsonArray().add(exceededPolicy)));
  }

  static Problem malformedQuery(String detail) {
    return new Problem(400, "malformed-query", detail);
  }

  public static Problem notFound(String path) {
    return new Problem(404, "not-found", "There is nothing at " + path + ".");
  }

  static Problem methodNotAllowed(String method) {
    return new Problem(405, "method-not-allowed", "This path does not support " + method + ".");
  }

  public static Problem uriTooLong(int limit) {
    return new Problem(
        414, "uri-too-long", "The first line of a request may have at most " + limit + " bytes.");
  }

  public static Problem headersTooLarge(int bytes, int fields) {
    return new Problem(
        431,
        "headers-too-large",
        "A request may have at most " + fields + " header fields and " + bytes + " bytes of them.");
  }

  public static Problem tooLarge(long limit) {
    return new Problem(413, "body-too-large", "A body may have at most " + limit + " bytes.");
  }

  public static Problem unsupportedMediaType(String found) {
    return new Problem(
        415,
        "unsupported-media-type",
        "Expected a body of content type application/json, found " + found + ".");
  }

  /** Returns the problem of RFC 9110, section 15.5.20. */
  static Problem misdirected(String host) {
    return new Problem(
        421,
        "misdirected-request",
        "Expected a name or address of this machine, such as localhost, as the host, found \"%s\"."
            .formatted(host));
  }

  public static Problem tooManyViewers(int limit) {
    return new Problem(
        UNAVAILABLE,
        "too-many-viewers",
        "The console allows at most " + limit + " clients at once.");
  }

  public static Problem tooManyListeners(int limit) {
    return new Problem(
        UNAVAILABLE,
        "too-many-listeners",
        "At most %s clients can stream events at once; try again, possibly at another instance."
            .formatted(limit));
  }

  /** Enables counting of the problems that answer a request. Must be the first handler. */
  public static void countWith(RejectionMetrics rejectionMetrics, RoutingContext request) {
    request.put(REJECTION_METRICS, rejectionMetrics);
    request.next();
  }

  public void respond(RoutingContext request) {
    RejectionMetrics rejectionMetrics = request.get(REJECTION_METRICS);
    if (rejectionMetrics != null) {
      RejectionMetrics.Reason.ofProblem(kind).ifPresent(rejectionMetrics::rejected);
    }
    headers().forEach(request.response()::putHeader);
    Responses.send(request, status, CONTENT_TYPE, json().toBuffer());
  }

  /** Returns whether the service, not the request, is at fault. */
  public boolean isInternalError() {
    return equals(INTERNAL_ERROR);
  }

  /** Returns the additional response headers. */
  public Map<String, String> headers() {
    return status == UNAVAILABLE || kind.equals(KEY_IN_FLIGHT) // Both are temporary.
        ? Map.of("Retry-After", "1")
        : Map.of();
  }

  public JsonObject json() {
    JsonObject json =
        new JsonObject()
            .put("type", TYPE_PREFIX + kind)
            .put("title", title())
            .put("status", status)
            .put("detail", detail);
    members.forEach(json::put);
    return json;
  }

  /** Returns the kind as words; equal for all problems of one type. */
  private String title() {
    String words = kind.replace('-', ' ');
    return Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }
}
