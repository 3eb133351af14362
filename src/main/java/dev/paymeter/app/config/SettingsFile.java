package dev.paymeter.app.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reader of the settings file, in YAML. */
final class SettingsFile {
  private SettingsFile() {}

  /**
   * Reads the values of a file by their dotted keys; of a sequence, separated by commas.
   *
   * @param errors receives what is wrong with the file
   */
  static Map<String, String> read(Path path, Consumer<String> errors) {
    Map<String, String> values = new TreeMap<>();
    LoadSettings strict =
        LoadSettings.builder()
            .setAllowDuplicateKeys(false)
            // Rejects aliases of maps and sequences, which could be recursive.
            .setMaxAliasesForCollections(0)
            .build();
    try (InputStream in = Files.newInputStream(path)) {
      Object root = new Load(strict).loadFromInputStream(in);
      if (root instanceof Map<?, ?> map) {
        flatten("", map, values);
      } else if (root != null) {
        errors.accept(
            path
                + ": expected keys and values, found "
                + (root instanceof List ? "a list" : "a single value"));
      }
    } catch (IOException e) {
      errors.accept(path + ": expected a readable file, but " + problem(e));
    } catch (YamlEngineException e) {
      errors.accept(
          path
              + (e.getCause() instanceof IOException unreadable
                  ? ": expected a readable file, but " + problem(unreadable)
                  : ": expected YAML, found " + problem(e)));
    } catch (StackOverflowError e) {
      errors.accept(path + ": expected YAML with fewer levels, found too many");
    }
    return values;
  }

  private static String problem(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "the file does not exist";
    }
    return e instanceof AccessDeniedException ? "access to it is denied" : "it cannot be read";
  }

  /** Describes the error without the quoted lines of the library, which may contain a secret. */
  private static String problem(YamlEngineException e) {
    if (e instanceof MarkedYamlEngineException marked && marked.getProblemMark().isPresent()) {
      Mark mark = marked.getProblemMark().get();
      return marked.getProblem().replaceFirst("^found ", "")
          + " in line "
          + (mark.getLine() + 1)
          + ", column "
          + (mark.getColumn() + 1);
    }
    return "an unsupported character, tag or alias";
  }

  private static void flatten(String prefix, Map<?, ?> map, Map<String, String> values) {
    map.forEach(
        (name, value) -> {
          String key = prefix + name;
          if (value instanceof Map<?, ?> inner) {
            flatten(key + ".", inner, values);
          } else if (value instanceof List<?> list) {
            values.put(key, String.join(",", list.stream().map(String::valueOf).toList()));
          } else if (value != null) {
            values.put(key, value.toString());
          }
        });
  }
}
