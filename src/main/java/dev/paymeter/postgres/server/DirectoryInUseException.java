package dev.paymeter.postgres.server;

import java.io.IOException;
import java.nio.file.Path;

/** Another process uses the directory of the embedded PostgreSQL. */
public final class DirectoryInUseException extends IOException {
  private static final long serialVersionUID = 1;

  DirectoryInUseException(Path directory) {
    super(
        "the embedded PostgreSQL's directory "
            + directory
            + " is in use by another running Paymeter; stop that one, or set database.directory"
            + " (or database.url) for this one");
  }
}
