package dev.paymeter.http;

import dev.paymeter.json.FieldErrorJson;
import dev.paymeter.json.PaymentJson;
import dev.paymeter.json.RefundJson;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.RequestRefusedException.Fault;
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
 * An answer that something went wrong: RFC 9457. Clients see {@code detail}: no stack trace, no
 * SQL, no card data. The only place that knows which failure is which HTTP status.
 *
 * @param kind the last word of {@code type}, stable: what programs go by
 * @param members what is added beside the standard members
 */
public record Problem(int status, String kind, String detail, Map<String, Object> members) {
  public static final String CONTENT_TYPE = "application/problem+json";
  private static final String REFUSALS = RejectionMetrics.class.getName();
  private static final String TYPE_PREFIX = "/problems/";
  private static final String KEY_IN_FLIGHT = "idempotency-key-in-flight";
  private static final int CONFLICT = 409;
  private static final int DEFECT = 500;
  private static final int UNAVAILABLE = 503;
  private static final String RETRY_AFTER = "Retry-After";
  private static final String RETRY_AFTER_SECONDS = "1";

  Problem(int status, String kind, String detail) {
    this(status, kind, detail, Map.of());
  }

  /** Returns the problem of whatever kept a request from being carried out. */
  public static Problem ofFailure(@Nullable Throwable failure) {
    if (failure instanceof RequestRefusedException refused) {
      return of(refused);
    }
    if (failure instanceof ProblemException known) {
      return known.problem();
    }
    return failure instanceof ReplyException reply
            && reply.failureType() == ReplyFailure.NO_HANDLERS
        ? shuttingDown()
        : defect();
  }

  static Problem of(RequestRefusedException refused) {
    return switch (refused.reason()) { // No default: a new reason must find its place here.
      case INVALID -> invalid(refused.detail(), FieldErrorJson.write(refused.faults()));
      case NOT_FOUND -> new Problem(404, "not-found", refused.detail());
      case WRONG_STATE -> new Problem(CONFLICT, "wrong-state", refused.detail());
      case REFUND_TOO_LARGE -> new Problem(CONFLICT, "refund-too-large", refused.detail());
      case LEDGER_UNAVAILABLE -> ledgerUnavailable(refused.detail());
      case OVERLOADED -> overloaded(refused.detail());
      case KEY_IN_FLIGHT -> new Problem(CONFLICT, KEY_IN_FLIGHT, refused.detail());
      case KEY_MISMATCH -> new Problem(422, "idempotency-key-mismatch", refused.detail());
    };
  }

  /**
   * @param errors what {@link FieldErrorJson} writes
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

  /** Nobody can say now which operations were reported before. */
  public static Problem operationsUnavailable(String detail) {
    return new Problem(UNAVAILABLE, "operations-unavailable", detail);
  }

  /** A payment that failed; the problem carries the whole payment. */
  public static Problem of(Payment failed, PaymentException error) {
    return of(error, "payment-declined", Map.of("payment", PaymentJson.write(failed)));
  }

  /** A refund that failed; the problem carries the whole refund. */
  public static Problem of(Refund failed, PaymentException error) {
    return of(error, "refund-declined", Map.of("refund", RefundJson.write(failed)));
  }

  private static Problem of(PaymentException error, String declined, Map<String, Object> members) {
    return error instanceof PaymentValidationException
        ? new Problem(402, declined, error.reason(), members)
        : new Problem(502, "gateway-failure", error.reason(), members);
  }

  public static Problem malformed(String detail) {
    return new Problem(400, "malformed-json", detail);
  }

  static Problem keyMissing() {
    return new Problem(
        400,
        "idempotency-key-missing",
        "Wanted a header "
            + IdempotencyHeader.NAME
            + ", so that a request that is sent again is carried out once; found none.");
  }

  static Problem keyMalformed(String detail) {
    return new Problem(400, "idempotency-key-malformed", detail);
  }

  /**
   * It is not repeated, here or anywhere.
   *
   * @param where it stands: a field's path, or a part of the request
   */
  public static Problem cardNumber(String where) {
    return new Problem(
        422,
        "card-number",
        "There is a card number in the request. Card numbers are never taken, kept or repeated.",
        Map.of(
            "errors",
            FieldErrorJson.write(List.of(new Fault(where, "no card number", "a card number")))));
  }

  /**
   * @param presented whether there was a key, and a wrong one
   */
  static Problem unauthenticated(boolean presented) {
    return new Problem(
        401,
        "unauthenticated",
        presented
            ? "There is no such key, or it has expired."
            : "Wanted a key, as Authorization: Bearer and the key, found none.");
  }

  static Problem missingScope(Scope wanted, Set<Scope> found) {
    String words = found.stream().sorted().map(Scope::word).collect(Collectors.joining(", "));
    return new Problem(
        403,
        "missing-scope",
        "Wanted a key with the scope " + wanted.word() + ", found one with " + words + ".");
  }

  /** What is kept for operators, where there are no keys to tell them by. */
  static Problem localOnly() {
    return new Problem(
        403, "forbidden", "This is for this machine only, as security.keys is not set.");
  }

  /**
   * @param policy which of the limits
   */
  static Problem rateLimited(String policy) {
    return new Problem(
        429,
        "rate-limited",
        "The key has sent more requests than it may. Nothing was done; try again later.",
        Map.of("violated-policies", new JsonArray().add(policy)));
  }

  static Problem malformedQuery(String detail) {
    return new Problem(400, "malformed-query", detail);
  }

  public static Problem notFound(String path) {
    return new Problem(404, "not-found", "There is nothing at " + path + ".");
  }

  static Problem methodNotAllowed(String method) {
    return new Problem(405, "method-not-allowed", "This path does not take " + method + ".");
  }

  public static Problem uriTooLong(int limit) {
    return new Problem(414, "uri-too-long", "A request's first line may have " + limit + " bytes.");
  }

  public static Problem headersTooLarge(int bytes, int fields) {
    return new Problem(
        431,
        "headers-too-large",
        "A request may have at most " + fields + " header fields, of " + bytes + " bytes in all.");
  }

  /** RFC 9112, section 6.1. */
  public static Problem unknownTransferCoding() {
    return new Problem(
        501,
        "unknown-transfer-coding",
        "Wanted no Transfer-Encoding, or chunked, found something else.");
  }

  public static Problem requestTimeout() {
    return new Problem(408, "request-timeout", "The request was not there whole in time.");
  }

  public static Problem tooLarge(long limit) {
    return new Problem(413, "body-too-large", "A body may have at most " + limit + " bytes.");
  }

  public static Problem unsupportedMediaType(String found) {
    return new Problem(
        415,
        "unsupported-media-type",
        "Wanted a body of content type application/json, found " + found + ".");
  }

  /** RFC 9110, section 15.5.20. */
  static Problem misdirected(String host) {
    return new Problem(
        421,
        "misdirected-request",
        "Wanted a name or address of this machine, such as localhost, as the host, found \""
            + host
            + "\".");
  }

  /** Whatever HTTP itself found wrong with a request before any of our code saw it. */
  public static Problem badRequest() {
    return new Problem(400, "bad-request", "The request is not well-formed.");
  }

  /** The last moments of a shutdown: nobody has taken the request. */
  static Problem shuttingDown() {
    return new Problem(
        UNAVAILABLE,
        "shutting-down",
        "The service is shutting down. Nothing was charged; try again.");
  }

  public static Problem tooManyViewers(int limit) {
    return new Problem(
        503, "too-many-viewers", "At most " + limit + " can look at the console at once.");
  }

  public static Problem tooManyListeners(int limit) {
    return new Problem(
        UNAVAILABLE,
        "too-many-listeners",
        "At most "
            + limit
            + " can listen to events at once; try again, maybe at another instance.");
  }

  static Problem defect() {
    return new Problem(DEFECT, "internal-error", "The service failed; the failure is logged.");
  }

  /** Has the problems that respond to a request counted; a handler that comes before all others. */
  public static void countWith(RejectionMetrics rejectionMetrics, RoutingContext request) {
    request.put(REFUSALS, rejectionMetrics);
    request.next();
  }

  public void answer(RoutingContext request) {
    RejectionMetrics rejectionMetrics = request.get(REFUSALS);
    if (rejectionMetrics != null) {
      RejectionMetrics.Reason.ofProblem(kind).ifPresent(rejectionMetrics::refused);
    }
    headers().forEach(request.response()::putHeader);
    Responses.send(request, status, CONTENT_TYPE, json().toBuffer());
  }

  /** Whether the fault is ours. */
  public boolean isDefect() {
    return status == DEFECT;
  }

  /** What goes with it, beside what every answer has. */
  public Map<String, String> headers() {
    return status == UNAVAILABLE || kind.equals(KEY_IN_FLIGHT) // Both pass by themselves.
        ? Map.of(RETRY_AFTER, RETRY_AFTER_SECONDS)
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

  /** The kind as a sentence's beginning: the same for every problem of one type. */
  private String title() {
    String words = kind.replace('-', ' ');
    return Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }
}
