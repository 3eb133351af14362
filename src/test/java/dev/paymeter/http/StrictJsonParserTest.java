package dev.paymeter.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonParserTest {
  @Test
  void object_numbers_areExactlyAsWritten() throws Exception {
    JsonObject json =
        StrictJsonParser.object(
            Buffer.buffer("{\"a\":0.1,\"b\":12.50,\"c\":1e3,\"d\":100000000000000000000,\"e\":7}"));

    assertThat(json.getValue("a")).isEqualTo(new BigDecimal("0.1"));
    assertThat(json.getValue("b")).isEqualTo(new BigDecimal("12.50"));
    assertThat(json.getValue("c")).isEqualTo(new BigDecimal("1e3"));
    assertThat(json.getValue("d").toString()).isEqualTo("100000000000000000000");
    assertThat(json.getValue("e")).isEqualTo(7);
  }

  @Test
  void object_anyStructure_isDecoded() throws Exception {
    String text = "{\"a\":{\"b\":[1,\"ü\uD83D\uDCB6\",null,true]},\"\":{}}";

    assertThat(StrictJsonParser.object(Buffer.buffer(text))).isEqualTo(new JsonObject(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]        | Expected a JSON object, found an array.",
        "null      | Expected a JSON object, found null.",
        "7         | Expected a JSON object, found a number.",
        "1.5       | Expected a JSON object, found a number.",
        "true      | Expected a JSON object, found a boolean.",
        "\"text\"  | Expected a JSON object, found a string.",
        "''       | Expected a JSON object, found an empty body.",
        "'  '     | Expected a JSON object, found only white space.",
        "{\"a\":   | The body ends within the JSON object: line 1, column 6.",
        "{\"a\":1,\"a\":1}       | The field \"a\" is repeated: line 1, column 11.",
        "{\"a\":{\"b\":1,\"b\":2}} | The field \"b\" is repeated: line 1, column 16.",
        "{\"a\":1,\"\\u0061\":2} | The field \"a\" is repeated: line 1, column 16.",
        "{}{}     | Expected nothing after the JSON object, found more: line 1, column 3.",
        "{} x     | The body is not a JSON object: line 1, column 4.",
      })
  void object_anythingElse_isMalformed(String text, String reason) {
    assertThat(reason(Buffer.buffer(text))).isEqualTo(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{},",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":NaN}",
        "{\"a\":\"\t\"}",
        "{/* */}",
        "{\uFEFF}",
        "\uFEFF\uFEFF{}"
      })
  void object_notStrictlyJson_isMalformed(String text) {
    assertThat(reason(Buffer.buffer(text))).startsWith("The body is not a JSON object");
  }

  /** RFC 8259, section 8.1, allows to ignore it. */
  @Test
  void object_afterAByteOrderMark_isDecoded() {
    assertThat(StrictJsonParser.object(Buffer.buffer("\uFEFF{\"a\":7}")))
        .isEqualTo(new JsonObject().put("a", 7));
    assertThat(reason(Buffer.buffer("\uFEFF")))
        .isEqualTo("Expected a JSON object, found an empty body.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7b2261223a22ff227d", // a byte that never occurs
        "7b2261223a22c080227d", // overlong NUL
        "7b2261223a22eda080227d", // a surrogate
        "7b2261223a22f4908080227d", // beyond the last code point
        "fffe7b007d00" // UTF-16
      })
  void object_invalidUtf8_isMalformed(String bytes) {
    assertThat(reason(Buffer.buffer(HexFormat.of().parseHex(bytes))))
        .isEqualTo("The body is not valid UTF-8.");
  }

  @Test
  void object_nestingBeyondTheMaximum_isMalformed() throws Exception {
    String within = "{\"a\":".repeat(31) + "{}" + "}".repeat(31);
    String beyond = "{\"a\":".repeat(32) + "{}" + "}".repeat(32);

    assertThat(StrictJsonParser.object(Buffer.buffer(within)).fieldNames()).containsExactly("a");
    for (String tooDeep : List.of(beyond, "[".repeat(60_000))) {
      assertThat(reason(Buffer.buffer(tooDeep)))
          .startsWith("Expected at most 32 levels of nesting, found more");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e2147483647", "1e-2147483647", "1e99999999999", "0e99999999999"})
  void object_hugeExponent_isCheap(String number) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          try {
            StrictJsonParser.object(Buffer.buffer("{\"amount\":" + number + "}"));
          } catch (ProblemException rejected) {
            assertThat(rejected.problem().detail()).startsWith("The body is not a JSON object");
          }
        });
  }

  @Test
  void object_longNumber_isMalformed() {
    assertThat(reason(Buffer.buffer("{\"amount\":" + "9".repeat(60_000) + "}")))
        .startsWith("A number or a string is too long");
  }

  @Test
  void object_malformed_doesNotQuoteTheInput() {
    assertThat(reason(Buffer.buffer("{\"card\":4111111111111111 secret")))
        .doesNotContain("4111", "secret", "jackson");
  }

  private static String reason(Buffer bytes) {
    ProblemException malformed =
        catchThrowableOfType(ProblemException.class, () -> StrictJsonParser.object(bytes));
    assertThat(malformed).as("malformed").isNotNull();
    return malformed.problem().detail();
  }
}
