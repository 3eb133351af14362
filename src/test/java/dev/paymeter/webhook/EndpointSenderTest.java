package dev.paymeter.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.EventOffset;
import dev.paymeter.support.payment.ManualClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Decisions of the sender of one endpoint; {@link WebhooksIT} sends. */
class EndpointSenderTest {
  private static final int MAX_IN_FLIGHT = 4;
  private static final Attempt OK = Attempt.responded(200, Duration.ZERO);
  private static final Attempt ERROR = Attempt.responded(500, Duration.ZERO);

  private final ManualClock clock = new ManualClock();
  private final Map<Long, Webhook> waiting = new LinkedHashMap<>();
  private final List<Long> delivered = new ArrayList<>();
  private final List<WebhookStore.Failure> failed = new ArrayList<>();
  private final List<String> calls = new ArrayList<>();
  private final Map<String, Promise<Attempt>> inFlight = new LinkedHashMap<>();
  private boolean mayStart = true;
  private @Nullable UUID payment;
  private @Nullable String merchant;
  private boolean isStoreBroken;
  private int undelivered;
  private boolean isClientClosed;

  private final WebhookClient client =
      new WebhookClient() {
        @Override
        public Call send(WebhookEndpoint endpoint, Webhook.Content content) {
          Promise<Attempt> outcome = Promise.promise();
          inFlight.put(content.id(), outcome);
          return new Call() {
            @Override
            public Future<Attempt> outcome() {
              return outcome.future();
            }

            @Override
            public void cancel() {
              inFlight.remove(content.id());
            }
          };
        }

        @Override
        public void close() {
          isClientClosed = true;
        }
      };

  private final EndpointSender sender =
      new EndpointSender(
          "shop",
          new EndpointSender.Context(
              store(),
              new RetrySchedule(RetrySchedule.DEFAULT_PERIOD, () -> 0.5),
              MAX_IN_FLIGHT,
              () -> mayStart,
              clock),
          () -> WebhookEndpoint.create("shop", "https://shop.example/", "*", merchant),
          client);

  /** Returns a store with the webhooks that wait, all due. */
  private WebhookStore store() {
    return (WebhookStore)
        Proxy.newProxyInstance(
            WebhookStore.class.getClassLoader(),
            new Class<?>[] {WebhookStore.class},
            (proxy, method, arguments) -> {
              calls.add(method.getName());
              return isStoreBroken
                  ? Future.failedFuture("broken")
                  : Future.succeededFuture(answer(method.getName(), arguments));
            });
  }

  @SuppressWarnings("unchecked")
  private Object answer(String method, Object[] arguments) {
    switch (method) {
      case "due" -> {
        Collection<Long> except = (Collection<Long>) arguments[2];
        return waiting.values().stream()
            .filter(each -> !except.contains(each.number()))
            .limit((int) arguments[1])
            .toList();
      }
      case "delivered" -> {
        for (Webhook each : (List<Webhook>) arguments[1]) {
          delivered.add(each.number());
          waiting.remove(each.number());
        }
        return null;
      }
      case "failed" -> {
        List<WebhookStore.Failure> failures = (List<WebhookStore.Failure>) arguments[1];
        failed.addAll(failures);
        failures.stream()
            .filter(each -> each.pause().isEmpty())
            .forEach(each -> waiting.remove(each.number()));
        return null;
      }
      case "expire" -> {
        return 0;
      }
      case "discard" -> {
        int count = Math.min((int) arguments[1], undelivered);
        undelivered -= count;
        return count;
      }
      default -> {
        return null;
      }
    }
  }

  private void queue(int count) {
    for (int i = 0; i < count; i++) {
      long number = waiting.size() + delivered.size() + 1L;
      waiting.put(
          number,
          new Webhook(
              number,
              new Webhook.Content("event" + number, payment, "books", "payment.success", "{}"),
              0));
    }
    sender.queued(count);
  }

  /** Completes all attempts in progress. */
  private int respond(Attempt attempt) {
    List<Promise<Attempt>> now = List.copyOf(inFlight.values());
    inFlight.clear();
    now.forEach(each -> each.complete(attempt));
    return now.size();
  }

  private static WebhookStore.Held held(boolean isDisabled) {
    return new WebhookStore.Held("shop", EventOffset.START, isDisabled, 0, 1);
  }

  @Test
  void queued_manyWebhooks_areSentWithinTheLimit() {
    queue(10);

    assertThat(inFlight).hasSize(MAX_IN_FLIGHT);
    assertThat(respond(OK) + respond(OK) + respond(OK)).isEqualTo(10);
    assertThat(delivered).hasSize(10).doesNotHaveDuplicates();
  }

  @Test
  void failures_manyInARow_suspendTheEndpoint_untilOneSucceeds() {
    queue(100);
    int sent = 0;
    while (!inFlight.isEmpty()) {
      sent += respond(ERROR);
    }
    assertThat(sent)
        .isBetween(
            EndpointPace.FAILURES_TO_SUSPEND, EndpointPace.FAILURES_TO_SUSPEND + MAX_IN_FLIGHT);
    sender.tick();
    assertThat(inFlight).isEmpty();

    clock.advance(Duration.ofSeconds(2));
    sender.tick();
    assertThat(respond(ERROR)).isEqualTo(1);
    clock.advance(Duration.ofMillis(1500));
    sender.tick();
    assertThat(inFlight).as("the pauses grow").isEmpty();
    clock.advance(Duration.ofMinutes(1));
    sender.tick();
    assertThat(respond(OK)).isEqualTo(1);

    sender.tick();
    assertThat(inFlight).hasSize(MAX_IN_FLIGHT);
    assertThat(calls).contains("expire");
  }

  @Test
  void failure_pauses_areThoseOfTheSchedule_orOfTheResponse() {
    queue(1);
    respond(ERROR);
    assertThat(failed.get(0).pause()).contains(Duration.ofSeconds(5));

    sender.tick();
    respond(Attempt.responded(503, Duration.ofMinutes(2)));
    assertThat(failed.get(1).pause()).contains(Duration.ofMinutes(2));
    sender.tick();
    assertThat(inFlight).as("the endpoint asked for a pause").isEmpty();
    clock.advance(Duration.ofMinutes(2));
    sender.tick();
    assertThat(inFlight).hasSize(1);
  }

  @Test
  void enabled_endpointThatHadAskedForAPause_getsWebhooksAtOnce() {
    queue(1);
    respond(Attempt.responded(503, Duration.ofHours(1)));
    sender.renewed(held(true), 100);
    sender.renewed(held(false), 100);
    sender.tick();

    assertThat(inFlight).hasSize(1);
  }

  @Test
  void overload_sendsFewerWebhooksAtATime() {
    queue(50);
    respond(Attempt.responded(429, Duration.ZERO));
    assertThat(inFlight).hasSize(1);

    respond(OK);
    assertThat(inFlight).hasSize(2);
    respond(OK);
    assertThat(inFlight).hasSizeGreaterThan(2);
  }

  @Test
  void gone_disablesTheEndpoint_untilItIsEnabled() {
    queue(10);
    sender.renewed(held(false), 100);
    respond(Attempt.responded(410, Duration.ZERO));

    assertThat(calls).contains("disable");
    assertThat(inFlight).isEmpty();
    assertThat(sender.acceptsEvents()).isFalse();
    sender.renewed(held(true), 100);
    sender.tick();
    assertThat(inFlight).isEmpty();

    sender.renewed(held(false), 100);
    sender.tick();
    assertThat(inFlight).hasSize(MAX_IN_FLIGHT);
    assertThat(sender.acceptsEvents()).isTrue();
  }

  @Test
  void disabled_webhooksThatWait_areDiscardedInBatches() {
    undelivered = 2500;
    sender.renewed(new WebhookStore.Held("shop", EventOffset.START, true, 2500, 1), 100);
    sender.tick();

    assertThat(calls).containsExactly("discard", "discard", "discard");
    assertThat(undelivered).isZero();
    sender.tick();
    assertThat(calls).hasSize(3);
    undelivered = 1;
    sender.renewed(new WebhookStore.Held("shop", EventOffset.START, true, 1, 1), 100);
    sender.tick();
    assertThat(undelivered).as("those that were queued later").isZero();
  }

  @Test
  void gone_thatCannotBeStored_isRepeatedWithPauses() {
    queue(1);
    isStoreBroken = true;
    respond(Attempt.responded(410, Duration.ZERO));
    isStoreBroken = false;
    sender.tick(); // Stores the outcome.
    isStoreBroken = true;
    calls.clear();

    for (int i = 0; i < 100; i++) {
      clock.advance(Duration.ofMillis(250));
      sender.tick();
    }
    assertThat(calls).filteredOn("disable"::equals).hasSizeBetween(1, 5);

    isStoreBroken = false;
    clock.advance(Duration.ofMinutes(1));
    sender.tick();
    assertThat(calls).hasSizeGreaterThan(4);
    assertThat(sender.acceptsEvents()).isFalse();
  }

  @Test
  void renewed_tooManyWebhooksWait_noEventsAreAccepted_untilThereIsRoom() {
    sender.renewed(new WebhookStore.Held("shop", EventOffset.START, false, 100, 1), 100);
    assertThat(sender.acceptsEvents()).isFalse();

    sender.renewed(new WebhookStore.Held("shop", EventOffset.START, false, 99, 1), 100);
    assertThat(sender.acceptsEvents()).isTrue();
    sender.queued(1);
    assertThat(sender.acceptsEvents()).as("before the next renewal").isFalse();
  }

  @Test
  void endpointBelongsToAnotherMerchantNow_webhooksThatWait_areDeadLetters() {
    merchant = "acme";
    payment = UUID.randomUUID();
    queue(2);
    assertThat(inFlight).isEmpty();
    assertThat(failed)
        .hasSize(2)
        .allSatisfy(
            each -> {
              assertThat(each.error()).isEqualTo(WebhookStore.OTHER_MERCHANT);
              assertThat(each.pause()).isEmpty();
            });

    merchant = "books";
    queue(1);
    assertThat(inFlight).hasSize(1);
  }

  @Test
  void lease_uncertain_nothingIsStarted() {
    mayStart = false;
    queue(10);
    sender.tick();

    assertThat(inFlight).isEmpty();
  }

  @Test
  void close_cancelsAttempts() {
    queue(10);
    sender.close();

    assertThat(inFlight).isEmpty();
    assertThat(isClientClosed).isTrue();
    sender.tick();
    assertThat(inFlight).isEmpty();
  }

  @Test
  void drain_completesWhenTheOutcomesAreStored() {
    queue(10);
    Future<Void> drained = sender.drain();

    assertThat(drained.isComplete()).isFalse();
    respond(OK);
    assertThat(drained.succeeded()).isTrue();
    assertThat(delivered).hasSize(MAX_IN_FLIGHT);
    assertThat(inFlight).isEmpty();
  }
}
