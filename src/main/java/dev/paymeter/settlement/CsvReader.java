package dev.paymeter.settlement;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CodingErrorAction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reader of CSV (RFC 4180) in UTF-8, with or without a byte order mark, with lines that end with
 * CRLF or LF. The first record names the columns. For one thread.
 */
public final class CsvReader {
  /** Characters of a record, which bounds the memory. */
  static final int MAX_RECORD = 1 << 18;

  private static final int END = -1;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  /** The character that replaces bytes that are not UTF-8. */
  private static final char REPLACEMENT = '\uFFFD';

  private final Reader reader;
  private final char[] buffer = new char[1 << 16];
  private int position;
  private int limit;

  private final StringBuilder field = new StringBuilder();
  private final List<String> fields = new ArrayList<>();
  private int length;
  private long line = 1;
  private long recordLine = 1;
  private Map<String, Integer> columns = Map.of();

  private CsvReader(InputStream file) {
    this.reader =
        new InputStreamReader(
            file,
            UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE));
  }

  /**
   * Reads the header.
   *
   * @throws InvalidFileException if there is none, or a column has the name of another one
   */
  public static CsvReader open(InputStream file) throws IOException, InvalidFileException {
    CsvReader reader = new CsvReader(file);
    if (reader.peek() == BYTE_ORDER_MARK) {
      reader.position++;
    }
    if (!reader.next()) {
      throw new InvalidFileException(1, null, "a header with the names of columns", null);
    }
    Map<String, Integer> columns = new HashMap<>();
    for (int i = 0; i < reader.fields.size(); i++) {
      String name = reader.fields.get(i).strip();
      if (columns.put(name, i) != null) {
        throw new InvalidFileException(
            reader.recordLine, String.valueOf(i + 1), "another name of the column", name);
      }
    }
    reader.columns = columns;
    return reader;
  }

  /** Returns whether the header has a column. */
  public boolean hasColumn(String name) {
    return columns.containsKey(name);
  }

  /**
   * Requires columns in the header.
   *
   * @throws InvalidFileException if one is missing
   */
  public void require(List<String> names) throws InvalidFileException {
    for (String name : names) {
      if (!columns.containsKey(name)) {
        throw new InvalidFileException(
            recordLine, null, "a column named " + name, String.join(",", fields));
      }
    }
  }

  /**
   * Reads the next record that is not an empty line.
   *
   * @return false at the end of the file
   * @throws InvalidFileException if it is no record, or has not the columns of the header
   */
  public boolean next() throws IOException, InvalidFileException {
    do {
      if (peek() == END) {
        return false;
      }
      readRecord();
    } while (fields.size() == 1 && fields.get(0).isEmpty());
    if (!columns.isEmpty() && fields.size() != columns.size()) {
      throw new InvalidFileException(
          recordLine, null, columns.size() + " columns", String.valueOf(fields.size()));
    }
    return true;
  }

  /** Returns the line on which the record begins, from 1. */
  public long line() {
    return recordLine;
  }

  /** Returns a field of the record without surrounding spaces; empty without such a column. */
  public String get(String column) {
    @Nullable Integer index = columns.get(column);
    return index == null ? "" : fields.get(index).strip();
  }

  private void readRecord() throws IOException, InvalidFileException {
    fields.clear();
    length = 0;
    recordLine = line;
    boolean isLast;
    do {
      field.setLength(0);
      isLast = peek() == '"' ? readQuoted() : readPlain();
      fields.add(field.toString());
    } while (!isLast);
  }

  /** Returns whether the field is the last one of its record. */
  private boolean readPlain() throws IOException, InvalidFileException {
    while (true) {
      int c = read();
      switch (c) {
        case ',' -> {
          return false;
        }
        case '\n', END -> {
          if (field.length() > 0 && field.charAt(field.length() - 1) == '\r') {
            field.setLength(field.length() - 1);
          }
          return true;
        }
        case '"' -> throw invalid("a field in quotation marks, or none in it", field + "\"");
        default -> append((char) c);
      }
    }
  }

  private boolean readQuoted() throws IOException, InvalidFileException {
    read();
    while (true) {
      int c = read();
      if (c == END) {
        throw invalid("a closing quotation mark", "the end of the file");
      }
      if (c != '"') {
        append((char) c);
      } else if (peek() == '"') {
        append((char) read());
      } else {
        break;
      }
    }
    int c = read();
    if (c == '\r' && peek() == '\n') {
      c = read();
    }
    if (c != ',' && c != '\n' && c != END) {
      throw invalid("a comma or the end of the line after a quotation mark", "" + (char) c);
    }
    return c != ',';
  }

  private void append(char c) throws InvalidFileException {
    if (c == REPLACEMENT) {
      throw invalid("characters in UTF-8", "other bytes");
    }
    if (++length > MAX_RECORD) {
      throw invalid("a record of at most " + MAX_RECORD + " characters", "more");
    }
    field.append(c);
  }

  private InvalidFileException invalid(String expected, String found) {
    int index = fields.size();
    String name =
        columns.entrySet().stream()
            .filter(column -> column.getValue() == index)
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseGet(() -> String.valueOf(index + 1));
    return new InvalidFileException(recordLine, name, expected, found);
  }

  private int peek() throws IOException {
    if (position == limit) {
      position = 0;
      limit = Math.max(0, reader.read(buffer));
      if (limit == 0) {
        return END;
      }
    }
    return buffer[position];
  }

  private int read() throws IOException {
    int c = peek();
    if (c != END) {
      position++;
      if (c == '\n') {
        line++;
      }
    }
    return c;
  }
}
