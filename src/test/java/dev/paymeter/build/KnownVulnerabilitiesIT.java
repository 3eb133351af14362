package dev.paymeter.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Maven;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The list of versions that fail the build, applied to projects with one dependency each. */
class KnownVulnerabilitiesIT {
  private static final Path LIST = Path.of(".mvn", "known-vulnerabilities.xml");
  private static final Pattern ENTRY =
      Pattern.compile("<exclude>([^:]+):([^:]+):[\\[(]([^,]*),([^,)]+)\\)</exclude>");

  private static final String POM =
      """
      <project>
        <modelVersion>4.0.0</modelVersion>
        <groupId>%s</groupId>
        <artifactId>%s</artifactId>
        <version>%s</version>
        %s
      </project>
      """;

  @TempDir Path directory;

  private record Entry(String group, String artifact, String first, String fixed) {
    /** An artifact with any of the names that the entry matches. */
    String name() {
      return artifact.replace("*", "any");
    }
  }

  @Test
  void eachEntry_failsItsFirstVersion_andAdmitsTheFix() throws IOException {
    List<Entry> entries = entries();
    writeParent(entries.size());
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      writeModule("vulnerable-" + i, entry, entry.first().isEmpty() ? "0.1" : entry.first());
      writeModule("fixed-" + i, entry, entry.fixed());
    }

    Maven.Result result =
        Maven.elsewhere(directory, directory.resolve("stubs"), "--fail-at-end", "validate");

    assertThat(result.exitCode()).isNotZero();
    for (int i = 0; i < entries.size(); i++) {
      assertThat(result.output())
          .as("%s", entries.get(i))
          .containsPattern("vulnerable-" + i + " \\.* FAILURE")
          .containsPattern("fixed-" + i + " \\.* SUCCESS");
    }
  }

  private static List<Entry> entries() throws IOException {
    String list = Files.readString(LIST);
    List<Entry> entries =
        ENTRY
            .matcher(list)
            .results()
            .map(entry -> new Entry(entry.group(1), entry.group(2), entry.group(3), entry.group(4)))
            .toList();
    assertThat(entries)
        .isNotEmpty()
        .hasSameSizeAs(Pattern.compile("<exclude>").matcher(list).results().toList());
    return entries;
  }

  private void writeParent(int entries) throws IOException {
    StringBuilder modules = new StringBuilder();
    IntStream.range(0, entries)
        .forEach(
            i ->
                modules.append(
                    "<module>vulnerable-%s</module><module>fixed-%s</module>".formatted(i, i)));
    write(
        directory,
        POM.formatted(
            "com.example",
            "parent",
            "1",
            """
            <packaging>pom</packaging>
            <modules>%s</modules>
            <build>
              <plugins>
                <plugin>
                  <artifactId>maven-enforcer-plugin</artifactId>
                  <version>%s</version>
                  <executions>
                    <execution>
                      <goals><goal>enforce</goal></goals>
                      <configuration>
                        <rules>
                          <externalRules><location>%s</location></externalRules>
                        </rules>
                      </configuration>
                    </execution>
                  </executions>
                </plugin>
              </plugins>
            </build>
            """
                .formatted(
                    modules,
                    Maven.plugin("maven-enforcer-plugin").split(":")[2],
                    LIST.toAbsolutePath())));
  }

  /** Writes a project with a dependency, and the dependency. */
  private void writeModule(String module, Entry entry, String version) throws IOException {
    String parent =
        "<parent><groupId>com.example</groupId><artifactId>parent</artifactId>"
            + "<version>1</version></parent><packaging>pom</packaging>";
    String dependency =
        """
        <dependencies>
          <dependency>
            <groupId>%s</groupId>
            <artifactId>%s</artifactId>
            <version>%s</version>
          </dependency>
        </dependencies>
        """
            .formatted(entry.group(), entry.name(), version);
    write(
        directory.resolve(module), POM.formatted("com.example", module, "1", parent + dependency));
    Path stub =
        directory
            .resolve("stubs")
            .resolve(entry.group().replace('.', '/'))
            .resolve(entry.name())
            .resolve(version);
    Files.createDirectories(stub);
    Files.writeString(
        stub.resolve(entry.name() + "-" + version + ".pom"),
        POM.formatted(entry.group(), entry.name(), version, ""));
  }

  private static void write(Path project, String pom) throws IOException {
    Files.createDirectories(project);
    Files.writeString(project.resolve("pom.xml"), pom);
  }
}
