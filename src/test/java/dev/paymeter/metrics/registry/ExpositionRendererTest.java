package dev.paymeter.metrics.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.TestPipelines;
import dev.paymeter.support.payment.TestOrders;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ExpositionRendererTest {
  private MetricSnapshots snapshots;

  @BeforeEach
  void record() {
    MetricsPipeline pipeline = TestPipelines.open(8, 4);
    pipeline.settled(TestOrders.order().succeeded());
    snapshots = pipeline.snapshot();
  }

  @Test
  void render_text_isThePrometheusFormat() throws Exception {
    String text =
        ExpositionRenderer.render(snapshots, ExpositionFormat.TEXT, false).toString(UTF_8);

    assertThat(text)
        .contains(
            "# TYPE payment_requests_total counter\n",
            "payment_requests_total{gateway=\"stripe\",status=\"success\",user_tier=\"standard\"}"
                + " 1.0\n",
            "payment_amount_usd_bucket{currency=\"USD\",user_tier=\"standard\",le=\"50.0\"} 1\n",
            "payment_amount_usd_sum{currency=\"USD\",user_tier=\"standard\"} 12.5\n")
        .doesNotContain("_created", "# EOF", "# {");
  }

  @Test
  void render_openMetrics_endsWithEof() throws Exception {
    String text =
        ExpositionRenderer.render(snapshots, ExpositionFormat.OPEN_METRICS, false).toString(UTF_8);

    assertThat(text)
        .contains(
            "# TYPE payment_requests counter\n",
            "payment_requests_total{gateway=\"stripe\",status=\"success\",user_tier=\"standard\"}"
                + " 1.0\n")
        .endsWith("\n# EOF\n")
        .doesNotContain("_created");
  }

  @Test
  void render_protobuf_isDelimitedMessagesOfEveryFamily() throws Exception {
    Buffer bytes = ExpositionRenderer.render(snapshots, ExpositionFormat.PROTOBUF, false);

    ByteArrayInputStream in = new ByteArrayInputStream(bytes.getBytes());
    int families = 0;
    StringBuilder content = new StringBuilder();
    while (in.available() > 0) {
      byte[] family = in.readNBytes(varint(in));
      content.append(new String(family, UTF_8));
      families++;
    }
    assertThat(families).isEqualTo(snapshots.size());
    assertThat(content)
        .contains("payment_requests_total", "payment_duration_seconds", "payment_amount_usd");
  }

  @ParameterizedTest
  @EnumSource
  void render_gzip_unpacksToTheSame(ExpositionFormat format) throws Exception {
    byte[] packed = ExpositionRenderer.render(snapshots, format, true).getBytes();

    byte[] unpacked = new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes();

    assertThat(unpacked).isEqualTo(ExpositionRenderer.render(snapshots, format, false).getBytes());
    assertThat(packed).hasSizeLessThan(unpacked.length);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "TEXT         | text/plain; version=0.0.4; charset=utf-8",
        "OPEN_METRICS | application/openmetrics-text; version=1.0.0; charset=utf-8",
        "PROTOBUF     | application/vnd.google.protobuf;"
            + " proto=io.prometheus.client.MetricFamily; encoding=delimited"
      })
  void contentType_isThatOfTheFormat(ExpositionFormat format, String contentType) {
    assertThat(format.contentType()).isEqualTo(contentType);
  }

  private static int varint(ByteArrayInputStream in) throws IOException {
    int value = 0;
    for (int shift = 0; shift < 32; shift += 7) {
      int next = in.read();
      value |= (next & 0x7F) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw new IOException("not a length");
  }
}
