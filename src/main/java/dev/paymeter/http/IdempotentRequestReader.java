package dev.paymeter.http;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.security.Credential;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Reads requests that move money: a JSON object, and an idempotency key or none.
 *
 * @param keyRequired whether there must be one
 */
public record IdempotentRequestReader(boolean keyRequired) {
  /** To whom and to what an idempotency key belongs. */
  public record Owner(String credential, String route) {}

  /**
   * Makes a message of a request over HTTP.
   *
   * @param route that the key belongs to, as it does to the request's credential
   * @throws ProblemException if the request is malformed
   */
  public <M> M read(
      RoutingContext request,
      String route,
      BiFunction<JsonObject, Optional<IdempotencyKey>, M> message) {
    return read(
        request.request().headers().getAll(IdempotencyHeader.NAME),
        StrictJsonParser.bytes(request),
        new Owner(owner(ApiKeyAuthHandler.credential(request)), route),
        message);
  }

  /** Nobody's keys stand in ledgers without a name, from before there were credentials. */
  private static String owner(Credential who) {
    return who.equals(Credential.ANONYMOUS) ? "" : who.id();
  }

  /**
   * Makes a message of a request.
   *
   * @param keys what came as the key's header
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
      throw new ProblemException(Problem.keyMissing());
    }
    JsonObject json = StrictJsonParser.object(body);
    return message.apply(
        json,
        key.map(
            its ->
                new IdempotencyKey(
                    owner.credential(), owner.route(), its, CanonicalJson.fingerprint(json))));
  }
}
