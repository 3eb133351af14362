package dev.paymeter.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.IdempotencyKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdempotencyHeaderTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0007',
      value = {
        "\"8e03978e-40d5-43dd-bc93-6894a57f9324\" | 8e03978e-40d5-43dd-bc93-6894a57f9324",
        "\"with space, and more;x=1\" | with space, and more;x=1",
        "\"say \\\"hi\\\"\" | say \"hi\"",
        "\"back\\\\slash\" | back\\slash",
        "8e03978e-40d5-43dd-bc93-6894a57f9324 | 8e03978e-40d5-43dd-bc93-6894a57f9324",
        "order-7/refund:1 | order-7/refund:1",
        "KG5LxwFBepaKHyUD== | KG5LxwFBepaKHyUD==",
        "12 | 12"
      })
  void parse_stringOrToken_isItsValue(String header, String key) throws Exception {
    assertThat(IdempotencyHeader.parse(header)).isEqualTo(key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"",
        "\"\"",
        "\"abc",
        "abc\"",
        "\"a\"b",
        "\"a\";p=1",
        "\"a\\b\"",
        "\"a\\\"",
        "\"caf\u00e9\"",
        "\"tab\there\"",
        "a b",
        "a, b",
        "a;p=1",
        "a\\b",
        "caf\u00e9",
        "?1"
      })
  void parse_anythingElse_namesExpectedAndActual(String header) {
    assertThatThrownBy(() -> IdempotencyHeader.parse(header))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining(
            "Expected one header Idempotency-Key: 1 to 255 printable ASCII characters")
        .hasMessageContaining("found " + (header.isEmpty() ? "nothing" : ""))
        .message()
        .matches("[ -~…]+");
  }

  @Test
  void parse_maximumLength_isAccepted_longerIsRejected() throws Exception {
    String longest = "k".repeat(IdempotencyKey.MAX_LENGTH);
    assertThat(IdempotencyHeader.parse('"' + longest + '"')).isEqualTo(longest);
    assertThat(IdempotencyHeader.parse(longest)).isEqualTo(longest);

    assertThatThrownBy(() -> IdempotencyHeader.parse('"' + longest + "k\""))
        .hasMessageEndingWith("found 256 characters.");
    assertThatThrownBy(() -> IdempotencyHeader.parse(longest + "k"))
        .hasMessageEndingWith("found 256 characters.");
  }
}
