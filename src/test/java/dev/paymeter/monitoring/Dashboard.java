package dev.paymeter.monitoring;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The Grafana dashboard as a file, without a Grafana. */
public final class Dashboard {
  public static final Path FILE = Path.of("conf", "grafana", "dashboards", "paymeter.json");

  /** The data source of all panels: the variable of the dashboard. */
  static final JsonObject DATA_SOURCE =
      new JsonObject().put("type", "prometheus").put("uid", "${datasource}");

  private Dashboard() {}

  /**
   * A query in a part of the dashboard.
   *
   * @param owner the title of the panel, or the name of the annotation
   */
  record Query(String owner, String expression) {}

  static JsonObject json() {
    try {
      return new JsonObject(Files.readString(FILE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns rows, and the charts of rows that are open, from top to bottom. */
  static List<JsonObject> visiblePanels() {
    return objects(json().getJsonArray("panels"));
  }

  static List<JsonObject> panels() {
    return panels(json());
  }

  /** Returns rows and charts, also those of collapsed rows, from top to bottom. */
  static List<JsonObject> panels(JsonObject dashboard) {
    return objects(dashboard.getJsonArray("panels")).stream()
        .flatMap(panel -> Stream.concat(Stream.of(panel), inside(panel).stream()))
        .toList();
  }

  /** Returns the charts of a collapsed row; none for other panels. */
  static List<JsonObject> inside(JsonObject panel) {
    return objects(panel.getJsonArray("panels", new JsonArray()));
  }

  static List<JsonObject> charts() {
    return panels().stream().filter(panel -> !panel.getString("type").equals("row")).toList();
  }

  static List<JsonObject> variables() {
    return objects(json().getJsonObject("templating").getJsonArray("list"));
  }

  static List<JsonObject> annotations() {
    return objects(json().getJsonObject("annotations").getJsonArray("list"));
  }

  static List<Query> queries() {
    return Stream.concat(
            charts().stream()
                .flatMap(
                    chart ->
                        objects(chart.getJsonArray("targets")).stream()
                            .map(t -> new Query(chart.getString("title"), t.getString("expr")))),
            annotations().stream().map(a -> new Query(a.getString("name"), a.getString("expr"))))
        .toList();
  }

  static List<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast).toList();
  }
}
