package dev.paymeter.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import io.vertx.core.Future;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Decisions of the sender of a process; {@link WebhooksIT} sends. */
class WebhookVerticleTest {
  private static final String SHOP = line("shop");
  private static final String BOOKS = line("books");

  private final ManualClock clock = new ManualClock();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final WebhookEndpoints endpoints = new WebhookEndpoints(SHOP + "\n" + BOOKS);
  private final TreeSet<String> stored = new TreeSet<>();
  private final List<WebhookTotals> shown = new ArrayList<>();

  private final WebhookVerticle verticle =
      new WebhookVerticle(
          endpoints,
          new WebhookVerticle.Ports(
              proxy(
                  PaymentEventLog.class,
                  (proxy, method, arguments) ->
                      Future.succeededFuture(
                          new EventBatch(Optional.empty(), List.of(), EventOffset.START))),
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
    return type.cast(
        Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
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
      case "due" -> Future.succeededFuture(List.of());
      default -> Future.succeededFuture();
    };
  }

  private WebhookStore.Held held(String name) {
    return new WebhookStore.Held(name, EventOffset.START, false, 0, 2);
  }

  private static WebhookTotals totals(String name) {
    return new WebhookTotals(name, 0, 0, 0, 0, Duration.ZERO, false);
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
}
