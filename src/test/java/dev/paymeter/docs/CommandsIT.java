package dev.paymeter.docs;

import static dev.paymeter.support.Await.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.PostgresTemplate;
import dev.paymeter.support.service.ServiceJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the commands that the pages for users show, against the service. */
class CommandsIT {
  private static final int MAX_SECONDS = 120;

  @TempDir static Path directory;
  private static ServiceJar service;
  private static TestPrometheus prometheus;
  private static final int CLUSTER_PORT = TestServer.freePort();

  /** Starts the service with the settings that the pages show. */
  @BeforeAll
  static void start() throws IOException {
    Path conf = Files.createDirectory(directory.resolve("conf")).resolve("paymeter.yaml");
    Files.writeString(conf, blocks("yaml"));
    Files.writeString(directory.resolve("Shop.java"), local(shop()));
    PostgresTemplate.copyTo(directory.resolve("data"));
    service =
        ServiceJar.start(
            directory,
            Map.of(
                "cluster.enabled",
                "true",
                "cluster.port",
                String.valueOf(CLUSTER_PORT),
                "cluster.bus-port",
                String.valueOf(TestServer.freePort())));
    service.pay("order");
    prometheus =
        TestPrometheus.start(
            Files.createDirectory(directory.resolve("prometheus")),
            Map.of("paymeter", service.management("").getAuthority()));
    eventually(() -> assertThat(prometheus.countedPayments()).isPositive());
  }

  @AfterAll
  static void stop() {
    if (prometheus != null) {
      prometheus.close();
    }
    if (service != null) {
      service.close();
    }
  }

  private static Stream<Page> pages() {
    return Page.forUsers().stream().filter(page -> !new Commands(page).isEmpty());
  }

  @ParameterizedTest
  @MethodSource("pages")
  void commands_ofAPage_printWhatItShows(Page page) throws Exception {
    RequiredPrograms.program("curl", "apt-get install curl");
    RequiredPrograms.program("psql", "apt-get install postgresql-client");
    Commands commands = new Commands(page);
    Path output = directory.resolve("output");
    Process shell =
        new ProcessBuilder("bash", "-c", withService(commands.script()))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();

    boolean ended = shell.waitFor(MAX_SECONDS, TimeUnit.SECONDS);

    String printed = Files.readString(output, UTF_8).replace("\r", "");
    assertThat(ended).as(printed).isTrue();
    assertThat(shell.exitValue()).as(printed).isZero();
    assertThat(commands.missing(printed)).as(printed).isEmpty();
  }

  private static String withService(String script) {
    return script
        .replace("http://127.0.0.1:8080", service.api("").toString())
        .replace("http://127.0.0.1:8000", service.management("").toString())
        .replace("http://127.0.0.1:9090", prometheus.url().toString().replaceFirst("/$", ""))
        .replace(
            "target/paymeter.jar", Path.of("target", "paymeter.jar").toAbsolutePath().toString());
  }

  private static String local(String source) {
    return source.replace("127.0.0.1:5701", "127.0.0.1:" + CLUSTER_PORT);
  }

  private static String shop() {
    return Page.forUsers().stream()
        .flatMap(page -> page.blocks().stream())
        .map(Page.Block::text)
        .filter(text -> text.contains("public class Shop "))
        .findAny()
        .orElseThrow();
  }

  private static String blocks(String language) {
    List<String> blocks =
        Page.forUsers().stream()
            .flatMap(page -> page.blocks().stream())
            .filter(block -> block.info().equals(language))
            .map(Page.Block::text)
            .toList();
    return String.join("", blocks);
  }
}
