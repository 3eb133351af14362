package dev.paymeter.build;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.paymeter.support.Directories;
import dev.paymeter.support.Maven;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files that a build creates for users. */
class ShippedFilesIT {
  private static final Path TARGET = Path.of("target");
  private static final Path JAR = TARGET.resolve("paymeter.jar");
  private static final String BILL = "META-INF/sbom/application.cdx.json";

  /** Libraries that Hazelcast and Netty have copied into their jars, in packages of their own. */
  private static final Set<String> RELOCATED =
      Set.of(
          "com.fasterxml.jackson.jr:jackson-jr-annotation-support",
          "com.fasterxml.jackson.jr:jackson-jr-objects",
          "com.github.erosb:everit-json-schema",
          "com.hazelcast:hazelcast-tpc-engine",
          "com.zaxxer:HikariCP",
          "io.github.classgraph:classgraph",
          "org.jctools:jctools-core",
          "org.jctools:jctools-core-jdk11",
          "org.json:json",
          "org.snakeyaml:snakeyaml-engine");

  @TempDir Path directory;

  /** A library has a file with its name and version in the jar. */
  @Test
  void billOfMaterials_containsEachLibraryOfTheJar() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      JarEntry bill = jar.getJarEntry(BILL);
      if (bill == null && !"true".equals(System.getenv("CI"))) {
        abort("the bill of materials is absent: Maven was offline");
      }
      Map<String, String> libraries = libraries(jar);
      libraries.keySet().removeAll(RELOCATED);

      assertThat(libraries).hasSizeGreaterThan(50);
      assertThat(components(jar.getInputStream(bill))).containsAllEntriesOf(libraries);
    }
  }

  /** Returns the versions of the components of a bill of materials. */
  private static Map<String, String> components(InputStream bill) throws IOException {
    return new JsonObject(Buffer.buffer(bill.readAllBytes()))
        .getJsonArray("components").stream()
            .map(JsonObject.class::cast)
            .collect(
                toMap(
                    component -> component.getString("group") + ":" + component.getString("name"),
                    component -> component.getString("version")));
  }

  private static Map<String, String> libraries(JarFile jar) throws IOException {
    Map<String, String> libraries = new TreeMap<>();
    for (JarEntry entry : Collections.list(jar.entries())) {
      if (entry.getName().matches("META-INF/maven/.*/pom\\.properties")) {
        Properties library = new Properties();
        library.load(jar.getInputStream(entry));
        libraries.put(
            library.getProperty("groupId") + ":" + library.getProperty("artifactId"),
            library.getProperty("version"));
      }
    }
    libraries.remove("dev.paymeter:paymeter");
    return libraries;
  }

  @Test
  void publisher_hasItsVersionInTheManifest_andItsClassesOnly() throws IOException {
    try (JarFile jar = new JarFile(TARGET.resolve("paymeter-publisher.jar").toFile())) {
      assertThat(jar.getManifest().getMainAttributes().getValue("Implementation-Version"))
          .isEqualTo(Maven.version());
      assertThat(files(jar))
          .isNotEmpty()
          .allMatch(name -> name.matches("META-INF/MANIFEST\\.MF|dev/paymeter/publisher/.*"));
    }
  }

  /** The original archive, which unpacks slowly, would double the size of the jar. */
  @Test
  void jar_containsPostgresOnce_asAnArchiveThatUnpacksFast() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      assertThat(files(jar))
          .filteredOn(name -> name.matches(".*\\.txz|.*/postgres\\..*"))
          .containsExactly("dev/paymeter/postgres/server/postgres.zip");
    }
  }

  private static List<String> files(JarFile jar) {
    return jar.stream().filter(entry -> !entry.isDirectory()).map(JarEntry::getName).toList();
  }

  /**
   * Packages the classes of this build again, in another directory, time zone and language, and
   * with other permissions, which a past jar contained.
   */
  @Test
  void secondPackaging_hasTheSameBytes() throws IOException {
    Path again = directory.resolve("again");
    Directories.copy(TARGET.resolve("classes"), again.resolve("classes"));
    restrictToOwner(again.resolve("classes"));

    Maven.Result result =
        Maven.offline(
            Path.of("").toAbsolutePath(),
            "-Doutput.directory=" + again,
            "-Dmaven.main.skip",
            "-Dmaven.test.skip",
            "-Dspotless.check.skip",
            "package");

    assertThat(result.exitCode()).as(result.output()).isZero();
    for (String file : shipped()) {
      assertThat(again.resolve(file)).as(file).hasSameBinaryContentAs(TARGET.resolve(file));
    }
  }

  private static List<String> shipped() throws IOException {
    try (Stream<Path> files = Files.list(TARGET)) {
      List<String> jars =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.matches("paymeter.*\\.jar"))
              .toList();
      assertThat(jars)
          .containsExactlyInAnyOrder(
              "paymeter.jar",
              "paymeter-publisher.jar",
              "paymeter-publisher-javadoc.jar",
              "paymeter-publisher-sources.jar");
      return jars;
    }
  }

  private static void restrictToOwner(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.toList()) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
      }
    }
  }
}
