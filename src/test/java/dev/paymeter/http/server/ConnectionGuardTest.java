package dev.paymeter.http.server;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.security.RejectionMetrics;
import dev.paymeter.security.RejectionMetrics.Reason;
import dev.paymeter.support.TestCertificate;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Memory and number of the connections of one event loop. */
@ExtendWith(VertxExtension.class)
@Timeout(30)
class ConnectionGuardTest {
  private static final int BODY_BYTES = 64 << 10;
  private static final int SMALLEST_BUFFER_BYTES = 2048;
  private static final int RESPONSE_BYTES = 16 << 20;

  /** More than the windows of HTTP/2 admit. */
  private static final int MEDIUM_RESPONSE_BYTES = 256 << 10;

  private static final HttpClientOptions HTTP_2 =
      new HttpClientOptions()
          .setProtocolVersion(HttpVersion.HTTP_2)
          .setSsl(true)
          .setUseAlpn(true)
          .setTrustAll(true)
          .setVerifyHost(false);
  private static final String GET = " HTTP/1.1\r\nHost: localhost\r\n\r\n";

  private final Map<Reason, Integer> rejections = new EnumMap<>(Reason.class);
  private final List<Socket> clients = new ArrayList<>();
  private final AtomicInteger inProcess = new AtomicInteger();
  private volatile int port;

  private void count(Reason reason) {
    synchronized (rejections) {
      rejections.merge(reason, 1, Integer::sum);
    }
  }

  private int rejected(Reason reason) {
    synchronized (rejections) {
      return rejections.getOrDefault(reason, 0);
    }
  }

  @BeforeEach
  void serve(Vertx vertx) {
    serve(
        vertx, new MemoryShares(10 * BODY_BYTES, 32 * SMALLEST_BUFFER_BYTES, 3L * RESPONSE_BYTES));
  }

  private void serve(Vertx vertx, MemoryShares memory) {
    serve(vertx, memory, null);
  }

  /**
   * @param certificate null for clear text
   */
  private void serve(Vertx vertx, MemoryShares memory, ServerCertificate certificate) {
    ServerLimits limits =
        new ServerLimits(
            30,
            4 << 10,
            8 << 10,
            100,
            100,
            Duration.ofSeconds(75),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30));
    RejectionMetrics metrics = this::count;
    HttpServers servers = new HttpServers(limits, memory, metrics, certificate, () -> {});
    await(vertx.deployVerticle(context -> listen(vertx, servers)));
  }

  /** Listens on one event loop, on which the guard is used. */
  private Future<?> listen(Vertx vertx, HttpServers servers) {
    Router router = Router.router(vertx);
    HttpServer server = servers.create(vertx, "127.0.0.1", 0, TracingPolicy.IGNORE, router);
    router.post().handler(BodyHandler.create(false)).handler(request -> request.end("posted"));
    router.get("/small").handler(request -> request.end("small"));
    router.get("/never").handler(request -> inProcess.incrementAndGet());
    Buffer large = Buffer.buffer(new byte[RESPONSE_BYTES]);
    router.get("/large").handler(request -> request.end(large));
    Buffer medium = Buffer.buffer(new byte[MEDIUM_RESPONSE_BYTES]);
    router.get("/medium").handler(request -> request.end(medium));
    return server.listen().onSuccess(listening -> port = listening.actualPort());
  }

  @AfterEach
  void disconnect() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
  }

  private Socket connect() throws IOException {
    Socket client = new Socket();
    client.setReceiveBufferSize(4096);
    client.setSoTimeout(20_000);
    client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    clients.add(client);
    return client;
  }

  private static void send(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private Socket send(String text) throws IOException {
    Socket client = connect();
    send(client, text);
    return client;
  }

  /** Returns the rest of the response's bytes up to a text. */
  private static String readUntil(Socket client, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    InputStream in = client.getInputStream();
    while (text.indexOf(end) < 0) {
      int read = in.read();
      assertThat(read).as("end of %s", text).isNotNegative();
      text.append((char) read);
    }
    return text.toString();
  }

  private static boolean isClosed(Socket client) throws IOException {
    try {
      return client.getInputStream().read() < 0;
    } catch (SocketException reset) {
      return true;
    }
  }

  private void assertServed() throws IOException {
    Socket client = send("GET /small" + GET);
    assertThat(readUntil(client, "small")).startsWith("HTTP/1.1 200 ");
    send(client, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
    assertThat(readUntil(client, "posted")).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void connections_idleAtTheMaximum_theOldestIsReplaced() throws IOException {
    Socket first = connect();
    Socket second = send("GET /small" + GET);
    readUntil(second, "small");
    for (int i = 2; i < 30; i++) {
      send("GET /small HT");
    }

    assertServed();

    assertThat(isClosed(first)).isTrue();
    assertServed();
    assertThat(isClosed(second)).isTrue();
    assertThat(rejected(Reason.CONNECTIONS)).isEqualTo(2);
  }

  @Test
  void connections_withRequestsInProcess_areNotReplaced() throws IOException {
    List<Socket> busy = new ArrayList<>();
    for (int i = 0; i < 29; i++) {
      busy.add(send("GET /never" + GET));
    }
    eventually(() -> assertThat(inProcess).hasValue(29));
    Socket idle = connect();

    assertServed();
    assertThat(isClosed(idle)).isTrue();

    send(clients.get(30), "GET /never" + GET);
    eventually(() -> assertThat(inProcess).hasValue(30));
    Socket beyond = send("GET /small" + GET);
    assertThat(isClosed(beyond)).isTrue();
    for (Socket each : busy) {
      each.setSoTimeout(1);
      assertThat(isOpen(each)).isTrue();
    }
  }

  private static boolean isOpen(Socket client) throws IOException {
    try {
      return client.getInputStream().read() >= 0;
    } catch (SocketTimeoutException open) {
      return true;
    }
  }

  @Test
  void bodies_incompleteAndMoreThanTheirShare_theOldestAreRejected() throws IOException {
    String half = post(BODY_BYTES) + "x".repeat(BODY_BYTES / 2);
    Socket oldest = send(half);
    for (int i = 1; i < 25; i++) {
      send(half);
    }

    eventually(() -> assertThat(rejected(Reason.REQUEST_TIMEOUT)).isPositive());
    assertServed();
    Socket newest = clients.get(24);
    send(newest, "x".repeat(BODY_BYTES / 2));

    assertThat(readUntil(newest, "posted")).startsWith("HTTP/1.1 200 ");
    assertThat(rejected(Reason.REQUEST_TIMEOUT)).isLessThan(20);
    oldest.setSoTimeout(5000);
    while (!isClosed(oldest)) {}
  }

  /** A past defect: it was rejected, and its handler was called all the same. */
  @Test
  void body_completedBytesAreBeyondTheShare_isHandled(Vertx vertx) throws IOException {
    serve(vertx, new MemoryShares(4096, 1 << 20, 1 << 20));
    Socket observer = connect();
    Socket oldest = send(post(3000) + "x".repeat(2000));
    awaitReceived(observer);
    Socket other = send(post(3000) + "x".repeat(2000));
    awaitReceived(observer);
    send(other, "x".repeat(200)); // Too few to be measured.
    awaitReceived(observer);

    send(oldest, "x".repeat(1000));

    assertThat(readUntil(oldest, "posted")).startsWith("HTTP/1.1 200 ");
    assertThat(rejected(Reason.REQUEST_TIMEOUT)).isZero();
  }

  /** Nothing keeps them. */
  @Test
  void body_ofAnAnsweredRequest_doesNotCount(Vertx vertx) throws IOException {
    serve(vertx, new MemoryShares(4096, 1 << 20, 1 << 20));
    Socket oldest = send(post(3000) + "x".repeat(2000));
    awaitReceived(connect());
    Socket endless = send("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n");
    readUntil(endless, "\r\n\r\n");
    send(endless, "x".repeat(100_000));
    awaitReceived(connect());

    send(oldest, "x".repeat(1000));

    assertThat(readUntil(oldest, "posted")).startsWith("HTTP/1.1 200 ");
    assertThat(rejected(Reason.REQUEST_TIMEOUT)).isZero();
  }

  private static String post(int length) {
    return "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n";
  }

  /** Returns when the event loop has received what was sent before. */
  private static void awaitReceived(Socket observer) throws IOException {
    send(observer, "GET /small" + GET);
    readUntil(observer, "small");
  }

  @Test
  void heads_incompleteAndMoreThanTheirShare_theOldestAreRejected() throws IOException {
    String most = "GET /small HTTP/1.1\r\nHost: localhost\r\nA: " + "x".repeat(7 << 10);
    Socket oldest = send(most);
    for (int i = 1; i < 25; i++) {
      send(most);
    }

    eventually(() -> assertThat(rejected(Reason.REQUEST_TIMEOUT)).isPositive());
    assertServed();
    Socket newest = clients.get(24);
    send(newest, "\r\n\r\n");

    assertThat(readUntil(newest, "small")).startsWith("HTTP/1.1 200 ");
    assertThat(rejected(Reason.REQUEST_TIMEOUT)).isLessThan(25);
    assertThat(readUntil(oldest, "/problems/request-timeout")).startsWith("HTTP/1.1 408 ");
  }

  @Test
  void responses_unreadAndMoreThanTheirShare_theOldestAreClosed() throws IOException {
    for (int i = 0; i < 10; i++) {
      send("GET /large" + GET);
    }

    eventually(() -> assertThat(rejected(Reason.RESPONSE_TIMEOUT)).isGreaterThanOrEqualTo(6));
    assertServed();
    assertThat(rejected(Reason.RESPONSE_TIMEOUT)).isLessThan(10);
    InputStream newest = clients.get(9).getInputStream();
    assertThat(newest.readNBytes(RESPONSE_BYTES)).hasSize(RESPONSE_BYTES);
  }

  /** A client, or a proxy, with many responses on one connection. */
  @Test
  void http2Responses_unreadAndMoreThanTheirShare_theOldestEndWithoutTheConnection(
      Vertx vertx, @TempDir Path directory) throws Exception {
    TestCertificate files = TestCertificate.make(directory, "localhost");
    ServerCertificate certificate = new ServerTls(files.certificate(), files.key()).read();
    serve(vertx, new MemoryShares(1 << 20, 1 << 20, 3L * MEDIUM_RESPONSE_BYTES), certificate);
    HttpClientAgent client = vertx.createHttpClient(HTTP_2);
    List<HttpClientResponse> responses = new ArrayList<>();
    List<Future<Buffer>> bodies = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      HttpClientResponse response = await(get(client, "/medium").map(HttpClientResponse::pause));
      responses.add(response);
      bodies.add(response.body());
    }
    eventually(() -> assertThat(rejected(Reason.RESPONSE_TIMEOUT)).isEqualTo(7));

    responses.forEach(HttpClientResponse::resume);
    for (Future<Buffer> oldest : bodies.subList(0, 7)) {
      assertThatThrownBy(() -> await(oldest)).isInstanceOf(StreamResetException.class);
    }
    for (Future<Buffer> newest : bodies.subList(7, 10)) {
      assertThat(await(newest).length()).isEqualTo(MEDIUM_RESPONSE_BYTES);
    }
    assertThat(await(get(client, "/small")).request().connection())
        .isSameAs(responses.get(0).request().connection());
    assertThat(rejected(Reason.RESPONSE_TIMEOUT)).isEqualTo(7);
    await(client.close());
  }

  private Future<HttpClientResponse> get(HttpClientAgent client, String path) {
    return client.request(HttpMethod.GET, port, "127.0.0.1", path).compose(HttpClientRequest::send);
  }
}
