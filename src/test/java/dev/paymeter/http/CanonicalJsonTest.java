package dev.paymeter.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalJsonTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "{}                          | {}",
        "{ \"b\" : 1, \"a\" : 2 }      | {\"a\":2,\"b\":1}",
        "{\"a\":10.00}               | {\"a\":10}",
        "{\"a\":1e1}                 | {\"a\":10}",
        "{\"a\":0.10}                | {\"a\":0.1}",
        "{\"a\":-0.0}                | {\"a\":0}",
        "{\"a\":\"10.00\"}           | {\"a\":\"10.00\"}",
        "{\"a\":\"\\u0041\"}          | {\"a\":\"A\"}",
        "{\"a\":[true,null,{\"z\":1,\"y\":[]}]} | {\"a\":[true,null,{\"y\":[],\"z\":1}]}",
        "{\"a\":123456789012345678901234567890} | {\"a\":123456789012345678901234567890}"
      })
  void write_equalValues_haveEqualText(String json, String canonical) throws Exception {
    assertThat(CanonicalJson.write(StrictJsonParser.object(Buffer.buffer(json))))
        .isEqualTo(canonical);
  }

  /** Without an exponent, the text would have a gigabyte. */
  @Test
  void write_hugeExponent_isShort() throws Exception {
    assertThat(CanonicalJson.write(StrictJsonParser.object(Buffer.buffer("{\"a\":1e999999999}"))))
        .hasSizeLessThan(30);
  }

  @Test
  void fingerprint_differsWithTheBody() throws Exception {
    String one = CanonicalJson.fingerprint(StrictJsonParser.object(Buffer.buffer("{\"a\":1}")));

    assertThat(one)
        .matches("[0-9a-f]{64}")
        .isEqualTo(
            CanonicalJson.fingerprint(StrictJsonParser.object(Buffer.buffer("{ \"a\":1.0}"))))
        .isNotEqualTo(
            CanonicalJson.fingerprint(StrictJsonParser.object(Buffer.buffer("{\"a\":\"1\"}"))));
  }
}
