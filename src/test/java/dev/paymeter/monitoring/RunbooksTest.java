package dev.paymeter.monitoring;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.monitoring.RuleFiles.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The structure of the runbooks. */
class RunbooksTest {
  private static final Path RUNBOOKS = Path.of("k8s", "monitoring", "runbooks");
  private static final Path README = RUNBOOKS.resolve("README.md");

  /** Sections in their order; others may follow. */
  private static final List<String> SECTIONS =
      List.of("Now", "Meaning", "Impact", "Diagnosis", "Mitigation", "Resolved", "Escalation");

  private static final Pattern HEADING = Pattern.compile("(?m)^## (.*)$");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#]*)(?:#([^)]*))?\\)");
  private static final Pattern ROLE = Pattern.compile("\\*\\*(\\w+)\\*\\*");
  private static final Pattern SECRET =
      Pattern.compile(
          "DATABASE_URL=\\$\\(kubectl get secret (\\S+) -n paymeter -o jsonpath='\\{\\.data\\.(\\w+)}'");

  static Stream<Path> runbooks() throws IOException {
    return pages().filter(page -> !page.equals(README));
  }

  static Stream<Path> pages() throws IOException {
    try (Stream<Path> files = Files.list(RUNBOOKS)) {
      return files.sorted().toList().stream();
    }
  }

  @Test
  void alerts_haveOneRunbookEach_atTheirUrl() throws IOException {
    assertThat(runbooks().map(file -> "http://127.0.0.1:8000/runbooks/" + file.getFileName()))
        .containsExactlyInAnyOrderElementsOf(
            RuleFiles.alerts().stream()
                .map(alert -> alert.annotations().get("runbook_url"))
                .collect(toSet()));
    assertThat(RuleFiles.alerts())
        .allSatisfy(
            alert ->
                assertThat(alert.annotations().get("runbook_url"))
                    .endsWith("/" + alert.name() + ".md"));
  }

  @ParameterizedTest
  @MethodSource("runbooks")
  void runbook_beginsWithWhatToDo_andHasAllSections(Path file) throws IOException {
    String text = Files.readString(file);

    assertThat(text).startsWith("# " + name(file) + "\n\n## Now\n\n1. ");
    assertThat(headings(text)).startsWith(SECTIONS.toArray(String[]::new));
    assertThat(section(text, "Diagnosis")).contains("```promql");
  }

  @ParameterizedTest
  @MethodSource("runbooks")
  void resolved_isShownByAQuery(Path file) throws IOException {
    assertThat(section(Files.readString(file), "Resolved")).contains("```promql");
  }

  @ParameterizedTest
  @MethodSource("runbooks")
  void escalation_namesRolesOfTheReadme(Path file) throws IOException {
    Set<String> roles = roles(section(Files.readString(README), "Contacts"));

    assertThat(roles).hasSizeGreaterThan(3);
    assertThat(roles(section(Files.readString(file), "Escalation"))).isNotEmpty().isSubsetOf(roles);
  }

  private static Set<String> roles(String text) {
    return ROLE.matcher(text).results().map(role -> role.group(1)).collect(toSet());
  }

  @ParameterizedTest
  @MethodSource("pages")
  void databaseUrl_isReadFromTheSecretOfThePods_beforeItIsUsed(Path file) throws IOException {
    String text = Files.readString(file);
    int used = text.indexOf("psql \"$DATABASE_URL\"");
    Matcher read = SECRET.matcher(text);

    if (used >= 0) {
      assertThat(read.find()).isTrue();
      assertThat(read.start()).isLessThan(used);
      assertThat(Files.readString(Path.of("k8s", "base", "stateful-set.yaml")))
          .containsPattern("name: " + read.group(1) + "\\b.*\\n +key: " + read.group(2) + "\\b");
    }
  }

  /** The label exists only if the rule of the alert keeps it. */
  @ParameterizedTest
  @MethodSource("runbooks")
  void pod_isExplained(Path file) throws IOException {
    String text = Files.readString(file);

    if (Pattern.compile("\\bPOD\\b").matcher(text).find()) {
      assertThat(text).contains("`POD` is ");
      assertThat(text.contains("`POD` is the label `instance` of the alert."))
          .isEqualTo(firingLabels(name(file)).contains("instance"));
    }
  }

  /** Returns the labels with which the alert fires in the test cases of the rules. */
  private static Set<String> firingLabels(String alert) {
    return RuleFiles.cases().stream()
        .flatMap(one -> one.firings().stream())
        .filter(firing -> firing.alert().equals(alert))
        .flatMap(firing -> firing.labels().stream())
        .flatMap(labels -> labels.keySet().stream())
        .collect(toSet());
  }

  @ParameterizedTest
  @MethodSource("pages")
  void links_leadToRunbooksAndTheirSections(Path file) throws IOException {
    for (MatchResult link : LINK.matcher(Files.readString(file)).results().toList()) {
      Path target = link.group(1).isEmpty() ? file : RUNBOOKS.resolve(link.group(1));

      assertThat(target).exists();
      if (link.group(2) != null) {
        assertThat(headings(Files.readString(target)))
            .extracting(heading -> heading.toLowerCase(Locale.ROOT).replace(' ', '-'))
            .contains(link.group(2));
      }
    }
  }

  @Test
  void readme_listsTheAlerts() throws IOException {
    Map<String, List<Rule>> alerts = RuleFiles.alerts().stream().collect(groupingBy(Rule::name));

    assertThat(section(Files.readString(README), "Alerts").lines().filter(l -> l.startsWith("| [")))
        .containsExactlyElementsOf(
            new TreeSet<>(alerts.keySet()).stream().map(name -> row(alerts.get(name))).toList());
  }

  private static String row(List<Rule> alerts) {
    String severities =
        alerts.stream()
            .map(alert -> alert.labels().get("severity"))
            .distinct()
            .sorted()
            .collect(joining(", "));
    return "| [%1$s](%1$s.md) | %2$s | %3$s |"
        .formatted(alerts.get(0).name(), severities, alerts.get(0).annotations().get("summary"));
  }

  private static String name(Path file) {
    return file.getFileName().toString().replace(".md", "");
  }

  private static List<String> headings(String text) {
    return HEADING.matcher(text).results().map(heading -> heading.group(1)).toList();
  }

  private static String section(String text, String heading) {
    String after = text.split("(?m)^## " + heading + "$", 2)[1];
    return HEADING.split(after, 2)[0];
  }
}
