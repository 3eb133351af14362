package dev.paymeter.docs;

import static java.util.stream.Collectors.joining;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The commands of a page as one shell script, and the output that the page shows for them. */
final class Commands {
  /** Precedes the output of each block. */
  private static final String MARK = "@@block ";

  /** curl that fails on HTTP errors unless the block shows one, and that ends event streams. */
  private static final String PRELUDE =
      """
      set -euo pipefail
      curl() {
        if [ "$1" = -N ]; then
          timeout 5 curl --silent "$@" || [ $? = 124 ]
        else
          command curl $fail --silent --show-error "$@"
          if [[ "$*" != *-s* ]]; then echo; fi
        fi
      }
      """;

  /** Commands that the test does not run, each with its reason. */
  private static final List<Skipped> SKIPPED =
      List.of(
          new Skipped(
              "mvn -q -DskipTests package && java -jar target/paymeter.jar demo",
              "builds, and runs until Ctrl-C; ProcessIT runs the demo"),
          new Skipped("mvn -q -DskipTests package", "builds what this test uses"),
          new Skipped("java -jar target/paymeter.jar", "runs until Ctrl-C; the test starts it"),
          new Skipped(
              "PAYMETER_CLUSTER_ENABLED=true java -jar target/paymeter.jar",
              "runs until Ctrl-C; the test starts it"),
          new Skipped(
              "java -jar target/paymeter.jar stack",
              "runs until Ctrl-C; MonitoringStackIT runs it"),
          new Skipped(
              "sudo apt-get install prometheus prometheus-alertmanager",
              "changes the machine and needs root"),
          new Skipped(
              "PAYMETER_HOME=$PWD GF_PATHS_PROVISIONING=$PWD/conf/grafana/provisioning \\\n"
                  + "  grafana server --homepath /usr/share/grafana",
              "Grafana is not a requirement of the build"));

  private static final Pattern NUMBER = Pattern.compile("[0-9]+");
  private static final Pattern WORD = Pattern.compile("[a-z_/-]+");

  private final List<Step> steps = new ArrayList<>();

  private record Skipped(String command, String reason) {}

  /** A block of commands, and the blocks of output that follow it. */
  private record Step(Page.Block commands, List<Page.Block> output) {
    boolean expectsError() {
      return output.stream().anyMatch(block -> block.text().startsWith("HTTP/1.1 4"));
    }

    String script() {
      String script = commands.text();
      for (Skipped skipped : SKIPPED) {
        script = ("\n" + script).replace("\n" + skipped.command + "\n", "\n").substring(1);
      }
      return script;
    }

    boolean isRun() {
      return !script().isBlank();
    }
  }

  Commands(Page page) {
    Step last = null;
    for (Page.Block block : page.blocks()) {
      if (block.info().equals("sh")) {
        last = new Step(block, new ArrayList<>());
        steps.add(last);
      } else if (block.info().equals("http")
          || block.info().equals("text")
          || block.info().startsWith("json")) {
        if (last != null) {
          last.output.add(block);
        }
      }
    }
    steps.removeIf(step -> !step.isRun());
  }

  boolean isEmpty() {
    return steps.isEmpty();
  }

  /** Returns the script of all blocks, in the page's order. */
  String script() {
    return PRELUDE
        + steps.stream()
            .map(
                step ->
                    "echo '%s%s'\nfail=%s\n%s"
                        .formatted(
                            MARK,
                            step.commands.line(),
                            step.expectsError() ? "" : "--fail-with-body",
                            step.script()))
            .collect(joining());
  }

  /** Returns the lines of output that the page shows and the commands did not print. */
  List<String> missing(String printed) {
    List<String> missing = new ArrayList<>();
    for (Step step : steps) {
      String output = outputOf(step, printed);
      for (Page.Block block : step.output) {
        if (block.info().startsWith("json")) {
          boolean whole = block.info().equals("json");
          if (objects(output).noneMatch(real -> matches(decode(block.text()), real, whole))) {
            missing.add("line " + block.line() + ": " + block.text());
          }
        } else {
          block.lines().stream()
              .filter(
                  line -> !line.isBlank() && output.lines().noneMatch(real -> shows(line, real)))
              .forEach(line -> missing.add(line));
        }
      }
    }
    return missing;
  }

  private static String outputOf(Step step, String printed) {
    String mark = MARK + step.commands.line() + "\n";
    String output = printed.substring(printed.indexOf(mark) + mark.length());
    int end = output.indexOf(MARK);
    return end < 0 ? output : output.substring(0, end);
  }

  private static java.util.stream.Stream<JsonObject> objects(String output) {
    return output.lines().filter(line -> line.startsWith("{")).map(Commands::decode);
  }

  private static JsonObject decode(String text) {
    return new JsonObject(text);
  }

  /** Compares lines of text, apart from their numbers; of JSON within them, the members. */
  private static boolean shows(String shown, String real) {
    int json = shown.indexOf('{');
    if (json >= 0 && shown.endsWith("}") && isJson(shown.substring(json))) {
      return real.startsWith(shown.substring(0, json))
          && isJson(real.substring(json))
          && matches(decode(shown.substring(json)), decode(real.substring(json)), false);
    }
    return withoutNumbers(real).equals(withoutNumbers(shown));
  }

  private static boolean isJson(String text) {
    return Optional.of(text).filter(t -> t.startsWith("{\"")).isPresent();
  }

  private static String withoutNumbers(String line) {
    String ids =
        line.strip()
            .replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "0")
            .replaceAll("[0-9a-f]{8}(x[0-9]+x[0-9]+)", "0$1"); // Ids of events.
    return NUMBER.matcher(ids).replaceAll("0");
  }

  /**
   * @param whole whether all members have to be equal; otherwise the shown ones are a subset
   */
  private static boolean matches(Object shown, Object real, boolean whole) {
    if (shown instanceof JsonObject expected && real instanceof JsonObject actual) {
      return (!whole || expected.fieldNames().equals(actual.fieldNames()))
          && expected.fieldNames().stream()
              .allMatch(
                  name ->
                      actual.containsKey(name)
                          && matches(expected.getValue(name), actual.getValue(name), whole));
    }
    if (shown instanceof JsonArray expected && real instanceof JsonArray actual) {
      return java.util.stream.IntStream.range(0, expected.size())
          .allMatch(
              i -> i < actual.size() && matches(expected.getValue(i), actual.getValue(i), whole));
    }
    return !(shown instanceof String word) || !WORD.matcher(word).matches() || shown.equals(real);
  }
}
