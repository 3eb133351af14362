package dev.paymeter.http;

import dev.paymeter.payment.IdempotencyKey;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * Reader of requests that move money: a JSON object and an optional idempotency key.
 *
 * @param keyRequired whether the key is mandatory
 * @param withoutSecrets replaces the secrets of a body, because its fingerprint is stored
 */
public record IdempotentRequestReader(
    boolean keyRequired, UnaryOperator<JsonObject> withoutSecrets) {
  private static final Buffer EMPTY_OBJECT = Buffer.buffer("{}");

  /** Scope of an idempotency key: equal keys of different owners are different keys. */
  public record Owner(String name, String route) {}

  /**
   * Converts an HTTP request to a message.
   *
   * @param route the key's scope, together with the owner of the request's credential
   * @throws ProblemException if the request is malformed
   */
  public <M> M read(
      RoutingContext request,
      String route,
      BiFunction<JsonObject, Optional<IdempotencyKey>, M> message) {
    return read(request, StrictJsonParser.bytes(request), route, message);
  }

  /**
   * Converts an HTTP request to a message; no body has the same meaning as an empty object.
   *
   * @param route the key's scope, together with the owner of the request's credential
   * @throws ProblemException if the request is malformed
   */
  public <M> M readOptional(
      RoutingContext request,
      String route,
      BiFunction<JsonObject, Optional<IdempotencyKey>, M> message) {
    Buffer body = StrictJsonParser.bytes(request);
    return read(request, body.length() == 0 ? EMPTY_OBJECT : body, route, message);
  }

  private <M> M read(
      RoutingContext request,
      Buffer body,
      String route,
      BiFunction<JsonObject, Optional<IdempotencyKey>, M> message) {
    return read(
        request.request().headers().getAll(IdempotencyHeader.NAME),
        body,
        new Owner(ApiKeyAuthHandler.credential(request).owner(), route),
        message);
  }

  /**
   * Converts a request to a message.
   *
   * @param keys all values of the key's header
   * @param body the text of a JSON object
   * @throws ProblemException if the request is malformed
   */
  public <M> M read(
      List<String> keys,
      Buffer body,
      Owner owner,
      BiFunction<JsonObject, Optional<IdempotencyKey>, M> message) {
    Optional<String> key = IdempotencyHeader.key(keys);
    if (key.isEmpty() && keyRequired) {
      throw new ProblemException(Problem.KEY_MISSING);
    }
    JsonObject json = StrictJsonParser.object(body);
    return message.apply(
        json,
        key.map(
            text ->
                new IdempotencyKey(
                    owner.name(),
                    owner.route(),
                    text,
                    CanonicalJson.fingerprint(withoutSecrets.apply(json)))));
  }
}
