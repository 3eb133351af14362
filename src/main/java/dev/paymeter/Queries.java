package dev.paymeter;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * What to ask Prometheus: the questions of the dashboard, and the alerts.
 *
 * @param questions in the dashboard's order
 */
record Queries(List<Question> questions, List<Alert> alerts) {
  private static final String SHIPPED = "/queries.yaml";

  /**
   * @param record the name under which a recording rule keeps the answer
   */
  record Question(String record, String title, String query) {}

  record Alert(String name, String title, String query) {}

  static Queries shipped() {
    try (InputStream in = Queries.class.getResourceAsStream(SHIPPED)) {
      if (in == null) {
        throw new IllegalStateException(SHIPPED + " is missing from the program");
      }
      Map<?, ?> root =
          (Map<?, ?>)
              new Load(LoadSettings.builder().setLabel(SHIPPED).build()).loadFromInputStream(in);
      return new Queries(
          entries(root, "questions").stream()
              .map(q -> new Question(text(q, "record"), text(q, "title"), text(q, "query")))
              .toList(),
          entries(root, "alerts").stream()
              .map(a -> new Alert(text(a, "alert"), text(a, "title"), text(a, "query")))
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String asText() {
    StringBuilder text = new StringBuilder("Questions\n");
    questions.forEach(q -> text.append(entry(q.title(), q.query())));
    text.append("\nAlerts\n");
    alerts.forEach(a -> text.append(entry(a.title(), a.query())));
    return text.toString();
  }

  private static String entry(String title, String query) {
    return "\n  " + title + "\n    " + query + "\n";
  }

  private static List<Map<?, ?>> entries(Map<?, ?> root, String key) {
    if (root.get(key) instanceof List<?> list) {
      return list.stream().<Map<?, ?>>map(entry -> (Map<?, ?>) entry).toList();
    }
    throw new IllegalStateException(SHIPPED + " lacks " + key);
  }

  private static String text(Map<?, ?> entry, String key) {
    if (entry.get(key) instanceof String text) {
      return text.strip();
    }
    throw new IllegalStateException(SHIPPED + ": " + entry + " lacks " + key);
  }
}
