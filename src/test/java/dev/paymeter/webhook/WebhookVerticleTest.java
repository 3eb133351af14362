package dev.paymeter.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import io.vertx.core.Future;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Decisions of the sender of a process; {@link WebhooksIT} sends. */
class WebhookVerticleTest {
  private static final int PAGE = 200;
  private static final String SHOP = line("shop");
  private static final String BOOKS = line("books");

  private final ManualClock clock = new ManualClock();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final WebhookEndpoints endpoints = new WebhookEndpoints(SHOP + "\n" + BOOKS);
  private final TreeSet<String> stored = new TreeSet<>();
  private final List<WebhookTotals> shown = new ArrayList<>();

  /** The number of the event up to which the webhooks of each endpoint are queued. */
  private final Map<String, Long> offsets = new TreeMap<>();

  private final List<Long> reads = new ArrayList<>();
  private long events;
  private long waiting;
  private boolean isLogBroken;

  private final WebhookVerticle verticle =
      new WebhookVerticle(
          endpoints,
          new WebhookVerticle.Ports(
              proxy(
                  PaymentEventLog.class,
                  (proxy, method, arguments) -> readAfter((EventOffset) arguments[0])),
              proxy(
                  WebhookStore.class,
                  (proxy, method, arguments) -> answer(method.getName(), arguments)),
              () -> proxy(WebhookClient.class, (proxy, method, arguments) -> null),
              this::show),
          new RetrySchedule(RetrySchedule.DEFAULT_PERIOD, () -> 0.5),
          4,
          "here",
          scheduler,
          clock);

  private static String line(String name) {
    return WebhookEndpoint.create(name, "https://" + name + ".example/", "*", null).line();
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private void show(List<WebhookTotals> totals) {
    shown.clear();
    shown.addAll(totals);
  }

  @SuppressWarnings("unchecked")
  private Object answer(String method, Object[] arguments) {
    return switch (method) {
      case "register" -> {
        stored.addAll((Collection<String>) arguments[0]);
        stored.forEach(name -> offsets.putIfAbsent(name, 0L));
        yield Future.succeededFuture();
      }
      case "renew" ->
          Future.succeededFuture(
              ((Collection<String>) arguments[1])
                  .stream().filter(stored::contains).map(this::held).toList());
      case "totals" ->
          Future.succeededFuture(
              ((Collection<String>) arguments[0])
                  .stream().filter(stored::contains).map(WebhookVerticleTest::totals).toList());
      case "queue" -> {
        long to = ((EventOffset) arguments[3]).position().number();
        ((Collection<String>) arguments[1]).forEach(name -> offsets.put(name, to));
        yield Future.succeededFuture(List.copyOf((Collection<String>) arguments[1]));
      }
      case "due" -> Future.succeededFuture(List.of());
      default -> Future.succeededFuture();
    };
  }

  private static EventOffset offset(long number) {
    return EventOffset.after(new PaymentEvent.Position("g", 1, number));
  }

  private Future<EventBatch> readAfter(EventOffset offset) {
    long from = offset.position().number();
    reads.add(from);
    if (isLogBroken && reads.size() == 1) {
      return Future.failedFuture("broken");
    }
    List<PaymentEvent> page =
        LongStream.rangeClosed(from + 1, Math.min(events, from + PAGE))
            .mapToObj(WebhookVerticleTest::event)
            .toList();
    return Future.succeededFuture(
        new EventBatch(Optional.empty(), page, offset(from + page.size())));
  }

  private static PaymentEvent event(long number) {
    return new PaymentEvent(
        offset(number).position(),
        UUID.randomUUID(),
        PaymentEvent.WITHDRAWN,
        "stripe",
        Instant.EPOCH,
        null,
        null,
        null);
  }

  private WebhookStore.Held held(String name) {
    return new WebhookStore.Held(name, offset(offsets.get(name)), false, waiting, 2);
  }

  private static WebhookTotals totals(String name) {
    return new WebhookTotals(name, 0, 0, 0, 0, Duration.ZERO, Duration.ZERO, false);
  }

  private void round() {
    clock.advance(Duration.ofSeconds(1));
    scheduler.pass();
  }

  private void start() throws Exception {
    verticle.start();
  }

  @Test
  void forgottenEndpoint_addedAgain_isRegistered() throws Exception {
    start();
    endpoints.replace(BOOKS);
    round();
    stored.remove("shop");

    endpoints.replace(SHOP + "\n" + BOOKS);
    round();
    round();

    assertThat(stored).containsExactly("books", "shop");
    assertThat(shown).extracting(WebhookTotals::endpoint).contains("shop");
  }

  @Test
  void forgottenEndpoint_addedAgainBeforeItsRemovalIsSeen_isRegistered() throws Exception {
    start();
    stored.remove("shop");
    round();
    round();

    assertThat(stored).containsExactly("books", "shop");
  }

  /** Starts with events of which only one endpoint has read the first pages. */
  private void startBehind(long shopAt, long all) throws Exception {
    events = all;
    stored.addAll(List.of("books", "shop"));
    offsets.put("books", all - 1);
    offsets.put("shop", shopAt);
    start();
  }

  @Test
  void endpointThatCatchesUp_delaysNoOther_andGoesOnAtOnce() throws Exception {
    startBehind(0, 1000);
    round();

    assertThat(reads).containsExactlyInAnyOrder(0L, 999L);
    assertThat(offsets).containsEntry("books", 1000L).containsEntry("shop", 200L);
    assertThat(scheduler.requested()).contains(Duration.ofMillis(1));
    round();
    assertThat(offsets).containsEntry("shop", 400L);
  }

  @Test
  void endpointThatCatchesUp_stopsAtTheLimitOfWaitingWebhooks() throws Exception {
    waiting = 99_900;
    startBehind(0, 1000);
    reads.clear();
    scheduler.pass();
    waiting = 100_100;
    scheduler.pass();
    round();

    assertThat(offsets).containsEntry("shop", 200L);
  }

  @Test
  void endpointWhoseEventsCannotBeRead_delaysNoOther() throws Exception {
    isLogBroken = true;
    startBehind(0, 1000);
    round();

    assertThat(reads).containsExactlyInAnyOrder(0L, 999L);
    assertThat(offsets.get("shop") == 200 || offsets.get("books") == 1000).isTrue();
  }
}
