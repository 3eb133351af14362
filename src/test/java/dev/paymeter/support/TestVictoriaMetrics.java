package dev.paymeter.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A real VictoriaMetrics process with its own data, which scrapes as Prometheus does. */
public final class TestVictoriaMetrics extends PrometheusApi implements AutoCloseable {
  public static final String NAME = "victoria-metrics";

  private final Process process;

  private TestVictoriaMetrics(Process process, URI url) {
    super(url.resolve("/api/v1/"));
    this.process = process;
  }

  /** Returns the path of its program, as {@link RequiredPrograms#program}. */
  public static Path program() {
    return RequiredPrograms.program(NAME, "apt-get install victoria-metrics");
  }

  /**
   * @param directory for its data; has to be empty
   * @param targets host and port by job name
   */
  public static TestVictoriaMetrics start(Path directory, Map<String, String> targets)
      throws IOException {
    Path configuration = directory.resolve("scrape.yml");
    Files.writeString(configuration, TestPrometheus.configuration(targets).encode());
    URI url = URI.create("http://127.0.0.1:" + TestServer.freePort());
    Process process =
        new ProcessBuilder(
                program().toString(),
                "-promscrape.config=" + configuration,
                "-promscrape.config.strictParse=false",
                "-storageDataPath=" + directory.resolve("data"),
                "-httpListenAddr=" + url.getAuthority(),
                "-search.latencyOffset=0s")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    Await.eventually(
        () -> assertThat(RunningService.get(url.resolve("/health")).statusCode()).isEqualTo(200));
    return new TestVictoriaMetrics(process, url);
  }

  @Override
  public void close() {
    TestServer.terminate(process, Duration.ofSeconds(20));
  }
}
