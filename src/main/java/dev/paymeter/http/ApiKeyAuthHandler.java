package dev.paymeter.http;

import dev.paymeter.security.ApiKeyStore;
import dev.paymeter.security.Credential;
import dev.paymeter.security.Scope;
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
 */
public final class ApiKeyAuthHandler {
  /** A handler without keys, for a port that only this machine reaches. */
  public static final ApiKeyAuthHandler OPEN = new ApiKeyAuthHandler(null);

  private static final String CHALLENGE = "WWW-Authenticate";
  private static final String CREDENTIAL = ApiKeyAuthHandler.class.getName();
  private static final String NEEDS = "needs";
  private static final String ANYTHING = "nothing";
  private static final String REALM = "realm=\"paymeter\"";

  /** Prefixes of the headers that a proxy adds to a request that it forwards. */
  private static final List<String> PROXIED =
      List.of("forwarded", "via", "x-real-ip", "x-forwarded-", "x-envoy-");

  private final @Nullable ApiKeyStore apiKeyStore;

  public ApiKeyAuthHandler(@Nullable ApiKeyStore apiKeyStore) {
    this.apiKeyStore = apiKeyStore;
  }

  /** Authenticates a request. If a request has a key, the key must be valid. */
  public void identify(RoutingContext request) {
    if (apiKeyStore == null) {
      admit(request, Credential.ANONYMOUS);
      return;
    }
    Optional<String> presented = presented(request.request());
    Optional<Credential> found = presented.flatMap(apiKeyStore::find);
    if (found.isPresent()) {
      admit(request, found.get());
    } else {
      refuseUnknown(request, presented.isPresent(), "Bearer " + REALM);
    }
  }

  private static void admit(RoutingContext request, Credential credential) {
    request.put(CREDENTIAL, credential);
    request.next();
  }

  /** Returns the credential of an authenticated request. */
  public static Credential credential(RoutingContext request) {
    return request.get(CREDENTIAL);
  }

  /** Restricts a route to credentials with a scope. */
  public static Route needing(Scope scope, Route route) {
    return route.putMetadata(NEEDS, scope).handler(needs(scope));
  }

  /** Opens a route to requests without a key, for example the API's documentation. */
  public static Route forAnybody(Route route) {
    return route.putMetadata(NEEDS, ANYTHING);
  }

  /**
   * Checks that every route declares its scope.
   *
   * @throws IllegalStateException if one does not; the message names the route
   */
  public static void requireScopes(Router router) {
    for (Route route : router.getRoutes()) {
      if (route.getPath() != null && route.getMetadata(NEEDS) == null) {
        throw new IllegalStateException(
            "expected a required scope for "
                + route.methods()
                + " "
                + route.getPath()
                + ", found none; declare it where the route is added");
      }
    }
  }

  /**
   * Returns a security handler: Vert.x lets these precede the body handler in the same route. A
   * separate route would change the label {@code route} of its metrics.
   */
  private static SecurityPolicyHandler needs(Scope scope) {
    return request -> {
      if (credential(request).may(scope)) {
        request.next();
      } else {
        refuseScope(request, scope);
      }
    };
  }

  /** Admits requests from this machine, and others that have a key with the operator's scope. */
  public void operatorsOnly(RoutingContext request) {
    if (isFromHere(request.request())) {
      admit(request, Credential.ANONYMOUS);
      return;
    }
    if (apiKeyStore == null) {
      Problem.localOnly().answer(request);
      return;
    }
    Optional<String> presented = presented(request.request());
    Optional<Credential> found = presented.flatMap(apiKeyStore::find);
    if (found.isEmpty()) {
      // With Basic, browsers prompt for a password, and also send it for the console's events.
      refuseUnknown(request, presented.isPresent(), "Basic " + REALM + ", Bearer " + REALM);
    } else {
      request.put(CREDENTIAL, found.get());
      needs(Scope.OPERATE).handle(request);
    }
  }

  /**
   * Returns whether a request comes from this machine directly. Requests through a local proxy,
   * such as a pod's sidecar, do not count: they would make every client an operator. For the same
   * reason, only 127.0.0.1 counts of 127.0.0.0/8. The host name must be local too: another site's
   * name that resolves to this machine (DNS rebinding) does not count.
   */
  static boolean isFromHere(HttpServerRequest request) {
    String address = request.remoteAddress().hostAddress();
    boolean here = "127.0.0.1".equals(address) || "0:0:0:0:0:0:0:1".equals(address);
    return here
        && HostHeaderFilter.isOwnName(request)
        && request.headers().names().stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .noneMatch(name -> PROXIED.stream().anyMatch(name::startsWith));
  }

  private static Optional<String> presented(HttpServerRequest request) {
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

  private static void refuseUnknown(RoutingContext request, boolean presented, String challenge) {
    request
        .response()
        .putHeader(CHALLENGE, presented ? challenge + ", error=\"invalid_token\"" : challenge);
    Problem.unauthenticated(presented).answer(request);
  }

  private static void refuseScope(RoutingContext request, Scope scope) {
    request
        .response()
        .putHeader(
            CHALLENGE,
            "Bearer " + REALM + ", error=\"insufficient_scope\", scope=\"" + scope.word() + "\"");
    Problem.missingScope(scope, credential(request).scopes()).answer(request);
  }
}
