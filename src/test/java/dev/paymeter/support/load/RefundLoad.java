package dev.paymeter.support.load;

import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A client that gives payments back, one unit of their currency at a time, without end: each under
 * a key of its own, until it is known how it ended.
 */
public final class RefundLoad implements AutoCloseable {
  private static final String ONE =
      "select id from payments where status = 'success' and source is null order by random() limit 1";

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Supplier<String> databaseUrl;
  private final Function<String, URI> api;
  private final AtomicInteger refunded = new AtomicInteger();
  private final Thread client = new Thread(this::run, "refunds");
  private volatile boolean stopped;

  private RefundLoad(Supplier<String> databaseUrl, Function<String, URI> api) {
    this.databaseUrl = databaseUrl;
    this.api = api;
  }

  /**
   * @param databaseUrl of the ledger that has the payments
   * @param api the service's address of a path; both are asked for each refund
   */
  public static RefundLoad start(Supplier<String> databaseUrl, Function<String, URI> api) {
    RefundLoad load = new RefundLoad(databaseUrl, api);
    load.client.start();
    return load;
  }

  private void run() {
    while (!stopped) {
      try {
        List<List<String>> found = TestPostgres.query(databaseUrl.get(), ONE);
        if (!found.isEmpty()) {
          refund("/v1/payments/" + found.get(0).get(0) + "/refunds", UUID.randomUUID());
        }
      } catch (IllegalStateException ledgerIsAway) {
        // Killed with its service: it comes back.
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void refund(String path, UUID key) {
    while (!stopped && !isAnswered(path, key)) {
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private boolean isAnswered(String path, UUID key) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(api.apply(path))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", '"' + key.toString() + '"')
            .timeout(PATIENCE)
            .POST(BodyPublishers.ofString("{\"amount\":\"1\"}"));
    try {
      HttpResponse<String> answer = RunningService.send(request);
      if (answer.statusCode() == 201) {
        refunded.incrementAndGet();
      }
      return answer.statusCode() != 202 && answer.statusCode() != 503 && !isUnderWay(answer);
    } catch (CompletionException noAnswer) {
      return false;
    }
  }

  private static boolean isUnderWay(HttpResponse<String> answer) {
    return answer.statusCode() == 409
        && new JsonObject(answer.body()).getString("type").endsWith("idempotency-key-in-flight");
  }

  /** How many refunds have succeeded, as far as the client knows. */
  public int refunded() {
    return refunded.get();
  }

  /** No new refunds; returns when the last answer is there, or is not waited for any more. */
  @Override
  public void close() {
    stopped = true;
    try {
      client.join(TimeUnit.SECONDS.toMillis(60));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
