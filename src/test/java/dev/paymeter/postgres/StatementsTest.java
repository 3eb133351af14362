package dev.paymeter.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The SQL of the ledger. */
class StatementsTest {
  private static final List<Path> SOURCES =
      List.of(
          Path.of("src/main/java/dev/paymeter/postgres"),
          Path.of("src/main/resources/db/migration"));

  /** Reading a whole row into a variable of its type is not affected by a new column. */
  private static final Pattern ALL_COLUMNS =
      Pattern.compile("(select|returning)\\s+\\*(?!\\s+into)|\\b[a-z_]+\\.\\*(?!\\w|;)");

  @Test
  void statements_nameTheirColumns() throws IOException {
    for (Path source : SOURCES) {
      try (Stream<Path> files = Files.walk(source)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          assertThat(ALL_COLUMNS.matcher(Files.readString(file)).results().map(r -> r.group()))
              .as(file.toString())
              .isEmpty();
        }
      }
    }
  }
}
