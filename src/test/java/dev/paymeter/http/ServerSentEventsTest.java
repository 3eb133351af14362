package dev.paymeter.http;

import static dev.paymeter.support.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.GzipReader;
import dev.paymeter.support.http.TestHttp;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.junit5.VertxExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(20)
public class ServerSentEventsTest {
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration PAUSE = Duration.ofMillis(5);
  private static final Problem FULL = Problem.tooManyListeners(1);

  private Vertx vertx;
  private Context context;
  private ServerSentEvents<Integer> streams;
  private volatile boolean isValid = true;

  @BeforeEach
  void keep(Vertx vertx) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
  }

  @Test
  void event_withId_hasIdNameAndData() {
    assertThat(ServerSentEvents.event("7", "paid", new JsonObject().put("text", "a\nb")))
        .isEqualTo("id: 7\nevent: paid\ndata: {\"text\":\"a\\nb\"}\n\n");
  }

  @Test
  void open_idleClient_receivesEventsAfterItsPosition() throws Exception {
    int port = serve(2, LONG, () -> sendNext("number "));

    try (Stream stream = new Stream(port)) {
      assertThat(stream.status()).isEqualTo(200);
      assertThat(stream.headers())
          .contains("content-type: text/event-stream")
          .contains("cache-control: no-store, no-transform", "X-Accel-Buffering: no");
      stream.await("first");
      stream.await("number 1");
      stream.await("number 2");
    }
  }

  @Test
  void open_beyondTheMaximum_isRejectedUntilAClientDisconnects() throws Exception {
    int port = serve(1, LONG, () -> sendNext("number "));

    try (Stream first = new Stream(port);
        Stream second = new Stream(port)) {
      assertThat(first.status()).isEqualTo(200);
      first.await("first");
      assertThat(second.status()).isEqualTo(503);
      assertThat(second.headers()).contains("content-type: application/problem+json");
    }
    int status = 503;
    while (status == 503) {
      try (Stream next = new Stream(port)) {
        status = next.status();
      }
    }
    assertThat(status).isEqualTo(200);
  }

  @Test
  void rounds_clientThatDoesNotRead_isSkipped() throws Exception {
    String large = "x".repeat(8 << 20);
    CountDownLatch roundsWithoutClient = new CountDownLatch(3);
    int port =
        serve(
            1,
            LONG,
            () -> {
              if (streams.idle().isEmpty()) {
                roundsWithoutClient.countDown();
              }
              return sendNext(large);
            });

    try (Stream stream = new Stream(port)) {
      assertThat(stream.status()).isEqualTo(200);
      assertThat(roundsWithoutClient.await(10, TimeUnit.SECONDS)).isTrue();
      stream.await(large + 1);
      stream.await(large + 2);
    }
  }

  @Test
  void stream_ofMaxAge_endsWithTheFinalText() throws Exception {
    int port = serve(1, Duration.ofMillis(50), () -> Future.succeededFuture(PAUSE));

    try (Stream stream = new Stream(port)) {
      assertThat(stream.status()).isEqualTo(200);
      stream.await("farewell");
      stream.awaitEnd();
    }
  }

  /** Regression: streams continued for up to ten minutes. */
  @Test
  void stream_ofACredentialThatHasEnded_ends() throws Exception {
    int port = serve(1, LONG, () -> sendNext("number "));

    try (Stream stream = new Stream(port)) {
      assertThat(stream.status()).isEqualTo(200);
      stream.await("number 1");

      isValid = false;

      stream.awaitEnd();
    }
  }

  /** Regression: the timer of its maximum age kept the client in memory. */
  @Test
  void stream_ended_leavesNoTimer() throws Exception {
    int port = serve(1, LONG, () -> Promise.<Duration>promise().future());

    try (Stream stream = new Stream(port)) {
      assertThat(stream.status()).isEqualTo(200);
      stream.await("first");

      isValid = false;

      stream.awaitEnd();
      assertThat(cancelTimers()).as("periodic ones").isEqualTo(2);
    }
  }

  /** Cancels all timers, which Vert.x numbers, and returns how many were active. */
  private long cancelTimers() {
    long next = vertx.setTimer(LONG.toMillis(), due -> {});
    return LongStream.range(0, next).filter(vertx::cancelTimer).count();
  }

  @Test
  void close_openStreams_end() throws Exception {
    int port = serve(1, LONG, () -> sendNext("number "));

    try (Stream stream = new Stream(port)) {
      assertThat(stream.status()).isEqualTo(200);
      stream.await("number 1");

      context.runOnContext(now -> streams.close());

      stream.awaitEnd();
    }
  }

  /** The checksum and the length at the end of a stream are those of what its client received. */
  @Test
  void stream_compressed_arrivesAtOnceAndEndsValid() throws Exception {
    int port = serve(2, LONG, () -> sendNext("number "));

    try (BufferedReader early = openCompressed(port)) {
      assertThat(early.readLine()).isEqualTo("first");
      assertThat(early.readLine()).isEqualTo("number 1");
      try (BufferedReader late = openCompressed(port)) {
        assertThat(late.readLine()).isEqualTo("first");
        assertThat(late.readLine()).isEqualTo("number 1");

        assertThat(late.readLine()).isEqualTo("number 2");
        assertThat(early.readLine()).isEqualTo("number 2");
        assertThat(early.readLine()).isEqualTo("number 3");

        isValid = false;

        assertThat(early.lines()).as("the rest, until a valid end").doesNotContain("first");
        assertThat(late.lines()).doesNotContain("first");
      }
    }
  }

  private static BufferedReader openCompressed(int port) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port))
            .header("Accept-Encoding", "gzip, br")
            .build();
    HttpResponse<InputStream> response =
        TestHttp.client().send(request, BodyHandlers.ofInputStream());
    assertThat(response.headers().firstValue("content-encoding")).contains("gzip");
    assertThat(response.headers().firstValue("vary")).contains("accept-encoding");
    return new BufferedReader(new InputStreamReader(new GzipReader(response.body()), UTF_8));
  }

  private int serve(int clients, Duration maxAge, Supplier<Future<Duration>> round) {
    return await(
        Future.future(
            port -> context.runOnContext(now -> listen(clients, maxAge, round).onComplete(port))));
  }

  private Future<Integer> listen(int clients, Duration maxAge, Supplier<Future<Duration>> round) {
    Router router = Router.router(vertx);
    streams =
        new ServerSentEvents<>(
            vertx,
            new ServerSentEvents.Limits(clients, FULL, maxAge, "farewell", true),
            credential -> isValid) {
          @Override
          protected Future<Duration> sendNew() {
            return round.get();
          }
        };
    router
        .get("/")
        .handler(new ApiKeyAuthHandler(null, false)::authenticate)
        .handler(request -> streams.open(request, 0, "first\n"));
    return vertx
        .createHttpServer()
        .requestHandler(router)
        .listen(0, "127.0.0.1")
        .map(HttpServer::actualPort);
  }

  private Future<Duration> sendNext(String text) {
    streams
        .idle()
        .forEach(
            (position, clients) ->
                streams.send(clients, text + (position + 1) + '\n', position + 1));
    return Future.succeededFuture(PAUSE);
  }

  /** Connection that reads only on demand. */
  private static final class Stream implements AutoCloseable {
    private final Socket socket = new Socket();
    private final BufferedReader lines;
    private final List<String> head;

    Stream(int port) throws IOException {
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress("127.0.0.1", port));
      socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
      lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      head = lines.lines().takeWhile(line -> !line.isEmpty()).collect(Collectors.toList());
    }

    int status() {
      return Integer.parseInt(head.get(0).split(" ")[1]);
    }

    List<String> headers() {
      return head;
    }

    void await(String expected) throws IOException {
      String line = lines.readLine();
      while (line != null && !line.equals(expected)) {
        line = lines.readLine();
      }
      assertThat(line).isEqualTo(expected);
    }

    void awaitEnd() throws IOException {
      String line = lines.readLine();
      while (line != null && !line.equals("0")) { // The last chunk (RFC 9112, section 7.1).
        line = lines.readLine();
      }
      assertThat(line).isEqualTo("0");
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
