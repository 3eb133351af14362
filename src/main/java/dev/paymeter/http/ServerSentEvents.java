package dev.paymeter.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.security.Credential;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Open streams of server-sent events (WHATWG HTML, section 9.2) on one event loop. A round sends
 * each client the events after its position. Rounds run one at a time, and only while a client is
 * connected.
 *
 * <p>At most one write per client is in progress. Rounds skip a client whose last write is
 * incomplete; later rounds send it the events that it missed. (Vert.x 5 reports a full write queue
 * only after dozens of messages of any length.) Every stream ends when the client's credential
 * ends, and after a maximum age, which also removes clients that disconnected without notice.
 *
 * @param <P> the position up to which a client has received events
 */
public abstract class ServerSentEvents<P> {
  static final String CONTENT_TYPE = "text/event-stream";

  /** Well below the idle time after which proxies, and this server, close a connection. */
  private static final long HEARTBEAT_INTERVAL_MILLIS = 10_000;

  private static final long CREDENTIAL_INTERVAL_MILLIS = 1000;

  protected final Vertx vertx;
  private final Limits limits;
  private final Set<Client<P>> clients = new LinkedHashSet<>();
  private boolean polling;

  /**
   * The limits of the streams.
   *
   * @param maxClients the maximum number of open streams
   * @param tooManyClients the response to further requests
   * @param maxAge the time after which a stream ends
   * @param finalText the last text of such a stream
   * @param isCompressible whether streams are compressed for clients that accept it
   */
  public record Limits(
      int maxClients,
      Problem tooManyClients,
      Duration maxAge,
      String finalText,
      boolean isCompressible) {}

  /** The receiver of one stream. */
  public static final class Client<P> {
    private final HttpServerResponse response;
    private final Credential credential;
    private final @Nullable GzipStream gzip;
    private P position;
    private boolean busy;
    private long expiry;

    private Client(RoutingContext request, boolean isCompressed, P position) {
      this.response = request.response();
      this.credential = ApiKeyAuthHandler.credential(request);
      this.gzip = isCompressed ? new GzipStream() : null;
      this.position = position;
    }

    public Credential credential() {
      return credential;
    }

    private void write(Text text) {
      busy = true;
      response.write(encode(text)).onComplete(written -> busy = false);
    }

    private Buffer begin(Text text) {
      Buffer first = encode(text);
      return gzip == null ? first : GzipStream.head().appendBuffer(first);
    }

    private void end(Text text) {
      Buffer last = encode(text);
      response.end(gzip == null ? last : last.appendBuffer(gzip.end()));
    }

    private Buffer encode(Text text) {
      if (gzip == null) {
        return text.plain;
      }
      gzip.add(text.bytes);
      return text.compressed();
    }
  }

  /** A text that is encoded, and compressed if necessary, once for all its receivers. */
  private static final class Text {
    final byte[] bytes;
    final Buffer plain;
    private @Nullable Buffer compressed;

    Text(String text) {
      bytes = text.getBytes(UTF_8);
      plain = Buffer.buffer(bytes);
    }

    Buffer compressed() {
      if (compressed == null) {
        compressed = GzipStream.compress(bytes);
      }
      return compressed;
    }
  }

  /**
   * @param isValid returns whether a credential has not been revoked and has not expired
   */
  protected ServerSentEvents(Vertx vertx, Limits limits, Predicate<Credential> isValid) {
    this.vertx = vertx;
    this.limits = limits;
    vertx.setPeriodic(
        HEARTBEAT_INTERVAL_MILLIS,
        due -> {
          Text comment = new Text(":\n\n");
          idleClients().forEach(client -> client.write(comment));
        });
    vertx.setPeriodic(
        CREDENTIAL_INTERVAL_MILLIS,
        due ->
            List.copyOf(clients).stream()
                .filter(client -> !isValid.test(client.credential))
                .forEach(client -> end(client, "")));
  }

  /**
   * Sends new events to the idle clients, and succeeds with the pause before the next round. Must
   * not fail, because no other round would follow.
   */
  protected abstract Future<Duration> sendNew();

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
    boolean isCompressed = limits.isCompressible() && Responses.acceptsGzip(request);
    Client<P> client = new Client<>(request, isCompressed, position);
    client.expiry =
        vertx.setTimer(limits.maxAge().toMillis(), due -> end(client, limits.finalText()));
    response
        .setChunked(true)
        .putHeader(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE)
        // A proxy that transforms (compresses) or buffers the stream would hold back its events.
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store, no-transform")
        .putHeader("X-Accel-Buffering", "no")
        .closeHandler(closed -> remove(client))
        .exceptionHandler(failure -> remove(client));
    if (limits.isCompressible()) {
      response.putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
    }
    if (isCompressed) {
      response.putHeader(HttpHeaders.CONTENT_ENCODING, Responses.GZIP);
    }
    response.write(client.begin(new Text(first)));
    clients.add(client);
    poll();
  }

  /**
   * Removes a client, and cancels its timer, which would keep it in memory.
   *
   * @return whether its stream was open
   */
  private boolean remove(Client<P> client) {
    vertx.cancelTimer(client.expiry);
    return clients.remove(client);
  }

  private void end(Client<P> client, String finalText) {
    if (remove(client)) {
      client.end(new Text(finalText));
    }
  }

  /** Ends all streams. */
  public void close() {
    List.copyOf(clients).forEach(client -> end(client, ""));
  }

  /** Returns the clients whose last write is complete, by position. */
  protected Map<P, List<Client<P>>> idle() {
    return idleClients().collect(Collectors.groupingBy(client -> client.position));
  }

  private Stream<Client<P>> idleClients() {
    return clients.stream().filter(client -> !client.busy);
  }

  /** Writes to clients whose streams have not ended meanwhile. */
  protected void send(List<Client<P>> receivers, String text, P position) {
    Text shared = new Text(text);
    receivers.stream()
        .filter(clients::contains)
        .forEach(
            client -> {
              client.position = position;
              client.write(shared);
            });
  }

  /** Lets clients continue after a position, before which there is nothing to send to them. */
  protected void advance(List<Client<P>> receivers, P position) {
    receivers.forEach(client -> client.position = position);
  }

  private void poll() {
    if (polling || clients.isEmpty()) {
      return;
    }
    polling = true;
    sendNew()
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
