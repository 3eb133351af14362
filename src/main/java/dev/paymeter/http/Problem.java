package dev.paymeter.http;

import dev.paymeter.json.FieldErrorJson;
import dev.paymeter.json.PaymentJson;
import dev.paymeter.json.RefundJson;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.HintOutcome;
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
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Problem details of an error response (RFC 9457). Long, but one class: it is the only place that
 * maps failures to problem types and texts. Clients see {@code detail}, so it must have no stack
 * trace, SQL or card data.
 *
 * @param members additional members
 */
public record Problem(ProblemType type, String detail, Map<String, Object> members) {
  public static final String CONTENT_TYPE = "application/problem+json";
  private static final String REJECTION_METRICS = RejectionMetrics.class.getName();
  private static final int UNAVAILABLE = 503;

  static final Problem KEY_MISSING =
      new Problem(
          ProblemType.IDEMPOTENCY_KEY_MISSING,
          "Expected a header %s, so that a repeated request is executed only once; found none."
              .formatted(IdempotencyHeader.NAME));

  /** The problem of a remote operator request when no keys are configured. */
  static final Problem LOCAL_ONLY =
      new Problem(
          ProblemType.FORBIDDEN, "Only this machine has access, because security.keys is not set.");

  /** The problem of an observation that is reported with a key of a merchant. */
  public static final Problem NOT_OF_MERCHANT =
      new Problem(
          ProblemType.FORBIDDEN,
          "Expected a key that is bound to no merchant: observations belong to none.");

  /** The problem of RFC 9112, section 6.1. */
  public static final Problem UNKNOWN_TRANSFER_CODING =
      new Problem(
          ProblemType.UNKNOWN_TRANSFER_CODING,
          "Expected no Transfer-Encoding, or chunked; found something else.");

  /** The problem of RFC 9110, section 10.1.1. */
  public static final Problem UNSUPPORTED_EXPECTATION =
      new Problem(
          ProblemType.UNSUPPORTED_EXPECTATION,
          "Expected no header Expect, or 100-continue; found something else.");

  public static final Problem REQUEST_TIMEOUT =
      new Problem(ProblemType.REQUEST_TIMEOUT, "The request did not arrive completely in time.");

  /** The problem of requests that RFC 9112, section 6.1, describes as attempts at smuggling. */
  public static final Problem MISPLACED_TRANSFER_CODING =
      badRequest("Expected Transfer-Encoding in HTTP/1.1 only, and without Content-Length.");

  /** The problem of a request that Vert.x rejected as invalid HTTP. */
  public static final Problem BAD_REQUEST = badRequest("The request is not well-formed.");

  /** The problem of RFC 9110, section 15.6.6. */
  public static final Problem UNSUPPORTED_HTTP_VERSION =
      new Problem(
          ProblemType.UNSUPPORTED_HTTP_VERSION,
          "Expected HTTP/1.1 or HTTP/1.0, or HTTP/2 on a connection with TLS.");

  /** The problem at the end of a shutdown, when no handler has received the request. */
  static final Problem SHUTTING_DOWN =
      new Problem(
          ProblemType.SHUTTING_DOWN,
          "The service is shutting down. Nothing was charged; try again.");

  static final Problem INTERNAL_ERROR =
      new Problem(
          ProblemType.INTERNAL_ERROR, "The service failed unexpectedly; the error is in its log.");

  Problem(ProblemType type, String detail) {
    this(type, detail, Map.of());
  }

  public int status() {
    return type.status();
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
      case NOT_FOUND -> new Problem(ProblemType.NOT_FOUND, rejected.detail());
      case WRONG_STATE -> new Problem(ProblemType.WRONG_STATE, rejected.detail());
      case SECOND_KEY_REQUIRED -> new Problem(ProblemType.SECOND_KEY_REQUIRED, rejected.detail());
      case REFUND_TOO_LARGE -> new Problem(ProblemType.REFUND_TOO_LARGE, rejected.detail());
      case CAPTURE_TOO_LARGE -> new Problem(ProblemType.CAPTURE_TOO_LARGE, rejected.detail());
      case ACCOUNT_UNAVAILABLE -> new Problem(ProblemType.ACCOUNT_UNAVAILABLE, rejected.detail());
      case NO_EVIDENCE -> new Problem(ProblemType.NO_EVIDENCE, rejected.detail());
      case LEDGER_UNAVAILABLE -> ledgerUnavailable(rejected.detail());
      case OVERLOADED -> overloaded(rejected.detail());
      case KEY_IN_FLIGHT -> new Problem(ProblemType.IDEMPOTENCY_KEY_IN_FLIGHT, rejected.detail());
      case KEY_MISMATCH -> new Problem(ProblemType.IDEMPOTENCY_KEY_MISMATCH, rejected.detail());
    };
  }

  /**
   * @param errors written by {@link FieldErrorJson}
   */
  public static Problem invalid(String detail, JsonArray errors) {
    return new Problem(ProblemType.INVALID_REQUEST, detail, Map.of("errors", errors));
  }

  public static Problem ledgerUnavailable(String detail) {
    return new Problem(ProblemType.LEDGER_UNAVAILABLE, detail);
  }

  public static Problem overloaded(String detail) {
    return new Problem(ProblemType.OVERLOADED, detail);
  }

  /** Returns the problem if the deduplication of reported operations is unavailable. */
  public static Problem operationsUnavailable(String detail) {
    return new Problem(ProblemType.OPERATIONS_UNAVAILABLE, detail);
  }

  /** Returns the problem of a failed payment or refund; it includes the payment or refund. */
  public static Problem of(Transfer<?> failed, PaymentException error) {
    return failed instanceof Refund refund
        ? of(error, ProblemType.REFUND_DECLINED, "refund", RefundJson.write(refund))
        : of(error, ProblemType.PAYMENT_DECLINED, "payment", PaymentJson.write((Payment) failed));
  }

  /** Returns the problem of a capture or void that the gateway did not carry out. */
  public static Problem ofStep(Payment authorized, PaymentException error) {
    return of(error, ProblemType.CAPTURE_DECLINED, "payment", PaymentJson.write(authorized));
  }

  private static Problem of(
      PaymentException error, ProblemType declined, String member, JsonObject failed) {
    return new Problem(
        error.code().isDecline() ? declined : ProblemType.GATEWAY_FAILURE,
        error.reason(),
        new TreeMap<>(Map.of("code", error.code().label(), member, failed)));
  }

  public static Problem badRequest(String detail) {
    return new Problem(ProblemType.BAD_REQUEST, detail);
  }

  public static Problem malformed(String detail) {
    return new Problem(ProblemType.MALFORMED_JSON, detail);
  }

  /**
   * Returns the problem of a webhook that may not be the gateway's.
   *
   * @param reason unsigned, forged or expired
   */
  public static Problem invalidSignature(HintOutcome reason) {
    return new Problem(
        ProblemType.INVALID_SIGNATURE,
        switch (reason) {
          case UNSIGNED -> "Expected one header with the gateway's signature, found none.";
          case EXPIRED -> "The time of the signature is outside the tolerance.";
          default -> "The signature does not match the body under any of the secrets.";
        });
  }

  static Problem keyMalformed(String detail) {
    return new Problem(ProblemType.IDEMPOTENCY_KEY_MALFORMED, detail);
  }

  /**
   * Returns the problem of a card number in a request. It does not repeat the number.
   *
   * @param place a field's path or a part of the request
   */
  public static Problem cardNumber(String place) {
    return new Problem(
        ProblemType.CARD_NUMBER,
        "The request contains a card number. Card numbers are never accepted, stored or repeated.",
        Map.of(
            "errors",
            FieldErrorJson.write(
                List.of(new FieldError(place, "no card number", "a card number")))));
  }

  static Problem unauthenticated(boolean hasInvalidKey) {
    return new Problem(
        ProblemType.UNAUTHENTICATED,
        hasInvalidKey
            ? "The key is unknown or has expired."
            : "Expected a key, in the header Authorization: Bearer followed by the key; found none.");
  }

  static Problem missingScope(Scope required, Set<Scope> found) {
    String words = found.stream().sorted().map(Scope::label).collect(Collectors.joining(", "));
    return new Problem(
        ProblemType.MISSING_SCOPE,
        "Expected a key with the scope " + required.label() + ", found one with " + words + ".");
  }

  /**
   * @param found what the request has instead
   */
  public static Problem crossOrigin(String found) {
    return new Problem(
        ProblemType.CROSS_ORIGIN,
        "Expected a request of the console's own page, found " + found + ". Nothing was executed.");
  }

  static Problem rateLimited(String exceededPolicy) {
    return new Problem(
        ProblemType.RATE_LIMITED,
        "The key has exceeded its rate limit. Nothing was executed; try again later.",
        Map.of("violated-policies", new JsonArray().add(exceededPolicy)));
  }

  static Problem malformedQuery(String detail) {
    return new Problem(ProblemType.MALFORMED_QUERY, detail);
  }

  public static Problem notFound(String path) {
    return new Problem(ProblemType.NOT_FOUND, "There is nothing at " + path + ".");
  }

  static Problem methodNotAllowed(String method) {
    return new Problem(
        ProblemType.METHOD_NOT_ALLOWED, "This path does not support " + method + ".");
  }

  public static Problem uriTooLong(int limit) {
    return new Problem(
        ProblemType.URI_TOO_LONG,
        "The first line of a request may have at most " + limit + " bytes.");
  }

  public static Problem headersTooLarge(int bytes, int fields) {
    return new Problem(
        ProblemType.HEADERS_TOO_LARGE,
        "A request may have at most " + fields + " header fields and " + bytes + " bytes of them.");
  }

  public static Problem tooLarge(long limit) {
    return new Problem(ProblemType.BODY_TOO_LARGE, "A body may have at most " + limit + " bytes.");
  }

  public static Problem unsupportedMediaType(String found) {
    return new Problem(
        ProblemType.UNSUPPORTED_MEDIA_TYPE,
        "Expected a body of content type application/json, found " + found + ".");
  }

  /** Returns the problem of RFC 9110, section 15.5.16. */
  static Problem unsupportedContentEncoding(String found) {
    return new Problem(
        ProblemType.UNSUPPORTED_CONTENT_ENCODING,
        "Expected a body without Content-Encoding, found " + found + ". Nothing was executed.");
  }

  /** Returns the problem of RFC 9110, section 15.5.20. */
  static Problem misdirected(String host) {
    return new Problem(
        ProblemType.MISDIRECTED_REQUEST,
        "Expected a name or address of this machine, such as localhost, as the host, found \"%s\"."
            .formatted(host));
  }

  public static Problem tooManyScrapes(int limit) {
    return new Problem(
        ProblemType.TOO_MANY_SCRAPES, "At most " + limit + " scrapes can be in process at once.");
  }

  public static Problem tooManyViewers(int limit) {
    return new Problem(
        ProblemType.TOO_MANY_VIEWERS, "The console allows at most " + limit + " clients at once.");
  }

  public static Problem tooManyListeners(int limit) {
    return new Problem(
        ProblemType.TOO_MANY_LISTENERS,
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
      RejectionMetrics.Reason.ofProblem(type.kind()).ifPresent(rejectionMetrics::rejected);
    }
    headers().forEach(request.response()::putHeader);
    AuditTrail.rejected(request, this);
    Responses.send(request, status(), CONTENT_TYPE, json().toBuffer());
  }

  /** Returns whether the service, not the request, is at fault. */
  public boolean isInternalError() {
    return equals(INTERNAL_ERROR);
  }

  /** Returns the additional response headers. */
  public Map<String, String> headers() {
    if (type == ProblemType.UNSUPPORTED_CONTENT_ENCODING) {
      return Map.of("Accept-Encoding", "identity");
    }
    return status() == UNAVAILABLE
            || type == ProblemType.IDEMPOTENCY_KEY_IN_FLIGHT // Both are temporary.
        ? Map.of("Retry-After", "1")
        : Map.of();
  }

  public JsonObject json() {
    JsonObject json =
        new JsonObject()
            .put("type", type.url())
            .put("title", type.title())
            .put("status", status())
            .put("detail", detail);
    members.forEach(json::put);
    return json;
  }
}
