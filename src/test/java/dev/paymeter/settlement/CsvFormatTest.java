package dev.paymeter.settlement;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The documented format, in correct files and in wrong ones. */
class CsvFormatTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final String HEADER =
      "reference,type,payment,amount,fee,net,currency,date,payout\n";

  private static List<SettlementLine> read(InputStream file)
      throws IOException, InvalidFileException {
    List<SettlementLine> lines = new ArrayList<>();
    new CsvFormat().read(file, BERLIN, lines::add);
    return lines;
  }

  private static List<SettlementLine> read(String file) throws IOException, InvalidFileException {
    return read(new ByteArrayInputStream(file.getBytes(UTF_8)));
  }

  private static SettlementLine only(String line) throws IOException, InvalidFileException {
    List<SettlementLine> lines = read(HEADER + line);
    assertThat(lines).hasSize(1);
    return lines.get(0);
  }

  private static void assertInvalid(String file, String... parts) {
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(InvalidFileException.class)
        .message()
        .contains(parts);
  }

  @Test
  void line_hasAllValues() throws Exception {
    SettlementLine line = only("txn_1,payment,p,12.5,0.66,11.84,EUR,2026-11-27T23:30:00Z,po_1\n");

    assertThat(line)
        .isEqualTo(
            new SettlementLine(
                2,
                LineType.PAYMENT,
                "txn_1",
                "p",
                new BigDecimal("12.50"),
                new BigDecimal("0.66"),
                new BigDecimal("11.84"),
                Currency.getInstance("EUR"),
                new BookingTime(
                    Instant.parse("2026-11-27T23:30:00Z"), LocalDate.parse("2026-11-28")),
                "po_1"));
  }

  @Test
  void emptyValues_areAbsent() throws Exception {
    SettlementLine line = only(",fee,,-2,,,usd,2026-11-27,");

    assertThat(line.fee()).isNull();
    assertThat(line.net()).isNull();
    assertThat(line.booked()).isEqualTo(BookingTime.on(LocalDate.parse("2026-11-27")));
    assertThat(line.amount()).isEqualTo(new BigDecimal("-2.00"));
  }

  /** Files of spreadsheets have all of these. */
  @Test
  void byteOrderMark_carriageReturns_quotesAndOtherColumns_areRead() throws Exception {
    List<SettlementLine> lines =
        read(
            "\uFEFFnote,\"date\",currency,amount,type,reference\r\n"
                + "\"a \"\"b\"\",\r\nc\",2026-11-27,JPY,1250,payment,\"txn_1\"\r\n"
                + "\r\n"
                + "x,2026-11-28,KWD,1.234,refund, rfn_1 \r\n");

    assertThat(lines).extracting(SettlementLine::reference).containsExactly("txn_1", "rfn_1");
    assertThat(lines).extracting(SettlementLine::number).containsExactly(2L, 5L);
    assertThat(lines)
        .extracting(SettlementLine::amount)
        .containsExactly(new BigDecimal("1250"), new BigDecimal("1.234"));
    assertThat(lines).allSatisfy(line -> assertThat(line.payout()).isEmpty());
  }

  @Test
  void headerOnly_hasNoLines() throws Exception {
    assertThat(read(HEADER)).isEmpty();
  }

  @Test
  void emptyFile_namesTheHeader() {
    assertInvalid("", "line 1", "expected a header", "found none");
    assertInvalid("\n\n", "line 1", "expected a header");
    assertInvalid("\uFEFF", "line 1", "expected a header");
  }

  @Test
  void header_withoutAColumn_orWithOneTwice_isInvalid() {
    assertInvalid("reference,type,amount,currency\n", "line 1", "a column named date");
    assertInvalid("reference,type,type\n", "line 1, column 3", "another name", "\"type\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x,sale,,1,,,EUR,2026-11-27,|column type|one of payment, refund|\"sale\"",
        ",payment,,1,,,EUR,2026-11-27,|column reference|reference of a payment|none",
        "x,payment,,,,,EUR,2026-11-27,|column amount|a decimal|none",
        "x,payment,,1e3,,,EUR,2026-11-27,|column amount|a decimal|\"1e3\"",
        "x,payment,,\"1,50\",,,EUR,2026-11-27,|column amount|a decimal|\"1,50\"",
        "x,payment,,1.234,,,EUR,2026-11-27,|column amount|at most 2 decimals|\"1.234\"",
        "x,payment,,1.5,,,JPY,2026-11-27,|column amount|at most 0 decimals|\"1.5\"",
        "x,payment,,1234567890123456789,,,EUR,2026-11-27,|column amount|18 digits|\"1234567890123456789\"",
        "x,payment,,1,abc,,EUR,2026-11-27,|column fee|a decimal|\"abc\"",
        "x,payment,,1,,0.12345678901,EUR,2026-11-27,|column net|10 decimals|\"0.12345678901\"",
        "x,payment,,1,,,EURO,2026-11-27,|column currency|ISO 4217|\"EURO\"",
        "x,payment,,1,,,XAU,2026-11-27,|column currency|ISO 4217|\"XAU\"",
        "x,payment,,1,,,EUR,27.11.2026,|column date|2026-11-27|\"27.11.2026\"",
        "x,payment,,1,,,EUR,2026-02-30,|column date|2026-11-27|\"2026-02-30\"",
        "x,payment,,1,,,EUR,2026-11-27T12:00:00,|column date|2026-11-27|\"2026-11-27T12:00:00\"",
        "x,payment,,1,,,EUR,1969-12-31,|column date|2026-11-27|\"1969-12-31\"",
        "x,payment,,1,,,EUR,,|column date|2026-11-27|none",
        "x,payment,,1,,,EUR,2026-11-27|line 3|9 columns|\"8\"",
        "x,payment,,1,,,EUR,2026-11-27,po,more|line 3|9 columns|\"10\"",
        "x,pay\"ment,,1,,,EUR,2026-11-27,|column type|quotation marks|\"pay?",
        "\"x\"y,payment,,1,,,EUR,2026-11-27,|column reference|a comma|\"y\"",
        "x,payment,,1,,,EUR,2026-11-27,\"po|column payout|closing quotation mark|the end",
      },
      quoteCharacter = '\'')
  void invalidValue_isNamedWithItsPlace(String line, String place, String expected, String found) {
    assertInvalid(
        HEADER + "ok,payment,,1,,,EUR,2026-11-27,\n" + line + "\n",
        "line 3",
        place,
        expected,
        "found " + found.replace("?", "").replaceFirst("^the end", "\"the end"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\tb", "a\u0000b", "a\nb"})
  void controlCharacters_areInvalid(String reference) {
    assertInvalid(
        HEADER + "\"" + reference + "\",payment,,1,,,EUR,2026-11-27,\n",
        "line 2, column reference",
        "control character",
        "\"a?b\"");
  }

  @Test
  void otherEncoding_isInvalid() {
    byte[] latin =
        (HEADER + "ok,payment,,1,,,EUR,2026-11-27,\nM\u00fcller,payment,,1,,,EUR,2026-11-27,\n")
            .getBytes(ISO_8859_1);

    assertThatThrownBy(() -> read(new ByteArrayInputStream(latin)))
        .hasMessageContaining("line 3, column reference: expected characters in UTF-8");
  }

  /** 100 MB without a line break, in little memory. */
  @ParameterizedTest
  @ValueSource(strings = {"", "\""})
  void endlessLine_isInvalid(String quote) {
    InputStream line =
        new InputStream() {
          private int left = 100_000_000;

          @Override
          public int read() {
            return left-- > 0 ? 'x' : -1;
          }
        };

    assertThatThrownBy(
            () ->
                read(
                    new SequenceInputStream(
                        new ByteArrayInputStream((HEADER + quote).getBytes(UTF_8)), line)))
        .hasMessageContaining("line 2, column reference: expected a record of at most");
  }

  @Test
  void longText_isInvalid() {
    String longest = "x".repeat(255);

    assertInvalid(
        HEADER
            + longest
            + ",payment,,1,,,EUR,2026-11-27,\n"
            + longest
            + "x,payment,,1,,,EUR,2026-11-27,\n",
        "line 3, column reference",
        "at most 255 characters",
        "xxx...");
  }

  @Test
  void firstLine_isRecognized() {
    CsvFormat format = new CsvFormat();

    assertThat(format.matches("date,\"type\", reference,currency,amount,other")).isTrue();
    assertThat(format.matches("date,type,currency,amount")).isFalse();
    assertThat(format.matches("")).isFalse();
  }
}
