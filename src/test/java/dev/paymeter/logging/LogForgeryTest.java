package dev.paymeter.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.event.KeyValuePair;

class LogForgeryTest {
  private static final String FORGED = "00:00:00.000 ERROR forged";
  private static final String HALF = "\uD83D";

  /** Line ends, escape sequences, changes of direction, half a surrogate pair. */
  private static final List<String> HOSTILE =
      List.of(
          "\n",
          "\r",
          "\r\n",
          "\u000B",
          "\u000C",
          "\u0085",
          "\u2028",
          "\u2029",
          "\u001B[2K\u001B[1A",
          "\b",
          "\u009B",
          "\u202E",
          "\u2066",
          "\u200B",
          "\uFEFF",
          "\u0000",
          HALF);

  private final LoggerContext context = new LoggerContext();

  private String line(LoggingSetup.Format format, String text) {
    Logger logger = context.getLogger("dev.paymeter.Test");
    IllegalStateException cause = new IllegalStateException("cause " + text);
    LoggingEvent event =
        new LoggingEvent("", logger, Level.INFO, "said {}", cause, new Object[] {text});
    event.setMDCPropertyMap(Map.of("order_id", text));
    event.addKeyValuePair(new KeyValuePair("amount", text));
    return new String(LoggingSetup.encoder(format, context).encode(event), UTF_8);
  }

  @Test
  void json_hostileText_isOneLineOfAsciiWithAllContent() {
    for (String hostile : HOSTILE) {
      String text = "a" + hostile + FORGED + "\"} {\"level\":\"ERROR\"";

      String line = line(LoggingSetup.Format.JSON, text);

      assertThat(line.stripTrailing().chars()).allMatch(c -> c >= 0x20 && c < 0x7F);
      JsonObject json = new JsonObject(line);
      assertThat(json.getString("level")).isEqualTo("INFO");
      assertThat(json.getString("message")).isEqualTo("said " + text);
      assertThat(json.getString("order_id")).isEqualTo(text);
      assertThat(json.getString("amount")).isEqualTo(text);
    }
  }

  @Test
  void text_hostileText_isOneLineAndAnIndentedTrace() {
    for (String hostile : HOSTILE) {
      List<String> lines = line(LoggingSetup.Format.TEXT, "a" + hostile + FORGED).lines().toList();

      assertThat(lines.get(0)).contains("INFO ", "said a\\u", "order_id=\"a\\u", "amount=\"a\\u");
      assertThat(lines.subList(1, lines.size()))
          .isNotEmpty()
          .allSatisfy(line -> assertThat(line).startsWith("\t"));
      assertThat(String.join("", lines).replace("\t", ""))
          .doesNotContain(hostile)
          .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");
    }
  }

  @Test
  void text_quotes_addNoField() {
    assertThat(
            line(LoggingSetup.Format.TEXT, "x\" status=\"paid").lines().findFirst().orElseThrow())
        .endsWith(" amount=\"x\\\" status=\\\"paid\" order_id=\"x\\\" status=\\\"paid\"");
    assertThat(line(LoggingSetup.Format.TEXT, "x\\\" y").lines().findFirst().orElseThrow())
        .endsWith(" order_id=\"x\\\\\\\" y\"");
  }

  @ParameterizedTest
  @EnumSource(LoggingSetup.Format.class)
  void line_otherScripts_areKept(LoggingSetup.Format format) {
    String line = line(format, "Zoë Ωmega 支付 \uD83D\uDCB6");

    assertThat(
            format == LoggingSetup.Format.JSON ? new JsonObject(line).getString("order_id") : line)
        .contains("Zoë Ωmega 支付 \uD83D\uDCB6");
  }
}
