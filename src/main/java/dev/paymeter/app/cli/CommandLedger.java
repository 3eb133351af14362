package dev.paymeter.app.cli;

import dev.paymeter.app.config.FileProblem;
import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.SettingsException;
import dev.paymeter.app.config.TextFile;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.postgres.server.DirectoryInUseException;
import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import dev.paymeter.postgres.server.LedgerJournal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of the settings, for a command that reads it. An embedded PostgreSQL is started unless
 * the service runs, and stopped again.
 *
 * @param started null if another process has started the server
 */
record CommandLedger(Database database, @Nullable EmbeddedPostgresServer started)
    implements AutoCloseable {
  /** Use of the journal. */
  interface Reading {
    void read(LedgerJournal journal) throws IOException;
  }

  /** Use of the database. */
  interface Use {
    /** Returns the exit code. */
    int of(Database database) throws IOException;
  }

  /** Reads the journal of the ledger in the settings of a command; returns the exit code. */
  static int read(ServiceCommand command, Reading reading) {
    return use(
        command,
        database -> {
          try (LedgerJournal journal = database.openJournal()) {
            reading.read(journal);
            return 0;
          }
        });
  }

  /** Uses the ledger in the settings of a command; returns the exit code. */
  static int use(ServiceCommand command, Use use) {
    Settings settings;
    try {
      settings = command.runner(Map.of()).settings();
    } catch (SettingsException e) {
      System.err.println(e.getMessage());
      return ServiceRunner.MISCONFIGURED;
    }
    try (CommandLedger ledger = open(settings.database())) {
      return use.of(ledger.database);
    } catch (IOException | RuntimeException e) {
      System.err.println("Cannot continue: " + FileProblem.describe(e));
      return ServiceRunner.FAILED;
    }
  }

  /**
   * @throws IOException if the embedded PostgreSQL has no ledger or cannot be started, or the
   *     password cannot be read
   */
  private static CommandLedger open(Settings.Database settings) throws IOException {
    if (settings.url().isEmpty()) {
      return openEmbedded(settings.directory());
    }
    Database database = Database.at(settings.url().get().value());
    if (settings.passwordFile().isPresent()) {
      database.setPassword(TextFile.readPassword(settings.passwordFile().get()));
    }
    return new CommandLedger(database, null);
  }

  private static CommandLedger openEmbedded(Path directory) throws IOException {
    if (EmbeddedPostgresServer.isFirstStart(directory)) {
      throw new IOException(
          "database.directory: expected the ledger of a service, found none in " + directory);
    }
    try {
      EmbeddedPostgresServer server = EmbeddedPostgresServer.start(directory);
      return new CommandLedger(Database.at(server.url()), server);
    } catch (DirectoryInUseException running) {
      return new CommandLedger(Database.at(EmbeddedPostgresServer.urlOfRunning(directory)), null);
    }
  }

  @Override
  public void close() throws IOException {
    if (started != null) {
      started.close();
    }
  }
}
