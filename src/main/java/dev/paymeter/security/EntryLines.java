package dev.paymeter.security;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;

/**
 * Reader of files with one entry per line. Empty lines, and those that begin with {@code #}, are
 * not entries.
 */
public final class EntryLines {
  private EntryLines() {}

  /**
   * Parses entries with unique keys.
   *
   * @param parse throws {@link IllegalArgumentException} with what it expects
   * @param keyName the name of the key, for the error
   * @return the entries by key, as a new map
   * @throws IllegalArgumentException naming the invalid line, without its content
   */
  public static <T> Map<String, T> parse(
      String text, Function<String, T> parse, Function<T, String> key, String keyName) {
    Map<String, T> entries = new HashMap<>();
    forEach(
        text,
        (line, number) -> {
          try {
            T entry = parse.apply(line);
            if (entries.put(key.apply(entry), entry) != null) {
              throw new IllegalArgumentException("a unique " + keyName);
            }
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                "line " + number + ": expected " + e.getMessage(), e);
          }
        });
    return entries;
  }

  /** Passes each entry on, without spaces around it, with the number of its line, from 1. */
  public static void forEach(String text, ObjIntConsumer<String> receiver) {
    List<String> lines = text.lines().map(String::strip).toList();
    for (int number = 1; number <= lines.size(); number++) {
      String line = lines.get(number - 1);
      if (!line.isEmpty() && !line.startsWith("#")) {
        receiver.accept(line, number);
      }
    }
  }
}
