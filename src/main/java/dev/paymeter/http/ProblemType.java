package dev.paymeter.http;

import java.util.Locale;

/**
 * Problem types: the status, title and meaning of each. Programs depend on the type's URL, which is
 * that of a page, see {@link ProblemRoutes}.
 */
public enum ProblemType {
  BAD_REQUEST(400, "The HTTP request is not well-formed."),
  MALFORMED_JSON(400, "Malformed JSON", "The body is not a JSON object."),
  MALFORMED_QUERY(400, "The query string is not well-formed."),
  INVALID_SIGNATURE(
      400, "The signature of the gateway's webhook is missing, wrong, or too old or too new."),
  IDEMPOTENCY_KEY_MISSING(
      400, "`payments.idempotency-required` is set and the request has no key."),
  IDEMPOTENCY_KEY_MALFORMED(
      400, "The key is neither a structured-field string nor a token of 1 to 255 characters."),
  UNAUTHENTICATED(401, "The API key is missing, unknown or expired."),
  PAYMENT_DECLINED(402, "The gateway declined the payment."),
  REFUND_DECLINED(402, "The gateway declined the refund."),
  CAPTURE_DECLINED(
      402, "The gateway declined the capture or void; the payment is still authorized."),
  MISSING_SCOPE(403, "The API key lacks the required scope."),
  FORBIDDEN(
      403,
      "Observations: the API key is bound to a merchant. Management port: without `security.keys`, only this machine has access."),
  SECOND_KEY_REQUIRED(
      403,
      "Management port: the API key has proposed the settlement, or its owner has; another one must approve it."),
  CROSS_ORIGIN(
      403,
      "Management port: a page of another origin, or no page of the console, sent the request."),
  NOT_FOUND(404, "No such path, payment or refund."),
  METHOD_NOT_ALLOWED(405, "The path does not support the method."),
  REQUEST_TIMEOUT(408, "The request did not arrive in time."),
  IDEMPOTENCY_KEY_IN_FLIGHT(409, "A request with the same key is in flight."),
  WRONG_STATE(409, "The payment cannot be refunded, captured or voided in its state."),
  REFUND_TOO_LARGE(409, "The refund exceeds the rest of the payment."),
  CAPTURE_TOO_LARGE(409, "The capture exceeds the authorized amount."),
  BODY_TOO_LARGE(413, "The body exceeds `http.body-limit`."),
  URI_TOO_LONG(414, "URI too long", "The request line exceeds `limits.uri`."),
  UNSUPPORTED_MEDIA_TYPE(415, "The content type is not `application/json`."),
  UNSUPPORTED_CONTENT_ENCODING(415, "The body has a `Content-Encoding` other than `identity`."),
  UNSUPPORTED_EXPECTATION(417, "The value of `Expect` is not `100-continue`."),
  MISDIRECTED_REQUEST(
      421, "A port that listens on loopback received a `Host` that is not a name of this machine."),
  INVALID_REQUEST(422, "Fields or parameters are invalid; `errors` lists all of them."),
  IDEMPOTENCY_KEY_MISMATCH(422, "The key was used with a different body."),
  CARD_NUMBER(422, "Card number refused", "The request contains a card number."),
  RATE_LIMITED(429, "The API key has exceeded its rate limit."),
  HEADERS_TOO_LARGE(431, "The header fields exceed `limits.headers` or `limits.header-fields`."),
  INTERNAL_ERROR(500, "Unexpected error. The service has logged its cause."),
  UNKNOWN_TRANSFER_CODING(501, "The transfer coding is not `chunked`."),
  GATEWAY_FAILURE(502, "The gateway failed and charged nothing."),
  ACCOUNT_UNAVAILABLE(
      503,
      "The instance does not have the gateway's account that charged the payment; nothing was executed."),
  NO_EVIDENCE(503, "The gateway has not confirmed what its webhook reports; nothing was stored."),
  LEDGER_UNAVAILABLE(503, "The ledger is unavailable; the gateway was not called."),
  OVERLOADED(503, "Too many requests of this kind are in progress."),
  OPERATIONS_UNAVAILABLE(
      503, "The cluster cannot currently tell which operations were reported before."),
  SHUTTING_DOWN(503, "The instance is shutting down; nothing was charged."),
  TOO_MANY_LISTENERS(503, "The event loop has 100 event streams already."),
  TOO_MANY_SCRAPES(
      503, "Management port: half of `management.connections` are scrapes in process already."),
  TOO_MANY_VIEWERS(
      503,
      "Management port: the console has 20 clients already, or a quarter of `management.connections`."),
  UNSUPPORTED_HTTP_VERSION(
      505,
      "Unsupported HTTP version",
      "The version of HTTP is neither 1.0 nor 1.1. HTTP/2 requires TLS.");

  static final String ROOT = "/problems/";

  private final int status;
  private final String title;
  private final String meaning;

  ProblemType(int status, String title, String meaning) {
    this.status = status;
    this.title = title;
    this.meaning = meaning;
  }

  /** Creates a type whose title consists of the words of its name. */
  ProblemType(int status, String meaning) {
    this.status = status;
    this.title = name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT).replace('_', ' ');
    this.meaning = meaning;
  }

  public int status() {
    return status;
  }

  /** Returns a short text that is equal for all problems of this type. */
  public String title() {
    return title;
  }

  /** Returns a sentence, with backquotes around code. */
  public String meaning() {
    return meaning;
  }

  /** Returns the last segment of the URL. */
  public String kind() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Returns the URL, relative to the service. */
  public String url() {
    return ROOT + kind();
  }
}
