package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static dev.paymeter.support.Await.first;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.EventSource;
import dev.paymeter.support.service.ResourceUsage;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The time from a webhook of Stripe until its unknown payment is settled, and the cost of webhooks
 * that change nothing: {@code -Pgateway-webhooks}. The service is a process of its own. See {@code
 * src/docs/evidence/gateway-webhooks.md} for the results.
 */
@ExtendWith(VertxExtension.class)
class GatewayWebhooksRun {
  private static final int PAYMENTS = Integer.getInteger("gateway-webhooks.payments", 1000);
  private static final int REQUESTS = Integer.getInteger("gateway-webhooks.requests", 10_000);
  private static final int WARM_UP = 2000;
  private static final int CLIENTS = 8;

  /** Between two webhooks: 25 a second. */
  private static final Duration PAUSE = Duration.ofMillis(40);

  private static final Duration MAX_P99 = Duration.ofSeconds(2);

  /**
   * Limit of the CPU time of a webhook, in reads of a payment over HTTP: machines and their other
   * work differ.
   */
  private static final double MAX_READS = 2;

  @TempDir Path directory;
  private FakeStripe stripe;
  private RestartableService service;

  /** A request that claims to be a webhook. */
  private record Sent(String body, String signature) {
    static Sent of(JsonObject event) {
      return new Sent(event.encode(), StripeEvents.sign(StripeEvents.SECRET, event.encode()));
    }
  }

  @BeforeEach
  void open(Vertx vertx) throws IOException {
    stripe = new FakeStripe(vertx);
    Path secrets = Files.writeString(directory.resolve("secrets"), StripeEvents.SECRET);
    service =
        RestartableService.start(
            directory,
            Map.of(
                "gateways.stripe.kind",
                "stripe",
                "gateways.stripe.url",
                stripe.url().toString(),
                "gateways.stripe.secret-key",
                FakeStripe.SECRET,
                "gateways.stripe.webhook-secrets-file",
                secrets.toString(),
                "gateways.stripe.breaker.open-duration",
                "10ms"),
            "-Xmx256m");
    eventually(() -> assertThat(pay("first").statusCode()).isEqualTo(201));
  }

  @AfterEach
  void close() {
    service.close();
    stripe.close();
  }

  private HttpResponse<String> pay(String order) {
    return RunningService.post(service.api("/v1/payments"), RunningService.order(order, "12.50"));
  }

  @Test
  void webhooks_ofUnknownPayments_settleThem_andOthersCostLittle() {
    List<String> ids = unknownPayments();
    List<Duration> times = settle(ids);
    System.out.printf(
        "gateway webhooks: %d unknown payments settled after p50 %d ms, p99 %d ms, max %d ms%n",
        times.size(),
        percentile(times, 0.5).toMillis(),
        percentile(times, 0.99).toMillis(),
        percentile(times, 1).toMillis());
    assertThat(percentile(times, 0.99)).isLessThan(MAX_P99);

    JsonObject paid = stripe.intentOf(ids.get(0));
    String body = StripeEvents.event("payment_intent.canceled", canceled(paid)).encode();
    Sent forged = new Sent(body, StripeEvents.sign(StripeEvents.OTHER_SECRET, body));
    Sent replayed =
        new Sent(
            body,
            StripeEvents.sign(StripeEvents.SECRET, Instant.now().getEpochSecond() - 301, body));
    URI payment = service.api("/v1/payments/" + ids.get(0));
    double read = measure("reads of a payment", 200, i -> RunningService.get(payment));
    assertCheap("forged", 400, i -> forged, read);
    assertCheap("replayed", 400, i -> replayed, read);
    assertCheap("foreign", 200, i -> Sent.of(event(foreign(paid))), read);
    assertCheap("late", 200, i -> Sent.of(event(paid)), read);
  }

  private void assertCheap(String kind, int status, IntFunction<Sent> webhook, double read) {
    assertThat(measure(kind, status, i -> send(webhook.apply(i)))).isLessThan(MAX_READS * read);
  }

  private static JsonObject event(JsonObject intent) {
    return StripeEvents.event("payment_intent.succeeded", intent);
  }

  private static JsonObject canceled(JsonObject intent) {
    return intent.copy().put("status", "canceled");
  }

  private static JsonObject foreign(JsonObject intent) {
    JsonObject foreign = intent.copy();
    foreign.getJsonObject("metadata").put("paymeter_ledger_id", UUID.randomUUID().toString());
    return foreign;
  }

  /** Returns payments that Stripe is processing. The inquiries about them bring no evidence. */
  private List<String> unknownPayments() {
    stripe.card = FakeStripe.Card.TAKES_ITS_TIME;
    List<String> ids = inParallel(PAYMENTS, i -> unknownPayment("unknown-" + i));
    eventually(
        LONG_RUN,
        () ->
            assertThat(
                    service.query(
                        "select count(*) from payments where status = 'unknown' and inquiries > 0"))
                .containsExactly(List.of(String.valueOf(PAYMENTS))));
    return ids;
  }

  /**
   * Pays until the circuit breaker, which opens because of these payments, permits a trial call.
   */
  private String unknownPayment(String order) {
    return first(
        () -> {
          HttpResponse<String> answer = pay(order);
          return answer.statusCode() == 202
              ? Optional.of(new JsonObject(answer.body()).getString("id"))
              : Optional.empty();
        });
  }

  /** Sends a webhook for each payment; returns the times until the events of their success. */
  private List<Duration> settle(List<String> ids) {
    Map<String, Long> sent = new HashMap<>();
    Map<String, Long> settled = new HashMap<>();
    try (EventSource events = new EventSource(service.api("/v1/events"))) {
      events.awaitOpen();
      long next = System.nanoTime();
      for (String id : ids) {
        JsonObject intent = stripe.finish(id, true);
        sent.put(id, System.nanoTime());
        assertThat(send(Sent.of(event(intent))).statusCode()).isEqualTo(200);
        next += PAUSE.toNanos();
        do {
          note(events, settled);
          LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
        } while (System.nanoTime() < next);
      }
      eventually(
          () -> {
            note(events, settled);
            assertThat(settled.keySet()).containsAll(ids);
          });
    }
    return ids.stream().map(id -> Duration.ofNanos(settled.get(id) - sent.get(id))).toList();
  }

  private static void note(EventSource events, Map<String, Long> settled) {
    long now = System.nanoTime();
    List<EventSource.Event> received = events.received();
    received.stream()
        .filter(event -> event.name().equals("payment.success"))
        .map(event -> event.data().getJsonObject("payment").getString("id"))
        .forEach(id -> settled.putIfAbsent(id, now));
  }

  private static Duration percentile(List<Duration> times, double share) {
    List<Duration> sorted = times.stream().sorted().toList();
    return sorted.get((int) Math.ceil(share * sorted.size()) - 1);
  }

  /**
   * Sends requests that change nothing; returns the CPU time of service and database for each, in
   * microseconds.
   */
  private double measure(String kind, int status, IntFunction<HttpResponse<String>> request) {
    send(WARM_UP, status, request);
    List<List<String>> rows = rows();
    int asked = stripe.requests.size();
    ResourceUsage before = ResourceUsage.of(service);
    long start = System.nanoTime();

    send(REQUESTS, status, request);

    Duration took = Duration.ofNanos(System.nanoTime() - start);
    ResourceUsage used = ResourceUsage.of(service).minus(before);
    System.out.printf(
        "gateway webhooks: %d %s in %.1f s, %.0f us of the service's CPU and %.0f us of the"
            + " database's each%n",
        REQUESTS, kind, took.toMillis() / 1000.0, micros(used.service()), micros(used.database()));
    assertThat(rows()).isEqualTo(rows);
    assertThat(stripe.requests).hasSize(asked);
    return micros(used.service()) + micros(used.database());
  }

  private static double micros(Duration cpu) {
    return cpu.toNanos() / 1000.0 / REQUESTS;
  }

  private List<List<String>> rows() {
    return service.query("select id, status, settled_at, inquiries from payments order by id");
  }

  private void send(int count, int status, IntFunction<HttpResponse<String>> request) {
    inParallel(
        count,
        i -> {
          assertThat(request.apply(i).statusCode()).isEqualTo(status);
          return i;
        });
  }

  private HttpResponse<String> send(Sent sent) {
    return StripeEvents.sendLater(service.api("/v1/webhooks/stripe"), sent.body(), sent.signature())
        .join();
  }

  /** Runs a task several times, by a few clients. */
  private static <T> List<T> inParallel(int count, IntFunction<T> task) {
    return IntStream.range(0, CLIENTS)
        .mapToObj(
            client ->
                CompletableFuture.supplyAsync(
                    () -> {
                      List<T> results = new ArrayList<>();
                      for (int i = client; i < count; i += CLIENTS) {
                        results.add(task.apply(i));
                      }
                      return results;
                    }))
        .toList()
        .stream()
        .map(CompletableFuture::join)
        .flatMap(List::stream)
        .collect(Collectors.toList());
  }
}
