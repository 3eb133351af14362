package dev.paymeter.support.settlement;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes settlement files as CSV (RFC 4180, UTF-8) with a header line. */
public final class SettlementCsv {
  private static final Map<String, Function<FileLine, String>> COLUMNS = new LinkedHashMap<>();

  /** A column that a reader ignores, with characters that are quoted. */
  private static final String EXTRA_COLUMN = "description";

  private static final List<String> EXTRA_VALUES =
      List.of("", "order", "a, b", "\"quoted\"", "two\r\nlines", "50 €");

  static {
    COLUMNS.put("reference", FileLine::reference);
    COLUMNS.put("type", FileLine::type);
    COLUMNS.put("payment", FileLine::payment);
    COLUMNS.put("amount", line -> text(line.amount()));
    COLUMNS.put("fee", line -> text(line.fee()));
    COLUMNS.put("net", line -> text(line.net()));
    COLUMNS.put("currency", FileLine::currency);
    COLUMNS.put("date", FileLine::date);
    COLUMNS.put("payout", FileLine::payout);
  }

  private SettlementCsv() {}

  /** Writes the documented columns in their documented order. */
  public static void write(Path file, List<FileLine> lines) {
    write(file, lines, List.copyOf(COLUMNS.keySet()), new SplittableRandom(0));
  }

  /** Writes the columns in random order, and another one between them. */
  public static void writeMixed(Path file, List<FileLine> lines, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> columns = new ArrayList<>();
    for (String column : COLUMNS.keySet()) {
      columns.add(random.nextInt(columns.size() + 1), column);
    }
    columns.add(random.nextInt(columns.size() + 1), EXTRA_COLUMN);
    write(file, lines, columns, random);
  }

  private static void write(
      Path file, List<FileLine> lines, List<String> columns, SplittableRandom random) {
    try (Writer writer = Files.newBufferedWriter(file)) {
      writer.write(String.join(",", columns) + "\r\n");
      for (FileLine line : lines) {
        List<String> values = new ArrayList<>();
        for (String column : columns) {
          Function<FileLine, String> value = COLUMNS.get(column);
          values.add(
              quoted(
                  value == null
                      ? EXTRA_VALUES.get(random.nextInt(EXTRA_VALUES.size()))
                      : value.apply(line)));
        }
        writer.write(String.join(",", values) + "\r\n");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(@Nullable BigDecimal amount) {
    return amount == null ? "" : amount.toPlainString();
  }

  private static String quoted(String value) {
    return value.matches("[^\",\r\n]*") ? value : "\"" + value.replace("\"", "\"\"") + "\"";
  }
}
