package dev.paymeter.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.SettingsReader;
import dev.paymeter.cluster.ClusterOptions;
import dev.paymeter.support.RequiredPrograms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands that start a cluster on one machine. Each block runs in a shell of its own, as in a
 * terminal; instead of the service, {@code java} prints the settings with which it is started.
 */
class ClusterCommandsTest {
  private static final String PRINT_VARIABLES = "java() { env | grep ^PAYMETER_; }\nset -eu\n";

  @TempDir Path directory;

  @BeforeEach
  void writeFilesOfTheEmbeddedPostgres() throws IOException {
    Path data = Files.createDirectories(directory.resolve("data"));
    Files.writeString(data.resolve("password"), "secret");
    Path cluster = Files.createDirectories(data.resolve("cluster"));
    Files.writeString(cluster.resolve("postmaster.pid"), "1\n2\n3\n54321\n");
  }

  @Test
  void terminals_ofThreeInstances_startOneClusterOnOneLedger() throws Exception {
    RequiredPrograms.program("bash", "apt-get install bash");
    List<Settings> instances = new ArrayList<>();
    for (Page.Block terminal : terminals()) {
      instances.add(SettingsReader.read(Optional.empty(), variables(terminal), true));
    }
    List<String> members =
        instances.stream()
            .map(instance -> "127.0.0.1:" + instance.cluster().orElseThrow().port())
            .toList();

    assertThat(instances).extracting(Settings::instanceId).containsExactly("a", "b", "c");
    assertThat(instances)
        .allSatisfy(
            instance ->
                assertThat(instance.cluster().orElseThrow().members())
                    .containsExactlyElementsOf(members));
    assertThat(instances.stream().flatMap(ClusterCommandsTest::ports)).doesNotHaveDuplicates();
    assertThat(instances)
        .extracting(instance -> instance.database().url().map(Settings.Secret::value))
        .containsExactly(Optional.empty(), ofTheFirst(), ofTheFirst());
    assertThat(instances).flatExtracting(Settings::warnings).isEmpty();
  }

  private static Optional<String> ofTheFirst() {
    return Optional.of("postgresql://postgres:secret@127.0.0.1:54321/payment_db");
  }

  private static List<Page.Block> terminals() {
    return Page.read(Page.DOCS.resolve("operate").resolve("cluster.md")).blocks().stream()
        .filter(block -> block.info().equals("sh") && block.text().contains("java -jar"))
        .toList();
  }

  private static Stream<Integer> ports(Settings instance) {
    ClusterOptions cluster = instance.cluster().orElseThrow();
    return Stream.of(
        instance.http().port(), instance.management().port(), cluster.port(), cluster.busPort());
  }

  private Map<String, String> variables(Page.Block terminal) throws Exception {
    ProcessBuilder shell =
        new ProcessBuilder("bash", "-c", PRINT_VARIABLES + terminal.text())
            .directory(directory.toFile())
            .redirectErrorStream(true);
    shell.environment().keySet().removeIf(name -> name.startsWith("PAYMETER_"));
    Process process = shell.start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed
        .lines()
        .map(line -> line.split("=", 2))
        .collect(toMap(parts -> parts[0], parts -> parts[1]));
  }
}
