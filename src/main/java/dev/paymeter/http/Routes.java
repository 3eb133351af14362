package dev.paymeter.http;

import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.json.QueryParameters;
import dev.paymeter.payment.OperatorAction.Kind;
import dev.paymeter.security.Scope;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Routes of one port, with problems as the responses to their errors.
 *
 * @param bodyLimit maximum length of a body in bytes
 * @param auditTrail records the actions
 */
public record Routes(Router router, long bodyLimit, AuditTrail auditTrail) {
  private static final Logger log = LoggerFactory.getLogger(Routes.class);

  /** Adds {@code GET} and {@code HEAD} of a path without parameters, for keys that may read. */
  public void read(String path, Handler<RoutingContext> handler) {
    list(path, withoutParameters(handler));
  }

  /**
   * Adds {@code GET} and {@code HEAD} of a path, for keys that may read. The handler reads the
   * parameters, and rejects unknown ones.
   */
  public void list(String path, Handler<RoutingContext> handler) {
    ApiKeyAuthHandler.requireScope(Scope.READ, reading(path)).handler(handler);
  }

  /** Adds {@code GET} and {@code HEAD} of a path as {@link #list}, for operators. */
  public void inspect(String path, Handler<RoutingContext> handler) {
    ApiKeyAuthHandler.requireScope(Scope.OPERATE, reading(path)).handler(handler);
  }

  /**
   * Returns a handler for requests without query parameters. It rejects others: clients may depend
   * on a parameter that would be ignored, such as the amount of a capture.
   */
  public static Handler<RoutingContext> withoutParameters(Handler<RoutingContext> handler) {
    return request -> {
      QueryParameters.requireNone(QueryString.parse(request.request().query()));
      handler.handle(request);
    };
  }

  /**
   * Returns a handler for requests without a body, or with an empty object. It rejects fields, for
   * the same reason.
   */
  public static Handler<RoutingContext> withoutFields(Handler<RoutingContext> handler) {
    return request -> {
      if (StrictJsonParser.bytes(request).length() > 0) {
        JsonFieldReader.requireNone(StrictJsonParser.body(request));
      }
      handler.handle(request);
    };
  }

  /**
   * Adds {@code GET} and {@code HEAD} as the only methods of a path. They require no scope, and
   * ignore parameters, which caches and monitoring add, unless the handler reads them.
   */
  public void readOnly(String path, Handler<RoutingContext> handler) {
    show(path, handler);
    rejectOthers(path, "GET, HEAD");
  }

  /** Adds {@code GET} and {@code HEAD} of a path. They require no scope. */
  public void show(String path, Handler<RoutingContext> handler) {
    ApiKeyAuthHandler.allowWithoutKey(reading(path)).handler(handler);
  }

  private Route reading(String path) {
    return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
  }

  /** Adds {@code POST} of a path, with a JSON body. */
  public void post(Scope scope, String path, Handler<RoutingContext> handler) {
    withBody(ApiKeyAuthHandler.requireScope(scope, router.post(path)))
        .handler(Routes::checkContentType)
        .handler(handler);
  }

  /** Adds {@code POST} of a path, with a JSON body, for requests without a key. */
  public void postWithoutKey(String path, Handler<RoutingContext> handler) {
    withBody(ApiKeyAuthHandler.allowWithoutKey(router.post(path)))
        .handler(Routes::checkContentType)
        .handler(handler);
  }

  /**
   * Adds {@code POST} of a path for an action, with a JSON body or without a body. Its requests are
   * recorded in the audit trail, with their bodies, before the handler carries them out.
   *
   * @param subject returns the object of the action; may reject the request
   */
  public void action(
      Scope scope,
      Kind kind,
      String path,
      Function<RoutingContext, String> subject,
      Handler<RoutingContext> handler) {
    auditTrail
        .record(
            kind,
            subject,
            withBody(ApiKeyAuthHandler.requireScope(scope, router.post(path)))
                .handler(Routes::checkContentTypeIfAny))
        .handler(handler);
  }

  /** Adds a method of a path that changes a switch, as {@link #action}, for operators. */
  public void change(HttpMethod method, Kind kind, String path, Handler<RoutingContext> handler) {
    auditTrail
        .record(
            kind,
            request -> path.substring(1),
            withBody(ApiKeyAuthHandler.requireScope(Scope.OPERATE, router.route(method, path))))
        .handler(handler);
  }

  /**
   * Checks that every route that is not only for reading records its requests.
   *
   * @param others the paths of the other routes; the ledger records their requests itself
   * @throws IllegalStateException if one does not; the message names the route
   */
  public void verifyActions(Set<String> others) {
    AuditTrail.verify(router, others);
  }

  /** Lets the following handlers of a route read the body. */
  private Route withBody(Route route) {
    return route
        .handler(BodyHandler.create(false).setBodyLimit(bodyLimit))
        .handler(withoutParameters(RoutingContext::next))
        .handler(Routes::checkContentEncoding);
  }

  /** Rejects compressed bodies: decoding them would need a limit of its own. */
  private static void checkContentEncoding(RoutingContext request) {
    String codings =
        String.join(", ", request.request().headers().getAll(HttpHeaders.CONTENT_ENCODING));
    if (codings.isBlank() || codings.strip().equalsIgnoreCase("identity")) {
      request.next();
    } else {
      Problem.unsupportedContentEncoding(codings).respond(request);
    }
  }

  private static void checkContentTypeIfAny(RoutingContext request) {
    if (StrictJsonParser.bytes(request).length() == 0) {
      request.next();
    } else {
      checkContentType(request);
    }
  }

  private static void checkContentType(RoutingContext request) {
    String type = request.request().getHeader(HttpHeaders.CONTENT_TYPE);
    if (type != null && type.split(";", 2)[0].strip().equalsIgnoreCase(Responses.JSON)) {
      request.next();
    } else {
      Problem.unsupportedMediaType(type == null ? "none" : type).respond(request);
    }
  }

  /** Rejects all methods of a path that have no earlier route. */
  public void rejectOthers(String path, String allowed) {
    ApiKeyAuthHandler.allowWithoutKey(router.route(path))
        .handler(
            request -> {
              request.response().putHeader(HttpHeaders.ALLOW, allowed);
              Problem.methodNotAllowed(request.request().method().name()).respond(request);
            });
  }

  /**
   * Adds the responses to unknown paths, large bodies and failures. Vert.x logs an error for each
   * status without such a handler.
   */
  public void handleErrors() {
    router.errorHandler(400, request -> Problem.BAD_REQUEST.respond(request));
    router.errorHandler(
        404, request -> Problem.notFound(request.request().path()).respond(request));
    router.errorHandler(413, request -> Problem.tooLarge(bodyLimit).respond(request));
    router.errorHandler(500, Routes::respondFailure);
  }

  private static void respondFailure(RoutingContext request) {
    Problem problem = Problem.ofFailure(request.failure());
    if (problem.isInternalError()) {
      @Nullable String id = RequestIds.of(request); // null on the management port
      log.error(
          "Request {} failed with an unexpected error",
          Objects.requireNonNullElse(id, request.request().path()),
          request.failure());
    }
    if (!request.response().ended()) {
      problem.respond(request);
    }
  }
}
