package dev.paymeter.web;

import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.RequestRefusedException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Reads requests that move money: a JSON object, and an idempotency key or none.
 *
 * @param keyRequired whether there must be one
 */
record KeyedRequests(boolean keyRequired) {
  /**
   * Makes a message of a request.
   *
   * @param route that the key belongs to, as it does to the request's credential
   * @param message may throw {@link RequestRefusedException}
   * @return nothing where the request was answered, for it is wrong
   */
  <M> Optional<M> read(
      RoutingContext request,
      String route,
      BiFunction<JsonObject, Optional<IdempotencyKey>, M> message) {
    try {
      Optional<String> key = IdempotencyHeader.key(request);
      if (key.isEmpty() && keyRequired) {
        Problem.keyMissing().answer(request);
        return Optional.empty();
      }
      JsonObject body = StrictJson.body(request);
      return Optional.of(
          message.apply(
              body,
              key.map(
                  its ->
                      new IdempotencyKey(
                          Access.credential(request).id(),
                          route,
                          its,
                          CanonicalJson.fingerprint(body)))));
    } catch (IdempotencyHeader.MalformedException malformed) {
      Problem.keyMalformed(malformed.reason()).answer(request);
    } catch (StrictJson.MalformedException malformed) {
      malformed.problem().answer(request);
    } catch (RequestRefusedException refused) {
      Problem.of(refused).answer(request);
    }
    return Optional.empty();
  }
}
