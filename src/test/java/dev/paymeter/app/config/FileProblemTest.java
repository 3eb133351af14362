package dev.paymeter.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileProblemTest {
  @TempDir Path directory;

  @Test
  void describe_errorsOfTheFileSystem_nameFileAndReason() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    Path missing = directory.resolve("missing");

    assertThat(problem(() -> Files.readString(missing)))
        .isEqualTo(missing + " (No such file or directory)");
    assertThat(problem(() -> Files.createDirectories(file))).isEqualTo(file + " (Not a directory)");
    assertThat(problem(() -> Files.createDirectories(file.resolve("below"))))
        .isEqualTo(file.resolve("below") + " (Not a directory)");
    assertThat(FileProblem.describe(new AccessDeniedException("/etc/keys")))
        .isEqualTo("/etc/keys (Permission denied)");
  }

  @Test
  void describe_otherErrors_isTheMessage() {
    assertThat(FileProblem.describe(new IOException("more than 1048576 bytes")))
        .isEqualTo("more than 1048576 bytes");
    assertThat(FileProblem.describe(new IOException())).isEqualTo("an error of the file system");
  }

  private static String problem(ThrowingCallable call) {
    return FileProblem.describe(catchThrowableOfType(IOException.class, call));
  }
}
