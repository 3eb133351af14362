package dev.paymeter.app.cli;

import java.util.List;
import java.util.stream.Collectors;

/** Writer of CSV (RFC 4180). */
final class Csv {
  private Csv() {}

  /** Returns a record without its line break. */
  static String line(List<String> fields) {
    return fields.stream().map(Csv::quote).collect(Collectors.joining(","));
  }

  private static String quote(String field) {
    return field.matches("[^\",\r\n]*") ? field : '"' + field.replace("\"", "\"\"") + '"';
  }
}
