package dev.paymeter.http;

import dev.paymeter.payment.Access;
import dev.paymeter.security.ApiKeyStore;
import dev.paymeter.security.Credential;
import dev.paymeter.security.Scope;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.SecurityPolicyHandler;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Authentication and authorization of requests. The key is a bearer token (RFC 6750) or, for
 * browsers and {@code curl --user}, the password of Basic authentication (RFC 7617). Without
 * configured keys, every request is anonymous; such a port listens on loopback only.
 *
 * @param apiKeyStore null without configured keys
 * @param isLocalTrusted whether operators on this machine need no key although keys are configured
 */
public record ApiKeyAuthHandler(@Nullable ApiKeyStore apiKeyStore, boolean isLocalTrusted) {
  private static final String CHALLENGE = "WWW-Authenticate";
  private static final String CREDENTIAL = ApiKeyAuthHandler.class.getName();
  private static final String REQUIRED_SCOPE = "needs";
  private static final String NO_SCOPE = "nothing";
  private static final String REALM = "realm=\"paymeter\"";

  /** Prefixes of the headers that a proxy adds to a request that it forwards. */
  private static final List<String> PROXY_HEADERS =
      List.of("forwarded", "via", "x-real-ip", "x-forwarded-", "x-envoy-");

  /** Authenticates a request. If a request has a key, the key must be valid. */
  public void authenticate(RoutingContext request) {
    if (apiKeyStore == null) {
      proceed(request, Credential.ANONYMOUS);
    } else {
      authenticate(request, apiKeyStore, "Bearer " + REALM, RoutingContext::next);
    }
  }

  private static void authenticate(
      RoutingContext request, ApiKeyStore keys, String challenge, Handler<RoutingContext> next) {
    Optional<String> presented = presentedKey(request.request());
    Optional<Credential> found = presented.flatMap(keys::find);
    if (found.isPresent()) {
      request.put(CREDENTIAL, found.get());
      next.handle(request);
    } else {
      boolean isInvalid = presented.isPresent();
      request
          .response()
          .putHeader(CHALLENGE, isInvalid ? challenge + ", error=\"invalid_token\"" : challenge);
      Problem.unauthenticated(isInvalid).respond(request);
    }
  }

  private static void proceed(RoutingContext request, Credential credential) {
    request.put(CREDENTIAL, credential);
    request.next();
  }

  /** Returns whether a credential has not been revoked and has not expired since a request. */
  public boolean isValid(Credential credential) {
    return apiKeyStore == null || !credential.isOfKey() || apiKeyStore.isValid(credential);
  }

  /** Returns the credential of an authenticated request. */
  public static Credential credential(RoutingContext request) {
    return request.get(CREDENTIAL);
  }

  /** Returns the payments that an authenticated request has access to. */
  public static Access access(RoutingContext request) {
    return Access.of(credential(request).merchant());
  }

  /** Restricts a route to credentials with a scope. */
  public static Route requireScope(Scope scope, Route route) {
    return route.putMetadata(REQUIRED_SCOPE, scope).handler(scopeCheck(scope));
  }

  /** Opens a route to requests without a key, for example the API's documentation. */
  public static Route allowWithoutKey(Route route) {
    return route.putMetadata(REQUIRED_SCOPE, NO_SCOPE);
  }

  /**
   * Checks that every route declares its scope.
   *
   * @throws IllegalStateException if one does not; the message names the route
   */
  public static void verifyScopes(Router router) {
    for (Route route : router.getRoutes()) {
      if (route.getPath() != null && route.getMetadata(REQUIRED_SCOPE) == null) {
        throw new IllegalStateException(
            "expected a required scope for %s %s, found none; declare it where the route is added"
                .formatted(route.methods(), route.getPath()));
      }
    }
  }

  /**
   * Returns a security handler: Vert.x lets these precede the body handler in the same route. A
   * separate route would change the label {@code route} of its metrics.
   */
  private static SecurityPolicyHandler scopeCheck(Scope scope) {
    String challenge =
        "Bearer " + REALM + ", error=\"insufficient_scope\", scope=\"" + scope.label() + "\"";
    return request -> {
      if (credential(request).hasScope(scope)) {
        request.next();
      } else {
        request.response().putHeader(CHALLENGE, challenge);
        Problem.missingScope(scope, credential(request).scopes()).respond(request);
      }
    };
  }

  /**
   * Admits requests that have a key with the operator's scope, and requests from this machine if no
   * keys are configured or such requests are trusted.
   */
  public void operatorsOnly(RoutingContext request) {
    if ((apiKeyStore == null || isLocalTrusted) && isFromThisMachine(request.request())) {
      proceed(request, apiKeyStore == null ? Credential.ANONYMOUS : Credential.LOCAL_OPERATOR);
    } else if (apiKeyStore == null) {
      Problem.LOCAL_ONLY.respond(request);
    } else {
      // With Basic, browsers prompt for a password, and also send it for the console's events.
      String challenge = "Basic " + REALM + ", Bearer " + REALM;
      authenticate(request, apiKeyStore, challenge, scopeCheck(Scope.OPERATE));
    }
  }

  /**
   * Returns whether a request appears to come from this machine directly. Requests through a local
   * proxy, such as a pod's sidecar, do not count if it adds a header: they would make every client
   * an operator. A proxy that adds none cannot be recognized. Only 127.0.0.1 counts of 127.0.0.0/8.
   * The host name must be local too: another site's name that resolves to this machine (DNS
   * rebinding) does not count.
   */
  static boolean isFromThisMachine(HttpServerRequest request) {
    String address = request.remoteAddress().hostAddress();
    boolean here = "127.0.0.1".equals(address) || "0:0:0:0:0:0:0:1".equals(address);
    return here
        && HostHeaderFilter.isLocalName(request)
        && request.headers().names().stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .noneMatch(name -> PROXY_HEADERS.stream().anyMatch(name::startsWith));
  }

  private static Optional<String> presentedKey(HttpServerRequest request) {
    List<String> headers = request.headers().getAll(HttpHeaders.AUTHORIZATION);
    if (headers.isEmpty()) {
      return Optional.empty();
    }
    if (headers.size() > 1) { // A proxy may have checked the other one.
      return Optional.of("");
    }
    String[] parts = headers.get(0).strip().split(" +", 2);
    if (parts.length == 2 && parts[0].equalsIgnoreCase("Basic")) {
      return Optional.of(password(parts[1]));
    }
    return Optional.of(parts.length == 2 && parts[0].equalsIgnoreCase("Bearer") ? parts[1] : "");
  }

  /** Returns the password, or the user name if the password is empty. */
  private static String password(String encoded) {
    try {
      String decoded = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
      int colon = decoded.indexOf(':');
      return colon < 0 || colon == decoded.length() - 1
          ? decoded.replace(":", "")
          : decoded.substring(colon + 1);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
