package dev.paymeter.http;

import dev.paymeter.payment.OperatorAction;
import dev.paymeter.payment.OperatorAction.Kind;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.OperatorLog;
import dev.paymeter.security.Credential;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit trail of requests that act. Each action is committed before it is carried out, and its
 * result afterwards; without the ledger, none is carried out. The routes state what they record,
 * see {@link Routes#action}.
 *
 * @param log fails while the ledger is not open
 */
public record AuditTrail(Supplier<Future<OperatorLog>> log) {
  private static final Logger LOG = LoggerFactory.getLogger(AuditTrail.class);
  private static final String ENTRY = AuditTrail.class.getName();
  private static final String KIND = "records";
  private static final Set<HttpMethod> READING =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  private static final int MAX_TEXT = 255;
  private static final int MAX_DETAILS = 4096;

  /** Characters that a log line or a row cannot contain: controls, halves of surrogate pairs. */
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cs}]");

  /** The entry of the request that is carried out. */
  private static final class Entry {
    final OperatorLog log;
    final long id;
    final OperatorAction action;
    @Nullable String outcome;

    Entry(OperatorLog log, long id, OperatorAction action) {
      this.log = log;
      this.id = id;
      this.action = action;
    }
  }

  /** Returns the client of an authenticated request. */
  public static OperatorAction.Operator operator(RoutingContext request) {
    Credential credential = ApiKeyAuthHandler.credential(request);
    return new OperatorAction.Operator(
        credential.name(), credential.isOfKey() ? credential.id() : null, credential.merchant());
  }

  /**
   * Lets a route record its requests before its next handlers carry them out.
   *
   * @param subject returns the object of the action; may reject the request
   */
  Route record(Kind kind, Function<RoutingContext, String> subject, Route route) {
    return route.putMetadata(KIND, kind).handler(recorder(kind, subject));
  }

  private Handler<RoutingContext> recorder(Kind kind, Function<RoutingContext, String> subject) {
    return request -> {
      OperatorAction action = action(request, kind, subject.apply(request));
      log.get()
          .compose(
              used ->
                  Futures.attemptOrReject(() -> used.begin(action))
                      .map(id -> new Entry(used, id, action)))
          .onComplete(
              entry -> {
                request.put(ENTRY, entry);
                request.next();
              },
              request::fail);
    };
  }

  private static OperatorAction action(RoutingContext request, Kind kind, String subject) {
    JsonObject body =
        StrictJsonParser.bytes(request).length() == 0 ? null : StrictJsonParser.body(request);
    return new OperatorAction(
        operator(request),
        kind.label(),
        printable(subject, MAX_TEXT),
        body != null && body.getValue("reason") instanceof String reason
            ? printable(reason, MAX_TEXT)
            : null,
        body == null ? null : details(body),
        source(request));
  }

  private static String details(JsonObject body) {
    String text = body.encode();
    return text.length() <= MAX_DETAILS
        ? printable(text, MAX_DETAILS)
        : new JsonObject().put("omitted_characters", text.length()).encode();
  }

  private static OperatorAction.Source source(RoutingContext request) {
    HttpServerRequest received = request.request();
    String forwarded = all(received, "X-Forwarded-For");
    return new OperatorAction.Source(
        RequestIds.of(request),
        String.valueOf(received.remoteAddress().hostAddress()),
        forwarded == null ? all(received, "Forwarded") : forwarded,
        all(received, HttpHeaders.USER_AGENT));
  }

  private static @Nullable String all(HttpServerRequest request, CharSequence header) {
    String values = String.join(", ", request.headers().getAll(header));
    return values.isEmpty() ? null : printable(values, MAX_TEXT);
  }

  private static String printable(String text, int max) {
    String cut = text.length() <= max ? text : text.substring(0, max);
    return UNPRINTABLE.matcher(cut).replaceAll("?");
  }

  /** States the outcome of a request's action, if it is recorded, in place of the problem. */
  public static void describe(RoutingContext request, String outcome) {
    Entry entry = request.get(ENTRY);
    if (entry != null) {
      entry.outcome = printable(outcome, MAX_TEXT);
    }
  }

  /** States the problem as the outcome, unless another one is stated. */
  static void rejected(RoutingContext request, Problem problem) {
    Entry entry = request.get(ENTRY);
    if (entry != null && entry.outcome == null) {
      describe(request, (problem.isInternalError() ? "failed: " : "rejected: ") + problem.detail());
    }
  }

  /**
   * Stores the result of a request's action, if it is recorded. Called with each response; does not
   * delay it: the action is recorded, and has been carried out.
   */
  static void end(RoutingContext request, int status) {
    Entry entry = request.remove(ENTRY);
    if (entry != null) {
      end(entry, status, entry.outcome == null ? "done" : entry.outcome);
    }
  }

  private static void end(Entry entry, int status, String outcome) {
    OperatorAction action = entry.action;
    LOG.atInfo()
        .addKeyValue("operator", action.operator().description())
        .addKeyValue("action", action.kind())
        .addKeyValue("subject", action.subject())
        .addKeyValue("reason", action.reason())
        .addKeyValue("request_id", action.source().requestId())
        .addKeyValue("client_address", action.source().address())
        .addKeyValue("outcome", outcome)
        .log("Operator action ended");
    Futures.attempt(() -> entry.log.end(entry.id, status, outcome))
        .onFailure(
            failure ->
                LOG.warn("Cannot store the outcome of the operator action {}", entry.id, failure));
  }

  /**
   * Checks that every route that is not only for reading records its requests.
   *
   * @param others the paths of the other routes; the ledger records their requests itself
   * @throws IllegalStateException if one does not; the message names the route
   */
  static void verify(Router router, Set<String> others) {
    for (Route route : router.getRoutes()) {
      if (route.methods() != null
          && !READING.containsAll(route.methods())
          && route.getMetadata(KIND) == null
          && !others.contains(route.getName())) {
        throw new IllegalStateException(
            "expected an action of the audit trail for %s %s, found none; add it with Routes.action"
                .formatted(route.methods(), route.getName()));
      }
    }
  }
}
