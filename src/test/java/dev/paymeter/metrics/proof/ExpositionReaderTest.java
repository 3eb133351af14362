package dev.paymeter.metrics.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpositionReaderTest {
  @Test
  void read_textFormat_hasAllSamples() {
    assertThat(
            ExpositionReader.read(
                """
                # HELP up Whether it is up.
                # TYPE up gauge
                up 1

                payments_total{status="success",} 1.5E3 1764536400000
                payments_bucket{le="+Inf"} +Inf
                """))
        .containsExactly(
            new Sample("up", Map.of(), 1),
            new Sample("payments_total", Map.of("status", "success"), 1500),
            new Sample("payments_bucket", Map.of("le", "+Inf"), Double.POSITIVE_INFINITY));
  }

  @Test
  void read_openMetrics_ignoresExemplars() {
    assertThat(
            ExpositionReader.read(
                """
                payments_bucket{le="0.5"} 12.0 # {span_id="a",trace_id="b"} 0.3 1.7e9
                # EOF
                """))
        .containsExactly(new Sample("payments_bucket", Map.of("le", "0.5"), 12));
  }

  @Test
  void read_escapedLabel_isUnescaped() {
    assertThat(ExpositionReader.read("up{path=\"C:\\\\n\\\"x\\\"\\n}\"} 1"))
        .containsExactly(new Sample("up", Map.of("path", "C:\\n\"x\"\n}"), 1));
  }

  @Test
  void read_longLabel_isRead() {
    String path = "p".repeat(100_000);

    assertThat(ExpositionReader.read("up{path=\"" + path + "\"} 1"))
        .containsExactly(new Sample("up", Map.of("path", path), 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"up", "up one", "up{a=b} 1", "up{a=\"b} 1", "1up 1", "<html>"})
  void read_otherText_isRejectedWithItsLine(String line) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExpositionReader.read("up 1\n" + line + "\n"))
        .withMessageContaining("line 2: expected a sample")
        .withMessageContaining(line);
  }
}
