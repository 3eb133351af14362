package dev.paymeter.postgres;

/** A database whose schema was created or migrated by an incompatible release. */
public final class IncompatibleSchemaException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private IncompatibleSchemaException(String message, Throwable cause) {
    super(message, cause);
  }

  private IncompatibleSchemaException(String message) {
    super(message);
  }

  /** Returns the exception for a schema whose first migration is another one. */
  public static IncompatibleSchemaException other(String database, String expected, String actual) {
    return new IncompatibleSchemaException(
        "the schema of the database at %s is incompatible: expected it to begin with %s, found %s;"
                .formatted(database, expected, actual)
            + " run the release of Paymeter that created it, or set database.url or"
            + " database.directory to an empty database");
  }

  /**
   * Returns the exception for a schema that a newer release has migrated.
   *
   * @param migration one that this release does not contain
   */
  public static IncompatibleSchemaException newer(String database, String migration) {
    return new IncompatibleSchemaException(
        ("the schema of the database at %s is newer than this release of Paymeter: expected only"
                + " migrations of this release, found %s; run the release that applied it, or a"
                + " later one")
            .formatted(database, migration));
  }

  /** Returns the exception for applied migrations that differ from those of this release. */
  public static IncompatibleSchemaException changed(String database, RuntimeException difference) {
    return new IncompatibleSchemaException(
        "the schema of the database at %s differs from that of this release of Paymeter; run the"
                .formatted(database)
            + " release that migrated it: "
            + difference.getMessage(),
        difference);
  }
}
