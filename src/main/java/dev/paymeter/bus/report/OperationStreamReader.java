package dev.paymeter.bus.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.paymeter.json.ActualValue;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.CharConversionException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a batch of operations from bytes, without creating objects for values. This is several
 * times as fast as reading a JSON object. The field {@code kind} must come first.
 */
public final class OperationStreamReader {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final JsonParser parser;
  private final OperationColumns columns = new OperationColumns();
  private final JsonObject head = new JsonObject();

  private OperationStreamReader(JsonParser parser) {
    this.parser = parser;
  }

  /**
   * Reads operations.
   *
   * @return empty if the bytes are something else, or {@code kind} is not the first field
   * @throws RequestRejectedException with the error, if it concerns more than one row
   */
  public static Optional<OperationReport> read(Buffer bytes) {
    byte[] text = bytes.getBytes();
    try (JsonParser parser = FACTORY.createParser(text)) {
      return isBatch(parser) ? new OperationStreamReader(parser).read() : Optional.empty();
    } catch (CharConversionException noText) {
      return Optional.empty(); // Before the kind was read.
    } catch (IOException e) {
      throw new IllegalStateException(e); // Bytes in memory can always be read.
    }
  }

  private static RequestRejectedException malformed(JsonLocation where) {
    return ReportReaders.notAnObject("invalid JSON at byte " + where.getByteOffset());
  }

  /** Returns false for malformed JSON, which the general reader reports. */
  private static boolean isBatch(JsonParser parser) throws IOException {
    try {
      return parser.nextToken() == JsonToken.START_OBJECT
          && "kind".equals(parser.nextFieldName())
          && ReportReaders.OPERATION.equals(parser.nextTextValue());
    } catch (JsonProcessingException malformed) {
      return false;
    }
  }

  private Optional<OperationReport> read() throws IOException {
    try {
      head.put("kind", ReportReaders.OPERATION);
      for (String field = parser.nextFieldName(); field != null; field = parser.nextFieldName()) {
        readField(field);
      }
      if (parser.nextToken() != null) {
        throw ReportReaders.notAnObject("content after the object");
      }
    } catch (JsonProcessingException e) {
      throw malformed(e.getLocation());
    } catch (CharConversionException noText) {
      throw malformed(parser.currentLocation());
    }
    return head.containsKey(ColumnarBatch.FIELD)
        ? Optional.of(OperationReader.batch(head, columns))
        : Optional.of(OperationReader.read(head));
  }

  private void readField(String field) throws IOException {
    JsonToken token = parser.nextToken();
    if (!field.equals(ColumnarBatch.FIELD)) {
      head.put(field, value(token));
      return;
    }
    head.put(field, true);
    if (token != JsonToken.START_OBJECT) {
      throw RequestRejectedException.invalid(
          List.of(
              new FieldError(field, "an object of arrays", ActualValue.describe(value(token)))));
    }
    for (String column = parser.nextFieldName(); column != null; column = parser.nextFieldName()) {
      readColumn(column);
    }
  }

  private void readColumn(String column) throws IOException {
    if (!OperationColumns.ALL.contains(column)) {
      throw OperationColumns.invalidColumn(column, "no such column", "present");
    }
    if (parser.nextToken() != JsonToken.START_ARRAY) {
      throw OperationColumns.invalidColumn(column, "an array", "not an array");
    }
    switch (column) {
      case OperationColumns.OPERATION -> readOperations();
      case OperationColumns.OUTCOME -> readOutcomes();
      default -> readMicros();
    }
  }

  private void readOperations() throws IOException {
    int rows = 0;
    for (JsonToken token = next(); token != JsonToken.END_ARRAY; token = next()) {
      OperationColumns.checkLength(OperationColumns.OPERATION, ++rows);
      if (token == JsonToken.VALUE_STRING) {
        columns.operation(
            parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
      } else {
        columns.operation(value(token));
      }
    }
  }

  private void readOutcomes() throws IOException {
    int rows = 0;
    for (JsonToken token = next(); token != JsonToken.END_ARRAY; token = next()) {
      OperationColumns.checkLength(OperationColumns.OUTCOME, ++rows);
      if (token == JsonToken.VALUE_STRING) {
        columns.outcome(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
      } else {
        columns.outcome(value(token));
      }
    }
  }

  private void readMicros() throws IOException {
    int rows = 0;
    for (JsonToken token = next(); token != JsonToken.END_ARRAY; token = next()) {
      OperationColumns.checkLength(OperationColumns.MICROS, ++rows);
      if (token == JsonToken.VALUE_NUMBER_INT
          && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
        columns.micros(parser.getLongValue());
      } else {
        columns.micros(value(token));
      }
    }
  }

  private JsonToken next() throws IOException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw new JsonParseException(parser, "unexpected end within an array");
    }
    return token;
  }

  /** Reads a value. Objects and arrays are read as empty ones. */
  private @Nullable Object value(@Nullable JsonToken token) throws IOException {
    if (token == null) {
      throw new JsonParseException(parser, "unexpected end within an object");
    }
    return switch (token) {
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case START_OBJECT -> {
        parser.skipChildren();
        yield new JsonObject();
      }
      case START_ARRAY -> {
        parser.skipChildren();
        yield new JsonArray();
      }
      default -> null;
    };
  }
}
