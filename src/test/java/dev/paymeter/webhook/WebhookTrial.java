package dev.paymeter.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Await;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Two processes under load that send to three endpoints: one loses 30 % of the requests or of the
 * responses, one hangs, and one responds with 410 after a while. The processes are killed in turn
 * and restarted. At the end the endpoints recover, and an operator resends the dead letters.
 */
final class WebhookTrial implements AutoCloseable {
  private static final int CLIENTS = 16;
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Duration LEASE = Duration.ofSeconds(5);
  private static final List<String> ENDPOINTS = List.of("gone", "hangs", "lossy");

  private final int changes;
  private final int kills;
  private final Path directory;
  private final String databaseUrl = TestPostgres.newDatabase();
  private final ArrivedWebhooks arrived = new ArrivedWebhooks(databaseUrl);
  private final Map<String, TestWebhookServer> servers = new LinkedHashMap<>();
  private final Map<String, String> settings = new HashMap<>();
  private final ServiceJar[] processes = new ServiceJar[2];
  private final AtomicBoolean hasRecovered = new AtomicBoolean();
  private final AtomicBoolean isPaid = new AtomicBoolean();
  private final AtomicBoolean isOver = new AtomicBoolean();
  private final AtomicInteger scrapes = new AtomicInteger();
  private final List<Long> takeovers = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /**
   * @param changes least number of states of payments
   * @param retryPeriod of webhooks
   */
  WebhookTrial(Path directory, int changes, int kills, Duration retryPeriod, long seed)
      throws IOException {
    this.directory = directory;
    this.changes = changes;
    this.kills = kills;
    Random random = new Random(seed);
    servers.put("lossy", new TestWebhookServer(request -> lossy(random)));
    servers.put(
        "hangs",
        new TestWebhookServer(
            request ->
                hasRecovered.get()
                    ? TestWebhookServer.Response.of(200)
                    : TestWebhookServer.Response.NONE));
    AtomicInteger left = new AtomicInteger(changes / 4);
    servers.put(
        "gone",
        new TestWebhookServer(
            request ->
                TestWebhookServer.Response.of(
                    hasRecovered.get() || left.getAndDecrement() > 0 ? 204 : 410)));
    List<String> lines = new ArrayList<>();
    servers.forEach((name, server) -> lines.add(server.line(name, "*")));
    settings.putAll(
        Map.of(
            "database.url",
            databaseUrl,
            "simulator.directory",
            directory.resolve("simulator").toString(),
            "shutdown.last-scrape-timeout",
            "0s",
            "webhooks.endpoints",
            Files.write(directory.resolve("endpoints"), lines).toString(),
            "webhooks.allowed-networks",
            "127.0.0.0/8",
            "webhooks.timeout",
            "1s",
            "webhooks.retry-period",
            retryPeriod.toSeconds() + "s"));
  }

  /** Half of the losses are requests that are not processed, half are lost responses. */
  private static TestWebhookServer.Response lossy(Random random) {
    int drawn;
    synchronized (random) {
      drawn = random.nextInt(100);
    }
    return drawn < 15
        ? new TestWebhookServer.Response(false, drawn < 8 ? 503 : -1, Map.of())
        : drawn < 30
            ? new TestWebhookServer.Response(true, drawn < 22 ? 500 : -1, Map.of())
            : TestWebhookServer.Response.of(200);
  }

  /** Runs the trial, and returns a line of figures. */
  String run() {
    long start = System.nanoTime();
    for (int i = 0; i < processes.length; i++) {
      processes[i] = launch(i);
    }
    for (ServiceJar process : processes) {
      process.management("/");
    }
    Await.eventually(
        () ->
            assertThat(TestPostgres.query(databaseUrl, "select count(*) from webhook_endpoints"))
                .containsExactly(List.of("3")));
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    threads.execute(() -> scrapeAll(failures));
    IntStream.range(0, CLIENTS).forEach(i -> threads.execute(this::pay));
    for (int kill = 0; kill < kills; kill++) {
      int next = changes * (kill + 1) / (kills + 1);
      Await.eventually(LIMIT, () -> assertThat(arrived.events()).isGreaterThanOrEqualTo(next));
      kill(kill % processes.length);
    }
    Await.eventually(LIMIT, () -> assertThat(arrived.events()).isGreaterThanOrEqualTo(changes));
    isPaid.set(true);
    Await.eventually(LIMIT, () -> assertThat(total("hangs", "waiting")).isZero());
    long dead = total("hangs", "dead");
    recover();
    servers.forEach(arrived::assertArrived);
    isOver.set(true);
    assertThat(failures).isEmpty();
    assertThat(scrapes.get()).isPositive();
    return "%d changes, %d kills, taken over after %s ms, %d dead letters resent to the endpoint that hung, %s arrivals, %d scrapes, %d s"
        .formatted(
            arrived.events(),
            kills,
            takeovers,
            dead,
            servers.entrySet().stream()
                .map(each -> each.getKey() + " " + each.getValue().accepted().size())
                .toList(),
            scrapes.get(),
            TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
  }

  private ServiceJar launch(int number) {
    Map<String, String> own = new HashMap<>(settings);
    own.put("instance.id", "paymeter-" + number);
    return ServiceJar.start(directory, own);
  }

  /** Pays until there are enough changes, whatever happens to the processes. */
  private void pay() {
    while (!isPaid.get()) {
      ServiceJar process = processes[ThreadLocalRandom.current().nextInt(processes.length)];
      try {
        process.payLater(RunningService.order("order", "12.34")).join();
      } catch (CompletionException | AssertionError e) {
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos()); // It was killed.
      }
    }
  }

  /** Kills a process, measures the time until the other has its endpoints, and restarts it. */
  private void kill(int number) {
    processes[number].kill();
    String now = TestPostgres.query(databaseUrl, "select clock_timestamp()").get(0).get(0);
    long start = System.nanoTime();
    Await.eventually(
        LIMIT,
        () ->
            assertThat(
                    TestPostgres.query(
                        databaseUrl,
                        "select count(*) from webhook_endpoints where lease_until > timestamptz '"
                            + now
                            + "' + interval '"
                            + LEASE.toSeconds()
                            + " seconds'"))
                .containsExactly(List.of("3")));
    takeovers.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    assertThat(takeovers).allMatch(millis -> millis < 10_000);
    processes[number] = launch(number);
    processes[number].management("/");
  }

  private void scrapeAll(List<Throwable> failures) {
    while (!isOver.get()) {
      for (ServiceJar process : processes) {
        try {
          if (process.isAlive()) {
            assertConserved(RunningService.get(process.management("/metrics")).body(), failures);
          }
        } catch (CompletionException | AssertionError e) {
          // It was killed.
        }
      }
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }

  private void assertConserved(String text, List<Throwable> failures) {
    Scrape scrape = new Scrape(text);
    for (String endpoint : ENDPOINTS) {
      String label = "endpoint=\"" + endpoint + "\"";
      if (text.contains("webhooks_due{" + label)) {
        BigDecimal parts =
            scrape
                .sum("webhooks_delivered", label)
                .add(scrape.sum("webhooks_waiting", label))
                .add(scrape.sum("webhooks_dead", label));
        if (scrape.sum("webhooks_due", label).compareTo(parts) != 0) {
          failures.add(new AssertionError(text));
        }
        scrapes.incrementAndGet();
      }
    }
  }

  private long total(String endpoint, String part) {
    String sql =
        switch (part) {
          case "waiting" -> "select count(*) from webhooks where dead_at is null and endpoint = '";
          case "dead" -> "select count(*) from webhooks where dead_at is not null and endpoint = '";
          default -> throw new IllegalArgumentException(part);
        };
    return Long.parseLong(TestPostgres.query(databaseUrl, sql + endpoint + "'").get(0).get(0));
  }

  /** Lets the endpoints recover, and resends until nothing waits and nothing is dead. */
  private void recover() {
    hasRecovered.set(true);
    assertThat(post("/webhooks/gone/enable").statusCode()).isEqualTo(200);
    Await.eventually(
        LIMIT,
        () -> {
          for (String endpoint : ENDPOINTS) {
            if (total(endpoint, "dead") > 0) {
              post("/webhooks/" + endpoint + "/dead-letters/resend");
            }
          }
          arrived.assertDelivered();
        });
  }

  private HttpResponse<String> post(String path) {
    return RunningService.send(
        HttpRequest.newBuilder(processes[0].management(path)).POST(BodyPublishers.noBody()));
  }

  @Override
  public void close() {
    isPaid.set(true);
    isOver.set(true);
    for (ServiceJar process : processes) {
      if (process != null) {
        process.close();
      }
    }
    threads.shutdownNow();
    servers.values().forEach(TestWebhookServer::close);
  }
}
