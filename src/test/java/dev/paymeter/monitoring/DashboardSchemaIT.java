package dev.paymeter.monitoring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.NpmPackages;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The dashboard, compared by the TypeScript compiler with the types that Grafana publishes: as a
 * classic dashboard, with the options of each panel's plugin, and those parts that the second
 * version of the schema has in the same form.
 */
class DashboardSchemaIT {
  private static final Path TYPES = Path.of("src", "test", "grafana");

  /** Fields of the Prometheus plugin, for which the schema has no types. */
  private static final List<String> PROMETHEUS_ANNOTATION =
      List.of("expr", "step", "tagKeys", "textFormat", "titleFormat", "useValueForTime");

  private static Path directory;

  @BeforeAll
  static void install() {
    directory = NpmPackages.install(TYPES);
  }

  @Test
  void dashboard_hasTheTypesOfTheSchema() throws Exception {
    assertThat(errors(Dashboard.json())).isEmpty();
  }

  @Test
  void dashboard_withOtherValuesOrFields_isRejected() throws Exception {
    JsonObject wrong =
        new JsonObject(
            Dashboard.json()
                .encode()
                .replace("\"graphTooltip\":1", "\"graphTooltip\":7")
                .replaceFirst("\"collapsed\":true", "\"colapsed\":true")
                .replaceFirst("\"showPoints\":\"never\"", "\"showPoints\":\"seldom\"")
                .replaceFirst("\"mode\":\"absolute\"", "\"mode\":\"relative\"")
                .replaceFirst("\"asDropdown\":false", "\"asDropdown\":\"no\""));

    assertThat(errors(wrong))
        .contains(
            "'7'",
            "'\"colapsed\"'",
            "\"seldom\"",
            "\"relative\"",
            "'string' is not assignable to type 'boolean'");
  }

  /** Returns the messages of the compiler. */
  private static String errors(JsonObject dashboard) throws IOException, InterruptedException {
    Files.writeString(directory.resolve("dashboard.ts"), source(dashboard));
    Process compiler =
        new ProcessBuilder(
                "node_modules/.bin/tsc",
                "--noEmit",
                "--strict",
                "--skipLibCheck",
                "--module",
                "nodenext",
                "dashboard.ts")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String messages = new String(compiler.getInputStream().readAllBytes(), UTF_8);
    assertThat(compiler.waitFor() == 0).as(messages).isEqualTo(messages.isEmpty());
    return messages;
  }

  private static String source(JsonObject dashboard) {
    StringBuilder source = new StringBuilder("import type * as types from './types';\n");
    List<JsonObject> panels = Dashboard.panels(dashboard);
    add(source, "ClassicDashboard", withoutPlugins(dashboard));
    for (JsonObject panel : panels) {
      addPanel(source, panel);
    }
    JsonArray variables = dashboard.getJsonObject("templating").getJsonArray("list");
    for (JsonObject variable : Dashboard.objects(variables)) {
      add(source, "VariableOption", variable.getJsonObject("current"));
    }
    add(source, "Links", dashboard.getJsonArray("links"));
    add(
        source,
        "TimeSettings",
        dashboard
            .getJsonObject("time")
            .copy()
            .put("autoRefresh", dashboard.getString("refresh"))
            .put("timezone", dashboard.getString("timezone")));
    return source.toString();
  }

  private static void addPanel(StringBuilder source, JsonObject panel) {
    if (panel.getString("type").equals("row")) {
      add(source, "ClassicRow", panel.copy().put("panels", new JsonArray()));
      return;
    }
    add(source, "ClassicPanel<'" + panel.getString("type") + "'>", panel);
    add(source, "FieldConfig", panel.getJsonObject("fieldConfig"));
    for (JsonObject transformation :
        Dashboard.objects(panel.getJsonArray("transformations", new JsonArray()))) {
      JsonObject spec = transformation.copy();
      spec.remove("id"); // The group of the second version.
      add(source, "Transformation", spec);
    }
  }

  private static JsonObject withoutPlugins(JsonObject dashboard) {
    JsonObject copy = dashboard.copy().put("panels", new JsonArray());
    for (JsonObject annotation :
        Dashboard.objects(copy.getJsonObject("annotations").getJsonArray("list"))) {
      PROMETHEUS_ANNOTATION.forEach(annotation::remove);
    }
    return copy;
  }

  private static void add(StringBuilder source, String type, Object value) {
    source.append("(%s satisfies types.%s);\n".formatted(json(value), type));
  }

  private static String json(Object value) {
    return value instanceof JsonObject object ? object.encode() : ((JsonArray) value).encode();
  }
}
