package dev.paymeter.logging;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RawHttp;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that requests cannot forge lines in the log of a running service. */
class LogForgeryIT {
  private static final String FORGED = "00:00:00.000 ERROR forged";

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"text", "json"})
  void log_hostileInput_hasNoForgedLine(String format) {
    try (ServiceJar jar =
        ServiceJar.start(
            directory,
            Map.of(
                "database.url",
                TestPostgres.newDatabase(),
                "log.format",
                format,
                "log.level",
                "debug"))) {
      for (String lineEnd : List.of("\n", "\r", "\u001B[1A", "\u0085")) {
        assertThat(pay(jar, "o" + lineEnd + FORGED).statusCode()).isEqualTo(422);
      }
      for (String accepted : List.of("\u2028", "\u2029", "\u202E", "\u2066", "\" x=\"")) {
        assertThat(pay(jar, "o" + accepted + FORGED).statusCode()).isEqualTo(201);
      }
      for (String target : List.of("/%0A" + FORGED.replace(" ", "%20"), "/%E2%80%A8")) {
        RunningService.get(jar.api(target));
        RunningService.get(jar.management(target));
      }
      try (RawHttp raw = new RawHttp(jar.api(""))) {
        raw.send(
            "GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\u001B[1A\r\nConnection: close\r\n\r\n");
        assertThat(raw.readAll()).startsWith("HTTP/1.1 4");
      }
      eventually(() -> assertThat(jar.log().split("completed successfully")).hasSize(6));

      String begin =
          format.equals("json") ? "\\{.*" : "\\d\\d:\\d\\d:\\d\\d\\.\\d{3} [A-Z]+ .*|\t.*";
      assertThat(jar.log().split("[\n\r\u0085\u2028\u2029]"))
          .allSatisfy(line -> assertThat(line).matches(begin).doesNotStartWith(FORGED));
      assertThat(jar.log().replaceAll("[\t\n]", ""))
          .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");
    }
  }

  private static HttpResponse<String> pay(ServiceJar jar, String orderId) {
    JsonObject order = RunningService.order(orderId, "1.00");
    return jar.payLater(order).join();
  }
}
