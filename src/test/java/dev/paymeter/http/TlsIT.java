package dev.paymeter.http;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.support.RawHttp;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestCertificate;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** TLS at both ports. */
class TlsIT {
  @TempDir static Path directory;
  static TestCertificate first;
  static Path certificate;
  static Path key;
  static RunningService service;

  @BeforeAll
  static void start() throws Exception {
    first = TestCertificate.make(directory, "localhost");
    certificate = Files.copy(first.certificate(), directory.resolve("tls.crt"));
    key = Files.copy(first.key(), directory.resolve("tls.key"));
    service =
        RunningService.start(
            Map.of(
                "http.tls.certificate", certificate.toString(),
                "http.tls.key", key.toString(),
                "management.tls.certificate", first.certificate().toString(),
                "management.tls.key", first.key().toString(),
                "limits.streams", "7"));
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
