package dev.paymeter.http;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.security.Scope;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.junit5.VertxExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ApiKeyAuthHandlerTest {
  @Test
  void requireScopes_routeWithoutScope_isNamed(Vertx vertx) {
    Router router = Router.router(vertx);
    router.route().handler(request -> {});
    ApiKeyAuthHandler.requireScope(Scope.PAY, router.post("/pay")).handler(request -> {});
    ApiKeyAuthHandler.allowWithoutKey(router.route("/pay")).handler(request -> {});
    assertThatCode(() -> ApiKeyAuthHandler.verifyScopes(router)).doesNotThrowAnyException();

    router.get("/pay/:id").handler(request -> {});

    assertThatThrownBy(() -> ApiKeyAuthHandler.verifyScopes(router))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "expected a required scope for [GET] /pay/:id, found none;"
                + " declare it where the route is added");
  }
}
