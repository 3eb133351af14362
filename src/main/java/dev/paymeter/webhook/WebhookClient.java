package dev.paymeter.webhook;

import io.vertx.core.Future;

/** Port: the HTTP client of one endpoint. Results come on the caller's context. */
public interface WebhookClient {
  /** Creates the client of an endpoint. */
  @FunctionalInterface
  interface Factory {
    WebhookClient create();
  }

  /** An attempt in progress. */
  interface Call {
    /** Returns the outcome; never fails. Does not complete after {@link #cancel}. */
    Future<Attempt> outcome();

    /** Ends the request, whatever the endpoint has received. */
    void cancel();
  }

  /** Sends a webhook once. */
  Call send(WebhookEndpoint endpoint, Webhook.Content content);

  /** Closes all connections. */
  void close();
}
