package dev.paymeter.settlement;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Currency;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The format for any gateway, which src/docs/operate/settlements.md describes. */
public final class CsvFormat implements SettlementFormat {
  static final String REFERENCE = "reference";
  static final String TYPE = "type";
  static final String AMOUNT = "amount";
  static final String CURRENCY = "currency";
  static final String DATE = "date";

  /** The columns that each file has; the others may be absent. */
  private static final List<String> REQUIRED = List.of(REFERENCE, TYPE, AMOUNT, CURRENCY, DATE);

  private static final String TYPES =
      Arrays.stream(LineType.values()).map(LineType::label).collect(Collectors.joining(", "));

  @Override
  public String name() {
    return "csv";
  }

  @Override
  public boolean matches(String firstLine) {
    Set<String> names = new HashSet<>();
    for (String name : firstLine.split(",", -1)) {
      names.add(name.strip().replaceAll("^\"|\"$", ""));
    }
    return names.containsAll(REQUIRED);
  }

  @Override
  public String expectedFirstLine() {
    return "the columns " + String.join(", ", REQUIRED);
  }

  @Override
  public void read(InputStream file, ZoneId zone, LineReceiver lines)
      throws IOException, InvalidFileException {
    CsvReader csv = CsvReader.open(file);
    csv.require(REQUIRED);
    LineFields fields = new LineFields(csv, zone);
    while (csv.next()) {
      lines.accept(line(csv, fields));
    }
  }

  private static SettlementLine line(CsvReader csv, LineFields fields) throws InvalidFileException {
    LineType type =
        LineType.of(csv.get(TYPE)).orElseThrow(() -> fields.invalid(TYPE, "one of " + TYPES));
    String reference = fields.text(REFERENCE);
    if (reference.isEmpty() && type.isInLedger()) {
      throw fields.invalid(REFERENCE, "the reference of a " + type.words());
    }
    Currency currency = fields.currency(CURRENCY);
    BigDecimal amount = fields.amount(AMOUNT, currency);
    return new SettlementLine(
        csv.line(),
        type,
        reference,
        fields.text("payment"),
        amount,
        fields.decimal("fee"),
        fields.decimal("net"),
        currency,
        fields.booked(DATE, null),
        fields.text("payout"));
  }
}
