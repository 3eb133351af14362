package dev.paymeter;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Programs that tests need and Maven does not bring. */
final class Required {
  private Required() {}

  /**
   * The program's path. Where it is absent the test is skipped, or, where {@code CI=true}, failed.
   *
   * @param install what to type to have it
   */
  static Path program(String name, String install) {
    Optional<Path> found =
        Arrays.stream(System.getenv("PATH").split(":"))
            .map(directory -> Path.of(directory, name))
            .filter(Files::isExecutable)
            .findFirst();
    if (found.isEmpty()) {
      String message = name + " is not installed; to run this test: " + install;
      if ("true".equals(System.getenv("CI"))) {
        fail(message);
      }
      System.err.println("Skipped: " + message);
      abort(message);
    }
    return found.orElseThrow();
  }
}
