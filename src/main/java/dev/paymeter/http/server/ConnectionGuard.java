package dev.paymeter.http.server;

import dev.paymeter.http.Problem;
import dev.paymeter.security.RejectionMetrics;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.ext.web.RoutingContext;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Limits of the connections of one server, against clients that send or read slowly, or not at all.
 * Vert.x has an idle timeout only: a client that sends a byte from time to time (Slowloris) could
 * occupy all connections. Used on one event loop.
 *
 * <ul>
 *   <li>A request that is not complete in time is answered with 408 if a response is still
 *       possible, then its connection is closed. A response that is not read in time is ended, with
 *       HTTP/1 by closing its connection.
 *   <li>At the maximum of connections, a new one replaces the one that has waited longest for a
 *       request, or for the rest of one.
 *   <li>If incomplete heads or bodies, or unread responses, take more than their share of memory,
 *       the oldest end first.
 * </ul>
 */
final class ConnectionGuard {
  private static final long MAX_CHECK_INTERVAL_MILLIS = 1000;
  private static final long CHECKS_PER_TIMEOUT = 10;

  /** Incomplete bodies are measured each time that this part of their share has been received. */
  private static final long MEASUREMENTS = 4;

  private final Port port;
  private final HttpServerOptions options;
  private final Context context;
  private final DirectMemoryProbe directMemory;

  /** In the order in which they began to wait for a request, or are processing one. */
  private final Map<HttpConnection, ClientConnection> clients =
      new LinkedHashMap<>(16, 0.75f, true);

  private final Set<ClientConnection> unread = new LinkedHashSet<>();
  private MemoryShares memory;
  private long bytesSinceMeasurement;
  private long headBytes;

  /** The allocator of all connections of this event loop; null before the first one. */
  private @Nullable ByteBufAllocator allocator;

  /**
   * Shared parts of all servers of a port.
   *
   * @param exit ends the process if there is no direct memory
   * @param listener the listening socket; null before the first connection
   * @param open the number of connections
   * @param guards of all servers
   */
  record Port(
      ServerLimits limits,
      MemoryShares memory,
      RejectionMetrics rejectionMetrics,
      Runnable exit,
      AtomicReference<@Nullable Channel> listener,
      AtomicInteger open,
      Queue<ConnectionGuard> guards) {
    Port(
        ServerLimits limits,
        MemoryShares memory,
        RejectionMetrics rejectionMetrics,
        Runnable exit) {
      this(
          limits,
          memory,
          rejectionMetrics,
          exit,
          new AtomicReference<>(),
          new AtomicInteger(),
          new ConcurrentLinkedQueue<>());
    }

    /** Returns the memory for the clients of one event loop. */
    MemoryShares memoryOfEventLoop() {
      return memory.dividedBy(guards.size());
    }
  }

  ConnectionGuard(Vertx vertx, Port port, HttpServerOptions options) {
    this.port = port;
    this.options = options;
    this.context = vertx.getOrCreateContext();
    this.directMemory = new DirectMemoryProbe(port.exit());
    port.guards().add(this);
    this.memory = port.memoryOfEventLoop();
    long timeoutMillis =
        Math.min(
            port.limits().requestTimeout().toMillis(), port.limits().responseTimeout().toMillis());
    vertx.setPeriodic(
        Math.min(MAX_CHECK_INTERVAL_MILLIS, timeoutMillis / CHECKS_PER_TIMEOUT + 1),
        tick -> check());
  }

  /** Accepts a new connection; at the maximum, if another one can be closed for it. */
  void connect(HttpConnection accepted) {
    ClientConnection client =
        new ClientConnection((HttpServerConnection) accepted, this, port.rejectionMetrics());
    client.ensureMetric();
    clients.put(accepted, client);
    accepted.closeHandler(closed -> remove(client));
    client.addToPipeline(options);
    allocator = client.allocator();
    port.listener().set(client.listener());
    memory = port.memoryOfEventLoop();
    if (port.open().incrementAndGet() > port.limits().connections()) {
      port.rejectionMetrics().rejected(RejectionMetrics.Reason.CONNECTIONS);
      replace(client);
    }
  }

  /** Closes the connection of any event loop that has waited longest, or else the new one. */
  private void replace(ClientConnection client) {
    client.pause();
    List<Future<Optional<Candidate>>> candidates =
        port.guards().stream().map(guard -> guard.run(() -> guard.candidate(client))).toList();
    Future.all(candidates)
        .compose(
            all ->
                all.<Optional<Candidate>>list().stream()
                    .flatMap(Optional::stream)
                    .min((a, b) -> Long.compare(a.sinceNanos() - b.sinceNanos(), 0))
                    .map(oldest -> oldest.guard().run(() -> oldest.guard().closeOldest(client)))
                    .orElse(Future.succeededFuture(false)))
        .onSuccess(
            isReplaced ->
                context.runOnContext(
                    here -> {
                      if (isReplaced) {
                        client.resume();
                      } else {
                        close(client);
                      }
                    }));
  }

  /**
   * The connection of an event loop that another one can replace.
   *
   * @param sinceNanos the begin of its wait for a request, or for the rest of one
   */
  private record Candidate(ConnectionGuard guard, long sinceNanos) {}

  private <T> Future<T> run(Supplier<T> step) {
    Promise<T> promise = Promise.promise();
    context.runOnContext(here -> promise.complete(step.get()));
    return promise.future();
  }

  private Optional<Candidate> candidate(ClientConnection except) {
    return oldest(except).map(client -> new Candidate(this, client.waitBeginNanos()));
  }

  /** Returns the connection that has waited longest for a request, or for the rest of one. */
  private Optional<ClientConnection> oldest(ClientConnection except) {
    return clients.values().stream()
        .filter(client -> client != except && client.isReplaceable())
        .findFirst();
  }

  private boolean closeOldest(ClientConnection except) {
    Optional<ClientConnection> oldest = oldest(except);
    oldest.ifPresent(this::close);
    return oldest.isPresent();
  }

  private void close(ClientConnection client) {
    remove(client);
    client.closeNow();
  }

  private void remove(ClientConnection client) {
    if (clients.remove(client.connection()) != null) {
      unread.remove(client);
      headBytes -= client.headBytes();
      port.open().decrementAndGet();
    }
  }

  /** Handles a request whose head has arrived. Must precede all handlers that read the body. */
  void onHead(RoutingContext request) {
    ClientConnection client = clients.get(request.request().connection());
    if (client != null) {
      client.add(request);
    }
    if (request.response().writeQueueFull()) {
      awaitEarlierResponses(request);
    } else {
      request.next();
    }
  }

  /** Waits until the client has read its earlier responses, which would fill the memory. */
  private static void awaitEarlierResponses(RoutingContext request) {
    request.request().pause();
    request
        .response()
        .drainHandler(
            drained -> {
              request.response().drainHandler(null);
              request.request().resume();
              request.next();
            });
  }

  /** Handles the begin of a connection's wait for the next request, or for the rest of one. */
  void onWaitBegin(ClientConnection client) {
    clients.get(client.connection()); // Makes it the last one.
  }

  /** Responds to an invalid request, then closes the connection. */
  void reject(HttpServerRequest invalid, Problem problem) {
    ClientConnection client = clients.get(invalid.connection());
    if (client != null) {
      client.reject(problem);
    }
  }

  /** Handles the arrival of bytes, before they are decoded. */
  void onBytes(int count) {
    bytesSinceMeasurement += count;
    long limit = memory.bodyBytes();
    if (bytesSinceMeasurement > limit / MEASUREMENTS) {
      bytesSinceMeasurement = 0;
      limit(
          clients.values(),
          ClientConnection::bodyBytes,
          limit,
          ClientConnection::isOlderThan,
          ClientConnection::rejectBodies);
    }
  }

  /** Handles a change of the memory that holds an incomplete head. */
  void onHeadBytes(ClientConnection client, int change) {
    if (clients.containsKey(client.connection())) {
      headBytes += change;
      long limit = memory.headBytes();
      if (change > 0 && headBytes > limit) {
        limit(
            clients.values(),
            each -> each.isReplaceable() ? each.headBytes() : 0,
            limit,
            ClientConnection::isOlderThan,
            this::rejectHead);
      }
    }
  }

  private void rejectHead(ClientConnection client) {
    remove(client);
    client.rejectHead();
  }

  /** Handles a client that reads more slowly than its responses are written, or no longer does. */
  void onUnread(ClientConnection client, boolean isUnread) {
    if (isUnread && clients.containsKey(client.connection())) {
      unread.add(client);
      client.unread().endOldest(memory.unreadBytes());
      limit(
          unread,
          each -> each.unread().bytes(),
          memory.unreadBytes(),
          (one, other) -> one.unread().areOlderThan(other.unread()),
          each -> each.unread().endAll());
    } else {
      unread.remove(client);
    }
  }

  /** Ends the oldest connections until the others use no more than a limit; never the last one. */
  private static void limit(
      Collection<ClientConnection> connections,
      ToLongFunction<ClientConnection> bytes,
      long limit,
      BiPredicate<ClientConnection, ClientConnection> isOlder,
      Consumer<ClientConnection> end) {
    long total = 0;
    for (ClientConnection client : connections) {
      total += bytes.applyAsLong(client);
    }
    if (total <= limit) {
      return;
    }
    List<ClientConnection> users =
        connections.stream()
            .filter(client -> bytes.applyAsLong(client) > 0)
            .sorted((a, b) -> isOlder.test(a, b) ? -1 : isOlder.test(b, a) ? 1 : 0)
            .toList();
    for (ClientConnection client : users.subList(0, users.size() - 1)) {
      if (total > limit) {
        total -= bytes.applyAsLong(client);
        end.accept(client);
      }
    }
  }

  private void check() {
    long now = System.nanoTime();
    for (ClientConnection client : List.copyOf(clients.values())) {
      client.rejectIfSlow(now, port.limits().requestTimeout().toNanos());
      client.unread().endLate(now, port.limits().responseTimeout().toNanos());
    }
    unread.removeIf(client -> !client.unread().areMany());
    if (allocator != null) {
      directMemory.check(allocator, now);
    }
  }
}
