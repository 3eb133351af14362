package dev.paymeter.webhook;

import dev.paymeter.payment.RequestRejectedException;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/** Views and actions of operators about webhooks. Safe from any thread. */
public record WebhookAdministration(WebhookEndpoints endpoints, WebhookStore store) {
  /** Maximum number of dead letters that are resent at once. */
  public static final int MAX_RESENT = 10_000;

  /** Returns the numbers of all endpoints in the endpoints file. */
  public Future<List<WebhookTotals>> totals() {
    return store.totals(endpoints.byName().keySet());
  }

  /**
   * Returns an endpoint.
   *
   * @throws RequestRejectedException if there is none of that name
   */
  public WebhookEndpoint endpoint(String name) {
    WebhookEndpoint endpoint = endpoints.byName().get(name);
    if (endpoint == null) {
      throw RequestRejectedException.notFound("There is no such webhook endpoint.");
    }
    return endpoint;
  }

  public Future<List<DeadLetter>> deadLetters(String endpoint, long after, int limit) {
    return store.deadLetters(endpoint(endpoint).name(), after, limit);
  }

  /** Fails if there is no such dead letter. */
  public Future<DeadLetter> deadLetter(String endpoint, String id) {
    return store
        .deadLetter(endpoint(endpoint).name(), id)
        .map(found -> found.orElseThrow(WebhookAdministration::noSuchLetter));
  }

  private static RequestRejectedException noSuchLetter() {
    return RequestRejectedException.notFound("There is no such dead letter.");
  }

  /**
   * Sends dead letters again. Fails if the endpoint is disabled.
   *
   * @param id of one; empty for the oldest ones, at most {@link #MAX_RESENT}
   * @return their number
   */
  public Future<Integer> resend(String endpoint, Optional<String> id) {
    return store
        .totals(List.of(endpoint(endpoint).name()))
        .compose(
            totals ->
                totals.stream().anyMatch(WebhookTotals::isDisabled)
                    ? Future.failedFuture(
                        RequestRejectedException.wrongState(
                            "The endpoint is disabled, because it has responded with 410."
                                + " Enable it first."))
                    : store.resend(endpoint, id, MAX_RESENT))
        .map(
            resent -> {
              if (id.isPresent() && resent == 0) {
                throw noSuchLetter();
              }
              return resent;
            });
  }

  /**
   * Enables an endpoint that has responded with 410. What became a dead letter because of that
   * waits again first, so that the later events follow in order. If it fails, it can be repeated.
   *
   * @return whether it was disabled
   */
  public Future<Boolean> enable(String endpoint) {
    String name = endpoint(endpoint).name();
    return store
        .beginEnabling(name)
        .compose(
            wasDisabled ->
                wasDisabled
                    ? restoreAll(name).compose(restored -> store.enable(name))
                    : Future.succeededFuture(false));
  }

  private Future<Void> restoreAll(String endpoint) {
    return store
        .restore(endpoint, WebhookStore.MAX_MOVED)
        .compose(
            count ->
                count == WebhookStore.MAX_MOVED ? restoreAll(endpoint) : Future.succeededFuture());
  }
}
