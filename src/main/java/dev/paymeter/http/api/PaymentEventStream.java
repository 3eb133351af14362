package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.LocalRequests;
import dev.paymeter.bus.ReadEvents;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.Problem;
import dev.paymeter.http.ServerSentEvents;
import dev.paymeter.json.EventJson;
import dev.paymeter.payment.Access;
import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.RequestRejectedException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams of payments' events, read from the ledger: a client that reconnects with the id of its
 * last event misses nothing. Used on one event loop.
 *
 * <p>Clients at the same offset share one query; a slow client has its own offset. Clients of a
 * merchant share it, too, and get only the merchant's events; while they catch up, they have a
 * query of their own, which skips all others. A stream ends after {@link #MAX_AGE}, or when the
 * client's key ends. The client reconnects without loss, if its key is still valid, to an instance
 * that has capacity.
 */
final class PaymentEventStream extends ServerSentEvents<EventOffset> {
  private static final Logger log = LoggerFactory.getLogger(PaymentEventStream.class);

  /** The maximum number of clients of one event loop. */
  static final int MAX_CLIENTS = 100;

  static final Duration MAX_AGE = Duration.ofMinutes(10);

  /** The maximum delay of an event while there are few of them. */
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);

  private static final Duration CATCH_UP_INTERVAL = Duration.ofMillis(1);
  private static final long READ_INTERVAL_MILLIS = 10;

  /** Some hundred kilobytes of text. */
  static final int MAX_BATCH = 200;

  PaymentEventStream(Vertx vertx, ApiKeyAuthHandler apiKeyAuthHandler) {
    super(
        vertx,
        new Limits(MAX_CLIENTS, Problem.tooManyListeners(MAX_CLIENTS), MAX_AGE, "", false),
        apiKeyAuthHandler::isValid);
  }

  /**
   * Responds with events until either side closes the connection.
   *
   * @param after the offset of the last event that the client knows; null for new events only
   */
  void add(RoutingContext request, @Nullable EventOffset after) {
    if (after != null) {
      open(request, after);
      return;
    }
    read(null, Access.ALL).onComplete(now -> open(request, now.end()), request::fail);
  }

  /** Sends an id at once: a client that is disconnected before any event resumes after it. */
  private void open(RoutingContext request, EventOffset after) {
    open(request, after, "retry: 1000\nid: " + EventJson.id(after.position()) + "\n\n");
  }

  /**
   * Reads sequentially, with a pause after each offset: if many clients catch up, payments still
   * have nearly all connections to the ledger and most of this event loop.
   */
  @Override
  protected Future<Duration> sendNew() {
    Future<Boolean> more = Future.succeededFuture(false);
    for (Map.Entry<EventOffset, List<Client<EventOffset>>> offset : idle().entrySet()) {
      more =
          more.compose(
              before ->
                  send(offset.getKey(), offset.getValue())
                      .otherwise(false)
                      .compose(here -> vertx.timer(READ_INTERVAL_MILLIS).map(before || here)));
    }
    return more.map(isMore -> isMore ? CATCH_UP_INTERVAL : POLL_INTERVAL);
  }

  /**
   * Sends the next batch.
   *
   * @return whether there may be more events
   */
  private Future<Boolean> send(EventOffset after, List<Client<EventOffset>> receivers) {
    Map<Access, List<Client<EventOffset>>> byAccess =
        receivers.stream().collect(Collectors.groupingBy(PaymentEventStream::access));
    return read(after, Access.ALL)
        .compose(
            found -> {
              List<Future<Boolean>> sent =
                  byAccess.entrySet().stream()
                      .map(each -> send(after, each.getKey(), each.getValue(), found))
                      .toList();
              return Future.all(sent).map(done -> sent.stream().anyMatch(Future::result));
            })
        .onFailure(
            failure -> {
              if (!(failure instanceof RequestRejectedException)) {
                log.error("Failed to read payment events", failure);
              }
            });
  }

  private static Access access(Client<EventOffset> client) {
    return Access.of(client.credential().merchant());
  }

  /**
   * Sends clients with the same access their part of a batch of all events. If there may be more
   * events, those of a merchant get the merchant's next events instead.
   */
  private Future<Boolean> send(
      EventOffset after, Access access, List<Client<EventOffset>> receivers, EventBatch all) {
    if (access.equals(Access.ALL) || !isFull(all)) {
      send(receivers, all.of(access));
      return Future.succeededFuture(isFull(all));
    }
    return read(after, access)
        .map(
            own -> {
              send(receivers, own);
              return isFull(own);
            });
  }

  private void send(List<Client<EventOffset>> receivers, EventBatch batch) {
    if (batch.isEmpty()) {
      advance(receivers, batch.end());
    } else {
      send(receivers, text(batch), batch.end());
    }
  }

  private static boolean isFull(EventBatch batch) {
    return batch.events().size() == MAX_BATCH;
  }

  private Future<EventBatch> read(@Nullable EventOffset after, Access access) {
    return LocalRequests.send(
        vertx, Addresses.READ_EVENTS, new ReadEvents(after, MAX_BATCH, access), Map.of());
  }

  private static String text(EventBatch batch) {
    return Stream.concat(
            batch.reset().map(PaymentEventStream::event).stream(),
            batch.events().stream().map(PaymentEventStream::event))
        .collect(Collectors.joining());
  }

  private static String event(EventBatch.Reset reset) {
    return event(EventJson.id(reset.position()), EventJson.RESET, EventJson.write(reset));
  }

  private static String event(PaymentEvent paymentEvent) {
    return event(
        EventJson.id(paymentEvent.position()),
        EventJson.type(paymentEvent),
        EventJson.write(paymentEvent));
  }
}
