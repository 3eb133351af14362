package dev.paymeter.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemTypeTest {
  @ParameterizedTest
  @EnumSource
  void title_eachType_consistsOfTheWordsOfItsUrl(ProblemType type) {
    String words =
        type.kind()
            .replace('-', ' ')
            .replaceAll("\\bjson\\b", "JSON")
            .replaceAll("\\buri\\b", "URI")
            .replaceAll("\\bhttp\\b", "HTTP");
    String refused = type == ProblemType.CARD_NUMBER ? " refused" : "";

    assertThat(type.title())
        .isEqualTo(words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1) + refused);
  }
}
