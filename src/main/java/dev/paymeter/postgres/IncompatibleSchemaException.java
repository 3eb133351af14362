package dev.paymeter.postgres;

/** A database whose schema was created by an incompatible release. */
public final class IncompatibleSchemaException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public IncompatibleSchemaException(String database, String expected, String actual) {
    super(
        "the schema of the database at %s is incompatible: expected it to begin with %s, found %s;"
                .formatted(database, expected, actual)
            + " run the release of Paymeter that created it, or set database.url or"
            + " database.directory to an empty database");
  }
}
