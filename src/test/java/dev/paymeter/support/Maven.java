package dev.paymeter.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/**
 * Maven in a process of its own, without a network: it takes what the build of this project has
 * downloaded.
 */
public final class Maven {
  private static final Path DOWNLOADED =
      Path.of(
          Optional.ofNullable(System.getProperty("maven.repo.local"))
              .orElse(System.getProperty("user.home") + "/.m2/repository"));

  /** A fast start; and another time zone and language, on which no result may depend. */
  private static final String OPTIONS =
      "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Duser.timezone=Asia/Tokyo -Duser.language=de";

  /** Runs its arguments with files that only their owner can read; no result depends on this. */
  private static final List<String> OTHER_UMASK =
      List.of("sh", "-c", "umask 077; exec \"$0\" \"$@\"");

  private Maven() {}

  /** The end of a process: its exit code, and what it printed. */
  public record Result(int exitCode, String output) {}

  /**
   * Runs Maven with the local repository of the build.
   *
   * @param directory that of the project
   */
  public static Result offline(Path directory, String... arguments) {
    return run(directory, List.of("--offline"), arguments);
  }

  /**
   * Runs Maven as on another machine: the local repository is empty, and what is downloaded comes
   * from the local repository of the build or from another repository.
   *
   * @param directory that of the project; the local repository is in it, too
   */
  public static Result elsewhere(Path directory, Path repository, String... arguments)
      throws IOException {
    Path settings = directory.resolve("settings.xml");
    Files.writeString(
        settings,
        """
        <settings>
          <localRepository>%s</localRepository>
          <mirrors>
            <mirror><id>downloaded</id><mirrorOf>central</mirrorOf><url>%s</url></mirror>
          </mirrors>
          <profiles>
            <profile>
              <id>more</id>
              <repositories><repository><id>more</id><url>%s</url></repository></repositories>
            </profile>
          </profiles>
          <activeProfiles><activeProfile>more</activeProfile></activeProfiles>
        </settings>
        """
            .formatted(
                directory.resolve("repository"),
                DOWNLOADED.toUri(),
                repository.toAbsolutePath().toUri()));
    return run(
        directory,
        List.of("--settings", settings.toString(), "--global-settings", settings.toString()),
        arguments);
  }

  private static Result run(Path directory, Collection<String> options, String... arguments) {
    List<String> command = new ArrayList<>();
    command.addAll(OTHER_UMASK);
    command.addAll(List.of(program().toString(), "--batch-mode", "--no-transfer-progress"));
    command.addAll(options);
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("MAVEN_OPTS", OPTIONS);
    builder.environment().remove("MAVEN_ARGS");
    try {
      Process maven = builder.start();
      String output = new String(maven.getInputStream().readAllBytes(), UTF_8);
      return new Result(maven.waitFor(), output);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path program() {
    return Optional.ofNullable(System.getProperty("maven.home"))
        .map(home -> Path.of(home, "bin", "mvn"))
        .orElseGet(() -> RequiredPrograms.program("mvn", "apt-get install maven"));
  }

  /** Returns the version of this project. */
  public static String version() {
    return pom("/project/version");
  }

  /** Returns the value of a property in {@code pom.xml}. */
  public static String property(String name) {
    return pom("/project/properties/*[name()='" + name + "']");
  }

  /** Returns the name and version of a plugin in {@code pom.xml}, to which a goal is appended. */
  public static String plugin(String name) {
    return "org.apache.maven.plugins:%s:%s:"
        .formatted(name, pom("/project/build/plugins/plugin[artifactId='" + name + "']/version"));
  }

  private static String pom(String path) {
    try {
      Document pom =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(Path.of("pom.xml").toFile());
      XPath xpath = XPathFactory.newInstance().newXPath();
      NodeList nodes = (NodeList) xpath.evaluate(path, pom, XPathConstants.NODESET);
      if (nodes.getLength() != 1) {
        throw new IllegalArgumentException(
            path + " in pom.xml: expected 1, found " + nodes.getLength());
      }
      return nodes.item(0).getTextContent();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
