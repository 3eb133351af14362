package dev.paymeter.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryStringTest {
  @Test
  void parse_parameters_areDecoded() throws Exception {
    assertThat(QueryString.parse("a=1&b=x%20y+z&&c&d=%E8%A8%82=%3D&a=2&%61=3&e=訂"))
        .isEqualTo(
            Map.of(
                "a", List.of("1", "2", "3"),
                "b", List.of("x y z"),
                "c", List.of(""),
                "d", List.of("訂=="),
                "e", List.of("訂")));
  }

  @Test
  void parse_nothing_isEmpty() throws Exception {
    assertThat(QueryString.parse(null)).isEmpty();
    assertThat(QueryString.parse("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a=%", "a=%4", "a=%4g", "%zz=1", "a=%-1", "a=%FF", "a=%ED%A0%80", "a=%C0%AF"})
  void parse_invalidEscapeOrUtf8_isRejected(String query) {
    assertThatThrownBy(() -> QueryString.parse(query))
        .isInstanceOf(ProblemException.class)
        .message()
        .isIn(
            "Expected two hexadecimal digits after each % of the query, found something else.",
            "The query is not valid UTF-8.");
  }
}
