package dev.paymeter.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The tables of a page for operators, by the heading of their first column. */
public final class DocTable {
  private static final Path OPERATE = Path.of("src", "docs", "operate");
  private static final Pattern CODE = Pattern.compile("`([^`]*)`");

  private DocTable() {}

  /** Returns the rows of all tables of the page whose first column has the heading. */
  public static List<List<String>> rows(String page, String heading) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    String current = "";
    for (String line : Files.readAllLines(OPERATE.resolve(page))) {
      List<String> cells = cells(line);
      if (cells.isEmpty()) {
        current = "";
      } else if (current.isEmpty()) {
        current = cells.get(0);
      } else if (current.equals(heading) && !cells.get(0).matches("-+")) {
        rows.add(cells);
      }
    }
    return rows;
  }

  /** Returns the names in the first column. */
  static List<String> names(String page, String heading) throws IOException {
    return rows(page, heading).stream().map(row -> code(row.get(0)).orElseThrow()).toList();
  }

  /** Returns the content of a cell that is code as a whole. */
  public static Optional<String> code(String cell) {
    Matcher code = CODE.matcher(cell);
    return code.matches() ? Optional.of(code.group(1)) : Optional.empty();
  }

  private static List<String> cells(String line) {
    return line.startsWith("|")
        ? Stream.of(line.substring(1).split("\\|")).map(String::strip).toList()
        : List.of();
  }
}
