package dev.paymeter.settlement;

import org.jspecify.annotations.Nullable;

/** A settlement file that cannot be read, with the place. */
public final class InvalidFileException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final int MAX_FOUND = 100;

  /**
   * @param line in the file, from 1
   * @param column its name, or its number from 1; null for the whole line
   * @param expected what the place should have
   * @param found what it has; shortened if it is long
   */
  public InvalidFileException(
      long line, @Nullable String column, String expected, @Nullable String found) {
    super(
        "line %d%s: expected %s, found %s"
            .formatted(line, column == null ? "" : ", column " + column, expected, quote(found)));
  }

  private static String quote(@Nullable String found) {
    if (found == null || found.isEmpty()) {
      return "none";
    }
    String visible = found.replaceAll("\\p{Cntrl}", "?");
    return '"'
        + (visible.length() > MAX_FOUND ? visible.substring(0, MAX_FOUND) + "..." : visible)
        + '"';
  }
}
