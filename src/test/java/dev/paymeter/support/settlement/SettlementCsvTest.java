package dev.paymeter.support.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettlementCsvTest {
  private static final String COLUMNS =
      "reference,type,payment,amount,fee,net,currency,date,payout\r\n";

  private static final Pattern FIELD =
      Pattern.compile("(?:\"((?:[^\"]|\"\")*)\"|([^\",\r\n]*))(,|\r\n)");

  private static final List<FileLine> LINES =
      SettlementPlan.of(1, "Europe/Berlin").withPayments(200).withOfEachKind(3).generate().lines();

  @TempDir private Path directory;

  private Path file;

  @BeforeEach
  void setUp() {
    file = directory.resolve("settlement.csv");
  }

  @Test
  void write_line_hasItsValuesInTheDocumentedOrder() throws IOException {
    SettlementCsv.write(
        file,
        List.of(
            new FileLine(
                "txn_1",
                "payment",
                "",
                new BigDecimal("1E+3"),
                new BigDecimal("29.30"),
                null,
                "USD",
                "2026-03-24",
                "po_1")));

    assertThat(file).hasContent(COLUMNS + "txn_1,payment,,1000,29.30,,USD,2026-03-24,po_1\r\n");
  }

  @Test
  void write_allLines_canBeReadAgain() throws IOException {
    SettlementCsv.write(file, LINES);

    assertThat(read()).isEqualTo(texts());
  }

  @Test
  void writeMixed_otherColumnsAndOrder_hasTheSameValues() throws IOException {
    SettlementCsv.writeMixed(file, LINES, 3);

    List<Map<String, String>> rows = read();
    assertThat(Files.readString(file)).doesNotStartWith(COLUMNS);
    assertThat(rows)
        .extracting(row -> row.remove("description"))
        .contains("", "a, b", "\"quoted\"", "two\r\nlines", "50 €");
    assertThat(rows).isEqualTo(texts());
  }

  private List<Map<String, String>> texts() {
    List<Map<String, String>> rows = new ArrayList<>();
    for (FileLine line : LINES) {
      rows.add(
          Map.of(
              "reference", line.reference(),
              "type", line.type(),
              "payment", line.payment(),
              "amount", text(line.amount()),
              "fee", text(line.fee()),
              "net", text(line.net()),
              "currency", line.currency(),
              "date", line.date(),
              "payout", line.payout()));
    }
    return rows;
  }

  private static String text(@Nullable BigDecimal amount) {
    return amount == null ? "" : amount.toPlainString();
  }

  /** Reads the rows after the header line, by its columns. */
  private List<Map<String, String>> read() throws IOException {
    List<List<String>> rows = new ArrayList<>();
    List<String> row = new ArrayList<>();
    Matcher fields = FIELD.matcher(Files.readString(file));
    while (fields.lookingAt()) {
      row.add(fields.group(1) == null ? fields.group(2) : fields.group(1).replace("\"\"", "\""));
      if (fields.group(3).equals("\r\n")) {
        rows.add(row);
        row = new ArrayList<>();
      }
      fields.region(fields.end(), fields.regionEnd());
    }
    assertThat(fields.hitEnd()).isTrue();
    List<String> header = rows.remove(0);
    List<Map<String, String>> byColumn = new ArrayList<>();
    for (List<String> values : rows) {
      Map<String, String> columns = new LinkedHashMap<>();
      for (int column = 0; column < header.size(); column++) {
        columns.put(header.get(column), values.get(column));
      }
      byColumn.add(columns);
    }
    return byColumn;
  }
}
