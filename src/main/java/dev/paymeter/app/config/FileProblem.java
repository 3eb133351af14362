package dev.paymeter.app.config;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;

/**
 * Descriptions of errors with files, because the message of such an exception may be a bare path.
 */
public final class FileProblem {
  private FileProblem() {}

  /** Returns the path and the reason in the words of the operating system, if there are any. */
  public static String describe(Exception e) {
    if (e instanceof FileSystemException problem && problem.getFile() != null) {
      return problem.getFile() + " (" + reason(problem) + ")";
    }
    return Objects.requireNonNullElse(e.getMessage(), "an error of the file system");
  }

  private static String reason(FileSystemException e) {
    if (e.getReason() != null) {
      return e.getReason();
    }
    if (e instanceof NoSuchFileException) {
      return "No such file or directory";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "Not a directory"; // A directory was to be created.
    }
    return e instanceof AccessDeniedException ? "Permission denied" : "Cannot be used";
  }
}
