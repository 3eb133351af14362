package dev.paymeter.bus.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.report.OperationRows;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.Charset;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OperationReaderTest {
  /** The two readers, with equal results. */
  enum Reader {
    OBJECT(OperationReader::read),
    BYTES(json -> OperationStreamReader.read(json.toBuffer()).orElseThrow());

    private final Function<JsonObject, OperationReport> read;

    Reader(Function<JsonObject, OperationReport> read) {
      this.read = read;
    }

    OperationReport read(JsonObject json) {
      return read.apply(json);
    }

    List<FieldError> faults(JsonObject json) {
      return catchThrowableOfType(RequestRejectedException.class, () -> read(json)).fieldErrors();
    }
  }

  private static JsonObject json() {
    return new JsonObject()
        .put("kind", "operation")
        .put("publisher", "orders")
        .put("session", "e9b1")
        .put("sequence", 41_000);
  }

  private static JsonObject one() {
    return json().put("operation", "db_query").put("outcome", "failure").put("duration", 0.0125);
  }

  private static JsonObject batch(String columns) {
    return json().put("columns", new JsonObject(columns));
  }

  private static JsonObject batch(int rows) {
    return json()
        .put(
            "columns",
            new JsonObject()
                .put("operation", new JsonArray(Collections.nCopies(rows, "db_query")))
                .put("outcome", new JsonArray(Collections.nCopies(rows, "success")))
                .put("duration_micros", new JsonArray(Collections.nCopies(rows, 250))));
  }

  private static String row(OperationRows rows, int row) {
    return rows.names().get(rows.name(row))
        + (rows.failed(row) ? " failed " : " succeeded ")
        + rows.micros(row);
  }

  @ParameterizedTest
  @EnumSource
  void read_one_hasEveryField(Reader reader) {
    OperationReport read = reader.read(one());

    assertThat(read.session()).isEqualTo("orders/e9b1");
    assertThat(read.first()).isEqualTo(41_000);
    assertThat(read.single()).isTrue();
    assertThat(read.rows().rows()).isEqualTo(1);
    assertThat(row(read.rows(), 0)).isEqualTo("db_query failed 12500");
  }

  @ParameterizedTest
  @EnumSource
  void read_batch_hasEveryRow(Reader reader) {
    OperationReport read =
        reader.read(
            batch(
                """
                {"operation": ["db_query", "cache_get", "db_query"],
                 "outcome": ["success", "failure", "failure"],
                 "duration_micros": [250, 0, 3600000000]}"""));

    assertThat(read.session()).isEqualTo("orders/e9b1");
    assertThat(read.first()).isEqualTo(41_000);
    assertThat(read.single()).isFalse();
    assertThat(read.fieldErrors()).isEmpty();
    assertThat(IntStream.range(0, read.rows().rows()).mapToObj(row -> row(read.rows(), row)))
        .containsExactly(
            "db_query succeeded 250", "cache_get failed 0", "db_query failed 3600000000");
  }

  /** Regression: a name was confused with another in its slot. */
  @ParameterizedTest
  @EnumSource
  void read_thousandsOfNames_areDistinct(Reader reader) {
    JsonArray names = new JsonArray();
    IntStream.range(0, ColumnarBatch.MAX_ROWS).forEach(row -> names.add("operation_" + row % 7001));
    JsonObject json = batch(ColumnarBatch.MAX_ROWS);
    json.getJsonObject("columns").put("operation", names);

    OperationRows rows = reader.read(json).rows();

    assertThat(rows.names()).hasSize(7001).doesNotHaveDuplicates();
    assertThat(IntStream.range(0, rows.rows()).mapToObj(row -> rows.names().get(rows.name(row))))
        .isEqualTo(names.getList());
  }

  @ParameterizedTest
  @EnumSource
  void read_invalidRows_areReportedOneByOne(Reader reader) {
    OperationReport read =
        reader.read(
            batch(
                """
                {"operation": ["db_query", "Query", "other", "ledger_insert", null, "db_query"],
                 "outcome": ["success", "success", "success", "success", "success", "done"],
                 "duration_micros": [-1, 1, 1, 1, 1.5, 3600000001]}"""));

    assertThat(read.fieldErrors()).containsOnlyKeys(0, 1, 2, 3, 4, 5);
    assertThat(read.fieldErrors().get(0))
        .containsExactly(
            new FieldError(
                "duration_micros", "a whole number of microseconds from 0 to 3600000000", "-1"));
    assertThat(read.fieldErrors().get(2))
        .extracting(FieldError::field, FieldError::actual)
        .containsExactly(tuple("operation", "\"other\""));
    assertThat(read.fieldErrors().get(4))
        .extracting(FieldError::field, FieldError::actual)
        .containsExactlyInAnyOrder(tuple("operation", "null"), tuple("duration_micros", "1.5"));
    assertThat(read.fieldErrors().get(5))
        .extracting(FieldError::field, FieldError::expected, FieldError::actual)
        .containsExactlyInAnyOrder(
            tuple("outcome", "one of success, failure", "\"done\""),
            tuple(
                "duration_micros",
                "a whole number of microseconds from 0 to 3600000000",
                "3600000001"));
    assertThat(IntStream.range(0, 6).filter(read.rows()::isValid)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void read_invalidRow_doesNotAffectOthers(Reader reader) {
    OperationReport read =
        reader.read(
            batch(
                """
                {"operation": ["db_query", "db_query"], "outcome": [{"a": [1]}, "success"],
                 "duration_micros": [1, 2]}"""));

    assertThat(read.fieldErrors().get(0))
        .containsExactly(new FieldError("outcome", "one of success, failure", "an object"));
    assertThat(read.rows().isValid(0)).isFalse();
    assertThat(row(read.rows(), 1)).isEqualTo("db_query succeeded 2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "publisher | \"a b\"              | 1 to 128 letters, digits, dots, hyphens, underscores,"
            + " but not paymeter",
        "session   | \"a/b\"              | 1 to 128 letters, digits, dots, hyphens, underscores",
        "session   | 7                    | 1 to 128 letters, digits, dots, hyphens, underscores",
        "sequence  | -1                   | a whole number from 0 to 9007199254730992",
        "sequence  | 1.0                  | a whole number from 0 to 9007199254730992",
        "sequence  | 9007199254730993     | a whole number from 0 to 9007199254730992",
        "sequence  | 99999999999999999999 | a whole number from 0 to 9007199254730992",
        "more      | true                 | no such field; known fields: columns, kind, publisher, sequence, session",
      })
  void read_invalidField_reportsFieldAndExpected(String field, String value, String expected) {
    for (Reader reader : Reader.values()) {
      JsonObject json = batch(1);
      json.mergeIn(new JsonObject("{\"" + field + "\": " + value + "}"));

      assertThat(reader.faults(json))
          .extracting(FieldError::field, FieldError::expected)
          .containsExactly(tuple(field, expected));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "operation | \"Query\"     | \"Query\"",
        "operation | \"bus_find\"  |",
        "outcome   | \"unknown\"   | \"unknown\"",
        "duration  | -0.001        | -0.001",
        "duration  | 3600.0000001  | 3600.0000001",
        "duration  | \"1s\"        | \"1s\"",
      })
  void read_oneWithAnInvalidValue_reportsFieldAndActual(String field, String value, String actual) {
    for (Reader reader : Reader.values()) {
      JsonObject json = one().mergeIn(new JsonObject("{\"" + field + "\": " + value + "}"));

      if (actual == null) {
        assertThat(reader.read(json).rows().isValid(0)).isTrue();
      } else {
        assertThat(reader.faults(json))
            .extracting(FieldError::field, FieldError::actual)
            .containsExactly(tuple(field, actual));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void read_columnsOfDifferentLengths_areRejected(Reader reader) {
    assertThat(reader.faults(batch("{}")))
        .extracting(FieldError::field)
        .contains("columns.operation");
    assertThat(
            reader.faults(batch("{\"operation\": [], \"outcome\": [], \"duration_micros\": []}")))
        .containsExactly(new FieldError("columns.operation", "1 to 10000 values", "0 values"));
    assertThat(
            reader.faults(
                batch(
                    "{\"operation\": [\"a\"], \"outcome\": [\"success\"],"
                        + " \"duration_micros\": [1, 2]}")))
        .containsExactly(
            new FieldError(
                "columns.duration_micros",
                "1 values, the length of columns.operation",
                "2 values"));
    assertThat(reader.faults(batch("{\"operation\": 7}")))
        .contains(new FieldError("columns.operation", "an array", "not an array"));
    assertThat(reader.faults(batch("{\"operations\": []}")))
        .contains(new FieldError("columns.operations", "no such column", "present"));
    assertThat(reader.faults(json().put("columns", 7)))
        .extracting(FieldError::field)
        .contains("columns");
    assertThat(reader.faults(batch(ColumnarBatch.MAX_ROWS + 1)))
        .extracting(FieldError::field, FieldError::expected)
        .containsExactly(tuple("columns.operation", "1 to 10000 values"));
    assertThat(reader.read(batch(ColumnarBatch.MAX_ROWS)).rows().rows())
        .isEqualTo(ColumnarBatch.MAX_ROWS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "[]",
        "{",
        "{\"publisher\": \"a\", \"kind\": \"operation\"}",
        "{\"kind\": \"event\", \"columns\": 7}",
        "{\"kind\": \"operation",
      })
  void stream_somethingElse_isEmpty(String text) {
    assertThat(OperationStreamReader.read(Buffer.buffer(text))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"kind\": \"operation\"",
        "{\"kind\": \"operation\", \"columns\": {\"operation\": [\"a\", ",
        "{\"kind\": \"operation\", \"columns\": {\"operation\": [\"a\"",
        "{\"kind\": \"operation\", \"columns\": {\"operation\": [\"\\ud8\"]}}",
        "{\"kind\": \"operation\", \"sequence\": 1, \"sequence\": 2}",
        "{\"kind\": \"operation\", \"columns\": {\"outcome\": [], \"outcome\": []}}",
        "{\"kind\": \"operation\"} {}",
      })
  void stream_malformed_isRejected(String text) {
    RequestRejectedException rejected =
        catchThrowableOfType(
            RequestRejectedException.class, () -> OperationStreamReader.read(Buffer.buffer(text)));

    assertThat(rejected.fieldErrors())
        .extracting(FieldError::field, FieldError::expected)
        .containsExactly(tuple("body", "a JSON object"));
  }

  /** Regression: it was reported as an internal error. */
  @Test
  void stream_brokenUtf32_isRejectedOrEmpty() {
    byte[] whole = batch(2000).encode().getBytes(Charset.forName("UTF-32BE"));
    for (int at = 0; at < whole.length; at += at < 400 ? 4 : 4000) {
      byte[] broken = whole.clone();
      broken[at] = 0x7F; // Above the highest code point.
      List<FieldError> faults = faultsOfBytes(broken);

      assertThat(faults).extracting(FieldError::field).containsExactly("body");
    }
  }

  private static List<FieldError> faultsOfBytes(byte[] bytes) {
    Buffer buffer = Buffer.buffer(bytes);
    return catchThrowableOfType(
            RequestRejectedException.class,
            () -> {
              if (OperationStreamReader.read(buffer).isEmpty()) {
                ReportReaders.json(buffer);
              }
            })
        .fieldErrors();
  }

  @Test
  void stream_everyTruncatedBatch_isRejectedOrEmpty() {
    byte[] whole = batch(2).toBuffer().getBytes();
    for (int length = 0; length < whole.length; length++) {
      Buffer cut = Buffer.buffer().appendBytes(whole, 0, length);
      try {
        assertThat(OperationStreamReader.read(cut)).isEmpty();
      } catch (RequestRejectedException rejected) {
        assertThat(rejected.fieldErrors()).extracting(FieldError::field).containsExactly("body");
      }
    }
  }
}
