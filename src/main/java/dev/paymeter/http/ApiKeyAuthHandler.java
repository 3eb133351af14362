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
 * Asks who sends a request, and whether he may. A key comes as a bearer token (RFC 6750) or, for
 * browsers and {@code curl --user}, as a password (RFC 7617). Where there are no keys nobody is
 * asked: such a port listens on loopback only.
 */
public final class ApiKeyAuthHandler {
  /** For a port that only this machine reaches. */
  public static final ApiKeyAuthHandler OPEN = new ApiKeyAuthHandler(null);

  private static final String CHALLENGE = "WWW-Authenticate";
  private static final String CREDENTIAL = ApiKeyAuthHandler.class.getName();
  private static final String NEEDS = "needs";
  private static final String ANYTHING = "nothing";
  private static final String REALM = "realm=\"paymeter\"";

  /** Of these, one at least is in what a proxy on this machine passes on from another. */
  private static final List<String> PROXIED =
      List.of("forwarded", "via", "x-real-ip", "x-forwarded-", "x-envoy-");

  private final @Nullable ApiKeyStore apiKeyStore;

  public ApiKeyAuthHandler(@Nullable ApiKeyStore apiKeyStore) {
    this.apiKeyStore = apiKeyStore;
  }

  /**
   * A handler that comes before all that do anything: a key that is there has to be a right one.
   */
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

  /** Who sends a request that was identified. */
  public static Credential credential(RoutingContext request) {
    return request.get(CREDENTIAL);
  }

  /** Lets none but those use a route who have a scope. */
  public static Route needing(Scope scope, Route route) {
    return route.putMetadata(NEEDS, scope).handler(needs(scope));
  }

  /** For a route that tells nobody anything, but how to use others. */
  public static Route forAnybody(Route route) {
    return route.putMetadata(NEEDS, ANYTHING);
  }

  /**
   * Keeps a server from starting where the scope of a route was forgotten.
   *
   * @throws IllegalStateException naming the route
   */
  public static void requireScopes(Router router) {
    for (Route route : router.getRoutes()) {
      if (route.getPath() != null && route.getMetadata(NEEDS) == null) {
        throw new IllegalStateException(
            "wanted a scope that "
                + route.methods()
                + " "
                + route.getPath()
                + " needs, found none");
      }
    }
  }

  /**
   * Of a kind of handler that Vert.x lets stand before a body handler: a route of its own would
   * show in the label {@code route} of its metrics.
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

  /**
   * A handler for what is kept for operators: whoever asks from this machine is one, others need a
   * key with the scope.
   */
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
      // Browsers ask for a password then, and send it with the console's events, too.
      refuseUnknown(request, presented.isPresent(), "Basic " + REALM + ", Bearer " + REALM);
    } else {
      request.put(CREDENTIAL, found.get());
      needs(Scope.OPERATE).handle(request);
    }
  }

  /**
   * Not by way of a proxy that runs here, a pod's own one among them: it would make everybody an
   * operator. The addresses of such in 127.0.0.0/8 beside 127.0.0.1 are left out, too. Nor from the
   * page of another site whose name was made to lead here.
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
    if (headers.size() > 1) { // Whoever stands before us may have looked at the other one.
      return Optional.of("");
    }
    String[] parts = headers.get(0).strip().split(" +", 2);
    if (parts.length == 2 && parts[0].equalsIgnoreCase("Basic")) {
      return Optional.of(password(parts[1]));
    }
    return Optional.of(parts.length == 2 && parts[0].equalsIgnoreCase("Bearer") ? parts[1] : "");
  }

  /** Or the user's name, where there is no password. */
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
