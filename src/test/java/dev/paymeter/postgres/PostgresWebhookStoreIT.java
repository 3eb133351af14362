package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.webhook.DeadLetter;
import dev.paymeter.webhook.Webhook;
import dev.paymeter.webhook.WebhookStore;
import dev.paymeter.webhook.WebhookTotals;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Webhooks in PostgreSQL: leases, order, retries, dead letters, and the sums of all. */
class PostgresWebhookStoreIT {
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration SOON = Duration.ZERO;
  private static final Duration LATER = Duration.ofHours(1);
  private static final UUID ONE = UUID.randomUUID();
  private static final UUID TWO = UUID.randomUUID();

  private Vertx vertx;
  private Pool pool;
  private String url;
  private PostgresWebhookStore store;
  private EventOffset offset;
  private int events;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.WEBHOOK_POOL, 4, Duration.ofSeconds(10));
    store = new PostgresWebhookStore(new StatementExecutor(pool, Duration.ofSeconds(10)));
  }

  @AfterEach
  void close() {
    await(pool.close());
    await(vertx.close());
  }

  private List<String> hold(String sender, String... endpoints) {
    List<String> names = List.of(endpoints);
    await(store.register(names));
    List<WebhookStore.Held> held = await(store.renew(sender, names, LEASE, 100));
    held.stream()
        .filter(each -> each.endpoint().equals("shop"))
        .forEach(each -> offset = each.offset());
    return held.stream().map(WebhookStore.Held::endpoint).sorted().toList();
  }

  private EventOffset next() {
    PaymentEvent.Position position = offset.position();
    return new EventOffset(
        offset.generation(),
        new PaymentEvent.Position(
            position.generation(), position.transaction(), position.number() + 1));
  }

  /** Queues one event of each payment. */
  private void queue(UUID... payments) {
    List<WebhookStore.Queued> queued = new ArrayList<>();
    for (UUID payment : payments) {
      queued.add(
          new WebhookStore.Queued(
              "shop",
              new Webhook.Content("event" + ++events, payment, "acme", "payment.success", "{}")));
    }
    EventOffset to = next();
    assertThat(await(store.queue("here", List.of("shop"), offset, to, queued)))
        .containsExactly("shop");
    offset = to;
  }

  private List<Webhook> due() {
    return await(store.due("shop", 100, List.of()));
  }

  private List<String> dueIds() {
    return due().stream().map(each -> each.content().id()).toList();
  }

  private void fail(Webhook webhook, Optional<Duration> pause) {
    await(
        store.failed(
            "shop",
            List.of(
                new WebhookStore.Failure(
                    webhook.number(), webhook.content().id(), "status 500", pause))));
  }

  private WebhookTotals totals() {
    WebhookTotals totals = await(store.totals(List.of("shop"))).get(0);
    assertThat(totals.due()).isEqualTo(totals.delivered() + totals.waiting() + totals.dead());
    return totals;
  }

  @Test
  void due_severalWebhooksOfAPayment_areReadOneAfterTheOther() {
    hold("here", "shop");
    queue(ONE, TWO, ONE);

    assertThat(dueIds()).containsExactly("event1", "event2");
    assertThat(due()).extracting(each -> each.content().merchant()).containsOnly("acme");
    assertThat(await(store.due("shop", 100, List.of(due().get(0).number()))))
        .extracting(each -> each.content().id())
        .containsExactly("event2");

    await(store.delivered("shop", List.of(due().get(0))));
    assertThat(dueIds()).containsExactly("event2", "event3");
    assertThat(totals()).extracting(WebhookTotals::delivered).isEqualTo(1L);
  }

  @Test
  void failed_laterWebhooksOfThePayment_waitForTheNextAttempt() {
    hold("here", "shop");
    queue(ONE, TWO, ONE);

    fail(due().get(0), Optional.of(LATER));
    queue(ONE);

    assertThat(dueIds()).containsExactly("event2");
    TestPostgres.execute(url, "update webhooks set next_attempt = now() where attempts = 1");
    assertThat(due())
        .extracting(each -> each.content().id(), Webhook::attempts)
        .contains(org.assertj.core.groups.Tuple.tuple("event1", 1));
    assertThat(
            TestPostgres.query(
                url, "select id from webhooks where next_attempt > now() order by number"))
        .containsExactly(List.of("event3"), List.of("event4"));
  }

  @Test
  void failed_lastAttempt_isADeadLetter_thatCanBeResent() {
    hold("here", "shop");
    queue(ONE, TWO, ONE);

    fail(due().get(0), Optional.empty());

    assertThat(dueIds()).containsExactly("event2", "event3");
    assertThat(totals().dead()).isEqualTo(1);
    List<DeadLetter> dead = await(store.deadLetters("shop", 0, 10));
    assertThat(dead)
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.content().id()).isEqualTo("event1");
              assertThat(each.error()).isEqualTo("status 500");
              assertThat(each.attempts()).isEqualTo(1);
            });
    assertThat(await(store.deadLetter("shop", "event1"))).contains(dead.get(0));
    assertThat(await(store.deadLetter("shop", "event2"))).isEmpty();
    assertThat(await(store.deadLetters("shop", dead.get(0).number(), 10))).isEmpty();
    assertThat(await(store.resend("shop", Optional.of("event2"), 10))).isZero();
    assertThat(await(store.resend("shop", Optional.of("event1"), 10))).isEqualTo(1);
    assertThat(dueIds()).contains("event1").doesNotContain("event3");
    assertThat(totals().dead()).isZero();
  }

  @Test
  void disable_waitingWebhooks_areDeadLetters_untilTheEndpointIsEnabled() {
    hold("here", "shop");
    queue(ONE, TWO, ONE);
    fail(due().get(1), Optional.empty());

    await(store.disable("shop"));
    assertThat(await(store.discard("shop", 1))).isEqualTo(1);
    assertThat(await(store.discard("shop", 2))).isEqualTo(1);
    assertThat(await(store.discard("shop", 2))).isZero();

    assertThat(dueIds()).isEmpty();
    assertThat(totals().dead()).isEqualTo(3);
    assertThat(totals().isDisabled()).isTrue();
    assertThat(await(store.renew("here", List.of("shop"), LEASE, 100)).get(0).isDisabled())
        .isTrue();
    assertThat(await(store.enable("shop"))).isFalse();
    assertThat(await(store.beginEnabling("shop"))).isTrue();
    assertThat(await(store.restore("shop", 1))).isEqualTo(1);
    assertThat(await(store.restore("shop", 5))).isEqualTo(1);
    assertThat(await(store.discard("shop", 5))).as("while it is being enabled").isZero();
    assertThat(await(store.enable("shop"))).isTrue();
    assertThat(await(store.beginEnabling("shop"))).isFalse();
    assertThat(dueIds()).containsExactly("event1");
    assertThat(totals().dead()).isEqualTo(1);
  }

  @Test
  void queue_disabledEndpoint_changesNothing() {
    hold("here", "shop");
    queue(ONE);
    await(store.disable("shop"));
    List<WebhookStore.Queued> more =
        List.of(
            new WebhookStore.Queued(
                "shop", new Webhook.Content("other", TWO, null, "payment.success", "{}")));

    assertThat(await(store.queue("here", List.of("shop"), offset, next(), more))).isEmpty();

    assertThat(totals().due()).isEqualTo(1);
  }

  @Test
  void resend_whileDisabled_isDiscardedAgain() {
    hold("here", "shop");
    queue(ONE);
    await(store.disable("shop"));
    await(store.discard("shop", 5));

    assertThat(await(store.resend("shop", Optional.empty(), 5))).isEqualTo(1);

    assertThat(await(store.discard("shop", 5))).isEqualTo(1);
    assertThat(totals().dead()).isEqualTo(1);
  }

  @Test
  void outcome_ofAWebhookThatTheLedgerHasLost_doesNotApplyToAnotherOne() {
    hold("here", "shop");
    queue(ONE);
    Webhook lost =
        new Webhook(
            due().get(0).number(),
            new Webhook.Content("lost", ONE, null, "payment.success", "{}"),
            0);

    await(store.delivered("shop", List.of(lost)));
    fail(lost, Optional.empty());

    assertThat(dueIds()).containsExactly("event1");
    assertThat(totals().waiting()).isEqualTo(1);
  }

  @Test
  void expire_oldWebhooks_areDeadLetters() {
    hold("here", "shop");
    queue(ONE, TWO);
    TestPostgres.execute(
        url, "update webhooks set due_at = now() - interval '2 hours' where id = 'event1'");

    assertThat(totals().oldestWaiting()).isBetween(Duration.ofHours(2), Duration.ofHours(3));
    long number = due().get(0).number();
    assertThat(await(store.expire("shop", LATER, List.of(number)))).as("in progress").isZero();
    assertThat(await(store.expire("shop", LATER, List.of()))).isEqualTo(1);

    assertThat(dueIds()).containsExactly("event2");
    assertThat(await(store.deadLetters("shop", 0, 10)))
        .extracting(DeadLetter::error)
        .containsExactly(WebhookStore.EXPIRED);
    assertThat(totals().oldestWaiting()).isLessThan(Duration.ofHours(1));
  }

  @Test
  void queue_withoutTheLeaseOrFromAnotherOffset_changesNothing() {
    hold("here", "shop");
    EventOffset first = offset;
    queue(ONE);
    List<WebhookStore.Queued> more =
        List.of(
            new WebhookStore.Queued(
                "shop", new Webhook.Content("other", TWO, null, "payment.success", "{}")));

    assertThat(await(store.queue("here", List.of("shop"), first, next(), more))).isEmpty();
    assertThat(await(store.queue("there", List.of("shop"), offset, next(), more))).isEmpty();

    assertThat(dueIds()).containsExactly("event1");
    assertThat(totals().due()).isEqualTo(1);
  }

  @Test
  void queue_eventThatWaits_isNotQueuedTwice() {
    hold("here", "shop");
    queue(ONE);
    events = 0;
    queue(ONE);

    assertThat(totals().due()).isEqualTo(1);
  }

  @Test
  void renew_severalSenders_shareTheEndpoints() {
    String[] names = {"a", "b", "c", "d"};

    assertThat(hold("first", names)).containsExactly("a", "b", "c", "d");
    assertThat(hold("second", names)).isEmpty();
    List<WebhookStore.Held> held = await(store.renew("first", List.of(names), LEASE, 100));
    assertThat(held).extracting(WebhookStore.Held::share).containsOnly(2);
    await(store.release("first", List.of("a", "b", "c")));

    assertThat(hold("second", names)).containsExactly("a", "b");
    assertThat(hold("first", names)).containsExactly("c", "d");
  }

  @Test
  void renew_endedSender_isReplaced() {
    String[] names = {"a", "b"};
    hold("first", names);
    hold("second", names);
    TestPostgres.execute(
        url,
        "update webhook_endpoints set lease_until = now() - interval '1 second'; "
            + "update webhook_senders set lease_until = now() - interval '1 second' "
            + "where sender = 'first'");

    assertThat(hold("second", names)).containsExactly("a", "b");
    assertThat(hold("first", names)).isEmpty();
  }

  @Test
  void renew_endpointFreeForLong_isTakenAboveTheShare() {
    hold("first", "a");
    hold("second", "a", "b", "c");
    await(store.leave("third"));
    TestPostgres.execute(
        url, "update webhook_endpoints set sender = '', lease_until = now() - interval '1 minute'");

    assertThat(hold("first", "a", "b", "c")).containsExactly("a", "b", "c");
  }

  @Test
  void register_endpoint_beginsAfterTheLastEvent() {
    TestPostgres.execute(
        url,
        "insert into payment_events (generation, payment_id, status, gateway) "
            + "select max(number), gen_random_uuid(), 'pending', 'stripe' from generations");
    hold("here", "shop");

    PostgresPaymentEventLog log =
        new PostgresPaymentEventLog(new StatementExecutor(pool, Duration.ofSeconds(10)));
    assertThat(await(log.readAfter(offset, 10)).events()).isEmpty();
    assertThat(await(log.readAfter(EventOffset.START, 10)).events()).hasSize(1);
    assertThat(totals().unqueued()).isZero();
  }

  @Test
  void totals_eventThatIsNotReadYet_hasItsAge() {
    hold("here", "shop");
    TestPostgres.execute(
        url,
        "insert into payment_events (generation, payment_id, status, gateway, at) "
            + "select max(number), gen_random_uuid(), 'pending', 'stripe', "
            + "now() - interval '2 hours' from generations");

    assertThat(totals().unqueued()).isBetween(Duration.ofHours(2), Duration.ofHours(3));
    PostgresPaymentEventLog log =
        new PostgresPaymentEventLog(new StatementExecutor(pool, Duration.ofSeconds(10)));
    EventOffset end = await(log.readAfter(offset, 10)).end();
    await(store.queue("here", List.of("shop"), offset, end, List.of()));
    assertThat(totals().unqueued()).isZero();
  }

  @Test
  void due_manyBlockedWebhooks_readsTheOthers() {
    hold("here", "shop");
    queue(IntStream.range(0, 50).mapToObj(i -> ONE).toArray(UUID[]::new));
    queue(TWO);

    assertThat(dueIds()).containsExactly("event1", "event51");
    fail(due().get(0), Optional.of(SOON));
    assertThat(dueIds()).contains("event1", "event51").hasSize(2);
  }

  @Test
  void forget_removedEndpoint_removesItsRows() {
    hold("here", "shop");
    queue(ONE);
    await(store.release("here", List.of("shop")));

    assertThat(TestPostgres.query(url, "select forget_webhook_endpoint('shop')"))
        .containsExactly(List.of("removed with 1 webhooks"));
    assertThat(await(store.totals(List.of("shop")))).isEmpty();
  }
}
