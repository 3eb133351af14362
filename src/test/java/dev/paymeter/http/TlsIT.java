package dev.paymeter.http;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.support.RawHttp;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestCertificate;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.service.RunningService;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** TLS at both ports. */
class TlsIT {
  /** Types of HTTP/2 frames (RFC 9113, section 6). */
  private static final int DATA = 0;

  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int GO_AWAY = 7;
  private static final int CONTINUATION = 9;
  private static final int FRAME_HEAD_BYTES = 9;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int INITIAL_WINDOW_SIZE = 4;

  @TempDir static Path directory;
  static TestCertificate first;
  static Path certificate;
  static Path key;
  static RunningService service;

  @BeforeAll
  static void start() throws Exception {
    first = TestCertificate.make(directory, "localhost", Algorithm.rsa2048);
    certificate = Files.copy(first.certificate(), directory.resolve("tls.crt"));
    key = Files.copy(first.key(), directory.resolve("tls.key"));
    service =
        RunningService.start(
            Map.of(
                "http.tls.certificate", certificate.toString(),
                "http.tls.key", key.toString(),
                "management.tls.certificate", first.certificate().toString(),
                "management.tls.key", first.key().toString(),
                "limits.streams", "7",
                "limits.response-timeout", "500ms"));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  static Stream<URI> ports() {
    return Stream.of(service.api("/nowhere"), service.management("/nowhere"));
  }

  /** Returns a client that trusts one certificate only. */
  private static HttpClient trusting(TestCertificate trusted) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (var in = Files.newInputStream(trusted.certificate())) {
      Certificate known = CertificateFactory.getInstance("X.509").generateCertificate(in);
      store.setCertificateEntry("known", known);
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return TestHttp.client(builder -> builder.sslContext(context));
  }

  private static URI named(URI uri) {
    return URI.create("https://localhost:" + uri.getPort() + uri.getPath());
  }

  private static HttpResponse<String> ask(HttpClient client, URI uri) throws Exception {
    return client.send(HttpRequest.newBuilder(named(uri)).build(), BodyHandlers.ofString());
  }

  @ParameterizedTest
  @MethodSource("ports")
  void port_withACertificate_supportsTlsAndHttp2_notClearText(URI uri) throws Exception {
    assertThat(uri.getScheme()).isEqualTo("https");
    HttpResponse<String> answer = ask(trusting(first), uri);

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(answer.sslSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.3");
    try (RawHttp clear = new RawHttp(uri)) {
      clear.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(clear.readAll()).doesNotContain("HTTP/1.1");
    }
  }

  @Test
  void payment_overTls_isPaid() throws Exception {
    HttpResponse<String> answer =
        trusting(first)
            .send(
                HttpRequest.newBuilder(named(service.api("/v1/payments")))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(RunningService.order("o", "1.00").encode()))
                    .build(),
                BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(201);
  }

  /** Empty frames cost no bytes of the limit of headers (CVE-2024-27983). */
  @ParameterizedTest
  @MethodSource("ports")
  void http2_floodOfEmptyContinuations_isGoAway(URI uri) throws Exception {
    try (SSLSocket socket = connectWithHttp2(uri)) {
      OutputStream out = socket.getOutputStream();
      ByteArrayOutputStream flood = new ByteArrayOutputStream(); // Sent before the server closes.
      flood.write(frame(SETTINGS, 0, 0));
      flood.write(frame(HEADERS, 0, 1));
      for (int i = 0; i < 100; i++) {
        flood.write(frame(CONTINUATION, 0, 1));
      }
      out.write(flood.toByteArray());

      assertThat(frameTypesUntil(socket.getInputStream(), GO_AWAY)).endsWith(GO_AWAY);
    }
  }

  /** The windows of its streams admit no data. */
  @ParameterizedTest
  @MethodSource("ports")
  void http2_responseNotReadInTime_endsItsStreamOnly(URI uri) throws Exception {
    BigDecimal before = lateReaders();
    try (SSLSocket socket = connectWithHttp2(uri)) {
      OutputStream out = socket.getOutputStream();
      InputStream in = socket.getInputStream();
      out.write(frame(SETTINGS, 0, 0, 0, INITIAL_WINDOW_SIZE, 0, 0, 0, 0));
      out.write(frame(HEADERS, END_STREAM | END_HEADERS, 1, getRequest(uri.getPath())));

      assertThat(frameTypesUntil(in, RST_STREAM)).contains(HEADERS).doesNotContain(DATA);

      out.write(frame(SETTINGS, 0, 0, 0, INITIAL_WINDOW_SIZE, 0, 1, 0, 0));
      out.write(frame(HEADERS, END_STREAM | END_HEADERS, 3, getRequest(uri.getPath())));
      assertThat(frameTypesUntil(in, DATA)).contains(HEADERS);
    }
    assertThat(lateReaders()).isGreaterThan(before);
  }

  private static BigDecimal lateReaders() throws Exception {
    return scrape(trusting(first), service.management("/metrics"))
        .sum("paymeter_requests_refused_total", "reason=\"response_timeout\"");
  }

  private static SSLSocket connectWithHttp2(URI uri) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(uri.getHost(), uri.getPort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(20_000);
    socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
    return socket;
  }

  private static byte[] frame(int type, int flags, int stream, int... payload) {
    ByteBuffer frame = ByteBuffer.allocate(FRAME_HEAD_BYTES + payload.length);
    frame.putShort((short) 0).put((byte) payload.length).put((byte) type).put((byte) flags);
    frame.putInt(stream);
    for (int next : payload) {
      frame.put((byte) next);
    }
    return frame.array();
  }

  /** Returns the header fields of a request: indexed ones, and two with a value (RFC 7541). */
  private static int[] getRequest(String path) {
    IntStream.Builder fields = IntStream.builder();
    fields.add(0x82).add(0x87); // :method GET, :scheme https
    addText(fields.add(0x44), path);
    addText(fields.add(0x41), "localhost"); // :authority
    return fields.build().toArray();
  }

  private static void addText(IntStream.Builder fields, String text) {
    fields.add(text.length());
    text.chars().forEach(fields::add);
  }

  /** Returns the types of the frames up to the first of a type, or to the connection's end. */
  private static List<Integer> frameTypesUntil(InputStream in, int last) throws IOException {
    List<Integer> types = new ArrayList<>();
    while (!types.contains(last)) {
      byte[] head = in.readNBytes(FRAME_HEAD_BYTES);
      if (head.length < FRAME_HEAD_BYTES) {
        break;
      }
      types.add((int) head[3]);
      in.readNBytes((head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | (head[2] & 0xff));
    }
    return types;
  }

  @Test
  void streams_areLimited() {
    Vertx vertx = Vertx.vertx();
    try {
      var options =
          new HttpClientOptions()
              .setProtocolVersion(HttpVersion.HTTP_2)
              .setSsl(true)
              .setUseAlpn(true)
              .setVerifyHost(false)
              .setTrustOptions(new PemTrustOptions().addCertPath(first.certificate().toString()));
      HttpClientAgent client = vertx.createHttpClient(options);
      var request =
          await(
              client.request(
                  new RequestOptions()
                      .setMethod(HttpMethod.GET)
                      .setHost("localhost")
                      .setPort(service.api("").getPort())
                      .setURI("/nowhere")));
      var answer = await(request.send());

      assertThat(answer.version()).isEqualTo(HttpVersion.HTTP_2);
      assertThat(request.connection().remoteSettings().getMaxConcurrentStreams()).isEqualTo(7);
      client.close(); // Keeps the client reachable, and so its connection open, until here.
    } finally {
      await(vertx.close());
    }
  }

  @Test
  void certificate_changed_isUsedWithoutARestart() throws Exception {
    URI uri = service.api("/nowhere");
    TestCertificate second =
        TestCertificate.make(Files.createDirectory(directory.resolve("second")), "localhost");
    try {
      Files.copy(second.key(), key, StandardCopyOption.REPLACE_EXISTING);
      Files.copy(second.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
      eventually(() -> assertThat(answers(second, uri)).isTrue());
      assertThat(answers(first, uri)).isFalse();
      assertThat(ask(trusting(second), uri).version()).isEqualTo(HttpClient.Version.HTTP_2);
    } finally {
      Files.copy(first.key(), key, StandardCopyOption.REPLACE_EXISTING);
      Files.copy(first.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
      eventually(() -> assertThat(answers(first, uri)).isTrue());
    }
    assertThatThrownBy(() -> ask(trusting(second), uri)).isInstanceOf(SSLException.class);
  }

  /** Only one of the two files has been replaced. */
  @Test
  void certificate_notMatchingTheKey_changesNothing() throws Exception {
    TestCertificate other =
        TestCertificate.make(Files.createDirectory(directory.resolve("other")), "localhost");
    URI metrics = named(service.management("/metrics"));
    String reloaded = "paymeter_file_last_reload_successful";
    HttpClient client = trusting(first);
    assertThat(scrape(client, metrics).sum(reloaded, "file=\"http_tls\""))
        .isEqualByComparingTo("1");
    try {
      Files.copy(other.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
      eventually(
          () -> assertThat(scrape(client, metrics).sum(reloaded, "file=\"http_tls\"")).isZero());
      assertThat(answers(first, service.api("/nowhere"))).isTrue();
      assertThat(scrape(client, metrics).sum(reloaded, "file=\"management_tls\""))
          .isEqualByComparingTo("1");
    } finally {
      Files.copy(first.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
      eventually(
          () ->
              assertThat(scrape(client, metrics).sum(reloaded, "file=\"http_tls\""))
                  .isEqualByComparingTo("1"));
    }
  }

  private static Scrape scrape(HttpClient client, URI metrics) throws Exception {
    return new Scrape(ask(client, metrics).body());
  }

  private static boolean answers(TestCertificate trusted, URI uri) {
    try {
      return ask(trusting(trusted), uri).statusCode() == 404;
    } catch (Exception rejected) {
      return false;
    }
  }
}
