package dev.paymeter.http;

import static dev.paymeter.support.Await.eventually;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.paymeter.support.LogLines;
import dev.paymeter.support.RawHttp;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Slow clients, and large, ambiguous and malformed requests at both ports. */
class LimitsIT {
  private static final String HEAD = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n";
  private static final int MAX_CONNECTIONS = 5;

  @TempDir static Path directory;
  static RunningService quick;
  static RunningService patient;

  @BeforeAll
  static void start() {
    quick =
        RunningService.start(
            Map.of(
                "instance.id", "quick",
                "limits.request-timeout", "500ms",
                "limits.response-timeout", "500ms",
                "limits.idle-timeout", "3s",
                "gateways.stripe.timeout", "2s",
                "gateways.paypal.timeout", "2s"));
    patient =
        RunningService.start(
            Map.of(
                "instance.id", "patient",
                "http.connections", String.valueOf(MAX_CONNECTIONS),
                "management.connections", String.valueOf(MAX_CONNECTIONS),
                "limits.uri", "1KiB",
                "limits.headers", "2KiB",
                "limits.header-fields", "20"));
  }

  @AfterAll
  static void stop() {
    quick.close();
    patient.close();
  }

  static Stream<URI> quickPorts() {
    return Stream.of(quick.api(""), quick.management(""));
  }

  static Stream<URI> patientPorts() {
    return Stream.of(patient.api(""), patient.management(""));
  }

  private static void assertProblem(String answer, int status, String kind) {
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    assertThat(answer.toLowerCase(Locale.ROOT)).contains("content-type: application/problem+json");
    JsonObject problem = new JsonObject(answer.substring(answer.indexOf("\r\n\r\n")).strip());
    assertThat(problem.getString("type")).isEqualTo("/problems/" + kind);
    assertThat(problem.getInteger("status")).isEqualTo(status);
  }

  private static String ask(URI port, String request) {
    try (RawHttp connection = new RawHttp(port)) {
      connection.send(request);
      return connection.readAll();
    }
  }

  private static String head(String target, String headers) {
    return "GET "
        + target
        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        + headers
        + "\r\n";
  }

  @ParameterizedTest
  @MethodSource("patientPorts")
  void target_atTheLimit_isAccepted_beyondIs414(URI port) {
    int beside = "GET  HTTP/1.1".length();
    String longest = "/" + "x".repeat(1024 - beside - 1);

    assertProblem(ask(port, head(longest, "")), 404, "not-found");
    assertProblem(ask(port, head(longest + "x", "")), 414, "uri-too-long");
    assertProblem(ask(port, head(longest + "x".repeat(100_000), "")), 414, "uri-too-long");
  }

  @ParameterizedTest
  @MethodSource("patientPorts")
  void headers_tooLarge_are431(URI port) {
    assertProblem(ask(port, head("/nowhere", "A: " + "x".repeat(1500) + "\r\n")), 404, "not-found");
    assertProblem(
        ask(port, head("/nowhere", "A: " + "x".repeat(2100) + "\r\n")), 431, "headers-too-large");
  }

  @ParameterizedTest
  @MethodSource("patientPorts")
  void headers_tooMany_are431(URI port) {
    assertProblem(ask(port, head("/nowhere", "A: 1\r\n".repeat(18))), 404, "not-found");
    assertProblem(ask(port, head("/nowhere", "A: 1\r\n".repeat(19))), 431, "headers-too-large");
  }

  @ParameterizedTest
  @MethodSource("patientPorts")
  void noHttp_is400(URI port) {
    assertProblem(ask(port, "nonsense\r\n\r\n"), 400, "bad-request");
  }

  @ParameterizedTest
  @MethodSource("patientPorts")
  void version_unknown_is505AndNothingMoreIsRead(URI port) {
    for (String begin :
        List.of(
            "GET /nowhere HTTP/1.2\r\nHost: localhost\r\n\r\n",
            "GET /nowhere HTTP/3.0\r\nHost: localhost\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")) {
      String answer = ask(port, begin + head("/elsewhere", ""));

      assertProblem(answer, 505, "unsupported-http-version");
      assertThat(answer).doesNotContain("/elsewhere");
    }
  }

  static Stream<String> invalidChunks() {
    return Stream.of(
        "100000002\r\n{}\r\n0\r\n\r\n", // 2^32 + 2
        "fffffffffffffffff2\r\n{}\r\n0\r\n\r\n",
        "-1\r\n{}\r\n0\r\n\r\n",
        "0x2\r\n{}\r\n0\r\n\r\n",
        "2\n{}\r\n0\r\n\r\n",
        "2\r\n{}\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "2;" + "x".repeat(5000) + "\r\n{}\r\n0\r\n\r\n",
        "\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}\r\n0\r\nTrailer\r\n\r\n");
  }

  /** Regression: closed without a response, or the following bytes were a second request. */
  @ParameterizedTest
  @MethodSource("invalidChunks")
  void chunk_invalid_is400AndNothingMoreIsRead(String chunks) {
    String head =
        " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n";
    for (String answer :
        List.of(
            ask(patient.api(""), "POST /v1/payments" + head + chunks + head("/elsewhere", "")),
            ask(
                patient.management(""),
                "PATCH /sampling" + head + chunks + head("/elsewhere", "")))) {
      assertProblem(answer, 400, "bad-request");
      assertThat(answer).doesNotContain("/elsewhere");
    }
  }

  @ParameterizedTest
  @MethodSource("patientPorts")
  void chunk_invalidAfterOtherRequests_isAnsweredAfterThem(URI port) {
    String answer =
        ask(
            port,
            HEAD + "\r\n" + HEAD + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" + HEAD + "\r\n");

    assertThat(answer).startsWith("HTTP/1.1 404 ");
    assertThat(answer.split("HTTP/1.1 404 ")).hasSize(3);
  }

  @ParameterizedTest
  @MethodSource("patientPorts")
  void transferCoding_unknown_is501AndNothingMoreIsRead(URI port) {
    String answer = askWithCoding(port, "gzip, chunked");
    assertProblem(answer, 501, "unknown-transfer-coding");
    assertThat(answer).doesNotContain("/elsewhere");
  }

  private static String askWithCoding(URI port, String coding) {
    return ask(
        port,
        "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
            + coding
            + "\r\n\r\n0\r\n\r\n"
            + head("/elsewhere", ""));
  }

  /** RFC 9112, sections 6.1 and 6.3: the end of such a body is not known. */
  @ParameterizedTest
  @MethodSource("patientPorts")
  void transferCoding_lastIsNotChunkedOrTwice_is400AndNothingMoreIsRead(URI port) {
    for (String coding : List.of("gzip", "chunked\r\nTransfer-Encoding: chunked")) {
      String answer = askWithCoding(port, coding);
      assertProblem(answer, 400, "bad-request");
      assertThat(answer).doesNotContain("/elsewhere");
    }
  }

  /** RFC 9112, section 6.1: another server could see the end of the body elsewhere. */
  @ParameterizedTest
  @MethodSource("patientPorts")
  void transferCoding_withAContentLengthOrInHttp10_is400AndNothingMoreIsRead(URI port) {
    String coding = "Host: localhost\r\nTransfer-Encoding: chunked\r\n";
    for (String post :
        List.of(
            "POST /nowhere HTTP/1.1\r\nContent-Length: 5\r\n" + coding,
            "POST /nowhere HTTP/1.1\r\n" + coding + "Content-Length: 5\r\n",
            "POST /nowhere HTTP/1.0\r\nConnection: keep-alive\r\n" + coding)) {
      String answer = ask(port, post + "\r\n0\r\n\r\n" + head("/elsewhere", ""));

      assertProblem(answer, 400, "bad-request");
      assertThat(answer).contains("Transfer-Encoding").doesNotContain("/elsewhere");
    }
  }

  @ParameterizedTest
  @MethodSource("patientPorts")
  void transferCoding_chunked_isAccepted(URI port) {
    String headers = "transfer-encoding: Chunked\r\nConnection: close\r\n";
    assertProblem(
        ask(port, "POST /nowhere HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n0\r\n\r\n"),
        404,
        "not-found");
  }

  @ParameterizedTest
  @MethodSource("patientPorts")
  void hosts_several_are400AndNothingMoreIsRead(URI port) {
    String answer =
        ask(
            port,
            "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nhost: localhost\r\n\r\n"
                + head("/elsewhere", ""));

    assertProblem(answer, 400, "bad-request");
    assertThat(answer).contains("Expected one header Host, found 2.").doesNotContain("/elsewhere");
  }

  @ParameterizedTest
  @MethodSource("patientPorts")
  void host_missingOrInvalid_is400(URI port) {
    try (LogLines log = LogLines.of("io.vertx.ext.web")) {
      for (String host : List.of("", "Host: a b\r\n", "Host: a:b\r\n")) {
        String get = "GET /nowhere HTTP/1.1\r\nConnection: close\r\n";
        assertThat(ask(port, get + host + "\r\n")).as(host).startsWith("HTTP/1.1 400 ");
      }
      assertThat(log.containing("")).isEmpty();
    }
  }

  /** Otherwise a page of another site could use a local name in the header only. */
  @Test
  void target_absolute_itsHostIsUsed() {
    String own = "http://127.0.0.1/v1/payments/x";
    String other = "http://evil.example/v1/payments/x";
    String console = "http://evil.example/console/";
    String get = " HTTP/1.1\r\nConnection: close\r\nHost: ";

    assertProblem(
        ask(patient.api(""), "GET " + own + get + "evil.example\r\n\r\n"), 404, "not-found");
    assertProblem(
        ask(patient.api(""), "GET " + other + get + "localhost\r\n\r\n"),
        421,
        "misdirected-request");
    assertProblem(
        ask(patient.management(""), "GET " + console + get + "localhost\r\n\r\n"),
        421,
        "misdirected-request");
    assertProblem(
        ask(patient.api(""), "GET http://a@b/" + get + "localhost\r\n\r\n"), 400, "bad-request");
  }

  @ParameterizedTest
  @MethodSource("patientPorts")
  void fieldName_noToken_is400(URI port) {
    for (String field : List.of(": empty", "a b: 1", "a(: 1", "a/b: 1", "x : 1")) {
      String answer = ask(port, head("/nowhere", field + "\r\n"));
      assertThat(answer).as(field).startsWith("HTTP/1.1 400 ");
    }
  }

  /** Regression: 417 without a problem, and an error in the log for each. */
  @ParameterizedTest
  @MethodSource("patientPorts")
  void expectation_unknown_is417(URI port) {
    String post = "POST /v1/payments HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    String body = "Content-Length: 2\r\n\r\n{}";

    try (LogLines log = LogLines.of("io.vertx.ext.web")) {
      assertProblem(ask(port, post + "Expect: 200-ok\r\n" + body), 417, "unsupported-expectation");
      assertProblem(ask(port, head("/nowhere", "Expect: x\r\n")), 417, "unsupported-expectation");
      String continued = ask(port, head("/nowhere", "Expect: 100-Continue\r\n"));
      assertThat(continued).contains("HTTP/1.1 404 ");
      assertThat(log.containing("")).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("quickPorts")
  void head_dripping_is408(URI port) throws Exception {
    try (RawHttp connection = new RawHttp(port)) {
      connection.send(HEAD + "A: ");
      connection.sendRepeatedly("x");
      assertProblem(connection.readAll(), 408, "request-timeout");
    }
  }

  @ParameterizedTest
  @MethodSource("quickPorts")
  void head_drippingAfterAResponse_is408(URI port) throws Exception {
    try (RawHttp connection = new RawHttp(port)) {
      connection.send(HEAD + "\r\n");
      connection.readUntil("\"There is nothing at /nowhere.\"}");
      connection.sendRepeatedly("G");
      assertProblem(connection.readAll(), 408, "request-timeout");
    }
  }

  @Test
  void body_dripping_is408AndNothingIsPaid() throws Exception {
    try (RawHttp connection = new RawHttp(quick.api(""))) {
      connection.send(
          "POST /v1/payments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              + "Content-Length: 60000\r\n\r\n{");
      connection.sendRepeatedly(" ");
      assertProblem(connection.readAll(), 408, "request-timeout");
    }
  }

  /** The response precedes the end of the body. */
  @ParameterizedTest
  @MethodSource("quickPorts")
  void body_drippingAfterTheResponse_isClosed(URI port) throws Exception {
    try (RawHttp connection = new RawHttp(port)) {
      connection.send(HEAD + "Content-Length: 60000\r\n\r\n");
      connection.readUntil("\"There is nothing at /nowhere.\"}");
      connection.sendRepeatedly(" ");
      assertThat(connection.readAll()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("quickPorts")
  void idleConnection_isClosedWithoutResponse(URI port) {
    assertThat(ask(port, "")).isEmpty();
  }

  /** Regression: no probe and no scrape was served until the idle timeout. */
  @ParameterizedTest
  @MethodSource("patientPorts")
  void connections_idle_areReplaced(URI port) {
    List<RawHttp> idle = new ArrayList<>();
    try {
      for (int i = 0; i < 4 * MAX_CONNECTIONS; i++) {
        RawHttp connection = new RawHttp(port);
        idle.add(connection);
        connection.send(i % 2 == 0 ? "" : HEAD);
        assertThat(ask(port, head("/nowhere", ""))).startsWith("HTTP/1.1 404 ");
      }
    } finally {
      idle.forEach(RawHttp::close);
    }
  }

  @Test
  void connections_ofConsoleStreams_areAQuarterOfTheLimitAtMost() {
    List<RawHttp> viewers = new ArrayList<>();
    try {
      for (int i = 0; i < 3 * MAX_CONNECTIONS; i++) {
        RawHttp viewer = new RawHttp(patient.management(""));
        viewers.add(viewer);
        viewer.send("GET /console/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        String answer = viewer.readUntil(i < MAX_CONNECTIONS / 4 ? "hello" : "/problems/");
        assertThat(answer).startsWith("HTTP/1.1 " + (i < MAX_CONNECTIONS / 4 ? 200 : 503));
      }
      assertThat(ask(patient.management(""), head("/health/live", ""))).startsWith("HTTP/1.1 200 ");
    } finally {
      viewers.forEach(RawHttp::close);
    }
  }

  @ParameterizedTest
  @MethodSource("quickPorts")
  void responses_notReadInTime_areClosed(URI port) throws Exception {
    BigDecimal before = lateReaders();
    ByteBuffer requests = ByteBuffer.wrap((HEAD + "\r\n").repeat(1000).getBytes(ISO_8859_1));
    try (SocketChannel socket =
        SocketChannel.open(new InetSocketAddress(port.getHost(), port.getPort()))) {
      socket.configureBlocking(false);
      eventually(() -> assertThatIOException().isThrownBy(() -> socket.write(requests.rewind())));
    }
    assertThat(lateReaders()).isGreaterThan(before);
  }

  private static BigDecimal lateReaders() {
    return new Scrape(quick.metrics())
        .sum("paymeter_requests_refused_total", "reason=\"response_timeout\"");
  }

  @Test
  void pipelined_areAnsweredInOrder() {
    StringBuilder requests = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      String order = RunningService.order("pipelined-" + i, "1.00").encode();
      requests
          .append("POST /v1/payments HTTP/1.1\r\nHost: localhost\r\n")
          .append("Content-Type: application/json\r\nContent-Length: ")
          .append(order.length())
          .append("\r\n\r\n")
          .append(order);
    }
    String answers = ask(patient.api(""), requests + head("/nowhere", ""));
    int last = 0;
    for (int i = 0; i < 50; i++) {
      int next = answers.indexOf("\"pipelined-" + i + "\"");
      assertThat(next).isGreaterThan(last);
      last = next;
    }
  }

  /** Otherwise the responses would fill the memory. */
  @ParameterizedTest
  @MethodSource("patientPorts")
  void pipelined_responsesNotRead_areNotProcessed(URI port) throws Exception {
    ByteBuffer requests = ByteBuffer.wrap((HEAD + "\r\n").repeat(1000).getBytes(ISO_8859_1));
    try (SocketChannel socket =
        SocketChannel.open(new InetSocketAddress(port.getHost(), port.getPort()))) {
      socket.configureBlocking(false);
      long most = 256L << 20;
      long written = 0;
      int pauses = 0;
      while (pauses < 100) { // Until nothing could be sent for two seconds.
        assertThat(written).isLessThan(most);
        if (!requests.hasRemaining()) {
          requests.rewind();
        }
        int some = socket.write(requests);
        written += some;
        pauses = some == 0 ? pauses + 1 : 0;
        if (some == 0) {
          Thread.sleep(20); // Paces the test: there is no event to wait for.
        }
      }
    }
  }

  /** The program ends when the service has closed all of its connections. */
  @ParameterizedTest
  @ValueSource(strings = {"-H", "-B"})
  void slowhttptest_atTheApi_isDisconnectedWhileOthersAreServed(String kind) throws Exception {
    String program =
        RequiredPrograms.program("slowhttptest", "apt-get install slowhttptest").toString();
    String payments = quick.api("/v1/payments").toString();
    Path output = directory.resolve("slowhttptest" + kind);
    Process attack =
        new ProcessBuilder(
                program, kind, "-c", "200", "-r", "200", "-i", "1", "-l", "50", "-u", payments)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();

    while (attack.isAlive()) {
      assertThat(quick.pay(RunningService.order("order_1", "1.00")).statusCode()).isEqualTo(201);
    }

    assertThat(Files.readString(output)).contains("No open connections left");
  }
}
