package dev.paymeter.http;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RawHttp;
import dev.paymeter.support.TestReverseProxy;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The service behind real reverse proxies, with their own connections to it. */
class ProxiesIT {
  private static final String POST =
      "POST /v1/payments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  private static final String PAID = "POST /v1/payments 201";
  private static final String LAST =
      "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  private static final String ORDER = "{\"order_id\":\"o\",\"user_id\":\"u\",\"amount\":\"1.00\"}";
  private static final String SIZE = Integer.toHexString(ORDER.length());
  private static final String CHUNKED = SIZE + "\r\n" + ORDER + "\r\n0\r\n\r\n";
  private static final String PAYMENT = post("Content-Length: " + ORDER.length(), ORDER);

  static RunningService service;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    service = RunningService.start(Map.of("limits.request-timeout", "1s"));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static String post(String headers, String body) {
    return POST + headers + "\r\n\r\n" + body;
  }

  private TestReverseProxy start(TestReverseProxy.Kind kind) throws IOException {
    return TestReverseProxy.start(kind, directory, service.api(""));
  }

  /** Returns all that a new connection responds until it is closed. */
  private static String send(TestReverseProxy proxy, String requests) {
    try (RawHttp connection = RawHttp.toProxy(proxy.url())) {
      connection.send(requests);
      return connection.readAll();
    }
  }

  private static long payments() {
    return new LedgerRows(service.databaseUrl()).settled();
  }

  @ParameterizedTest
  @EnumSource
  void payments_overReusedConnections_areAllAccepted(TestReverseProxy.Kind kind) throws Exception {
    try (TestReverseProxy proxy = start(kind)) {
      for (int i = 0; i < 50; i++) {
        assertThat(send(proxy, PAYMENT + LAST)).startsWith("HTTP/1.1 201 ");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void events_areForwardedAtOnce(TestReverseProxy.Kind kind) throws Exception {
    try (TestReverseProxy proxy = start(kind);
        RawHttp events = RawHttp.toProxy(proxy.url())) {
      events.send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
      events.readUntil("id: ");

      send(proxy, PAYMENT + LAST);

      events.readUntil("event: payment.success");
    }
  }

  /** A proxy that sees other boundaries between requests than the service logs fewer payments. */
  @ParameterizedTest
  @EnumSource
  void requests_ofAmbiguousLength_areTheSameForBoth(TestReverseProxy.Kind kind) throws Exception {
    long before = payments();
    try (TestReverseProxy proxy = start(kind)) {
      ambiguous().forEach(request -> send(proxy, request + PAYMENT + LAST));
      send(proxy, PAYMENT + LAST);

      eventually(() -> assertThat(payments() - before).isPositive().isEqualTo(proxy.logged(PAID)));
    }
  }

  private static Stream<String> ambiguous() {
    String whole = "Content-Length: " + (CHUNKED.length() + PAYMENT.length());
    String chunked = "Transfer-Encoding: chunked";
    Stream<String> codings =
        Stream.of(
                chunked,
                "Transfer-Encoding : chunked",
                "Transfer-Encoding:\tchunked",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
                "A: b\n" + chunked,
                "A: b\r\n " + chunked)
            .flatMap(coding -> Stream.of(whole + "\r\n" + coding, coding + "\r\nContent-Length: 4"))
            .map(headers -> post(headers, CHUNKED));
    Stream<String> sizes =
        Stream.of("10000000" + SIZE, "0x" + SIZE, "+" + SIZE, "-1", " " + SIZE, SIZE + ";a=\"\n")
            .map(size -> post(chunked, CHUNKED.replaceFirst(SIZE, size)));
    Stream<String> others =
        Stream.of(
            post(chunked, CHUNKED.replace("\r\n", "\n")),
            post(chunked, CHUNKED).replace("HTTP/1.1", "HTTP/1.0"),
            post("Content-Length: 4\r\nContent-Length: " + ORDER.length(), ORDER),
            post("Content-Length: +" + ORDER.length(), ORDER),
            post("Content-Length: 4, " + ORDER.length(), ORDER));
    return Stream.of(codings, sizes, others).flatMap(requests -> requests);
  }

  @ParameterizedTest
  @EnumSource
  void requests_thatTheServiceRejects_areRejected(TestReverseProxy.Kind kind) throws Exception {
    long before = payments();
    try (TestReverseProxy proxy = start(kind)) {
      assertThat(send(proxy, post("Content-Encoding: gzip\r\nContent-Length: 4", "abcd") + LAST))
          .startsWith("HTTP/1.1 415 ");
      assertThat(send(proxy, post("Content-Length: 0", "") + LAST)).startsWith("HTTP/1.1 400 ");
      assertThat(send(proxy, PAYMENT.replace("Host: ", "Host: evil.example\r\nHost: ") + LAST))
          .startsWith("HTTP/1.1 400 ");
      assertThat(send(proxy, PAYMENT.replace("/v1", "http://evil.example/v1") + LAST))
          .startsWith("HTTP/1.1 4"); // 400 of HAProxy, 421 of the service behind nginx.
    }
    assertThat(payments()).isEqualTo(before);
  }
}
