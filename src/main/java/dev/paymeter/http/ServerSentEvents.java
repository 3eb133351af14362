package dev.paymeter.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Open streams of server-sent events (WHATWG HTML, section 9.2) on one event loop. A round sends
 * each client the events after its position. Rounds run one at a time, and only while a client is
 * connected.
 *
 * <p>At most one write per client is in progress. Rounds skip a client whose last write is
 * incomplete; later rounds send it the events that it missed. (Vert.x 5 reports a full write queue
 * only after dozens of messages of any length.) Every stream ends after a maximum age, which also
 * removes clients that disconnected without notice.
 *
 * @param <P> the position up to which a client has received events
 */
public final class ServerSentEvents<P> {
  static final String CONTENT_TYPE = "text/event-stream";

  /** Well below the idle time after which proxies, and this server, close a connection. */
  private static final long HEARTBEAT_INTERVAL_MILLIS = 10_000;

  private final Vertx vertx;
  private final Limits limits;
  private final Supplier<Future<Duration>> round;
  private final Set<Client<P>> clients = new LinkedHashSet<>();
  private final long heartbeat;
  private boolean polling;

  /**
   * The limits of the streams.
   *
   * @param maxClients the maximum number of open streams
   * @param tooManyClients the response to further requests
   * @param maxAge the time after which a stream ends
   * @param finalText the last text of such a stream
   */
  public record Limits(int maxClients, Problem tooManyClients, Duration maxAge, String finalText) {}

  /** The receiver of one stream. */
  public static final class Client<P> {
    private final HttpServerResponse response;
    private P position;
    private boolean busy;

    private Client(HttpServerResponse response, P position) {
      this.response = response;
      this.position = position;
    }

    public P position() {
      return position;
    }

    private void write(String text) {
      busy = true;
      response.write(text).onComplete(written -> busy = false);
    }
  }

  /**
   * Creates a set of streams without clients.
   *
   * @param round sends new events to the idle clients, and succeeds with the pause before the next
   *     round; must not fail, because no other round would follow
   */
  public ServerSentEvents(Vertx vertx, Limits limits, Supplier<Future<Duration>> round) {
    this.vertx = vertx;
    this.limits = limits;
    this.round = round;
    this.heartbeat =
        vertx.setPeriodic(
            HEARTBEAT_INTERVAL_MILLIS, due -> idle().forEach(client -> client.write(":\n\n")));
  }

  /**
   * Responds with a stream, or with a problem if the maximum is reached.
   *
   * @param first the text that the stream begins with
   */
  public void open(RoutingContext request, P position, String first) {
    HttpServerResponse response = request.response();
    if (response.closed()) {
      return;
    }
    if (clients.size() >= limits.maxClients()) {
      limits.tooManyClients().respond(request);
      return;
    }
    Client<P> client = new Client<>(response, position);
    long expiry = vertx.setTimer(limits.maxAge().toMillis(), due -> expire(client));
    response
        .setChunked(true)
        .putHeader(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE)
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .closeHandler(closed -> remove(client, expiry))
        .exceptionHandler(failure -> remove(client, expiry))
        .write(first);
    clients.add(client);
    poll();
  }

  /** Removes a client, and cancels its timer, which would keep it in memory. */
  private void remove(Client<P> client, long expiry) {
    vertx.cancelTimer(expiry);
    clients.remove(client);
  }

  private void expire(Client<P> client) {
    if (clients.remove(client)) {
      client.response.end(limits.finalText());
    }
  }

  /** Ends all streams. */
  public void close() {
    vertx.cancelTimer(heartbeat);
    clients.forEach(client -> client.response.end());
    clients.clear();
  }

  /** Returns the clients whose last write is complete. */
  public List<Client<P>> idle() {
    return clients.stream().filter(client -> !client.busy).toList();
  }

  /** Writes to a client, unless its stream has ended meanwhile. */
  public void send(Client<P> client, String text, P position) {
    if (clients.contains(client)) {
      client.position = position;
      client.write(text);
    }
  }

  private void poll() {
    if (polling || clients.isEmpty()) {
      return;
    }
    polling = true;
    round
        .get()
        .onSuccess(
            pause ->
                vertx.setTimer(
                    pause.toMillis(),
                    due -> {
                      polling = false;
                      poll();
                    }));
  }

  /** Formats an event. The JSON has no line breaks, which would end the data. */
  public static String event(String name, JsonObject data) {
    return "event: " + name + "\ndata: " + data.encode() + "\n\n";
  }

  /** Formats an event with an id after which a client can resume. */
  public static String event(String id, String name, JsonObject data) {
    return "id: " + id + '\n' + event(name, data);
  }
}
