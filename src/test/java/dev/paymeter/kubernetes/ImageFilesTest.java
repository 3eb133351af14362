package dev.paymeter.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.Main;
import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.SettingsReader;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/**
 * Checks that the Dockerfile and Jib build the same image, and that it fits the Kubernetes
 * manifests.
 */
class ImageFilesTest {
  private static final Path DOCKER = Path.of("src", "main", "docker");
  private static final Pattern TAG = Pattern.compile("\\bpaymeter:(\\d+\\.[\\w.-]*)");
  private static final String PROFILE = "/project/profiles/profile[id='image']";
  private static final String JIB =
      PROFILE + "/build/plugins/plugin[artifactId='jib-maven-plugin']/configuration";

  static String dockerfile;
  static Document pom;

  @BeforeAll
  static void read() throws Exception {
    String whole = Files.readString(DOCKER.resolve("Dockerfile"));
    dockerfile = whole.substring(whole.lastIndexOf("\nFROM ") + 1);
    pom =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("pom.xml").toFile());
  }

  @Test
  void user_isTheSameNumberEverywhere() throws Exception {
    StatefulSet workload =
        Manifests.parse(Files.readString(Path.of("k8s", "base", "stateful-set.yaml")))
            .only(StatefulSet.class);
    var context = workload.getSpec().getTemplate().getSpec().getSecurityContext();

    assertThat(one("(?m)^USER (.*)$"))
        .matches("[1-9]\\d*:[1-9]\\d*")
        .isEqualTo(context.getRunAsUser() + ":" + context.getRunAsGroup())
        .isEqualTo(inPom(JIB + "/container/user/text()").get(0));
  }

  @Test
  void command_isTheSame() throws Exception {
    assertThat(new JsonArray(one("(?m)^ENTRYPOINT (.*)$")).getList())
        .isEqualTo(inPom(JIB + "/container/entrypoint/arg/text()"));
    assertThat(new JsonArray(one("(?m)^CMD (.*)$")).getList())
        .isEqualTo(inPom(JIB + "/container/args/arg/text()"));
    assertThat(one("(?m)^WORKDIR (.*)$"))
        .isEqualTo(inPom(JIB + "/container/workingDirectory/text()").get(0));
  }

  @Test
  void command_isASubcommand() {
    String[] arguments =
        new JsonArray(one("(?m)^CMD (.*)$")).stream().map(String::valueOf).toArray(String[]::new);

    assertThat(Main.commandLine(Map.of()).parseArgs(arguments).subcommand().commandSpec().name())
        .isEqualTo("serve");
  }

  @Test
  void ports_areTheDefaults() throws Exception {
    Settings settings = SettingsReader.read(Optional.empty(), Map.of(), false);

    assertThat(List.of(one("(?m)^EXPOSE (.*)$").split(" ")))
        .containsExactly(
            String.valueOf(settings.http().port()), String.valueOf(settings.management().port()))
        .isEqualTo(inPom(JIB + "/container/ports/port/text()"));
  }

  @Test
  void labels_areTheSame() throws Exception {
    Map<String, String> docker =
        Pattern.compile("(org\\.opencontainers\\.image\\.\\w+)=\"(.*)\"")
            .matcher(dockerfile)
            .results()
            .collect(toMap(label -> label.group(1), label -> label.group(2)));
    String labels = JIB + "/container/labels/*";

    assertThat(docker).isNotEmpty();
    assertThat(inPom(labels)).hasSameSizeAs(docker.keySet());
    for (Map.Entry<String, String> label : docker.entrySet()) {
      String inPom = inPom(labels + "[name()='" + label.getKey() + "']/text()").get(0);
      if (!inPom.startsWith("${") && !label.getValue().startsWith("${")) {
        assertThat(inPom).as(label.getKey()).isEqualTo(label.getValue());
      }
    }
    assertThat(docker.get("org.opencontainers.image.description"))
        .isEqualTo(inPom("/project/description/text()").get(0));
  }

  @Test
  void version_isThatOfTheBuild() throws Exception {
    String version = inPom("/project/version/text()").get(0).replace("-SNAPSHOT", "");

    assertThat(one("(?m)^ARG VERSION=(.*)$")).isEqualTo(version);
    assertThat(inPom(PROFILE + "/properties/image.version/text()")).containsExactly(version);
    assertThat(tags()).hasSizeGreaterThan(4).containsOnly(version);
  }

  /** Returns the tags of the image in manifests and documents. */
  private static List<String> tags() throws IOException {
    List<String> tags = new ArrayList<>();
    for (Path directory : List.of(DOCKER, Path.of("k8s"), Path.of("src", "docs"))) {
      try (Stream<Path> files = Files.walk(directory).filter(ImageFilesTest::isText)) {
        for (Path file : files.toList()) {
          TAG.matcher(Files.readString(file)).results().forEach(tag -> tags.add(tag.group(1)));
        }
      }
    }
    return tags;
  }

  private static boolean isText(Path file) {
    return file.toString().matches(".*(\\.md|\\.yaml|Dockerfile)");
  }

  @Test
  void base_isAnArgument_withTheSameDefault() throws Exception {
    String whole = Files.readString(DOCKER.resolve("Dockerfile"));

    assertThat(whole.lines().filter(line -> line.startsWith("FROM ")))
        .containsExactly("FROM ${BASE} AS archive", "FROM ${BASE}");
    assertThat(whole.lines().filter(line -> line.startsWith("ARG BASE=")))
        .containsExactly("ARG BASE=" + inPom(PROFILE + "/properties/image.base/text()").get(0));
  }

  @Test
  void options_areAcceptedByThisJava() throws IOException, InterruptedException {
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + DOCKER.resolve("jvm.options"),
                "-version")
            .redirectErrorStream(true)
            .start();
    String output = new String(java.getInputStream().readAllBytes(), UTF_8);

    assertThat(java.waitFor()).as(output).isZero();
    assertThat(output).doesNotContainIgnoringCase("warning");
  }

  private static String one(String pattern) {
    List<MatchResult> found = Pattern.compile(pattern).matcher(dockerfile).results().toList();
    assertThat(found).as(pattern).hasSize(1);
    return found.get(0).group(1);
  }

  private static List<String> inPom(String path) throws Exception {
    XPath xpath = XPathFactory.newInstance().newXPath();
    NodeList nodes = (NodeList) xpath.evaluate(path, pom, XPathConstants.NODESET);
    assertThat(nodes.getLength()).as(path).isPositive();
    return IntStream.range(0, nodes.getLength())
        .mapToObj(number -> nodes.item(number).getTextContent())
        .toList();
  }
}
