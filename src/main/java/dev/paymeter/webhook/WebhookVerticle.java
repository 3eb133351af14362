package dev.paymeter.webhook;

import dev.paymeter.json.EventJson;
import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.PaymentEventLog;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.service.PeriodicTask;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Sender of this process: it shares the endpoints with the other processes by leases in the ledger,
 * queues the events of its endpoints, and sends them. Each process deploys one.
 */
public final class WebhookVerticle extends VerticleBase {
  static final Duration LEASE_DURATION = Duration.ofSeconds(5);

  /** From this age of the leases, no attempt starts; another process may soon hold them. */
  private static final long MAX_START_AGE = LEASE_DURATION.toNanos() / 2;

  /** From this age of the leases, attempts in progress are canceled. */
  private static final long MAX_AGE = LEASE_DURATION.toNanos() * 9 / 10;

  private static final Duration RENEWAL_INTERVAL = Duration.ofSeconds(1);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(200);

  /** The shortest delay of a timer. */
  private static final Duration NO_PAUSE = Duration.ofMillis(1);

  private static final Duration TICK_INTERVAL = Duration.ofMillis(250);
  private static final Duration TOTALS_INTERVAL = Duration.ofSeconds(1);

  /** Maximum wait for attempts in progress when the process ends. */
  private static final Duration MAX_DRAIN = Duration.ofSeconds(5);

  /** Maximum number of events per query; each endpoint gets a copy. */
  private static final int MAX_EVENTS = 200;

  /** From this number of waiting webhooks of an endpoint, its events stay in the log. */
  private static final int MAX_WAITING = 100_000;

  private final WebhookEndpoints endpoints;
  private final PaymentEventLog paymentEventLog;
  private final WebhookStore store;
  private final WebhookClient.Factory clients;
  private final EndpointSender.Context senderContext;
  private final String process;
  private final LongSupplier nanoTime;
  private final List<PeriodicTask> tasks;
  private final Consumer<List<WebhookTotals>> totals;

  private final Map<String, EndpointSender> senders = new TreeMap<>();
  private final Set<String> registered = new HashSet<>();
  private long leaseStart;

  /** The last round has read a full page. */
  private boolean isBehind;

  /**
   * Ports of the sender.
   *
   * @param clients creates a client for each endpoint
   * @param totals receives the numbers of all endpoints
   */
  public record Ports(
      PaymentEventLog paymentEventLog,
      WebhookStore store,
      WebhookClient.Factory clients,
      Consumer<List<WebhookTotals>> totals) {}

  /**
   * @param process unique name of this process
   * @param maxInFlight maximum number of attempts in progress at one endpoint
   * @param nanoTime a monotonic clock in nanoseconds
   */
  public WebhookVerticle(
      WebhookEndpoints endpoints,
      Ports ports,
      RetrySchedule schedule,
      int maxInFlight,
      String process,
      Scheduler scheduler,
      LongSupplier nanoTime) {
    this.endpoints = endpoints;
    this.paymentEventLog = ports.paymentEventLog();
    this.store = ports.store();
    this.clients = ports.clients();
    this.totals = ports.totals();
    this.process = process;
    this.nanoTime = nanoTime;
    this.leaseStart = nanoTime.getAsLong() - LEASE_DURATION.toNanos();
    this.senderContext =
        new EndpointSender.Context(store, schedule, maxInFlight, this::mayStart, nanoTime);
    this.tasks =
        List.of(
            new PeriodicTask(scheduler, RENEWAL_INTERVAL, this::renew),
            new PeriodicTask(scheduler, this::pollPause, this::readEvents),
            new PeriodicTask(scheduler, TICK_INTERVAL, this::tick),
            new PeriodicTask(scheduler, TOTALS_INTERVAL, this::readTotals));
  }

  @Override
  public Future<?> start() {
    tasks.forEach(PeriodicTask::start);
    return renew().otherwiseEmpty();
  }

  /** Completes when attempts in progress have ended, or after a limit, and leases are released. */
  @Override
  public Future<?> stop() {
    Future<?> renewal = tasks.get(0).stop();
    Future<?> poll = tasks.get(1).stop();
    tasks.get(3).stop();
    return Future.join(renewal, poll)
        .transform(ended -> Future.all(drainAll()))
        .timeout(MAX_DRAIN.toMillis(), TimeUnit.MILLISECONDS)
        .transform(
            ended -> {
              tasks.get(2).stop();
              List<String> held = List.copyOf(senders.keySet());
              closeAll();
              return store.release(process, held).compose(released -> store.leave(process));
            })
        .otherwiseEmpty();
  }

  private List<Future<Void>> drainAll() {
    return senders.values().stream().map(EndpointSender::drain).toList();
  }

  private long leaseAge() {
    return nanoTime.getAsLong() - leaseStart;
  }

  private boolean mayStart() {
    return leaseAge() < MAX_START_AGE;
  }

  /** The leases are measured from before the request, so they never seem valid for too long. */
  private Future<?> renew() {
    long now = nanoTime.getAsLong();
    Set<String> names = Set.copyOf(endpoints.byName().keySet());
    return Futures.attempt(() -> register(names))
        .compose(added -> store.renew(process, names, LEASE_DURATION, MAX_WAITING))
        .onComplete(
            held -> renewed(held, now),
            failure -> Futures.logUnlessUnavailable("Cannot renew webhook leases", failure));
  }

  private Future<Void> register(Set<String> names) {
    registered.retainAll(names); // A removed endpoint may be forgotten before it returns.
    List<String> added = names.stream().filter(name -> !registered.contains(name)).toList();
    return added.isEmpty()
        ? Future.succeededFuture()
        : store.register(added).onSuccess(stored -> registered.addAll(added));
  }

  private void renewed(List<WebhookStore.Held> held, long start) {
    leaseStart = start;
    Set<String> names = held.stream().map(WebhookStore.Held::endpoint).collect(Collectors.toSet());
    closeAll(senders.keySet().stream().filter(name -> !names.contains(name)).toList());
    held.forEach(
        each -> senders.computeIfAbsent(each.endpoint(), this::sender).renewed(each, MAX_WAITING));
    if (!held.isEmpty()) {
      handOver(held.size() - held.get(0).share());
    }
  }

  private EndpointSender sender(String name) {
    return new EndpointSender(
        name, senderContext, () -> endpoints.byName().get(name), clients.create());
  }

  /** Releases the endpoints that exceed the share of this process, after their attempts. */
  private void handOver(int excess) {
    long draining = senders.values().stream().filter(EndpointSender::isDraining).count();
    List<String> chosen =
        senders.entrySet().stream()
            .filter(each -> !each.getValue().isDraining())
            .map(Map.Entry::getKey)
            .limit(Math.max(0, excess - draining))
            .toList();
    chosen.forEach(
        name -> {
          EndpointSender sender = senders.get(name);
          if (sender != null) {
            sender.drain().onSuccess(ended -> release(name, sender));
          }
        });
  }

  private void release(String name, EndpointSender sender) {
    if (senders.remove(name, sender)) {
      sender.close();
      store
          .release(process, List.of(name))
          .onFailure(failure -> Futures.logUnlessUnavailable("Cannot release a lease", failure));
    }
  }

  private void closeAll() {
    closeAll(List.copyOf(senders.keySet()));
  }

  private void closeAll(Collection<String> names) {
    for (String name : names) {
      EndpointSender sender = senders.remove(name);
      if (sender != null) {
        sender.close();
      }
    }
  }

  private Future<?> tick() {
    if (leaseAge() > MAX_AGE) {
      closeAll();
    } else {
      List.copyOf(senders.values()).forEach(EndpointSender::tick);
    }
    return Future.succeededFuture();
  }

  /** Returns the pause before the next round: none while an endpoint catches up. */
  private Duration pollPause() {
    return isBehind ? NO_PAUSE : POLL_INTERVAL;
  }

  /**
   * Queues at most one page of events for each endpoint, so that one that catches up does not delay
   * the others. Endpoints with the same offset share their queries; normally, all have read all
   * events.
   */
  private Future<?> readEvents() {
    isBehind = false;
    Map<EventOffset, List<String>> groups = new HashMap<>();
    senders.forEach(
        (name, sender) -> {
          EventOffset offset = sender.offset();
          if (offset != null && sender.acceptsEvents()) {
            groups.computeIfAbsent(offset, added -> new ArrayList<>()).add(name);
          }
        });
    Future<?> read = Future.succeededFuture();
    for (Map.Entry<EventOffset, List<String>> group : groups.entrySet()) {
      read = read.compose(next -> queueAfter(group.getKey(), group.getValue()));
    }
    return read;
  }

  /** Never fails: the other endpoints follow. */
  private Future<?> queueAfter(EventOffset from, List<String> names) {
    return Futures.attempt(() -> mayStart() ? queuePage(from, names) : Future.succeededFuture())
        .onFailure(failure -> Futures.logUnlessUnavailable("Cannot queue webhooks", failure))
        .otherwiseEmpty();
  }

  private Future<Void> queuePage(EventOffset from, List<String> names) {
    return paymentEventLog
        .readAfter(from, MAX_EVENTS)
        .compose(
            batch -> {
              Map<String, WebhookEndpoint> configured = endpoints.byName();
              List<String> kept =
                  names.stream()
                      .filter(name -> configured.containsKey(name) && acceptsEvents(name))
                      .toList();
              return batch.isEmpty() || kept.isEmpty() || !mayStart()
                  ? Future.succeededFuture()
                  : queue(from, batch, kept, configured);
            });
  }

  /** Returns whether the endpoint still accepts events: that may have changed during a read. */
  private boolean acceptsEvents(String name) {
    EndpointSender sender = senders.get(name);
    return sender != null && sender.acceptsEvents();
  }

  /** The position of an endpoint that was removed from the file stays. */
  private Future<Void> queue(
      EventOffset from,
      EventBatch batch,
      List<String> names,
      Map<String, WebhookEndpoint> configured) {
    List<WebhookStore.Queued> queued = queued(batch, names, configured);
    return store
        .queue(process, names, from, batch.end(), queued)
        .onFailure(unknown -> setOffset(names, null))
        .onSuccess(
            moved -> {
              isBehind |= batch.events().size() == MAX_EVENTS && !moved.isEmpty();
              moved(names, moved, batch.end(), queued);
            })
        .mapEmpty();
  }

  /** Another process has moved what this one could not: its offset is read again. */
  private void moved(
      List<String> names,
      List<String> moved,
      EventOffset reached,
      List<WebhookStore.Queued> queued) {
    setOffset(names.stream().filter(name -> !moved.contains(name)).toList(), null);
    setOffset(moved, reached);
    for (String name : moved) {
      EndpointSender sender = senders.get(name);
      if (sender != null) {
        sender.queued(queued.stream().filter(each -> each.endpoint().equals(name)).count());
      }
    }
  }

  private void setOffset(List<String> names, @Nullable EventOffset offset) {
    for (String name : names) {
      EndpointSender sender = senders.get(name);
      if (sender != null) {
        sender.setOffset(offset);
      }
    }
  }

  private static List<WebhookStore.Queued> queued(
      EventBatch batch, List<String> names, Map<String, WebhookEndpoint> configured) {
    List<WebhookStore.Queued> queued = new ArrayList<>();
    for (String name : names) {
      WebhookEndpoint endpoint = Objects.requireNonNull(configured.get(name));
      batch
          .reset()
          .filter(reset -> endpoint.receivesResets())
          .ifPresent(reset -> queued.add(new WebhookStore.Queued(name, content(reset))));
      batch.events().stream()
          .filter(endpoint::receives)
          .forEach(event -> queued.add(new WebhookStore.Queued(name, content(event))));
    }
    return queued;
  }

  private static Webhook.Content content(PaymentEvent event) {
    return new Webhook.Content(
        EventJson.id(event.position()),
        event.paymentId(),
        event.merchant(),
        EventJson.type(event),
        EventJson.writeWebhook(event).encode());
  }

  private static Webhook.Content content(EventBatch.Reset reset) {
    return new Webhook.Content(
        WebhookEndpoint.RESET + reset.generation(),
        null,
        null,
        WebhookEndpoint.RESET,
        EventJson.writeWebhook(reset).encode());
  }

  private Future<?> readTotals() {
    Set<String> names = Set.copyOf(endpoints.byName().keySet());
    return Futures.attempt(() -> store.totals(names))
        .onComplete(
            stored -> {
              registerMissing(names, stored);
              totals.accept(stored);
            },
            failure -> Futures.logUnlessUnavailable("Cannot count webhooks", failure));
  }

  /** Lets the next renewal register endpoints again that an operator has forgotten. */
  private void registerMissing(Set<String> names, List<WebhookTotals> stored) {
    Set<String> present = stored.stream().map(WebhookTotals::endpoint).collect(Collectors.toSet());
    registered.removeIf(name -> names.contains(name) && !present.contains(name));
  }
}
