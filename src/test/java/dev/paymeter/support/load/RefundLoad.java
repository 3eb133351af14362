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
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A client that continuously refunds one currency unit of a random payment. Each refund has its own
 * idempotency key and is repeated until its outcome is known.
 */
public final class RefundLoad implements AutoCloseable {
  private static final String RANDOM_PAYMENT =
      "select id from payments where status = 'success' and source is null order by random() limit 1";

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Supplier<String> databaseUrl;
  private final Function<String, URI> api;
  private final AtomicInteger refunded = new AtomicInteger();
  private final Set<Integer> statuses = ConcurrentHashMap.newKeySet();
  private final Thread client = new Thread(this::run, "refunds");
  private volatile Consumer<String> afterwards = payment -> {};
  private volatile Duration limit = Duration.ofDays(1);
  private volatile boolean stopped;

  private RefundLoad(Supplier<String> databaseUrl, Function<String, URI> api) {
    this.databaseUrl = databaseUrl;
    this.api = api;
  }

  /**
   * @param databaseUrl the ledger of the payments
   * @param api returns the URL of a path; both are read before each refund
   */
  public static RefundLoad start(Supplier<String> databaseUrl, Function<String, URI> api) {
    RefundLoad load = new RefundLoad(databaseUrl, api);
    load.client.start();
    return load;
  }

  /**
   * Runs an action after each refund, with the id of its payment; its failures to connect are
   * ignored.
   */
  public RefundLoad then(Consumer<String> action) {
    afterwards = action;
    return this;
  }

  /**
   * Limits the time in which a refund is repeated. A gateway that may still receive its request
   * leaves the outcome unknown for longer.
   */
  public RefundLoad repeatingFor(Duration time) {
    limit = time;
    return this;
  }

  private void run() {
    while (!stopped) {
      try {
        List<List<String>> found = TestPostgres.query(databaseUrl.get(), RANDOM_PAYMENT);
        if (!found.isEmpty()) {
          String payment = found.get(0).get(0);
          refund("/v1/payments/" + payment + "/refunds", UUID.randomUUID());
          afterwards.accept(payment);
        }
      } catch (CompletionException noAnswer) {
        // The service is being restarted.
      } catch (IllegalStateException ledgerUnavailable) {
        // The database was killed with its service, and will be restarted.
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void refund(String path, UUID key) {
    long start = System.nanoTime();
    while (!stopped && System.nanoTime() - start < limit.toNanos() && !isFinal(path, key)) {
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private boolean isFinal(String path, UUID key) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(api.apply(path))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", '"' + key.toString() + '"')
            .timeout(REQUEST_TIMEOUT)
            .POST(BodyPublishers.ofString("{\"amount\":\"1\"}"));
    try {
      HttpResponse<String> answer = RunningService.send(request);
      statuses.add(answer.statusCode());
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

  /** Returns the number of refunds that have succeeded, as far as the client knows. */
  public int refunded() {
    return refunded.get();
  }

  /** Returns the status codes of all responses. */
  public Set<Integer> statuses() {
    return Set.copyOf(statuses);
  }

  /** Starts no new refunds; waits up to 60 seconds for the last response. */
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
