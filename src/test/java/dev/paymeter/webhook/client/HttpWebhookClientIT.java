package dev.paymeter.webhook.client;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.TestCertificate;
import dev.paymeter.webhook.Attempt;
import dev.paymeter.webhook.TestWebhookServer;
import dev.paymeter.webhook.Webhook;
import dev.paymeter.webhook.WebhookClient;
import dev.paymeter.webhook.WebhookEndpoint;
import dev.paymeter.webhook.WebhookEndpoints;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpWebhookClientIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final Webhook.Content CONTENT =
      new Webhook.Content(
          "3f2a9c11x768x5",
          UUID.randomUUID(),
          null,
          "payment.success",
          "{\"type\":\"payment.success\"}");
  private static final InetAddress LOOPBACK = address("127.0.0.1");
  private static final HostResolver TO_LOOPBACK = host -> Future.succeededFuture(List.of(LOOPBACK));

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();

  // Vert.x closes clients that are garbage.
  private final NetClient tunnels = vertx.createNetClient();
  private final List<WebhookClient> clients = new ArrayList<>();

  private TestWebhookServer server;
  private String line;

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @BeforeEach
  void open() {
    server = new TestWebhookServer(TestWebhookServer.ACCEPT);
    line = server.line("shop", "*");
  }

  @AfterEach
  void close() {
    server.close();
    await(vertx.close());
  }

  private static WebhookEndpoint endpoint(String line) {
    return new WebhookEndpoints(line).byName().get("shop");
  }

  private WebhookEndpoint named(String host) {
    return endpoint(line.replace("127.0.0.1", host));
  }

  private static WebhookClientOptions options(Duration timeout, Optional<URI> proxy) {
    return new WebhookClientOptions(timeout, 4, LOOPBACK::equals, proxy);
  }

  private Attempt send(WebhookEndpoint endpoint, WebhookClientOptions options, HostResolver names) {
    return send(endpoint, vertxClient(options, names, ""));
  }

  private WebhookClient vertxClient(
      WebhookClientOptions options, HostResolver names, String certificate) {
    return new HttpWebhookClient(
        vertx,
        options,
        names,
        Clock.systemUTC(),
        http -> {
          if (!certificate.isEmpty()) {
            http.setTrustOptions(new PemTrustOptions().addCertPath(certificate));
          }
        });
  }

  private Attempt send(WebhookEndpoint endpoint, WebhookClient client) {
    clients.add(client);
    Promise<Attempt> ended = Promise.promise();
    context.runOnContext(
        on -> client.send(endpoint, CONTENT).outcome().onComplete(ended::complete, ended::fail));
    return await(ended.future());
  }

  private Attempt send(WebhookEndpoint endpoint) {
    return send(endpoint, options(TIMEOUT, Optional.empty()), TO_LOOPBACK);
  }

  @Test
  void send_name_isResolvedOnce_andSentAsTheHost() {
    List<String> resolved = Collections.synchronizedList(new ArrayList<>());
    HostResolver names =
        host -> {
          resolved.add(host);
          return TO_LOOPBACK.resolve(host);
        };

    Attempt attempt = send(named("shop.example"), options(TIMEOUT, Optional.empty()), names);

    assertThat(attempt).isEqualTo(Attempt.responded(204, Duration.ZERO));
    assertThat(resolved).containsExactly("shop.example");
    assertThat(server.accepted())
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.id()).isEqualTo(CONTENT.id());
              assertThat(request.path()).isEqualTo("/hooks");
              assertThat(request.headers().get("host")).startsWith("shop.example:");
              assertThat(request.headers().get("content-type")).isEqualTo("application/json");
            });
  }

  @Test
  void send_addressInsideTheNetwork_isRejectedBeforeAConnection() {
    WebhookClientOptions none =
        new WebhookClientOptions(TIMEOUT, 4, address -> false, Optional.empty());
    HostResolver both =
        host -> Future.succeededFuture(List.of(address("1.1.1.1"), address("169.254.169.254")));

    assertThat(send(named("shop.example"), none, TO_LOOPBACK).error())
        .isEqualTo("address rejected: it is inside the network");
    assertThat(send(endpoint(line.replace("http:", "https:")), none, TO_LOOPBACK).error())
        .isEqualTo("address rejected: it is inside the network");
    assertThat(send(named("shop.example"), options(TIMEOUT, Optional.empty()), both).error())
        .startsWith("address rejected");
    assertThat(server.received()).isEmpty();
  }

  @Test
  void send_plainTextToAPublicAddress_isRejected() {
    HostResolver open = host -> Future.succeededFuture(List.of(address("1.1.1.1")));

    assertThat(send(named("shop.example"), options(TIMEOUT, Optional.empty()), open).error())
        .isEqualTo("address rejected: http requires an allowed network");
  }

  @Test
  void send_redirect_isNotFollowed() {
    try (TestWebhookServer other = new TestWebhookServer(TestWebhookServer.ACCEPT)) {
      server.behave(
          request ->
              new TestWebhookServer.Response(false, 307, Map.of("Location", other.url("/hooks"))));

      assertThat(send(endpoint(line)).error()).isEqualTo("status 307");
      assertThat(other.received()).isEmpty();
      assertThat(other.errors()).isEmpty();
    }
  }

  @Test
  void send_retryAfter_isReported_andLimited() {
    server.behave(
        request -> new TestWebhookServer.Response(false, 429, Map.of("Retry-After", "120")));
    assertThat(send(endpoint(line)))
        .isEqualTo(new Attempt(429, "status 429", Duration.ofMinutes(2)));

    server.behave(
        request -> new TestWebhookServer.Response(false, 503, Map.of("Retry-After", "999999")));
    assertThat(send(endpoint(line)).retryAfter()).isEqualTo(Duration.ofHours(1));

    server.behave(
        request -> new TestWebhookServer.Response(false, 503, Map.of("Retry-After", "soon")));
    assertThat(send(endpoint(line)).retryAfter()).isZero();
  }

  @Test
  void send_noResponse_endsInTime() {
    server.behave(request -> TestWebhookServer.Response.NONE);

    assertThat(send(endpoint(line), options(Duration.ofMillis(500), Optional.empty()), TO_LOOPBACK))
        .isEqualTo(Attempt.failed("no response in time"));
  }

  @Test
  void send_nameThatIsNeverResolved_endsInTime() {
    HostResolver never = host -> Promise.<List<InetAddress>>promise().future();

    assertThat(
            send(named("shop.example"), options(Duration.ofMillis(200), Optional.empty()), never))
        .isEqualTo(Attempt.failed("no response in time"));
  }

  @Test
  void send_hostThatChanged_doesNotShareAResolutionInProgress() {
    List<String> resolved = Collections.synchronizedList(new ArrayList<>());
    WebhookClient client =
        vertxClient(
            options(TIMEOUT, Optional.empty()),
            host -> {
              resolved.add(host);
              return host.equals("old.example")
                  ? Promise.<List<InetAddress>>promise().future()
                  : TO_LOOPBACK.resolve(host);
            },
            "");
    context.runOnContext(on -> client.send(named("old.example"), CONTENT));

    assertThat(send(named("shop.example"), client).error()).isEmpty();
    assertThat(resolved).containsExactly("old.example", "shop.example");
  }

  @Test
  void send_failures_areNamedWithoutAddresses() {
    server.behave(request -> new TestWebhookServer.Response(false, -1, Map.of()));
    assertThat(send(endpoint(line)).error()).isEqualTo("connection failed");
    assertThat(
            send(
                    named("shop.example"),
                    options(TIMEOUT, Optional.empty()),
                    host -> Future.failedFuture(new UnknownHostException(host)))
                .error())
        .isEqualTo("unknown host");
    assertThat(send(endpoint(line.replace("http:", "https:"))).error()).isEqualTo("TLS failed");
    server.close();
    assertThat(send(endpoint(line)).error()).isEqualTo("not connected");
  }

  @Test
  void send_bodyWithoutEnd_isDelivered() {
    HttpServer endless =
        await(
            vertx
                .createHttpServer()
                .requestHandler(
                    request -> {
                      request.response().setChunked(true).write("x".repeat(1000));
                      vertx.setPeriodic(1, id -> request.response().write("x".repeat(10_000)));
                    })
                .listen(0, "127.0.0.1"));

    assertThat(
            send(endpoint(line.replaceFirst(":\\d+/", ":" + endless.actualPort() + "/"))).status())
        .isEqualTo(200);
  }

  @Test
  void send_https_verifiesTheCertificateOfTheName() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "shop.example");
    HttpServer https = https(certificate);
    String secure =
        line.replace("http:", "https:").replaceFirst(":\\d+/", ":" + https.actualPort() + "/");
    String trusted = certificate.certificate().toString();
    WebhookClientOptions direct = options(TIMEOUT, Optional.empty());

    assertThat(
            send(
                endpoint(secure.replace("127.0.0.1", "shop.example")),
                vertxClient(direct, TO_LOOPBACK, trusted)))
        .isEqualTo(Attempt.responded(200, Duration.ZERO));
    assertThat(
            send(
                    endpoint(secure.replace("127.0.0.1", "other.example")),
                    vertxClient(direct, TO_LOOPBACK, trusted))
                .error())
        .isEqualTo("TLS failed");
    assertThat(
            send(
                    endpoint(secure.replace("127.0.0.1", "shop.example")),
                    vertxClient(direct, TO_LOOPBACK, ""))
                .error())
        .isEqualTo("TLS failed");
  }

  private HttpServer https(TestCertificate certificate) {
    return await(
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setSsl(true)
                    .setKeyCertOptions(
                        new PemKeyCertOptions()
                            .addCertPath(certificate.certificate().toString())
                            .addKeyPath(certificate.key().toString())))
            .requestHandler(request -> request.response().end())
            .listen(0, "127.0.0.1"));
  }

  @Test
  void send_proxy_resolvesTheName_andLiteralAddressesAreChecked() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "shop.example");
    HttpServer https = https(certificate);
    List<String> connects = Collections.synchronizedList(new ArrayList<>());
    NetServer proxy =
        await(
            vertx
                .createNetServer()
                .connectHandler(socket -> tunnel(socket, https.actualPort(), connects))
                .listen(0, "127.0.0.1"));
    String target = ":" + https.actualPort() + "/";
    String secure = line.replace("http:", "https:").replaceFirst(":\\d+/", target);
    WebhookClient client =
        vertxClient(
            options(
                TIMEOUT,
                Optional.of(URI.create("http://user:pass@127.0.0.1:" + proxy.actualPort()))),
            host -> Future.failedFuture("not resolved here"),
            certificate.certificate().toString());

    assertThat(send(endpoint(secure.replace("127.0.0.1", "shop.example")), client))
        .isEqualTo(Attempt.responded(200, Duration.ZERO));
    assertThat(connects)
        .singleElement()
        .asString()
        .startsWith("CONNECT shop.example:" + https.actualPort())
        .containsIgnoringCase("proxy-authorization: Basic dXNlcjpwYXNz");
    assertThat(send(named("shop.example"), client).error())
        .isEqualTo("address rejected: http requires an allowed network");
    assertThat(
            send(
                    endpoint(secure.replace("127.0.0.1", "10.0.0.1")),
                    vertxClient(
                        options(TIMEOUT, Optional.of(URI.create("http://127.0.0.1:1"))),
                        host -> Future.succeededFuture(List.of(address(host))),
                        ""))
                .error())
        .isEqualTo("address rejected: it is inside the network");
  }

  private void tunnel(NetSocket client, int port, List<String> connects) {
    client.handler(
        head -> {
          connects.add(head.toString());
          client.pause();
          tunnels
              .connect(port, "127.0.0.1")
              .onSuccess(
                  target -> {
                    client.write("HTTP/1.1 200 Connected\r\n\r\n");
                    target.handler(client::write);
                    client.handler(target::write);
                    client.closeHandler(closed -> target.close());
                    client.resume();
                  });
        });
  }
}
