package dev.paymeter.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KnownNamesTest {
  @ParameterizedTest
  @CsvSource({
    "port, port, 0",
    "port, prot, 1", // swapped
    "port, pots, 2",
    "port, por, 1",
    "por, port, 1",
    "port, '', 4",
    "'', port, 4",
    "directory, directroy, 1",
    "database, datbaes, 2",
    "kitten, sitting, 3"
  })
  void edits_ofTwoWords_areTheFewest(String from, String to, int expected) {
    assertThat(KnownNames.edits(from, to)).isEqualTo(expected);
    assertThat(KnownNames.edits(to, from)).isEqualTo(expected);
  }

  @Test
  void nearest_ofSeveral_isTheClosest() {
    KnownNames names = new KnownNames(List.of("serve", "stack", "demo", "key"));

    assertThat(names.nearest("sreve")).contains("serve");
    assertThat(names.nearest("dmeo")).contains("demo");
    assertThat(names.nearest("queries")).isEmpty();
  }
}
